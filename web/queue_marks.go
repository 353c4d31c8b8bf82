package web

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"balasan/moderation"
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

// marked cuts text where the signals' spans begin and end. Overlapping spans become one mark;
// spans that do not fit the text are moved to the nearest rune, or left out.
func (q Queue) marked(text string, field moderation.Field, signals []moderation.Signal) []piece {
	var pieces []piece
	at := 0
	for _, m := range marks(text, field, signals) {
		pieces = append(pieces, switched(piece{Text: text[at:m.start]})...)
		found := text[m.start:m.end]
		inside := switched(piece{Text: found, Marked: true})
		inside[len(inside)-1].Reads = q.reading(found)
		pieces = append(pieces, inside...)
		at = m.end
	}
	return append(pieces, switched(piece{Text: text[at:]})...)
}

type mark struct{ start, end int }

func marks(text string, field moderation.Field, signals []moderation.Signal) []mark {
	var all []mark
	for _, s := range signals {
		for _, span := range s.Spans {
			start, end := onRune(text, span.Start, -1), onRune(text, span.End, +1)
			if span.Field == field && !s.Shadow && s.Score >= 0 && start < end {
				all = append(all, mark{start, end})
			}
		}
	}
	slices.SortFunc(all, func(a, b mark) int { return cmp.Or(cmp.Compare(a.start, b.start), cmp.Compare(b.end, a.end)) })
	merged := all[:0]
	for _, m := range all {
		if last := len(merged) - 1; last >= 0 && m.start < merged[last].end {
			merged[last].end = max(merged[last].end, m.end)
			continue
		}
		merged = append(merged, m)
	}
	return merged
}

// onRune moves a byte offset to the border of a rune, in the given direction.
func onRune(text string, at, step int) int {
	at = min(max(at, 0), len(text))
	for at > 0 && at < len(text) && !utf8.RuneStart(text[at]) {
		at += step
	}
	return at
}

// reading is what a disguised piece says; empty where it says what it shows.
func (q Queue) reading(text string) string {
	if q.Undo == nil {
		return ""
	}
	if plain := q.Undo(text); plain != strings.ToLower(text) {
		return plain
	}
	return ""
}
