package fold

import "unicode/utf8"

// token is a run of letters and digits of the class channel.
type token struct {
	start, end int
	chars      int
	digits     bool // nothing but digits, or a number word
}

// classify builds Class, Squash and the digest from the fold.
func (t *Text) classify() {
	if t.classed {
		return
	}
	t.classed = true
	t.class, t.classSteps = t.class[:0], t.classSteps[:0]
	t.squash, t.squashSteps = t.squash[:0], t.squashSteps[:0]
	run := runner{text: t}
	for i := 0; i < len(t.fold); {
		if t.fold[i] == ' ' {
			t.class = append(t.class, ' ')
			i++
			continue
		}
		size, ok := t.wordSize(i)
		if !ok {
			t.class = append(t.class, t.fold[i:i+size]...)
			i += size
			continue
		}
		var tok token
		tok, i = t.token(i)
		run.take(tok)
	}
	run.flush()
}

// wordSize is the length of the character at i, and whether it belongs to a word.
func (t *Text) wordSize(i int) (int, bool) {
	c := t.fold[i]
	if c < utf8.RuneSelf {
		return 1, classes[c] != 0 || signs[c] != 0 && t.between(i)
	}
	r, size := utf8.DecodeRune(t.fold[i:])
	return size, lookup(r).word()
}

// between says whether the sign at i stands inside a word; a dollar may also begin one.
func (t *Text) between(i int) bool {
	if i+1 == len(t.fold) || !isAlnum(t.fold[i+1]) {
		return false
	}
	return i > 0 && isAlnum(t.fold[i-1]) || t.fold[i] == '$' && isLetter(t.fold[i+1])
}

// token moves one token of the fold into the class.
func (t *Text) token(i int) (token, int) {
	from := i
	tok := token{start: len(t.class)}
	digits, others := 0, 0
	for i < len(t.fold) {
		if c := t.fold[i]; classes[c] != 0 {
			if c <= '9' {
				digits++
			}
			t.classByte(i, classes[c], tok.start)
			tok.chars++
			i++
			continue
		}
		size, ok := t.wordSize(i)
		if !ok {
			break
		}
		if others++; size == 1 {
			t.classByte(i, signs[t.fold[i]], tok.start)
		} else {
			t.class = append(t.class, t.fold[i:i+size]...)
		}
		tok.chars++
		i += size
	}
	tok.digits = digits == tok.chars
	if n := number(t.fold[from:i]); n != "" {
		t.spellNumber(&tok, n, from, i)
	} else if digits+others > 0 {
		t.noteLeet(from, i)
	}
	tok.end = len(t.class)
	return tok, i
}

// noteLeet counts the digits and signs for letters in one token.
func (t *Text) noteLeet(from, to int) {
	n := 0
	for i := from + 1; i < to-1; i++ {
		if t.leet(i) {
			n++
		}
	}
	if n > 0 {
		t.found.note(Leet, n, t.foldSteps.begin(from), t.foldSteps.end(to, len(t.fold), len(t.original)))
	}
}

// classByte appends the class c of the byte at i, unless it is the third of its kind in a row.
func (t *Text) classByte(i int, c byte, start int) {
	if n := len(t.class); n >= start+2 && t.class[n-1] == c && t.class[n-2] == c {
		t.classSteps.add(n, i+1, true)
		return
	}
	t.class = append(t.class, c)
}

// leet says whether a digit or sign at i stands for a letter between letters.
func (t *Text) leet(i int) bool {
	if !isLetter(t.fold[i-1]) || !isLetter(t.fold[i+1]) {
		return false
	}
	switch t.fold[i] {
	case '0', '1', '3', '4', '5', '7', '8', '@', '$', '!', '|':
		return true
	}
	return false
}

// spellNumber puts the digits of a number word in its place.
func (t *Text) spellNumber(tok *token, digits string, from, to int) {
	t.class = t.class[:tok.start]
	for len(t.classSteps) > 0 && int(t.classSteps[len(t.classSteps)-1].out) > tok.start {
		t.classSteps = t.classSteps[:len(t.classSteps)-1]
	}
	t.classSteps.add(tok.start, from, false)
	for _, d := range []byte(digits) {
		t.class = append(t.class, classes[d])
	}
	t.classSteps.add(len(t.class), to, true)
	tok.chars, tok.digits = len(digits), true
}

// number is the digits of an Indonesian or English number word.
func number(w []byte) string {
	if len(w) < 3 || len(w) > 8 {
		return ""
	}
	switch string(w) {
	case "nol", "kosong", "zero":
		return "0"
	case "satu", "one":
		return "1"
	case "dua", "two":
		return "2"
	case "tiga", "three":
		return "3"
	case "empat", "four":
		return "4"
	case "lima", "five":
		return "5"
	case "enam", "six":
		return "6"
	case "tujuh", "seven":
		return "7"
	case "delapan", "eight":
		return "8"
	case "sembilan", "nine":
		return "9"
	case "sepuluh", "ten":
		return "10"
	}
	return ""
}

// Digest is a 64-bit hash (FNV-1a) of the class without separators, equal for texts that differ
// in disguise, spacing and punctuation only; 0, which ties to nothing, under 12 letters and digits.
func (t *Text) Digest() uint64 {
	hash, letters := uint64(14695981039346656037), 0
	for _, r := range t.Channel(Class) {
		if r < utf8.RuneSelf && classes[r] == 0 || r >= utf8.RuneSelf && !lookup(r).word() {
			continue
		}
		hash = (hash ^ uint64(r)) * 1099511628211
		letters++
	}
	if letters < 12 {
		return 0
	}
	return max(hash, 1)
}
