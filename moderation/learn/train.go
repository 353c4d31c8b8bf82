package learn

import (
	"crypto/sha256"
	"encoding/hex"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
)

const (
	trainSeed = 20261123
	known     = 2   // innocent texts that make a word ordinary
	outOfFold = 4   // parts for cleaning and calibration
	blatant   = 4.0 // log-odds against its label that drop a row
)

// Trained tells what training did.
type Trained struct {
	Rows, Spam int
	Dropped    []Row // rows whose label the rest of the data contradicts
	Samples    int   // with all that was invented
	Model      *Model
}

// Train fits a model to labelled rows: rows that a model of the others flatly contradicts are
// dropped, the rest is doubled by disguises, invented names and phrase books, the weights are
// rounded to a byte and the probability is calibrated on rows the model had not seen. The same
// rows give the same bytes. Step, if not nil, hears how far it is.
func Train(rows []Row, step func(done, of int)) Trained {
	if step == nil {
		step = func(int, int) {}
	}
	z, total := make([]float32, len(rows)), outOfFold+1
	for part := range outOfFold {
		t := newTrainer(others(rows, part))
		m := t.model()
		r := &reader{known: m.known}
		for i := part; i < len(rows); i += outOfFold {
			z[i] = m.raw(r.read(rows[i].Text))
		}
		step(part+1, total)
	}
	out := Trained{Rows: len(rows)}
	spam := make([]bool, len(rows))
	for i, row := range rows {
		spam[i] = row.Spam
	}
	slope, shift := calibrate(z, spam)
	var kept []Row
	for i, row := range rows {
		if row.Spam {
			out.Spam++
		}
		if l := slope*z[i] + shift; row.Spam && l < -blatant || !row.Spam && l > blatant {
			out.Dropped = append(out.Dropped, row)
			continue
		}
		kept = append(kept, row)
	}
	t := newTrainer(kept)
	out.Samples = len(t.samples)
	out.Model = t.model()
	out.Model.slope, out.Model.shift = slope, shift
	sum := sha256.Sum256(out.Model.Encode())
	out.Model.version = "prior-" + hex.EncodeToString(sum[:6])
	step(total, total)
	return out
}

func others(rows []Row, part int) []Row {
	var out []Row
	for i, row := range rows {
		if i%outOfFold != part {
			out = append(out, row)
		}
	}
	return out
}

// trainer gathers samples.
type trainer struct {
	rng     *rand.Rand
	reader  reader
	counts  map[uint32]int // innocent texts that use a word
	samples []sample
}

func newTrainer(rows []Row) *trainer {
	t := &trainer{rng: rand.New(rand.NewPCG(trainSeed, 2)), counts: map[uint32]int{}}
	invented := t.invent()
	t.count(rows)
	t.count(invented)
	for _, row := range rows {
		t.learn(row)
	}
	for _, row := range invented {
		t.learnAs(row, row.Text, 0.5)
	}
	return t
}

// invent writes the phrase books' texts.
func (t *trainer) invent() (rows []Row) {
	for _, b := range books() {
		for range b.count {
			rows = append(rows, Row{Spam: b.spam, Text: b.write(t.rng)})
		}
	}
	return rows
}

// count learns which words are ordinary.
func (t *trainer) count(rows []Row) {
	t.reader.known = func(uint32) bool { return true }
	for _, row := range rows {
		if row.Spam {
			continue
		}
		t.reader.read(row.Text)
		seen := map[uint32]bool{}
		for i := range t.reader.words {
			if w := &t.reader.words[i]; w.digits == 0 && !w.symbol && !seen[w.hash] {
				seen[w.hash] = true
				t.counts[w.hash]++
			}
		}
	}
}

// learnAs adds one sample. An innocent text does not make its own words ordinary: the model
// will meet words that it never saw.
func (t *trainer) learnAs(row Row, text string, weight float32) {
	needs := known
	if !row.Spam {
		needs++
	}
	t.reader.known = func(h uint32) bool { return t.counts[h] >= needs }
	t.samples = append(t.samples, sample{slices.Clone(t.reader.read(text)), row.Spam, weight})
}

