package fold

import (
	"slices"
	"unicode/utf8"
)

// lower copies ASCII in lower case and stops at the first other byte.
func (t *Text) lower() int {
	s := t.original
	out := slices.Grow(t.fold[:0], len(s))[:len(s)]
	i := 0
	for ; i < len(s) && s[i] < utf8.RuneSelf; i++ {
		c := s[i]
		if c-'A' < 26 {
			c |= 0x20
		}
		out[i] = c
	}
	t.fold = out[:i]
	return i
}

// undo folds what is not ASCII, from i on; the ASCII before it is folded already.
func (t *Text) undo(i int) {
	t.resume(i)
	for i < len(t.original) {
		if t.original[i] < utf8.RuneSelf {
			i = t.plainRun(i)
			continue
		}
		r, size := utf8.DecodeRuneInString(t.original[i:])
		if r == utf8.RuneError && size == 1 {
			t.finish(i)
			t.keep(i, 1)
			i++
			continue
		}
		i = t.rune(i, r, size)
	}
	t.weigh()
}

// resume finds the word that the plain beginning ends in.
func (t *Text) resume(i int) {
	for k := range i {
		if isAlnum(t.original[k]) {
			t.facts.letters++
		}
	}
	k := i
	for k > 0 && isAlnum(t.original[k-1]) {
		k--
	}
	if k < i {
		t.word = word{on: true, start: k, letters: i - k}
	}
}

// plainRun copies the ASCII from i on.
func (t *Text) plainRun(i int) int {
	t.foldSteps.add(len(t.fold), i, true)
	w := &t.word
	for ; i < len(t.original) && t.original[i] < utf8.RuneSelf; i++ {
		c := t.original[i]
		if c-'A' < 26 {
			c |= 0x20
		}
		t.fold = append(t.fold, c)
		switch {
		case classes[c] == 0:
			t.finish(i)
		case w.on && w.special:
			t.letter(i)
		case w.on:
			w.letters++
			t.facts.letters++
		default:
			*w = word{on: true, start: i, letters: 1}
			t.facts.letters++
		}
	}
	return i
}

// letter begins or continues a word.
func (t *Text) letter(i int) *word {
	w := &t.word
	if !w.on {
		*w = word{on: true, start: i}
	}
	w.special = true
	w.letters++
	t.facts.letters++
	w.invisible += w.pending
	w.pending, w.marks = 0, 0
	return w
}

// keep copies bytes unchanged.
func (t *Text) keep(i, size int) {
	t.foldSteps.add(len(t.fold), i, true)
	t.fold = append(t.fold, t.original[i:i+size]...)
}

// put writes what the rune at i turns into.
func (t *Text) put(i int, s string) {
	t.foldSteps.add(len(t.fold), i, false)
	t.fold = append(t.fold, s...)
}

// rune folds the rune at i and returns where the next one is.
func (t *Text) rune(i int, r rune, size int) int {
	if r >= 0x1F1E6 && r <= 0x1F1FF {
		return t.regional(i)
	}
	e := lookup(r)
	if r >= 0xD400 && r <= 0xD7FF {
		if up := lookup(r + 0x10000); up.length() == 1 && t.lostPlane() {
			t.letter(i).lost++
			t.put(i, up.text())
			return i + size
		}
	}
	switch {
	case e.stripped():
		t.strip(i, r, size)
	case e.alike():
		t.alike(i, e, size)
	case e.length() == 0:
		t.same(i, e, size)
	default:
		t.change(i, e)
	}
	return i + size
}

// same keeps a rune that needs nothing.
func (t *Text) same(i int, e entry, size int) {
	if e.word() {
		t.letter(i)
	} else {
		t.finish(i)
	}
	t.keep(i, size)
}

// change writes the fold of a rune.
func (t *Text) change(i int, e entry) {
	if e.word() {
		t.letter(i).styles[e.style()]++
	} else {
		t.finish(i)
	}
	if e.several() && t.decide(i) {
		t.putTurned(i, e.text())
		return
	}
	t.put(i, e.text())
}

