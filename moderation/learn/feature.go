package learn

import (
	"unsafe"

	"balasan/moderation/fold"
)

const (
	tableBits = 19
	tableSize = 1 << tableBits
	maxWords  = 1200 // of a text; what comes after them changes no mind
	maxGram   = 5
	minGram   = 2
)

// family keeps kinds of features apart in the table.
type family uint32

const (
	ofWord  family = iota + 1 // a word as it stands
	ofPair                    // two neighbours
	ofMask                    // two neighbours, names masked
	ofMask3                   // three around a name
	ofGram                    // letters of a word
	ofTail                    // the number at a word's end
	ofShape                   // what a name looks like
	ofWith                    // a word in a text that has a name
	ofSum                     // how many names
)

const (
	maskBrand = 0x5bd1e995 + iota*0x9E3779B
	maskNumber
	maskOther
	maskSymbol
	maskEdge
)

// reader turns texts into hashed features. It reuses its memory and serves one goroutine.
type reader struct {
	known func(hash uint32) bool // words that innocents use
	trace func(feature uint32, w *word)

	text  fold.Text
	words []word
	list  []uint32 // features of the last text, each once
	joint []byte   // letters of joined words
	seen  [4096]uint32
	round uint32
}

func hashOf(s string) uint32 {
	h := uint32(2166136261)
	for i := range len(s) {
		h = (h ^ uint32(s[i])) * 16777619
	}
	return h
}

func mix(a, b uint32) uint32 {
	h := a*0x9E3779B1 ^ (b + 0x7F4A7C15 + a<<6)
	h ^= h >> 15
	h *= 0x85EBCA77
	return h ^ h>>13
}

// add notes a feature unless the text has it already. The filter behind it forgets now and
// then, so that a rare feature may stand twice.
func (r *reader) add(of family, h uint32, w *word) {
	h = mix(h, uint32(of)*0x27D4EB2F) >> (32 - tableBits)
	slot := &r.seen[(h*0x9E3779B1)>>20]
	key := h<<12 | r.round
	if *slot == key {
		return
	}
	*slot = key
	r.list = append(r.list, h)
	if r.trace != nil {
		r.trace(h, w)
	}
}

// read finds the features of one text; they are valid until the next call.
func (r *reader) read(s string) []uint32 {
	r.take(s)
	return r.weighAll()
}

// take cuts one text into words.
func (r *reader) take(s string) {
	r.text.Reset(s)
	r.words = cut(&r.text, r.words[:0])
	r.words = r.words[:min(len(r.words), maxWords)]
	for i := range r.words {
		r.words[i].known = r.known(r.words[i].hash)
	}
	r.join()
}

// begin forgets the features of the text before.
func (r *reader) begin() {
	if r.round = (r.round + 1) & 0xFFF; r.round == 0 {
		r.round = 1
		clear(r.seen[:])
	}
	r.list = r.list[:0]
}

// weighAll lists the features of the words that were read.
func (r *reader) weighAll() []uint32 {
	r.begin()
	brands, last := r.company()
	if brands > 0 {
		r.withBrand(last)
	}
	return r.list
}

// forgetStyle strips the words of the last text of all style and lists what is left.
func (r *reader) forgetStyle() []uint32 {
	for i := range r.words {
		w := &r.words[i]
		w.styled, w.caps, w.framed = false, false, false
	}
	return r.weighAll()
}

// decorated tells whether anything in the last text was in disguise.
func (r *reader) decorated() bool {
	for i := range r.words {
		if w := &r.words[i]; w.styled || w.caps || w.framed {
			return true
		}
	}
	return false
}

// join replaces letters that stand apart by the word they spell.
func (r *reader) join() {
	r.joint = r.joint[:0]
	out := r.words[:0]
	for i := 0; i < len(r.words); {
		end := apart(r.words, i)
		w := r.words[i]
		if end > i+1 {
			w = r.joined(r.words[i:end])
		}
		out = append(out, w)
		i = end
	}
	r.words = out
}

func (r *reader) joined(parts []word) word {
	w := word{start: parts[0].start, end: parts[len(parts)-1].end, before: parts[0].before}
	from := len(r.joint)
	for i := range parts {
		p := &parts[i]
		if p.symbol {
			continue
		}
		r.joint = append(r.joint, p.text...)
		w.letters += p.letters
		w.digits += p.digits
		w.styled = w.styled || p.styled
		w.framed = w.framed || p.framed
	}
	b := r.joint[from:]
	w.text = unsafe.String(unsafe.SliceData(b), len(b))
	w.hash = hashOf(w.text)
	w.known = r.known(w.hash)
	w.joined = w.letters > 0
	return w
}

