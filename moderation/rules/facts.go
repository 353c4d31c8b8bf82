package rules

import (
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"balasan/moderation"
	"balasan/moderation/fold"
)

// Facts are what a condition may ask of a case; the names in quotes are the rule language's.
type Facts struct {
	Links   Links       `expr:"links"`
	Sender  SenderFacts `expr:"sender"`
	Form    FormFacts   `expr:"form"`
	Text    TextFacts   `expr:"text"`
	Kin     KinFacts    `expr:"campaign"`
	Name    string      `expr:"name"` // folded, as are body and page
	Body    string      `expr:"body"`
	Page    string      `expr:"page"`
	Email   HostFacts   `expr:"email"`
	Website HostFacts   `expr:"website"`

	Recent func(who, span string) int `expr:"recent"` // recent("network", "10m")
	Hits   func(list string) int      `expr:"hits"`   // different terms of a list in text and name
}

// SenderFacts are what is remembered of a sender.
type SenderFacts struct {
	Approved int `expr:"approved"`
	Spam     int `expr:"spam"`
}

// KinFacts count the campaign that a submission would join, 30 days.
type KinFacts struct {
	Size    int `expr:"size"`
	Refused int `expr:"refused"` // by editors, as spam
	Hour    int `expr:"hour"`    // of its last hour
}

// FormFacts are what the form betrays.
type FormFacts struct {
	Age    time.Duration `expr:"age"`
	Signed bool          `expr:"signed"`
	Traps  int           `expr:"traps"`
}

// TextFacts are how a text looks.
type TextFacts struct {
	Length    int     `expr:"length"`     // in runes
	Words     int     `expr:"words"`      //
	Repeats   int     `expr:"repeats"`    // submissions with the same folded text, 30 days
	Refused   int     `expr:"refused"`    // those that editors called spam
	Disguise  int     `expr:"disguise"`   // disguised characters inside an otherwise plain text
	Spaced    int     `expr:"spaced"`     // letters of words spelt l i k e  t h i s
	Styled    bool    `expr:"styled"`     // the whole of it is set in a fancy font
	Upper     float64 `expr:"upper"`      // share of capitals among its letters
	Brands    int     `expr:"brands"`     // words shaped like alexis17 or sgi88
	NameWords int     `expr:"name_words"` // words of the sender's name
}

// HostFacts are the host of an address.
type HostFacts struct {
	Domain string `expr:"domain"`
	Host   string `expr:"host"`
}

// numbers are the facts that a match line can compare; durations count in seconds.
var numbers = map[string]func(*Facts) float64{
	"links.count":      func(f *Facts) float64 { return float64(f.Links.Count) },
	"links.ratio":      func(f *Facts) float64 { return f.Links.Ratio },
	"links.bare":       func(f *Facts) float64 { return float64(f.Links.Bare) },
	"links.hidden":     func(f *Facts) float64 { return float64(f.Links.Hidden) },
	"links.shorteners": func(f *Facts) float64 { return float64(f.Links.Shorteners) },
	"links.puny":       func(f *Facts) float64 { return float64(f.Links.Puny) },
	"links.mixed":      func(f *Facts) float64 { return float64(f.Links.Mixed) },
	"links.repeated":   func(f *Facts) float64 { return float64(f.Links.Repeated) },
	"links.markups":    func(f *Facts) float64 { return float64(f.Links.Markups) },
	"sender.approved":  func(f *Facts) float64 { return float64(f.Sender.Approved) },
	"sender.spam":      func(f *Facts) float64 { return float64(f.Sender.Spam) },
	"form.age":         func(f *Facts) float64 { return f.Form.Age.Seconds() },
	"form.signed":      func(f *Facts) float64 { return truth(f.Form.Signed) },
	"form.traps":       func(f *Facts) float64 { return float64(f.Form.Traps) },
	"campaign.size":    func(f *Facts) float64 { return float64(f.Kin.Size) },
	"campaign.refused": func(f *Facts) float64 { return float64(f.Kin.Refused) },
	"campaign.hour":    func(f *Facts) float64 { return float64(f.Kin.Hour) },
	"text.length":      func(f *Facts) float64 { return float64(f.Text.Length) },
	"text.words":       func(f *Facts) float64 { return float64(f.Text.Words) },
	"text.repeats":     func(f *Facts) float64 { return float64(f.Text.Repeats) },
	"text.refused":     func(f *Facts) float64 { return float64(f.Text.Refused) },
	"text.disguise":    func(f *Facts) float64 { return float64(f.Text.Disguise) },
	"text.spaced":      func(f *Facts) float64 { return float64(f.Text.Spaced) },
	"text.styled":      func(f *Facts) float64 { return truth(f.Text.Styled) },
	"text.upper":       func(f *Facts) float64 { return f.Text.Upper },
	"text.brands":      func(f *Facts) float64 { return float64(f.Text.Brands) },
	"text.name_words":  func(f *Facts) float64 { return float64(f.Text.NameWords) },
}

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// gather fills the facts of a case whose texts are read.
func (w *weighing) gather(c moderation.Case) {
	s, f := &c.Submission, &w.facts
	f.Sender = SenderFacts{Approved: c.History.Approved, Spam: c.History.Spam}
	f.Kin = KinFacts(c.History.Campaign)
	f.Form = FormFacts{Age: s.Form.Age, Signed: s.Form.Signed, Traps: s.Form.Traps}
	f.Text = TextFacts{
		Length: utf8.RuneCountInString(s.Body), Repeats: c.History.Repeats, Refused: c.History.Refused,
		Upper: upper(s.Body), NameWords: len(strings.Fields(s.Name)),
	}
	f.Text.disguise(w.folded[0].Disguise())
	f.Text.shapes(w.folded[0].Channel(foldChannel))
	f.Name, f.Body, f.Page = w.folded[1].Channel(foldChannel), w.folded[0].Channel(foldChannel), s.Page
	f.Email.Domain, f.Website.Host = s.Email.Domain(), hostOf(s.Website)
	f.Links.find(w.folded[0].Channel(foldChannel))
	f.Links.Mixed = w.mixedHosts()
	w.recent = c.History.Network
}

