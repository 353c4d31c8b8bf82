package moderation

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// Decision is one entry of the append-only log: what a person did to a comment.
type Decision struct {
	Batch   string // all that one keystroke settled
	Comment string
	Editor  string // ID
	By      string // the editor's name at that time
	From    State
	To      State
	Note    string
	Undoes  string // the batch that this one takes back; empty otherwise
	Deed    Deed
	At      time.Time
}

// Deed is what a decision did other than changing the state; then From and To are the same, but
// for Erased.
type Deed string

const (
	Ruled    Deed = "" // it changed the state
	Edited   Deed = "edited"
	Remarked Deed = "remarked"
	Erased   Deed = "erased" // its sender did: name and text are gone, and it is trashed unless replies hold its place
)

// Batch sums up what one keystroke settled.
type Batch struct {
	ID     string
	By     string // the editor's name at that time
	To     State  // where most of it went
	Count  int
	Note   string
	Undoes string // the batch that this one took back; empty otherwise
	Undone bool   // taken back since
	Deed   Deed
	Sample Sample // in a History alone
	At     time.Time
}

// MaxBatch is the most comments that one decision settles.
const MaxBatch = 500

// MaxNote is the longest note, in runes.
const MaxNote = 500

// Ruling is what an editor wants: these comments into that state. From is the state that the
// editor saw; empty stands for pending, or for any decided state when To is Pending.
type Ruling struct {
	IDs   []string
	From  State
	To    State
	Note  string
	Apart []string // taken out of their campaigns for good in the same step, and not decided on
	Whole int      // decisions that one keystroke means to make in several rulings; 0 when this is all
}

// Settled is what became of a ruling or an undo.
type Settled struct {
	Batch   string
	Changed []Decision
	Lost    []Conflict // someone else was first; nothing of theirs was changed
	Unknown []string   // no such comment, or not one of this editor's sites
}

// Conflict tells the editor who came second what stands instead.
type Conflict struct {
	ID    string
	State State
	By    string    // empty when the machine put it there
	Batch string    // that put it there, to be taken back; empty when the machine did
	At    time.Time // of that decision
}

// Filter narrows the queue. Sites bounds it to what the editor may see.
type Filter struct {
	Sites  []string // nil is all sites
	State  State
	Site   string // exact; empty is any
	Page   string // part of the page's address or title; empty is any
	Search Search
	At     time.Time           // when ages in the search are counted from
	Reads  func(string) string // undoes disguises for the search; nil is nobody
	Cursor string
	Limit  int // 1 to 100
}

// Listing is one page of the queue.
type Listing struct {
	Entries []Entry
	Next    string // cursor; empty at the end
	Total   int    // counted no further than CountCap; 0 in a search, which does not count
	More    bool   // a search looked at as much as it may at once: keep looking from Next
}

// CountCap is where the queue stops counting and says “more than”.
const CountCap = 1000

// Reply is an editor's answer below a comment, which it approves as well.
type Reply struct {
	To   string // comment
	Body string
}

// Ledger is all that the Desk needs of a store. It knows no roles: the Desk asks it only for what
// is allowed.
type Ledger interface {
	Gatherings
	Decisions
	Floor
	Stands
}

// Decisions are what people decided, and what there is to decide.
type Decisions interface {
	// Rule changes what still stands as the ruling expects it, comment by comment, in one
	// durable transaction with log and outbox. Nil sites means all.
	Rule(ctx context.Context, r Ruling, by Editor, batch string, sites []string, at time.Time) (Settled, error)
	// Undo puts back what batch changed and nobody has changed since.
	Undo(ctx context.Context, batch string, by Editor, undo string, sites []string, at time.Time) (Settled, error)
	// Answer keeps the reply c, approved, and approves its parent in the same transaction.
	Answer(ctx context.Context, c Comment, by Editor, batch string) (Settled, error)
	List(context.Context, Filter) (Listing, error)
	// Entry reads one comment whole; NotFound outside of sites.
	Entry(ctx context.Context, id string, sites []string) (Entry, error)
	// Batches lists the editor's last decisions, newest first.
	Batches(ctx context.Context, editor string, limit int) ([]Batch, error)
	// Looked writes down that an editor looked at an address.
	Looked(ctx context.Context, comment string, by Editor, at time.Time) error
	// SetThread overrides the site's mode for one page; the empty mode takes that back.
	SetThread(ctx context.Context, site, page string, mode Mode, by Editor, at time.Time) error
}

// Desk is where people decide. Every method asks the table of roles first.
type Desk struct {
	Ledger Ledger
	NewID  func() string       // UUIDv7
	Tying  Tying               // tells what look-alikes are known by
	Reads  func(string) string // undoes disguises for searches; may be nil
}

// Queue lists what the editor may read. A search looks at some thousand comments at once and says
// with More that there are others behind Next, so that it costs the same before any backlog.
func (d Desk) Queue(ctx context.Context, by Editor, f Filter) (Listing, error) {
	sites, err := allowed(by, ToRead)
	if err != nil {
		return Listing{}, err
	}
	if f.State == "" {
		f.State = Pending
	}
	if !f.State.Valid() {
		return Listing{}, fault("state", FaultUnknown)
	}
	if f.Limit < 1 || f.Limit > 100 {
		f.Limit = 50
	}
	f.Sites, f.At, f.Reads = sites, time.Now(), d.Reads
	list, err := d.Ledger.List(ctx, f)
	show(list.Entries)
	return list, err
}