// mask is the word itself, or what kind of name, number or sign it is.
func (w *word) mask() uint32 {
	switch {
	case w.symbol:
		return maskSymbol
	case w.letters == 0:
		return maskNumber
	case w.brandish():
		return maskBrand
	case !w.known:
		return maskOther
	default:
		return w.hash
	}
}

// plain is the word itself; of a number only its length counts.
func (w *word) plain() uint32 {
	if w.letters == 0 && !w.symbol {
		return mix(maskNumber, uint32(min(w.digits, 12)))
	}
	return w.hash
}

// company adds the words with their neighbours. It counts the names and says where the last is.
func (r *reader) company() (brands, last int) {
	var prev, prev2, prevPlain uint32 = maskEdge, maskEdge, maskEdge
	others, count := 0, 0
	for i := range r.words {
		w := &r.words[i]
		m, plain := w.mask(), w.plain()
		r.add(ofWord, plain, w)
		r.add(ofPair, mix(prevPlain, plain), w)
		if m != w.hash || prev != prevPlain {
			r.add(ofMask, mix(prev, m), w)
		}
		if m == maskBrand || prev == maskBrand || prev2 == maskBrand {
			r.add(ofMask3, mix(mix(prev2, prev), m), w)
		}
		switch m {
		case maskBrand:
			brands, last = brands+1, i
			r.shape(w, i)
		case maskOther:
			others++
		}
		if !w.symbol {
			count++
			r.grams(w.text, w)
			r.twin(w)
		}
		prev2, prev, prevPlain = prev, m, plain
	}
	r.add(ofMask, mix(prev, maskEdge), nil)
	length := lengthOf(count)
	r.add(ofSum, uint32(min(brands, 3))<<4|length, nil)
	r.add(ofSum, 1<<10|uint32(min(others, 3))<<4|length, nil)
	return brands, last
}

func lengthOf(words int) uint32 {
	switch {
	case words <= 3:
		return uint32(words)
	case words <= 6:
		return 4
	case words <= 12:
		return 5
	case words <= 25:
		return 6
	default:
		return 7
	}
}

// withBrand adds each ordinary word of a text that names something brand-like: “menang” beside
// a name is another thing than “menang” alone.
func (r *reader) withBrand(last int) {
	for i := range r.words {
		w := &r.words[i]
		m := w.mask()
		if m == maskBrand || m == maskOther || w.symbol {
			continue
		}
		r.add(ofWith, m, w)
		if i >= last-3 && i <= last+3 {
			r.add(ofWith, mix(m, 777), w)
		}
	}
}

// grams adds the runs of letters of a word, its borders included.
func (r *reader) grams(text string, w *word) {
	var buf [48]byte
	b := append(buf[:0], '<')
	b = append(b, text[:min(len(text), 40)]...)
	b = append(b, '>')
	for i := range b {
		h := uint32(2166136261)
		for n := 1; n <= maxGram && i+n <= len(b); n++ {
			h = (h ^ uint32(b[i+n-1])) * 16777619
			if n >= minGram {
				r.add(ofGram, h+uint32(n), w)
			}
		}
	}
}

var leet = [256]byte{'0': 'o', '1': 'i', '3': 'e', '4': 'a', '5': 's', '6': 'g', '7': 't', '8': 'b', '9': 'g', '2': 'z'}

// twin adds the word that digits inside a word spell: m4xw1n is maxwin too. Digits at the end
// are a number and stay one.
func (r *reader) twin(w *word) {
	if !w.mixed() {
		return
	}
	end := min(len(w.text), 40)
	for end > 0 && '0' <= w.text[end-1] && w.text[end-1] <= '9' {
		end--
	}
	r.add(ofTail, hashOf(w.text[end:]), w)
	var buf [40]byte
	b, spelt := buf[:0], false
	for i := range end {
		c := w.text[i]
		if d := leet[c]; d != 0 {
			c, spelt = d, true
		}
		b = append(b, c)
	}
	if spelt {
		word := unsafe.String(unsafe.SliceData(b), len(b))
		r.grams(word, w)
		r.add(ofWord, hashOf(word), w)
	}
}

// shape adds what a name looks like, without its letters.
func (r *reader) shape(w *word, i int) {
	h, last, turns := uint32(7), false, 0
	for k := range len(w.text) {
		digit := '0' <= w.text[k] && w.text[k] <= '9'
		if (k == 0 || digit != last) && turns < 8 {
			h = h*31 + flags(digit)
			turns++
		}
		last = digit
	}
	h = h*31 + uint32(min(w.digits, 5))
	style := flags(w.styled, w.caps, w.joined, w.framed)
	r.add(ofShape, h, w)
	r.add(ofShape, mix(h, style), w)
	r.add(ofShape, mix(style, flags(i == 0, i == len(r.words)-1, true)), w)
}

func flags(set ...bool) uint32 {
	v := uint32(0)
	for i, f := range set {
		if f {
			v |= 1 << i
		}
	}
	return v
}
