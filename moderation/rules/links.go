package rules

import (
	"slices"
	"strings"
)

// Links are the places that a text leads to.
type Links struct {
	Count      int      `expr:"count"`
	Hosts      []string `expr:"hosts"`      // each once, lower case, without www.
	Ratio      float64  `expr:"ratio"`      // bytes of links by bytes of text
	Bare       int      `expr:"bare"`       // written without scheme and without www.
	Hidden     int      `expr:"hidden"`     // written as “name (dot) com”
	Shorteners int      `expr:"shorteners"` //
	Puny       int      `expr:"puny"`       // hosts in punycode
	Mixed      int      `expr:"mixed"`      // hosts that mix scripts, as written: pаypal.com with one Cyrillic letter
	Markups    int      `expr:"markups"`    // kinds of link markup: BBCode, Markdown, HTML
	Repeated   int      `expr:"repeated"`   // markups, or bare, in which one same address stands
	Handles    []string `expr:"handles"`    // "wa:62812…", "tg:name"
	found      []link
}

// link is one place of the searched text that leads somewhere.
type link struct {
	from, till int
	host       string
	address    string // host and path, without www. and a slash at the end
	markup     string // what stands before it, of markupMarks; empty when bare
}

// FindLinks reads links, hosts and handles from a folded text.
func FindLinks(text string) Links {
	var l Links
	l.find(text)
	return l
}

func (l *Links) reset() {
	*l = Links{Hosts: l.Hosts[:0], Handles: l.Handles[:0], found: l.found[:0]}
}

// find walks from dot to dot: what stands around a dot is a host or is nothing.
func (l *Links) find(text string) {
	l.reset()
	linked := 0
	for i := 0; i < len(text); {
		dot := strings.IndexByte(text[i:], '.')
		if dot < 0 {
			break
		}
		start, end := hostAround(text, i, i+dot)
		from, till, ok := l.take(text, start, end)
		if ok {
			linked += till - from
		}
		i = max(till, i+dot+1)
	}
	l.hidden(text)
	l.numbers(text)
	l.Markups, l.Repeated = markups(text), l.repeated()
	if len(text) > 0 {
		l.Ratio = float64(linked) / float64(len(text))
	}
}

func isHostByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '-' || c == '.' || c >= 0x80
}

func hostAround(text string, floor, dot int) (start, end int) {
	start, end = dot, dot+1
	for start > floor && isHostByte(text[start-1]) {
		start--
	}
	for end < len(text) && isHostByte(text[end]) {
		end++
	}
	return start, end
}

// take judges the host at start to end and returns the range of the whole link.
func (l *Links) take(text string, start, end int) (from, till int, ok bool) {
	host := strings.Trim(text[start:end], ".-")
	start += strings.Index(text[start:end], host)
	end = start + len(host)
	scheme := strings.HasSuffix(text[:start], "://")
	isEmail := start > 0 && text[start-1] == '@'
	if !isHost(host) || isEmail || !scheme && !strings.HasPrefix(host, "www.") && !isBareHost(host) {
		return start, end, false
	}
	if !scheme && !strings.HasPrefix(host, "www.") {
		l.Bare++
	}
	for end < len(text) && !strings.ContainsRune(" \t\n\"'<>()[]{}|,", rune(text[end])) {
		end++
	}
	l.host(host, text[start:end])
	address := strings.TrimSuffix(strings.TrimPrefix(text[start:end], "www."), "/")
	if scheme {
		start = strings.LastIndexAny(text[:start-3], " \t\n\"'<>()[]{}|,=") + 1
	}
	l.found = append(l.found, link{start, end, strings.TrimPrefix(host, "www."), address, markupBefore(text[:start])})
	return start, end, true
}

// markupMarks is what stands before an address in BBCode, Markdown and HTML.
var markupMarks = []string{"[url=", "[url]", "[link=", "](", "href=", "href=\"", "href='"}

func markupBefore(text string) string {
	for _, mark := range markupMarks {
		if strings.HasSuffix(text, mark) {
			return mark[:min(3, len(mark))]
		}
	}
	return ""
}

// repeated is in how many ways the address that is written in most ways is written.
func (l *Links) repeated() int {
	most := 0
	for _, a := range l.found[:min(len(l.found), maxCompared)] {
		ways := 0
		for k, b := range l.found[:min(len(l.found), maxCompared)] {
			first := !slices.ContainsFunc(l.found[:k], func(c link) bool { return c.address == b.address && c.markup == b.markup })
			if b.address == a.address && first {
				ways++
			}
		}
		most = max(most, ways)
	}
	return most
}

// maxCompared bounds the comparing of links with each other; a text with more is full of them.
const maxCompared = 20