// Decide settles up to MaxBatch comments. When others were first with all of them the error is
// Decided, and Settled.Lost says who and what.
func (d Desk) Decide(ctx context.Context, by Editor, r Ruling) (Settled, error) {
	sites, err := allowed(by, ToDecide)
	if err != nil {
		return Settled{}, err
	}
	if err := r.check(); err != nil {
		return Settled{}, err
	}
	settled, err := d.Ledger.Rule(ctx, r, by, d.NewID(), sites, time.Now())
	return settled, verdictOn(settled, err)
}

// Undo takes a whole batch back, and the standing decisions that were made of it; it is one more
// decision.
func (d Desk) Undo(ctx context.Context, by Editor, batch string) (Settled, error) {
	sites, err := allowed(by, ToDecide)
	if err != nil {
		return Settled{}, err
	}
	settled, err := d.Ledger.Undo(ctx, batch, by, d.NewID(), sites, time.Now())
	if err == nil && len(settled.Changed) > 0 {
		err = d.retract(ctx, by, batch)
	}
	return settled, verdictOn(settled, err)
}

// Batches lists what the editor did last, newest first, to be taken back at any time.
func (d Desk) Batches(ctx context.Context, by Editor, limit int) ([]Batch, error) {
	if _, err := allowed(by, ToDecide); err != nil {
		return nil, err
	}
	return d.Ledger.Batches(ctx, by.ID, min(max(limit, 1), 100))
}

// Reply answers a comment in the editor's name and approves it in the same step.
func (d Desk) Reply(ctx context.Context, by Editor, r Reply) (Settled, error) {
	entry, err := d.entry(ctx, by, ToDecide, r.To)
	if err != nil {
		return Settled{}, err
	}
	body := strings.TrimSpace(strings.ReplaceAll(r.Body, "\r\n", "\n"))
	if f := textFault(body, 10_000, "\n\t"); f != "" {
		return Settled{}, fault("body", f)
	}
	c := Comment{ID: d.NewID(), Root: entry.Root, Depth: entry.Depth + 1, Staff: true, State: Approved,
		Submission: Submission{Site: entry.Site, Page: entry.Page, Parent: entry.ID, Name: by.Name, Body: body, At: time.Now()}}
	settled, err := d.Ledger.Answer(ctx, c, by, d.NewID())
	for i, made := range settled.Changed {
		if made.Comment == c.ID {
			settled.Changed[i].From = "" // it is new, whatever an undo will make of it
		}
	}
	return settled, verdictOn(settled, err)
}

// Entry reads one comment with its whole story.
func (d Desk) Entry(ctx context.Context, by Editor, id string) (Entry, error) {
	return d.entry(ctx, by, ToRead, id)
}

// Address reveals a sender's e-mail address and writes down who looked.
func (d Desk) Address(ctx context.Context, by Editor, id string) (Email, error) {
	entry, err := d.entry(ctx, by, ToAddress, id)
	if err != nil {
		return Email{}, err
	}
	if err := d.Ledger.Looked(ctx, id, by, time.Now()); err != nil {
		return Email{}, fmt.Errorf("log the look at an address: %w", err)
	}
	return entry.Email, nil
}

// SetThread opens, closes or holds one page, whatever its site's policy says.
func (d Desk) SetThread(ctx context.Context, by Editor, site, page string, mode Mode) error {
	if !by.May(ToDecide, site) {
		return &Problem{Code: Forbidden}
	}
	switch mode {
	case "", HoldAll, HoldDoubtful, Publish, Closed:
	default:
		return fault("mode", FaultUnknown)
	}
	return d.Ledger.SetThread(ctx, site, CanonicalPage(page), mode, by, time.Now())
}

func (d Desk) entry(ctx context.Context, by Editor, act Act, id string) (Entry, error) {
	sites, err := allowed(by, act)
	if err != nil {
		return Entry{}, err
	}
	e, err := d.Ledger.Entry(ctx, id, sites)
	return e.Shown(), err
}

// allowed lists the sites where the editor may do it; nil is all of them.
func allowed(by Editor, act Act) ([]string, error) {
	sites, all := by.Sites(act)
	if !all && len(sites) == 0 {
		return nil, &Problem{Code: Forbidden}
	}
	return sites, nil
}

func (r Ruling) check() error {
	switch {
	case len(r.IDs) == 0:
		return fault("ids", FaultRequired)
	case len(r.IDs) > MaxBatch:
		return &Problem{Code: Invalid, Fields: []FieldFault{{"ids", FaultTooLong, MaxBatch}}}
	case !r.To.Valid():
		return fault("to", FaultUnknown)
	case r.From != "" && !r.From.Valid(), r.From == r.To:
		return fault("from", FaultUnknown)
	case !noteFits(r.Note):
		return &Problem{Code: Invalid, Fields: []FieldFault{{"note", FaultTooLong, MaxNote}}}
	}
	return nil
}

func noteFits(note string) bool { return len([]rune(note)) <= MaxNote && !hasForbidden(note, "\n\t") }

// Expects tells whether a comment in this state is what the ruling was made about.
func (r Ruling) Expects(s State) bool {
	switch {
	case r.From != "":
		return s == r.From
	case r.To == Pending:
		return s != Pending
	default:
		return s == Pending
	}
}

func verdictOn(s Settled, err error) error {
	switch {
	case err != nil || len(s.Changed) > 0:
		return err
	case len(s.Lost) > 0:
		return &Problem{Code: Decided}
	default:
		return &Problem{Code: NotFound}
	}
}

func fault(field string, f Fault) error {
	return &Problem{Code: Invalid, Fields: []FieldFault{{Field: field, Fault: f}}}
}