// learn adds a row and what may be made of it without changing its label.
func (t *trainer) learn(row Row) {
	t.learnAs(row, row.Text, 1)
	if row.Spam {
		t.disguises(row)
	} else {
		t.decorations(row)
	}
}

// disguises adds a spam text undone, disguised again, and under another name.
func (t *trainer) disguises(row Row) {
	if renamed, ok := t.rename(row.Text); ok {
		t.learnAs(row, renamed, 1)
	}
	plain := t.plain(row.Text)
	t.learnAs(row, plain, 0.5)
	if t.rng.IntN(2) == 0 {
		t.learnAs(row, t.disguise(plain), 0.5)
	}
}

func (t *trainer) plain(s string) string {
	t.reader.text.Reset(s)
	return strings.Clone(t.reader.text.Channel(0))
}

// rename puts an invented name where the first brand-like word stands.
func (t *trainer) rename(s string) (string, bool) {
	t.reader.known = func(h uint32) bool { return t.counts[h] >= known }
	t.reader.read(s)
	for i := range t.reader.words {
		w := &t.reader.words[i]
		if !w.brandish() {
			continue
		}
		from, to := t.reader.text.Span(0, w.start, w.end)
		name := casing(t.rng, inventBrand(t.rng))
		if t.rng.IntN(2) == 0 {
			name = dress(t.rng, name)
		}
		return s[:from] + name + s[to:], true
	}
	return "", false
}

// disguise dresses the words that innocents do not use, and a few others.
func (t *trainer) disguise(s string) string {
	words := strings.Split(s, " ")
	for i, w := range words {
		if len(w) < 4 || t.counts[hashOf(w)] >= known && t.rng.IntN(8) > 0 {
			continue
		}
		if t.rng.IntN(3) == 0 {
			w = digitsFor.Replace(w)
		}
		words[i] = dress(t.rng, w)
	}
	return strings.Join(words, " ")
}

// decorations adds an innocent text in a fancy font, in capitals, or with a nickname in it.
func (t *trainer) decorations(row Row) {
	switch t.rng.IntN(6) {
	case 0:
		t.learnAs(row, dressAll(t.rng, row.Text, 1), 1)
	case 1:
		t.learnAs(row, dressAll(t.rng, row.Text, 0.3), 1)
	case 2:
		t.learnAs(row, strings.ToUpper(row.Text), 0.5)
	}
	if t.rng.IntN(10) > 0 {
		return
	}
	nick := casing(t.rng, inventNick(t.rng))
	if t.rng.IntN(3) == 0 {
		nick = dress(t.rng, nick)
	}
	words := strings.Split(row.Text, " ")
	t.learnAs(row, strings.Join(slices.Insert(words, t.rng.IntN(len(words)+1), nick), " "), 1)
}

// model fits the weights and rounds them to a byte each.
func (t *trainer) model() *Model {
	weights, bias := fit(t.samples, trainSeed)
	m := &Model{bias: bias, slope: 1, weights: make([]int8, tableSize), vocab: make([]byte, vocabSize)}
	sizes := make([]float32, 0, tableSize)
	for _, w := range weights {
		sizes = append(sizes, float32(math.Abs(float64(w))))
	}
	slices.Sort(sizes)
	m.scale = sizes[int(float64(len(sizes)-1)*(1-clipShare))] / 127
	for i, w := range weights {
		m.weights[i] = int8(min(max(math.Round(float64(w/m.scale)), -127), 127))
	}
	for h, n := range t.counts {
		if n >= known {
			a, b := vocabSlots(h)
			m.vocab[a>>3] |= 1 << (a & 7)
			m.vocab[b>>3] |= 1 << (b & 7)
		}
	}
	return m
}
