package fold

import "unicode/utf8"

// facts are what the folding of one word asks of the whole text, or of that word.
type facts struct {
	known   bool
	latin   int
	digits  int
	alike   [groups]int // letters that look like Latin ones
	weak    [groups]int // those that only the own table knows
	foreign [groups]int // letters that do not
	hangul  bool        // syllables that no lost plane explains
	odd     bool        // Hangul that written Korean does not use, or between Latin letters
	lost    int         // letters that may have lost their plane
	masked  int         // letters and digits in disguise
	letters int         // and digits, as the folding meets them
}

// survey reads the whole text once, when its first doubtful letter asks for it.
func (t *Text) survey() *facts {
	f := &t.facts
	if f.known {
		return f
	}
	f.known = true
	for i := 0; i < len(t.original); {
		w, end := t.surveyWord(i)
		f.add(w)
		row, _ := indicators(t.original[end:])
		r, size := utf8.DecodeRuneInString(t.original[end:])
		f.add(surveyInner(r))
		i = end + max(row, size)
	}
	if f.odd && !f.hangul {
		f.latin += f.lost
	}
	if f.foreign[exotic] == 0 && f.alike[exotic] > 3 {
		f.latin++ // a text in nothing but disguise
	}
	return f
}

// surveyInner counts the letters of ½, ℀ and their like, which become words of their own.
func surveyInner(r rune) (w facts) {
	if e := lookup(r); e.length() > 1 && !e.word() {
		for _, r := range e.text() {
			if r < utf8.RuneSelf && isAlnum(byte(r)) || lookup(r).word() {
				w.count(r)
			}
		}
	}
	return w
}

// add sums up a word; its weak lookalikes speak for their script unless the word is Latin.
func (f *facts) add(w facts) {
	f.latin += w.latin
	f.lost += w.lost
	f.hangul = f.hangul || w.hangul
	f.odd = f.odd || w.odd
	for g := range f.alike {
		f.alike[g] += w.alike[g]
		f.foreign[g] += w.foreign[g]
		if w.latin+w.lost == 0 && g != exotic && !w.mixed() {
			f.foreign[g] += w.weak[g]
		}
	}
}

// mixed says whether lookalikes of several scripts stand in a word: no language writes so.
func (f *facts) mixed() bool {
	scripts := 0
	for _, n := range f.alike {
		scripts += min(n, 1)
	}
	return scripts > 1
}

// surveyWord counts the letters of the word at start and finds its end.
func (t *Text) surveyWord(start int) (w facts, end int) {
	first := true
	opened, closed := false, false // by a letter that is Latin or may be
	for end = start; end < len(t.original); {
		if n, flags := indicators(t.original[end:]); n > 0 {
			if flags {
				break
			}
			w.latin += n / utf8.UTFMax
			end += n
			closed, opened = true, opened || first
			first = false
			continue
		}
		r, size := utf8.DecodeRuneInString(t.original[end:])
		e := lookup(r)
		if r < utf8.RuneSelf && !isAlnum(byte(r)) || r >= utf8.RuneSelf && !e.word() && !e.stripped() {
			break
		}
		end += size
		if e.stripped() {
			continue
		}
		closed = w.count(r) || e.alike()
		opened = opened || first && closed
		first = false
	}
	w.odd = w.odd || w.lost > 0 && opened && closed
	return w, end
}

// count adds one letter and says whether it is Latin.
func (f *facts) count(r rune) (isLatin bool) {
	if r < utf8.RuneSelf {
		if !isLetter(byte(r)) {
			f.digits++
			return false
		}
		f.latin++
		return true
	}
	e := lookup(r)
	switch {
	case r >= 0xAC00 && r <= 0xD7FF:
		if r < 0xD400 || lookup(r+0x10000).length() != 1 {
			f.hangul = true
			return false
		}
		f.lost++
		f.odd = f.odd || !inKorean(r)
	case e.alike():
		f.alike[e.group()]++
		if e.weak() {
			f.weak[e.group()]++
		}
	case e.several():
		for _, r := range e.text() {
			isLatin = f.count(r) || isLatin
		}
		return isLatin
	case e.length() > 0 && isDigit(e.text()[0]):
		f.digits++
		return false
	case latinText(e):
		f.latin++
		return true
	default:
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

// lostPlane says whether the Hangul of this text is mathematical letters that lost their
// plane: no other Hangul stands in it, and what there is makes no Korean sense.
func (t *Text) lostPlane() bool {
	f := t.survey()
	return f.odd && !f.hangul
}

// turns decides whether the lookalikes of the word that begins at start are read as Latin. They
// are when the rest of the word is mostly Latin; a word of lookalikes alone is when the text is Latin
// elsewhere, has no other letter of their script, and no language writes such a word. Real
// Russian, Greek, Arabic or Chinese has such letters.
func (t *Text) turns(start int) bool {
	w, _ := t.surveyWord(start)
	if w.lost > 0 && t.lostPlane() {
		w.latin += w.lost
	}
	foreign, main := 0, 0
	for g := cyrillic; g < hangul; g++ {
		foreign += w.foreign[g]
		if w.alike[g] > w.alike[main] {
			main = g
		}
	}
	if w.latin > 0 {
		return w.latin > foreign
	}
	return foreign == 0 && t.turnsAlone(main, w)
}

// turnsAlone decides on a word that has no Latin letter.
func (t *Text) turnsAlone(group int, w facts) bool {
	f := t.survey()
	if f.latin == 0 || w.mixed() {
		return f.latin > 0
	}
	if f.foreign[group] > 0 {
		return false
	}
	switch group {
	case exotic:
		return true
	case cyrillic, greek:
		return w.weak[group] == 0 && (w.digits > 0 || w.alike[group] == 1)
	case han:
		return w.alike[han] > 4
	default:
		return false
	}
}