func (l *Links) host(host, link string) {
	l.Count++
	host = strings.TrimPrefix(host, "www.")
	if !slices.Contains(l.Hosts, host) {
		l.Hosts = append(l.Hosts, host)
	}
	if shorteners[host] {
		l.Shorteners++
	}
	if strings.HasPrefix(host, "xn--") || strings.Contains(host, ".xn--") {
		l.Puny++
	}
	_, rest, _ := strings.Cut(link, "/")
	name := rest[:len(rest)-len(strings.TrimLeft(rest, "+abcdefghijklmnopqrstuvwxyz0123456789_"))]
	switch host {
	case "t.me", "telegram.me":
		l.handle("tg:", strings.Trim(name, "+"))
	case "wa.me":
		l.handle("wa:", strings.Trim(name, "+"))
	}
}

func (l *Links) handle(kind, name string) {
	if len(name) >= 4 && !slices.Contains(l.Handles, kind+name) {
		l.Handles = append(l.Handles, kind+name)
	}
}

func isHost(host string) bool {
	if len(host) < 4 || len(host) > 253 || strings.Contains(host, "..") {
		return false
	}
	last := host[strings.LastIndexByte(host, '.')+1:]
	return strings.Contains(host, ".") && len(last) >= 2 && (last[0] < '0' || last[0] > '9')
}

// isBareHost tells a host from two sentences without a space between them: its ending must be
// one that sites use and that no Indonesian or English word is.
func isBareHost(host string) bool {
	name, last := host[:strings.LastIndexByte(host, '.')], host[strings.LastIndexByte(host, '.')+1:]
	if len(name) < 2 {
		return shorteners[host] || host == "t.me"
	}
	return endings[last] || shorteners[host] || host == "telegram.me" || host == "wa.me"
}

// hidden counts “name dot com”, “name (dot) com”, “name titik com” and “name . com”.
func (l *Links) hidden(text string) {
	for _, dot := range []string{" dot ", "(dot)", "[dot]", " titik ", "(titik)", "(.)", "[.]", " . "} {
		for i := 0; ; {
			at := strings.Index(text[i:], dot)
			if at < 0 {
				break
			}
			l.spelt(text, i+at, i+at+len(dot))
			i += at + len(dot)
		}
	}
}

func (l *Links) spelt(text string, left, right int) {
	left -= len(text[:left]) - len(strings.TrimSuffix(text[:left], " "))
	right += len(text[right:]) - len(strings.TrimPrefix(text[right:], " "))
	start, end := left, right
	for start > 0 && isHostByte(text[start-1]) && text[start-1] != '.' {
		start--
	}
	for end < len(text) && isHostByte(text[end]) && text[end] != '.' {
		end++
	}
	name, ending := text[start:left], text[right:end]
	if len(name) < 3 || !speltEndings[ending] || text[left:right] == " . " && ending != "com" && ending != "net" {
		return
	}
	l.Hidden++
	l.host(name+"."+ending, "")
}

// numbers finds Indonesian mobile numbers, however they are spaced.
func (l *Links) numbers(text string) {
	for i := 0; i < len(text); i++ {
		if text[i] != '0' && text[i] != '6' && text[i] != '8' || i > 0 && isDigit(text[i-1]) {
			continue
		}
		var digits [16]byte
		n, k := 0, i
		for ; k < len(text) && n < len(digits); k++ {
			if isDigit(text[k]) {
				digits[n] = text[k]
				n++
			} else if text[k] != '-' && text[k] != ' ' && text[k] != '.' {
				break
			}
		}
		if number := mobile(string(digits[:n])); number != "" {
			l.handle("wa:", number)
			i = k - 1
		}
	}
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func mobile(digits string) string {
	rest, national := strings.CutPrefix(digits, "08")
	if !national {
		rest, national = strings.CutPrefix(digits, "628")
	}
	if !national || len(rest) < 8 || len(rest) > 11 {
		return ""
	}
	return "628" + rest
}

func markups(text string) int {
	n := 0
	for _, mark := range []string{"[url", "](http", "<a "} {
		if strings.Contains(text, mark) {
			n++
		}
	}
	return n
}

func set(words string) map[string]bool {
	out := map[string]bool{}
	for word := range strings.FieldsSeq(words) {
		out[word] = true
	}
	return out
}

var (
	endings = set(`com net org info biz xyz site online top vip club shop store live link bet win
		casino fun icu pro app dev io id co cc ru cn tk ws us uk eu de fr jp kr sg tv asia website
		space tech cloud click lol poker games game news blog mobi buzz world group today life`)
	speltEndings = set(`com net org info biz xyz site online vip club shop live bet win casino id`)
	shorteners   = set(`bit.ly tinyurl.com goo.gl is.gd cutt.ly s.id t.co ow.ly rebrand.ly shorturl.at
		rb.gy linktr.ee heylink.me lynk.id tiny.cc adf.ly bitly.com t.ly v.gd soo.gd msha.ke`)
)
