package fold

import "unicode/utf8"

// runner joins runs of short tokens into Squash. A run is two or more tokens of one or two
// characters; a longer word joins when at least two single digits follow it, so that
// “Pu Lau Tujuh Tujuh Tujuh” is one run.
type runner struct {
	text    *Text
	first   int // where the run begins in squash
	tokens  int
	chars   int
	singles int // letters and digits on their own, in a row
	from    int // where the singles begin in class
	to      int
	long    token // a longer word that waits for digits
	waiting bool
	digit   token // the first of the digits that may follow it
	digits  int
	letters int // letters among the singles
}

func (r *runner) take(tok token) {
	switch {
	case r.waiting && tok.digits && tok.chars == 1:
		r.afterLong(tok)
	case tok.chars <= 2:
		r.drop()
		r.join(tok)
	default:
		r.drop()
		r.long, r.waiting, r.digits = tok, true, 0
		r.spaced()
	}
}

// afterLong waits for the second single digit before a longer word joins the run.
func (r *runner) afterLong(tok token) {
	if r.digits++; r.digits == 1 {
		r.digit = tok
		return
	}
	r.waiting = false
	r.join(r.long)
	r.join(r.digit)
	r.join(tok)
}

// drop gives the waiting word up: it ends the run.
func (r *runner) drop() {
	if !r.waiting {
		return
	}
	r.waiting = false
	r.close()
	if r.digits == 1 {
		r.join(r.digit)
	}
}

func (r *runner) join(tok token) {
	t := r.text
	if r.tokens == 0 {
		r.first = len(t.squash)
		if r.first > 0 {
			t.squash = append(t.squash, '\n')
		}
	}
	r.tokens++
	r.chars += tok.chars
	t.squashSteps.border(len(t.squash), tok.start)
	for i := tok.start; i < tok.end; {
		c, size := utf8.DecodeRune(t.class[i:tok.end])
		n := len(t.squash)
		if size == 1 && c != utf8.RuneError {
			t.squash = appendSqueezed(t.squash, c)
		} else {
			t.squash = append(t.squash, t.class[i:i+size]...)
		}
		i += size
		if len(t.squash) == n {
			t.squashSteps.border(n, i)
		}
	}
	r.single(tok)
}

// single counts letters on their own.
func (r *runner) single(tok token) {
	if tok.chars != 1 {
		r.spaced()
		return
	}
	if r.singles == 0 {
		r.from = tok.start
	}
	r.singles, r.to = r.singles+1, tok.end
	if !tok.digits {
		r.letters++
	}
}

// spaced notes a word that was spelt with spaces between its letters.
func (r *runner) spaced() {
	if r.singles >= 4 && r.letters >= 3 {
		from, to := r.text.Span(Class, r.from, r.to)
		r.text.found.note(Spaced, r.singles, from, to)
	}
	r.singles, r.letters = 0, 0
}

// close ends a run; one token, or fewer than five characters, is no run.
func (r *runner) close() {
	if t := r.text; r.tokens == 1 || r.tokens > 1 && r.chars < 5 {
		t.squash = t.squash[:r.first]
		t.squashSteps.cut(r.first)
	}
	r.tokens, r.chars = 0, 0
}

func (r *runner) flush() {
	r.drop()
	r.spaced()
	r.close()
}

// border adds a straight step even where the last one would reach on.
func (s *steps) border(out, in int) {
	if n := len(*s); n > 0 && int((*s)[n-1].out) == out {
		(*s)[n-1] = step{uint32(out), uint32(in), true}
		return
	}
	*s = append(*s, step{uint32(out), uint32(in), true})
}

// cut forgets the steps from out on.
func (s *steps) cut(out int) {
	n := len(*s)
	for n > 0 && int((*s)[n-1].out) >= out {
		n--
	}
	*s = (*s)[:n]
}