// putTurned writes a text whose lookalikes are read as Latin.
func (t *Text) putTurned(i int, s string) {
	t.put(i, "")
	for _, r := range s {
		if e := lookup(r); e.alike() {
			t.fold = append(t.fold, e.twin())
		} else {
			t.fold = utf8.AppendRune(t.fold, r)
		}
	}
}

// decide says whether the lookalikes of the present word are read as Latin.
func (t *Text) decide(i int) bool {
	w := &t.word
	if !w.on {
		return t.turns(i)
	}
	if !w.decided {
		w.decided, w.turn = true, t.turns(w.start)
	}
	return w.turn
}

// alike reads a letter of another script as Latin where its word asks for that.
func (t *Text) alike(i int, e entry, size int) {
	w := t.letter(i)
	switch {
	case t.decide(i):
		w.alike++
		t.foldSteps.add(len(t.fold), i, false)
		t.fold = append(t.fold, e.twin())
	case e.text() == t.original[i:i+size]:
		t.keep(i, size)
	default:
		t.put(i, e.text())
	}
}

const (
	joiner   = 0x200D
	keycap   = 0x20E3
	emojiVS  = 0xFE0F
	blackTag = 0x1F3F4 // the flag that tags of a region follow
)

// strip leaves a mark or an invisible character out, unless an emoji sequence needs it.
func (t *Text) strip(i int, r rune, size int) {
	if t.inEmoji(i, r, size) {
		t.keep(i, size)
		return
	}
	w := &t.word
	if !w.on {
		t.foldSteps.add(len(t.fold), i+size, true)
		return
	}
	w.special = true
	last := t.fold[len(t.fold)-1]
	switch {
	case r >= 0xFE00 && r <= emojiVS || r >= 0xE0000:
	case r == keycap && isDigit(last):
		w.keycaps++
	case invisible(r):
		if isAlnum(last) {
			w.pending++
		}
	case isAlnum(last):
		if w.marks++; w.marks == 3 {
			w.stacked++
		} else if w.marks == 1 && !accent(r) {
			w.stacked, w.marks = w.stacked+1, 3
		}
	}
	t.foldSteps.add(len(t.fold), i+size, true)
}

func invisible(r rune) bool {
	return r == 0xAD || r >= 0x200B && r <= 0x200F || r >= 0x202A && r <= 0x202E || r >= 0x2060 && r <= 0x206F ||
		r == 0xFEFF || r == 0x34F || r == 0x61C || r == 0x180E || r == 0x115F || r == 0x1160 || r == 0x3164 || r == 0xFFA0
}

// accent is true of the marks that languages with Latin letters write.
func accent(r rune) bool {
	return r >= 0x300 && r <= 0x30F || r == 0x31B || r >= 0x323 && r <= 0x328 || r == 0x32D || r == 0x32E || r == 0x330 || r == 0x331
}

// inEmoji says whether a mark belongs to an emoji sequence: it follows a kept symbol, and a
// joiner has another symbol after it.
func (t *Text) inEmoji(i int, r rune, size int) bool {
	if r != joiner && r != emojiVS && (r < 0xE0020 || r > 0xE007F) || len(t.fold) == 0 {
		return false
	}
	last, _ := utf8.DecodeLastRune(t.fold)
	if !symbol(last) && !(last >= 0xE0020 && last <= 0xE007F) && !(r == joiner && last == emojiVS) {
		return false
	}
	if r == joiner {
		next, _ := utf8.DecodeRuneInString(t.original[i+size:])
		return symbol(next)
	}
	return r == emojiVS || last == blackTag || last >= 0xE0020
}

// symbol is true of what emoji sequences are made of.
func symbol(r rune) bool {
	e := lookup(r)
	return r >= 0x2190 && r != utf8.RuneError && (r < 0x1F1E6 || r > 0x1F1FF) &&
		!e.word() && !e.stripped() && e.length() == 0 && (r < 0x2FF0 || r > 0xFFFF)
}
