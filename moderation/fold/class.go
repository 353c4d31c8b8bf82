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
	t.digest, t.letters = 14695981039346656037, 0
	run := runner{text: t}
	for i := 0; i < len(t.fold); {
		size, ok := t.wordSize(i)
		if !ok {
			t.class = append(t.class, t.fold[i:i+size]...)
			i += size
			continue
		}
		var tok token
		tok, i = t.token(i)
		t.hash(tok)
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
	tok := token{start: len(t.class), digits: true}
	leet := 0
	for i < len(t.fold) {
		size, ok := t.wordSize(i)
		if !ok {
			break
		}
		if size > 1 {
			t.class = append(t.class, t.fold[i:i+size]...)
			tok.digits = false
		} else {
			tok.digits = tok.digits && isDigit(t.fold[i])
			if t.leet(i) {
				leet++
			}
			t.classByte(i, tok.start)
		}
		tok.chars++
		i += size
	}
	if n := number(t.fold[from:i]); n != "" {
		t.spellNumber(&tok, n, from, i)
	} else if leet > 0 {
		t.found.note(Leet, leet, t.foldSteps.begin(from), t.foldSteps.end(i, len(t.fold), len(t.original)))
	}
	tok.end = len(t.class)
	return tok, i
}

// classByte appends the class of one ASCII letter, unless it is the third of its kind in a row.
func (t *Text) classByte(i, start int) {
	c := classes[t.fold[i]]
	if c == 0 {
		c = signs[t.fold[i]]
	}
	if n := len(t.class); n >= start+2 && t.class[n-1] == c && t.class[n-2] == c {
		t.classSteps.add(n, i+1, true)
		return
	}
	t.class = append(t.class, c)
}

// leet says whether a digit or sign at i stands for a letter between letters.
func (t *Text) leet(i int) bool {
	if i == 0 || i+1 == len(t.fold) || !isLetter(t.fold[i-1]) || !isLetter(t.fold[i+1]) {
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

// hash adds a token to the digest: FNV-1a over the class without separators.
func (t *Text) hash(tok token) {
	h := t.digest
	for _, c := range t.class[tok.start:tok.end] {
		h = (h ^ uint64(c)) * 1099511628211
	}
	t.digest = h
	t.letters += tok.chars
}

// Digest is a 64-bit hash of the class without separators, equal for texts that differ in
// disguise, spacing and punctuation only; 0, which ties to nothing, under 12 letters and digits.
func (t *Text) Digest() uint64 {
	t.classify()
	if t.letters < 12 {
		return 0
	}
	return max(t.digest, 1)
}
