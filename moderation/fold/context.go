package fold

import "unicode/utf8"

// facts are what the folding of one word asks of the whole text.
type facts struct {
	known   bool
	latin   int
	alike   [groups]int // letters that look like Latin ones
	foreign [groups]int // letters that do not
	hangul  bool        // syllables that no lost plane explains
	odd     bool        // Hangul that written Korean does not use, or between Latin letters
	styled  int
	letters int
}

// survey reads the whole text once, when its first doubtful letter asks for it.
func (t *Text) survey() *facts {
	f := &t.facts
	if f.known {
		return f
	}
	f.known = true
	before := false // a Latin letter stands right before
	for i := 0; i < len(t.original); {
		r, size := utf8.DecodeRuneInString(t.original[i:])
		i += size
		before = f.count(r, before, t.original[i:])
	}
	return f
}

func (f *facts) count(r rune, before bool, rest string) (isLatin bool) {
	if r < utf8.RuneSelf {
		if isLetter(byte(r)) {
			f.latin++
		}
		return isLetter(byte(r))
	}
	e := lookup(r)
	switch {
	case r >= 0xAC00 && r <= 0xD7FF:
		if r < 0xD400 || lookup(r+0x10000).length() != 1 {
			f.hangul = true
		} else if !inKorean(r) || before && len(rest) > 0 && isLetter(rest[0]) {
			f.odd = true
		}
	case e.alike():
		f.alike[e.group()]++
	case e.word() && latinText(e):
		f.latin++
		return true
	case e.word():
		f.foreign[e.group()]++
	}
	return false
}

// latinText says whether a letter is Latin once it is folded.
func latinText(e entry) bool {
	return e.group() == latin || e.length() > 0 && isLetter(e.text()[0])
}

// inKorean says whether KS X 1001, hence written Korean, has the syllable r, which is U+D400 or more.
func inKorean(r rune) bool {
	return r <= 0xD7A3 && commonHangul[(r-0xD400)/64]>>(uint(r)%64)&1 != 0
}

// isLost says whether r at i is a mathematical letter that lost its plane: no other Hangul
// stands in the text, and what there is makes no Korean sense.
func (t *Text) isLost(i int, r rune) bool {
	f := t.survey()
	return f.odd && !f.hangul
}

// turns decides whether the lookalikes of the word that begins at start are read as Latin. They
// are when the rest of the word is Latin or digits; in a word of lookalikes alone, when the text
// has no other letter of their script and is Latin elsewhere. Real Russian, Greek, Arabic or
// Chinese has such letters.
func (t *Text) turns(start int) bool {
	var w facts
	chars, switches, was := 0, 0, false
	for i := start; i < len(t.original); {
		r, size := utf8.DecodeRuneInString(t.original[i:])
		e := lookup(r)
		if r < utf8.RuneSelf && !isAlnum(byte(r)) || r >= utf8.RuneSelf && !e.word() && !e.stripped() {
			break
		}
		i += size
		if e.stripped() {
			continue
		}
		is := w.count(r, false, "")
		if chars > 0 && is != was {
			switches++
		}
		chars, was = chars+1, is
	}
	foreign, main := 0, 0
	for g := cyrillic; g < hangul; g++ {
		foreign += w.foreign[g]
		if w.alike[g] > w.alike[main] {
			main = g
		}
	}
	if w.latin > 0 {
		return foreign == 0 || switches > 1
	}
	return foreign == 0 && t.turnsAlone(main, w.alike[main])
}

// turnsAlone decides on a word that has no Latin letter.
func (t *Text) turnsAlone(group, length int) bool {
	f := t.survey()
	switch {
	case f.foreign[group] > 0:
		return false
	case group == exotic:
		return f.latin > 0 || length > 3
	case group == han:
		return f.latin > 0 && length > 3
	case group == living:
		return false
	default:
		return f.latin > 0 && f.latin >= f.alike[group]
	}
}
