package moderation

import (
	"context"
	"time"
)

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

// Whole tells the ties between texts that are the same throughout: twins.
func (k TieKind) Whole() bool { return k == TieText || k == TieTemplate }

// Tie is one thing that a submission shares with others of its campaign.
type Tie struct {
	Kind TieKind
	Hash uint64
}

// Key is the tie in one number: the kind in its upper bits.
func (t Tie) Key() int64 { return int64(uint64(t.Kind)<<59 | t.Hash&(1<<59-1)) }

// Sketch is a min-hash (Broder, 1997) of a text's word pairs; the zero value is of no text.
type Sketch [48]uint16

// Alike estimates how many of the word pairs of two texts are in both: 0 none, 48 all.
func (s *Sketch) Alike(other *Sketch) int {
	equal := 0
	for i, v := range s {
		if v == other[i] {
			equal++
		}
	}
	return equal
}

// Print is all that may tie a comment to a campaign.
type Print struct {
	Ties    []Tie // each once
	Sketch  Sketch
	Doubted bool // the judge did not think it likely good
	Objects bool // it seems to quote, or to complain about what it quotes
	Excused bool // it objects, or a signal or the whole verdict speaks for it
}

// Found is a tie that an earlier comment has, too.
type Found struct {
	Tie    Tie
	Sketch Sketch // of the last comment that had it
	Good   int    // likely good comments that had it
	Had    int    // twins that had it, counted no further than TwinCap
}

// TwinCap is where twins stop being counted.
const TwinCap = 48

// Likeness tells how much p resembles the comment that it shares the tie with: the word pairs in
// common, and beyond them the number of its twins where all of the text is the same.
func (f Found) Likeness(p Print) int {
	if f.Tie.Kind.Whole() {
		return len(p.Sketch) + f.Had
	}
	return p.Sketch.Alike(&f.Sketch)
}

// Place is where a member stands among those of its campaign as long as it resembles none: what
// has an excuse comes before the rest.
func (p Print) Place() int {
	if p.Excused {
		return -len(p.Sketch) - 1
	}
	return 0
}

// Closer is the place of a member that turns out to resemble another one. What is least like
// others stands first, so that an innocent who quotes the spam is seen; a twin has no excuse.
func Closer(place, likeness int) int {
	if full := len(Sketch{}); place < 0 && likeness <= full {
		likeness -= full + 1
	}
	return max(place, likeness)
}

// Tying reads prints and knows which ties hold. It is pure and safe for concurrent use.
type Tying interface {
	Print(Comment) Print
	Holds(Print, Found) bool
}

// Common tells that honest people use a bit as well, so that it ties nobody any more.
func (f Found) Common() bool { return f.Tie.Kind.Shared() && f.Good >= CommonTie }

// BitKind says what a shared bit is, as a rule would match it.
type BitKind string

const (
	BitDomain BitKind = "domain"
	BitHandle BitKind = "handle" // of WhatsApp or Telegram, or a telephone number
	BitPhrase BitKind = "phrase" // a brand, whatever its disguise
)

// Bit is something that comments of a group have in common, as a person reads it.
type Bit struct {
	Kind  BitKind
	Text  string
	Count int // comments that have it, of those that were looked at
}

// CommonTie is how many likely good comments make a shared bit common property.
const CommonTie = 3

// CampaignSpan is how long a tie is remembered after it was last seen, and a decided member.
const CampaignSpan = HistorySpan

// Campaign is what one decision can settle, counted on the sites that were asked for.
type Campaign struct {
	ID                     string // of its oldest comment; any member's ID names it as well
	Size                   int
	Pending                int
	Refused                int // called spam by editors
	Sites                  int // of the whole campaign, as the next three
	Pages, Names, Networks int // counted no further than FaceCap
	LastAt                 time.Time
	Example                Entry // a pending comment that is most like others
}

// TieSteady is how long a tie stays with the comment that it was found in, before a later one
// that has it takes its place.
const TieSteady = 24 * time.Hour

// FaceCap is where the different pages, names and networks of a campaign stop being counted.
const FaceCap = 100

// CampaignFilter narrows the queue by campaign. Sites bounds it to what the editor may see.
type CampaignFilter struct {
	Sites  []string // nil is all sites
	Site   string   // exact; empty is any
	Cursor string
	Limit  int // 1 to 100
}

// CampaignPage is one page of the campaigns that wait, the surest and biggest first.
type CampaignPage struct {
	Campaigns []Campaign
	Next      string // cursor; empty at the end
}

// Gatherings are the campaigns that a store keeps.
type Gatherings interface {
	Campaigns(context.Context, CampaignFilter) (CampaignPage, error)
	// Members lists what is pending of the campaign that the comment id belongs to, in the order
	// of their places, see [Closer]. NotFound when the comment belongs to none on these sites.
	Members(ctx context.Context, id string, sites []string, cursor string, limit int) (Listing, error)
	// Waiting lists the IDs of what is pending of that campaign, in the same order, but for what
	// came after seen; an empty one is no bound.
	Waiting(ctx context.Context, id string, sites []string, seen string, limit int) ([]string, error)
	// LastSettled tells what the last batch of decisions on that campaign made of it, as far as it still stands;
	// nothing when nobody decided on any of it.
	LastSettled(ctx context.Context, id string, sites []string) ([]Conflict, error)
}

// Campaigns lists what the editor may read, the surest and biggest first.
func (d Desk) Campaigns(ctx context.Context, by Editor, f CampaignFilter) (CampaignPage, error) {
	sites, err := allowed(by, ToRead)
	if err != nil {
		return CampaignPage{}, err
	}
	if f.Limit < 1 || f.Limit > 100 {
		f.Limit = 20
	}
	f.Sites = sites
	return d.Ledger.Campaigns(ctx, f)
}

// Members lists what is pending of the campaign that a comment belongs to.
func (d Desk) Members(ctx context.Context, by Editor, id, cursor string, limit int) (Listing, error) {
	sites, err := allowed(by, ToRead)
	if err != nil {
		return Listing{}, err
	}
	return d.Ledger.Members(ctx, id, sites, cursor, min(max(limit, 1), 100))
}
