package learn

import (
	"unicode"
	"unicode/utf8"

	"balasan/moderation/fold"
)

// word is one token of a folded text with what the original betrays about it.
type word struct {
	start, end int    // bytes of the fold; a joined word spans its parts
	text       string // folded
	hash       uint32
	letters    int
	digits     int
	symbol     bool // an emoji or another sign, one rune
	styled     bool // letters in disguise inside an otherwise plain text
	caps       bool // capitals inside an otherwise lower-case text
	joined     bool // letters that stood apart
	framed     bool // a symbol on both sides
	known      bool // ordinary: innocents use it
	before     byte // what parts it from the word before: ' ', a punctuation mark, 0 for nothing
}

// mixed tells a name such as alexis17 from a plain word.
func (w *word) mixed() bool { return w.digits > 0 && w.letters >= 2 }

// brandish tells whether a word has the look of a gambling site's name. The look alone
// proves nothing: phones, bands and nicknames share it.
func (w *word) brandish() bool {
	switch {
	case w.letters+w.digits < 4 || w.letters == 0:
		return false
	case w.mixed():
		return true
	default:
		return !w.known && (w.styled || w.caps || w.joined || w.framed)
	}
}

func isWordRune(r rune) bool {
	if r < utf8.RuneSelf {
		return 'a' <= r && r <= 'z' || '0' <= r && r <= '9'
	}
	return unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.Is(unicode.Mc, r)
}

// plainLetter tells whether a rune outside of ASCII is a letter of a Latin orthography: é is
// no disguise of e.
func plainLetter(r rune) bool { return 0xC0 <= r && r < 0x250 }

// cut splits a folded text into words.
func cut(t *fold.Text, words []word) []word {
	text, glue := t.Channel(fold.Fold), byte(' ')
	for i := 0; i < len(text); {
		r, n := rune(text[i]), 1
		if r >= utf8.RuneSelf {
			r, n = utf8.DecodeRuneInString(text[i:])
		}
		switch {
		case isWordRune(r):
			w := word{start: i, before: glue}
			w.grow(text)
			w.look(t)
			words = append(words, w)
			i, glue = w.end, 0
		case r >= utf8.RuneSelf && !unicode.IsSpace(r):
			words = append(words, word{start: i, end: i + n, text: text[i : i+n], hash: hashOf(text[i : i+n]), symbol: true, before: glue})
			i, glue = i+n, 0
		default:
			if r == ' ' || unicode.IsSpace(r) {
				glue = ' '
			} else if glue == 0 {
				glue = byte(r)
			}
			i += n
		}
	}
	calm(words)
	frame(words)
	return words
}

// grow reads a word from its start to its end.
func (w *word) grow(text string) {
	i := w.start
	for i < len(text) {
		r, n := rune(text[i]), 1
		if r >= utf8.RuneSelf {
			r, n = utf8.DecodeRuneInString(text[i:])
		}
		if !isWordRune(r) {
			break
		}
		if '0' <= r && r <= '9' {
			w.digits++
		} else {
			w.letters++
		}
		i += n
	}
	w.end, w.text = i, text[w.start:i]
	w.hash = hashOf(w.text)
}

// look compares the word with the original it came from.
func (w *word) look(t *fold.Text) {
	from, to := t.Span(fold.Fold, w.start, w.end)
	upper, lower := 0, 0
	for _, r := range t.Original()[from:to] {
		switch {
		case 'A' <= r && r <= 'Z':
			upper++
		case 'a' <= r && r <= 'z':
			lower++
		case r >= utf8.RuneSelf && !plainLetter(r):
			w.styled = true
		}
	}
	w.styled = w.styled && isASCII(w.text)
	w.caps = upper >= 3 && lower == 0
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// calm forgets a style that covers most of the text: people decorate whole comments innocently.
func calm(words []word) {
	letters, styled, caps := 0, 0, 0
	for i := range words {
		n := words[i].letters
		letters += n
		if words[i].styled {
			styled += n
		}
		if words[i].caps {
			caps += n
		}
	}
	allStyled, allCaps := styled*3 > letters*2 && len(words) > 2, caps*2 > letters
	for i := range words {
		words[i].styled = words[i].styled && !allStyled
		words[i].caps = words[i].caps && !allCaps
	}
}

func frame(words []word) {
	for i := 1; i+1 < len(words); i++ {
		words[i].framed = !words[i].symbol && words[i-1].symbol && words[i+1].symbol
	}
}

// short tells whether a word can be a piece of one that was spelt apart.
func (w *word) short() bool { return !w.symbol && w.letters+w.digits <= 2 }

func (w *word) single() bool { return !w.symbol && w.letters+w.digits == 1 }

// beads tells whether signs string single letters together, as in J♦I♦N or 【H】【o】.
func beads(words []word) bool {
	for n := range min(len(words), 3) {
		if !words[n].symbol {
			return n > 0 && words[n].single()
		}
	}
	return false
}

// apart finds where the pieces of a word that begins at words[i] end; i+1 when it is whole.
func apart(words []word, i int) int {
	if words[i].symbol {
		return i + 1
	}
	glued, single := i+1, words[i].letters == 1 && words[i].digits == 0
	for glued < len(words) && !words[glued].symbol && words[glued].before != ' ' && words[glued].before != 0 {
		single = single || words[glued].letters == 1 && words[glued].digits == 0
		glued++
	}
	j, pieces, singles, styled := i, 0, 0, true
	for j < len(words) && (words[j].short() || pieces == singles && beads(words[j:])) {
		if w := &words[j]; !w.symbol {
			pieces++
			styled = styled && w.styled
			if w.single() {
				singles++
			}
		}
		j++
	}
	switch {
	case single && glued > i+1 && glued > j:
		return glued
	case pieces >= 3 && (singles >= 3 || styled):
		return j
	default:
		return i + 1
	}
}
