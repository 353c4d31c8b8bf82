package fold

import (
	"unicode/utf8"
	"unsafe"
)

//go:generate go run ./gen

// Channel is one way of reading a text.
type Channel uint8

const (
	// Fold is lower case without styles, marks, invisible characters and lookalikes.
	Fold Channel = iota
	// Class is Fold with collision classes (0 is o, 1 and l are i …), number words as digits and
	// runs of one letter squeezed to two.
	Class
	// Squash holds only what is spelt out in tokens of one or two characters, joined; such runs
	// are separated by a line feed. It is empty for most texts. Search it for terms of five
	// characters and more, and accept what [Text.Whole] accepts.
	Squash
)

// Text is a folded text; [Text.Reset] reuses its buffers. The zero value is the empty text.
// A Text serves one goroutine at a time, reading included: Class and Squash are built when they
// are first asked for.
type Text struct {
	original string
	fold     []byte
	class    []byte
	squash   []byte

	foldSteps, classSteps, squashSteps steps

	classed bool
	facts   facts
	word    word
	found   Disguise
}

// Reset folds another text. It is linear, takes any bytes, never fails, and allocates nothing
// once the buffers have grown.
func (t *Text) Reset(original string) {
	t.original = original
	t.foldSteps = t.foldSteps[:0]
	t.classed, t.facts = false, facts{}
	t.found.reset()
	t.word = word{}
	if i := t.lower(); i < len(original) {
		t.undo(i)
	}
}

// Original is the text as it came.
func (t *Text) Original() string { return t.original }

// Channel is valid until the next Reset, which overwrites its bytes: clone what must stay.
func (t *Text) Channel(c Channel) string {
	if c != Fold {
		t.classify()
	}
	switch c {
	case Class:
		return view(t.class)
	case Squash:
		return view(t.squash)
	default:
		return view(t.fold)
	}
}

func view(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

// Span finds the bytes of the original that the bytes start to end of a channel come from. The
// ends are on rune borders; marks and invisible characters belong to what they follow.
func (t *Text) Span(c Channel, start, end int) (from, to int) {
	length := len(t.Channel(c))
	start = min(max(start, 0), length)
	end = min(max(end, start), length)
	if c == Squash {
		start, end = t.squashSteps.begin(start), t.squashSteps.begin(max(end-1, start))+min(end-start, 1)
	}
	if c != Fold {
		start, end = t.classSteps.begin(start), t.classSteps.end(end, len(t.class), len(t.fold))
	}
	start, end = t.foldSteps.begin(start), t.foldSteps.end(end, len(t.fold), len(t.original))
	start, _ = runeAround(t.original, start)
	if first, last := runeAround(t.original, end); first < end {
		end = last
	}
	return start, max(start, end)
}

// runeAround is where the rune with the byte at stands; an invalid byte is a rune of its own.
func runeAround(s string, at int) (start, end int) {
	for k := at; k >= 0 && k > at-utf8.UTFMax && k < len(s); k-- {
		if utf8.RuneStart(s[k]) {
			if _, n := utf8.DecodeRuneInString(s[k:]); k+n > at {
				return k, k + n
			}
			break
		}
	}
	return at, at
}

// Whole says whether the bytes start to end of a channel are whole words; in Squash, whether
// they begin and end where tokens of the text do.
func (t *Text) Whole(c Channel, start, end int) bool {
	s := t.Channel(c)
	if c == Squash {
		return t.border(start) && t.border(end)
	}
	return (start == 0 || !wordBefore(s, start)) && (end == len(s) || !wordAfter(s, end))
}

func (t *Text) border(pos int) bool {
	if pos == 0 || pos == len(t.squash) || t.squash[pos] == '\n' {
		return true
	}
	i := t.squashSteps.find(pos)
	return i >= 0 && int(t.squashSteps[i].out) == pos
}

func wordBefore(s string, at int) bool {
	if c := s[at-1]; c < utf8.RuneSelf {
		return isAlnum(c)
	}
	r, _ := utf8.DecodeLastRuneInString(s[:at])
	return lookup(r).word()
}

func wordAfter(s string, at int) bool {
	if c := s[at]; c < utf8.RuneSelf {
		return isAlnum(c)
	}
	r, _ := utf8.DecodeRuneInString(s[at:])
	return lookup(r).word()
}

// String is the fold of s.
func String(s string) string { return Term(Fold, s) }

// Term is what to look for in a channel to find s: terms pass through the same fold as texts.
// For Squash it is the class of s without separators.
func Term(c Channel, s string) string {
	var t Text
	t.Reset(s)
	if c != Squash {
		return t.Channel(c)
	}
	joined := make([]byte, 0, len(s))
	for _, r := range t.Channel(Class) {
		if r < utf8.RuneSelf && isAlnum(byte(r)) || r >= utf8.RuneSelf && lookup(r).word() {
			joined = appendSqueezed(joined, r)
		}
	}
	return string(joined)
}

// appendSqueezed leaves out the third of three equal ASCII letters.
func appendSqueezed(b []byte, r rune) []byte {
	if n := len(b); r < utf8.RuneSelf && n > 1 && b[n-1] == byte(r) && b[n-2] == byte(r) {
		return b
	}
	return utf8.AppendRune(b, r)
}
