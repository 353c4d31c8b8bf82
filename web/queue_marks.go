package web

import (
	"fmt"
	"unicode"
	"unicode/utf8"
)

// piece is a stretch of text, marked where a signal points at it, where another script stands
// inside a word, and where something stands that nobody sees.
type piece struct {
	Text   string
	Marked bool
	Reads  string // what a disguise reads as; empty where it reads as it stands
	Script string // the script of letters that do not belong to their word: "cyrillic", …
	Hidden string // "U+200B" for a rune that shows nothing
}

// strangers are scripts whose letters look like Latin ones.
var strangers = []struct {
	name  string
	table *unicode.RangeTable
}{{"cyrillic", unicode.Cyrillic}, {"greek", unicode.Greek}, {"armenian", unicode.Armenian}, {"cherokee", unicode.Cherokee}}

// switched cuts a piece where the script changes inside a Latin word, and where runes are hidden.
func switched(p piece) []piece {
	var all []piece
	start := 0
	cut := func(end int) {
		if end > start {
			q := p
			q.Text = p.Text[start:end]
			all = append(all, q)
		}
		start = end
	}
	for at := 0; at < len(p.Text); {
		r, size := utf8.DecodeRuneInString(p.Text[at:])
		switch {
		case isHidden(r):
			cut(at)
			q := p
			q.Text, q.Hidden, q.Reads = "", fmt.Sprintf("U+%04X", r), ""
			all = append(all, q)
			start = at + size
		case unicode.IsLetter(r):
			end := wordEnd(p.Text, at)
			for _, run := range strangersIn(p.Text[at:end]) {
				cut(at + run.start)
				q := p
				q.Text, q.Script = p.Text[at+run.start:at+run.end], run.script
				all = append(all, q)
				start = at + run.end
			}
			at = end
			continue
		}
		at += size
	}
	cut(len(p.Text))
	return all
}

// isHidden tells runes that show nothing or turn the writing around. A joiner in front of an emoji
// or a mark is left alone by the caller's text as often as not, so that only these count.
func isHidden(r rune) bool {
	switch {
	case r == '\u00ad', r == '\u180e', r == '\ufeff', r == '\u200b', r == '\u2060',
		r >= '\u202a' && r <= '\u202e', r >= '\u2066' && r <= '\u2069':
		return true
	}
	return false
}

func wordEnd(s string, at int) int {
	for at < len(s) {
		r, size := utf8.DecodeRuneInString(s[at:])
		if !unicode.IsLetter(r) && !unicode.IsMark(r) {
			break
		}
		at += size
	}
	return at
}

type scriptRun struct {
	start, end int
	script     string
}

// strangersIn finds letters of other scripts in a word that has Latin ones too.
func strangersIn(word string) []scriptRun {
	var runs []scriptRun
	latin := false
	for at, r := range word {
		latin = latin || unicode.Is(unicode.Latin, r)
		for _, s := range strangers {
			if !unicode.Is(s.table, r) {
				continue
			}
			end := at + utf8.RuneLen(r)
			if last := len(runs) - 1; last >= 0 && runs[last].end == at && runs[last].script == s.name {
				runs[last].end = end
				continue
			}
			runs = append(runs, scriptRun{at, end, s.name})
		}
	}
	if !latin {
		return nil
	}
	return runs
}

// Sign names the script of letters that do not belong, in itself: no language needs a word for it.
func (p piece) Sign() string {
	return map[string]string{"cyrillic": "Кир", "greek": "Ελλ", "armenian": "Հայ", "cherokee": "ᏣᎳᎩ"}[p.Script]
}
