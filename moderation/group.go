package moderation

import (
	"context"
	"time"
)

// Lane is where a pending comment waits for an editor.
type Lane string

const (
	InCampaign Lane = "campaign" // tied to others; the surest and biggest campaigns first
	InDoubt    Lane = "doubt"    // a single that somebody must read; the most read page first
	LooksGood  Lane = "good"     // a single that is likely good; oldest first, in strips
)

// Lanes lists them in the order of the queue.
var Lanes = []Lane{InCampaign, InDoubt, LooksGood}

// Valid tells whether l is one of the three.
func (l Lane) Valid() bool { return l == InCampaign || l == InDoubt || l == LooksGood }

// LaneOf is the lane of a pending comment that no campaign holds.
func LaneOf(v Verdict) Lane {
	if v.Level() == LikelyGood {
		return LooksGood
	}
	return InDoubt
}

const (
	// MaxStrip is how many likely good comments one strip shows and one decision approves.
	MaxStrip = 20
	// MaxShown is how many members of a campaign a card shows, what is least like others first.
	MaxShown = 12
)

// Group is the unit of the queue: what one decision settles. It is a campaign, a doubtful single
// or a strip of likely good comments.
type Group struct {
	ID       string // of the campaign, of the single, or of the strip's first comment
	Lane     Lane
	Campaign *Campaign // its counts; nil outside of that lane
	Pending  int       // how many comments one decision settles
	Members  []Entry   // what the card shows; all of it but for a campaign, which shows MaxShown
	Lease    *Lease    // somebody else's, while it is good; nil otherwise. The Desk adds it
}

// LaneFilter narrows one lane. Sites bounds it to what the editor may see.
type LaneFilter struct {
	Lane   Lane
	Sites  []string // nil is all sites
	Site   string   // exact; empty is any
	Cursor string
	Limit  int // groups, 1 to 50
}

// GroupPage is one page of a lane.
type GroupPage struct {
	Groups []Group
	Next   string // cursor; empty at the end
}

// LaneCounts says how many groups wait, counted no further than CountCap: campaigns as such,
// singles and likely good comments one by one.
type LaneCounts struct{ Campaign, Doubt, Good int }

// Of is the count of one lane.
func (c LaneCounts) Of(l Lane) int {
	switch l {
	case InCampaign:
		return c.Campaign
	case InDoubt:
		return c.Doubt
	default:
		return c.Good
	}
}

// Lease tells that an editor has a group open, so that two do not read the same.
type Lease struct {
	Group  string
	Editor string // ID
	By     string // the editor's name
	Until  time.Time
}

// LeaseLife is how long a lease is good unless it is taken again.
const LeaseLife = time.Minute

// SenderStory is what an editor reads about who sent a comment: the newest comments under the
// same address or from the same network, and how many of each state there are, capped at
// HistoryCap.
type SenderStory struct {
	Comments []Kindred
	Counts   map[State]int
}

// Kindred is a comment of the same sender.
type Kindred struct {
	Entry
	SameEmail, SameNetwork bool
}

// Edit is one change of a comment's text. The text before it is kept.
type Edit struct {
	Batch  string // undoing it brings the text back
	By     string
	At     time.Time
	Before string
}

// BatchPage is one page of what all editors did on some sites.
type BatchPage struct {
	Batches []Batch // Count and Sample tell of these sites alone
	Next    string  // cursor; empty at the end
}

// Sample is one comment of a batch.
type Sample struct {
	ID, Site, Name string
	Excerpt        string // its first SampleRunes
}

// SampleRunes is how much of a comment a list of batches shows.
const SampleRunes = 120

// PageReads is how often a page's thread was read since the last count.
type PageReads struct {
	Site, Page string
	Reads      int
}

// Floor is what the desk needs of a store beyond single decisions.
type Floor interface {
	// Groups reads one page of a lane. It costs the same before any backlog.
	Groups(context.Context, LaneFilter) (GroupPage, error)
	// Group reads what waits of the group that a pending comment belongs to: its campaign, or
	// itself alone. NotFound outside of sites, of which nil is all, or when nothing waits.
	Group(ctx context.Context, id string, sites []string) (Group, error)
	// LaneCounts counts what waits on these sites; nil is all.
	LaneCounts(ctx context.Context, sites []string) (LaneCounts, error)
	// TakeLease gives the group to by, or tells who has it; a lease of by is prolonged.
	TakeLease(ctx context.Context, group string, by Editor, at time.Time) (Lease, error)
	// DropLease gives it back; somebody else's lease is left alone.
	DropLease(ctx context.Context, group string, by Editor) error
	// Leases lists those that are good.
	Leases(ctx context.Context, at time.Time) ([]Lease, error)
	// SenderStory is what is known of a comment's sender on these sites; NotFound.
	SenderStory(ctx context.Context, comment string, sites []string, limit int) (SenderStory, error)
	// Edit changes a comment's text, keeps the one before and logs it as a decision that leaves
	// the state as it is; Undo of its batch brings the text back. Version is the comment's that
	// the editor saw: Settled.Lost tells who was first when it has moved on.
	Edit(ctx context.Context, comment, body string, version int, by Editor, batch string, sites []string, at time.Time) (Settled, error)
	// Remark logs a note that leaves the comment as it is.
	Remark(ctx context.Context, comment, note string, by Editor, batch string, sites []string, at time.Time) (Settled, error)
	// Apart takes comments out of their campaigns for good: each becomes a single of its own.
	Apart(ctx context.Context, comments []string, sites []string) error
	// History lists what all editors did on these sites, newest first; nil is all.
	History(ctx context.Context, sites []string, cursor string, limit int) (BatchPage, error)
}
