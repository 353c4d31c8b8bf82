package moderation

// TieKind says what two submissions share.
type TieKind uint8

const (
	TieText     TieKind = iota + 1 // the same text after folding
	TieTemplate                    // the same text but for the brand names in it
	TieNear                        // one band of the sketch; the sketches must agree as well
	TieHost                        // a link to the same host
	TieHandle                      // the same WhatsApp or Telegram handle, or telephone number
	TieBrand                       // the same name, shaped like a brand
)

// Shared tells the bits that honest people quote as well: they tie only what the judge doubts.
func (k TieKind) Shared() bool { return k >= TieHost }

// Tie is one thing that a submission shares with others of its campaign.
type Tie struct {
	Kind TieKind
	Hash uint64
}

// Key is the tie in one number: the kind in its upper bits.
func (t Tie) Key() int64 { return int64(uint64(t.Kind)<<59 | t.Hash&(1<<59-1)) }

// Sketch is a min-hash (Broder, 1997) of a text's word pairs; the zero value is of no text.
type Sketch [48]uint16

// Likeness estimates how many of the word pairs of two texts are in both: 0 none, 1 all.
func (s *Sketch) Likeness(other *Sketch) float64 {
	equal := 0
	for i, v := range s {
		if v == other[i] {
			equal++
		}
	}
	return float64(equal) / float64(len(s))
}

// Print is all that may tie a comment to a campaign.
type Print struct {
	Ties    []Tie // each once
	Sketch  Sketch
	Doubted bool // the judge did not think it likely good
}

// Found is a tie that an earlier comment has, too.
type Found struct {
	Tie    Tie
	Sketch Sketch // of the last comment that had it
	Good   int    // likely good comments that had it
}

// Tying reads prints and knows which ties hold. It is pure and safe for concurrent use.
type Tying interface {
	Print(Comment) Print
	Holds(Print, Found) bool
}

// CampaignSpan is how long a campaign remembers.
const CampaignSpan = HistorySpan
