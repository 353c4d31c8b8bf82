package moderation

import "time"

// State is a comment's whole state in one word.
type State string

const (
	Pending  State = "pending"
	Approved State = "approved"
	IsSpam   State = "spam"
	Trashed  State = "trashed"
)

// Valid tells whether s is one of the four.
func (s State) Valid() bool {
	return s == Pending || s == Approved || s == IsSpam || s == Trashed
}

// Comment is a submission that was kept.
type Comment struct {
	ID      string // UUIDv7: sorts by time
	Root    string // the top of its branch; its own ID at the top
	Depth   int    // 0 at the top
	Staff   bool   // written by an editor in a session
	State   State
	Version int // counts decisions; compare-and-set looks at it
	Verdict Verdict
	Blind   bool   // refused by the machine and sent to the editors all the same, to measure it
	Text    uint64 // digest of the folded text, for exact repeats; 0 ties to nothing
	Submission
}

// Receipt is what the visitor hears back. It is the same for held, published and spam: a
// spammer learns nothing from it.
type Receipt struct {
	ID         string
	ReceivedAt time.Time
}

// Published is all of an approved comment that the public may see.
type Published struct {
	ID, Parent, Root string
	Depth            int
	Name             string
	Website          string
	Body             string // plain text as sent; rendering is web's
	Avatar           []byte // 8 bytes of a keyed hash, different on each site
	At               time.Time
	Staff            bool
	Removed          bool // by its sender; replies hold its place
}

// Order is how a thread is read.
type Order string

const (
	NewestFirst Order = "newest"
	OldestFirst Order = "oldest"
)

// ThreadPage is one page of a thread in reading order: each top comment with its branch below
// it. Next is the cursor of the following page, empty at the end.
type ThreadPage struct {
	Count    int // approved comments of the whole thread
	Comments []Published
	Next     string
}

// Thread is what must be known of a page before a submission to it is weighed.
type Thread struct {
	Mode    Mode      // overrides the site's policy; empty without a decision
	FirstAt time.Time // of its first comment; zero before
}
