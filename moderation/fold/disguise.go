package fold

// Kind is one way of disguising a word.
type Kind uint8

const (
	// Styled letters and digits: mathematical alphabets, circles, squares, full width, keycaps.
	Styled Kind = iota
	// Lookalike is a letter of another script inside a Latin word.
	Lookalike
	// Stacked marks on a Latin letter or a digit, beyond the accents that languages write.
	Stacked
	// Invisible characters inside a word.
	Invisible
	// Spaced is a word whose letters stand alone: A L E X I S.
	Spaced
	// Leet is a digit or sign between letters: sl0t. Innocents write so, too.
	Leet
	// LostPlane letters were mathematical ones until a program cut their code to 16 bits.
	LostPlane
	kinds
)

var kindNames = [kinds]string{"styled", "lookalike", "stacked", "invisible", "spaced", "leet", "lost-plane"}

func (k Kind) String() string { return kindNames[min(k, kinds-1)] }

// Mark is a disguise at the bytes From to To of the original.
type Mark struct {
	Kind     Kind
	From, To int
}

// Disguise tells what was undone in a text.
type Disguise struct {
	// Whole is true of a text that is decorated throughout: people do so innocently.
	Whole  bool
	counts [kinds]int
	marks  []Mark
}

// Count is how many characters of a kind there are.
func (d Disguise) Count(k Kind) int { return d.counts[k] }

// Has says whether a kind occurs.
func (d Disguise) Has(k Kind) bool { return d.counts[k] > 0 }

// Inside says whether disguised words stand in otherwise plain text; spacing and leet, which
// innocents use, do not count.
func (d Disguise) Inside() bool {
	return !d.Whole && d.counts[Styled]+d.counts[Lookalike]+d.counts[Stacked]+d.counts[Invisible]+d.counts[LostPlane] > 0
}

// Spans are the disguised words in the original, by kind; valid until the text's next Reset.
func (d Disguise) Spans() []Mark { return d.marks }

// Disguise is valid until the next Reset.
func (t *Text) Disguise() Disguise {
	t.classify()
	return t.found
}

func (d *Disguise) reset() { *d = Disguise{marks: d.marks[:0]} }

// note adds n characters of a kind in one word.
func (d *Disguise) note(k Kind, n, from, to int) {
	if n == 0 {
		return
	}
	d.counts[k] += n
	d.marks = append(d.marks, Mark{k, from, to})
}

// word counts what happens inside the word that is being folded.
type word struct {
	start     int // in the original
	on        bool
	special   bool // holds more than ASCII
	letters   int  // all letters and digits
	styles    [odd + 1]int
	keycaps   int
	alike     int
	stacked   int
	invisible int
	lost      int
	marks     int  // stacked on the present letter
	decided   bool // whether lookalikes turn Latin
	turn      bool
	pending   int // invisible characters since the last letter
}

// finish notes what the word turned out to be. Lone symbols (①, Ⓜ, hari²) are none.
func (t *Text) finish(end int) {
	w := &t.word
	if !w.special {
		w.on = false
		return
	}
	styled := w.styles[bold]
	if drawn := w.styles[drawn] + w.keycaps; styled > 0 || drawn > 1 || drawn == 1 && w.letters > 1 {
		styled += drawn
	}
	if tiny := w.styles[small]; styled > 0 && tiny > 0 || tiny > 2 {
		styled += tiny
	}
	d := &t.found
	d.note(Styled, styled, w.start, end)
	d.note(Lookalike, w.alike, w.start, end)
	if w.letters > w.styles[odd] {
		d.note(Lookalike, w.styles[odd], w.start, end)
	}
	d.note(Stacked, w.stacked, w.start, end)
	d.note(Invisible, w.invisible, w.start, end)
	d.note(LostPlane, w.lost, w.start, end)
	t.facts.masked += min(w.letters, styled+w.alike+w.styles[odd]+w.stacked+w.lost)
	*w = word{}
}

// wholeShare is the share of disguised characters from which on a text counts as decorated whole.
const wholeShare = 0.6

// weigh decides on Whole once every word is known.
func (t *Text) weigh() {
	t.finish(len(t.original))
	f := &t.facts
	t.found.Whole = f.masked > 8 && float64(f.masked) >= wholeShare*float64(f.letters)
}
