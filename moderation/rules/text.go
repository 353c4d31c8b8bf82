package rules

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// words is a text as the lists see it: its words in lower case with one space around each, so
// that a pattern between spaces matches whole words only, whatever stands between them.
type words struct {
	text []byte
	from []int32 // byte of text → byte of the channel where its rune starts
	till []int32 // … and where it ends
}

func (w *words) reset() { w.text, w.from, w.till = w.text[:0], w.from[:0], w.till[:0] }

// read splits a folded text into words. Apostrophes vanish, so that don’t is one word.
func (w *words) read(s string) {
	w.reset()
	w.space(0)
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case isWordRune(r):
			for k := range size {
				w.add(s[i+k], i, i+size)
			}
		case r == '\'' || r == '’' || r == '`':
		case w.text[len(w.text)-1] != ' ':
			w.space(i)
		}
		i += size
	}
	if w.text[len(w.text)-1] != ' ' {
		w.space(len(s))
	}
}

func isWordRune(r rune) bool {
	if r < utf8.RuneSelf {
		return r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r >= 'A' && r <= 'Z'
	}
	return unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r)
}

func (w *words) space(at int) { w.add(' ', at, at) }

func (w *words) add(b byte, from, till int) {
	w.text = append(w.text, b)
	w.from = append(w.from, int32(from))
	w.till = append(w.till, int32(till))
}

// begin and end find the channel's bytes of a match, without the spaces around it.
func (w *words) begin(start int) int {
	if w.text[start] == ' ' {
		start++
	}
	return int(w.from[start])
}

func (w *words) end(end int) int {
	if w.text[end-1] == ' ' {
		end--
	}
	return int(w.till[end-1])
}

// bounded tells whether a match with * at an end has something there for the * to stand for.
func (w *words) bounded(start, end int) bool {
	return (w.text[start] == ' ' || w.text[start-1] != ' ') && (w.text[end-1] == ' ' || w.text[end] != ' ')
}

// pattern is a list term as it is searched in words: folded like the text, with * at an end
// for at least one more letter or digit of the word.
func pattern(term string, fold func(string) string) string {
	open, rest := strings.HasPrefix(term, "*"), strings.HasSuffix(term, "*")
	var w words
	w.read(fold(strings.Trim(term, "*")))
	p := string(w.text)
	if strings.TrimSpace(p) == "" {
		return ""
	}
	if open {
		p = p[1:]
	}
	if rest {
		p = p[:len(p)-1]
	}
	return p
}