// mixedHosts counts links where one part of the host, as written, has Latin letters beside
// those of another script. The fold has made them alike, so the original is asked.
func (w *weighing) mixedHosts() (n int) {
	for _, l := range w.facts.Links.found {
		start, end := w.folded[0].Span(foldChannel, l.from, l.till)
		_, rest, scheme := strings.Cut(w.texts[0][start:end], "://")
		if !scheme {
			rest = w.texts[0][start:end]
		}
		host, _, _ := strings.Cut(rest, "/")
		if slices.ContainsFunc(strings.Split(host, "."), mixesScripts) {
			n++
		}
	}
	return n
}

func mixesScripts(label string) bool {
	latin, other := false, false
	for _, r := range label {
		switch {
		case r < utf8.RuneSelf && unicode.IsLetter(r), unicode.Is(unicode.Latin, r):
			latin = true
		case unicode.IsLetter(r):
			other = true
		}
	}
	return latin && other
}

func (t *TextFacts) disguise(d fold.Disguise) {
	t.Styled, t.Spaced = d.Whole, d.Count(fold.Spaced)
	if !d.Inside() {
		return
	}
	for _, kind := range []fold.Kind{fold.Styled, fold.Lookalike, fold.Stacked, fold.Invisible, fold.LostPlane} {
		t.Disguise += d.Count(kind)
	}
}

// shapes counts words, and those shaped like the brands of gambling sites.
func (t *TextFacts) shapes(folded string) {
	for start := 0; start < len(folded); {
		end := start
		for end < len(folded) && (folded[end] >= utf8.RuneSelf || isWordRune(rune(folded[end]))) {
			end++
		}
		if end > start {
			t.Words++
			if isBrandShape(folded[start:end]) {
				t.Brands++
			}
		}
		start = max(end, start+1)
	}
}

// isBrandShape tells words such as alexis17, sgi88 and pulau777: three letters or more, then two
// to four digits that are neither a year nor behind a word that people count with.
func isBrandShape(word string) bool {
	letters := strings.TrimRight(word, "0123456789")
	digits := word[len(letters):]
	if len(letters) < 3 || len(digits) < 2 || len(digits) > 4 || counted[letters] {
		return false
	}
	if len(digits) == 4 && (digits[:2] == "19" || digits[:2] == "20") {
		return false
	}
	return strings.Trim(letters, "abcdefghijklmnopqrstuvwxyz0123456789") == "" && letters[0] > '9'
}

var counted = set(`tgl tanggal jam menit hari bulan tahun thn umur usia kelas part eps episode ep vol bab hal
	halaman nomor num pasal ayat covid iphone galaxy note redmi vivo oppo realme gen generasi angkatan season top
	min minute route jalan blok gang lantai rute tol sma smp sdn smk smpn sman smkn pkl pukul seri type tipe`)

func upper(s string) float64 {
	letters, capitals := 0, 0
	for _, r := range s {
		switch {
		case unicode.IsUpper(r):
			letters++
			capitals++
		case unicode.IsLetter(r):
			letters++
		}
	}
	if letters == 0 {
		return 0
	}
	return float64(capitals) / float64(letters)
}

func hostOf(website string) string {
	u, err := url.Parse(website)
	if err != nil {
		return ""
	}
	return strings.TrimPrefix(strings.ToLower(u.Hostname()), "www.")
}

// recently answers recent(who, span); load has checked both words.
func (w *weighing) recently(_, span string) int {
	switch span {
	case "10m":
		return w.recent.Minutes10
	case "1h":
		return w.recent.Hour
	default:
		return w.recent.Day
	}
}
