package rules

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"balasan/moderation"
)

// where is a set of fields as bits.
type where uint8

const (
	inBody where = 1 << iota
	inName
	inWebsite
	inEmail
	inPage
	inNetwork  // the sender's address; no text
	fieldCount = 5
)

var fields = [fieldCount]moderation.Field{moderation.FieldBody, moderation.FieldName,
	moderation.FieldWebsite, moderation.FieldEmail, moderation.FieldPage}

var fieldBits = map[string]where{"body": inBody, "name": inName, "website": inWebsite,
	"email.domain": inEmail, "page": inPage, "sender.network": inNetwork}

// condition is one compiled line of match.
type condition struct {
	not   bool
	lists []int // any of them …
	in    where // … in any of these fields
	fact  func(*Facts) float64
	op    string
	bound float64
}

// line compiles one line of match, such as `~body+name (class-word): "@brands"`.
func (b *builder) line(s *source, m pair) (condition, bool) {
	var c condition
	key, negated := strings.CutPrefix(strings.TrimSpace(m.key), "~")
	c.not = negated
	kind := listKind("")
	if open := strings.IndexByte(key, '('); open >= 0 {
		name, closed := strings.CutSuffix(strings.TrimSpace(key[open+1:]), ")")
		if !closed || !slices.Contains(listKinds, name) {
			b.faults.add(s.file, m.at, "“(%s” should be a way to match in parentheses%s", key[open+1:], meant(name, listKinds))
			return c, false
		}
		kind, key = listKind(name), key[:open]
	}
	key = strings.TrimSpace(key)
	if fact, isNumber := numbers[key]; isNumber {
		c.fact = fact
		return c, b.comparison(s, &c, key, m.value)
	}
	for name := range strings.SplitSeq(key, "+") {
		bit, known := fieldBits[strings.TrimSpace(name)]
		if !known {
			all := slices.Concat(slices.Sorted(maps.Keys(fieldBits)), slices.Sorted(maps.Keys(numbers)))
			b.faults.add(s.file, m.at, "“%s” is not a field%s", strings.TrimSpace(name), meantOrAll(name, all))
			return c, false
		}
		c.in |= bit
	}
	return c, b.values(s, &c, kind, m.value)
}

// values reads what a field is compared with: a list, a phrase, or several of them.
func (b *builder) values(s *source, c *condition, kind listKind, n *node) bool {
	items := n.items
	if n.kind == scalar {
		items = []*node{n}
	}
	var inline []term
	for _, item := range items {
		if item.kind != scalar || strings.TrimSpace(item.text) == "" {
			b.faults.add(s.file, item.at, "Give a list (\"@name\"), a phrase, or several of them in [ ]")
			return false
		}
		name, isList := strings.CutPrefix(item.text, "@")
		if !isList && c.in&inPage != 0 && kind != byRegex && strings.Contains(item.text, "/") && strings.Contains(item.text, "*") {
			b.faults.add(s.file, item.at, "“%s” is a pattern of addresses; write the part of the address as words, such as page: \"%s\", or page (regex): '/%s/'",
				item.text, strings.Trim(item.text, "/* "), strings.Trim(item.text, "/* "))
			return false
		}
		if !isList {
			inline = append(inline, term{item.text, s.file, item.at})
			continue
		}
		list, known := b.lists[name]
		if !known {
			b.faults.add(s.file, item.at, "There is no list “%s”%s", name, meant(name, b.listNames()))
			return false
		}
		if (cmp.Or(kind, list.match) == byNetwork) != (c.in == inNetwork) {
			b.faults.add(s.file, item.at, "A list of networks (cidr) is compared with sender.network, and nothing else is")
			return false
		}
		c.lists = append(c.lists, b.use(name, list, kind, c.in))
	}
	if len(inline) > 0 {
		list := listSource{file: s.file, at: n.at, match: byWord, terms: inline}
		c.lists = append(c.lists, b.use(s.id+":"+strconv.Itoa(n.at.line), list, kind, c.in))
	}
	return len(c.lists) > 0
}

// comparison reads “>= 3”, “< 5s”, “true” or a bare number.
func (b *builder) comparison(s *source, c *condition, key string, n *node) bool {
	text := strings.TrimSpace(n.text)
	c.op = "=="
	for _, op := range []string{">=", "<=", "==", "!=", ">", "<", "="} {
		if rest, ok := strings.CutPrefix(text, op); ok {
			c.op, text = op, strings.TrimSpace(rest)
			break
		}
	}
	if c.op == "=" {
		c.op = "=="
	}
	bound, err := bound(key, text)
	if n.kind != scalar || err != "" {
		b.faults.add(s.file, n.at, "“%s” is compared with %s, not with “%s”", key, err, n.text)
		return false
	}
	c.bound = bound
	return true
}

// bound reads the right-hand side of a comparison, or says what belongs there.
func bound(key, text string) (float64, string) {
	switch key {
	case "form.age":
		d, err := time.ParseDuration(text)
		if err != nil {
			return 0, "a time such as “< 5s” or “>= 2m”"
		}
		return d.Seconds(), ""
	case "form.signed", "text.styled":
		v, err := strconv.ParseBool(text)
		if err != nil {
			return 0, "true or false"
		}
		return truth(v), ""
	}
	v, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return 0, "a number such as “>= 3”"
	}
	return v, ""
}

// holds tells whether the condition is true of the case.
func (c *condition) holds(w *weighing) bool {
	if c.fact != nil {
		return compare(c.fact(&w.facts), c.op, c.bound) != c.not
	}
	for i := range w.hits {
		if c.wants(&w.hits[i]) {
			return !c.not
		}
	}
	return c.not
}

func (c *condition) wants(h *hit) bool {
	return c.in&h.in != 0 && slices.Contains(c.lists, h.list)
}

func compare(v float64, op string, bound float64) bool {
	switch op {
	case ">=":
		return v >= bound
	case "<=":
		return v <= bound
	case ">":
		return v > bound
	case "<":
		return v < bound
	case "!=":
		return v != bound
	default:
		return v == bound
	}
}
