package moderation

import (
	"context"
	"net/netip"
	"slices"
	"time"
)

// StandingKind says what a standing decision refuses.
type StandingKind string

const (
	RefuseAlike  StandingKind = "alike" // what looks like something that an editor refused
	RefuseSender StandingKind = "ban"   // all that one sender sends
)

// Mark is what a banned sender is known by.
type Mark string

const (
	ByEmail   Mark = "email"
	ByNetwork Mark = "network" // as wide as senders are counted: IPv4 /32, IPv6 /64
	ByBoth    Mark = "both"    // by either of them
)

// Valid tells whether m is one of the three.
func (m Mark) Valid() bool { return m == ByEmail || m == ByNetwork || m == ByBoth }

// Has tells whether m includes the email or the network.
func (m Mark) Has(one Mark) bool { return m == one || m == ByBoth }

const (
	MaxAlikeHours = 168 // look-alikes are refused for 1 hour to a week
	AlikeHours    = 24  // unless somebody says otherwise
	MaxBanDays    = 90  // a ban holds for 1 day to three months
	MaxAlikes     = 100 // refusals of look-alikes that are in force at once
	MaxBans       = 5000
)

// StandingLife is how long a standing decision is listed after its end.
const StandingLife = 180 * 24 * time.Hour

// Standing is a decision about comments that are yet to come: until it ends or somebody revokes
// it, what it meets is spam. It never touches what is there already.
type Standing struct {
	ID        string
	Kind      StandingKind
	Mark      Mark     // of a ban; empty otherwise
	Sites     []string // where it holds; AllSites is everywhere
	Of        string   // the batch, or the comment, that it was made of
	About     string   // the beginning of a text, or the sender's name
	Note      string
	Editor    string // ID
	By        string // the editor's name at that time
	At        time.Time
	Until     time.Time
	RevokedAt time.Time // zero unless somebody did
	RevokedBy string    // the name of who did
	Stopped   int       // comments on the sites that were asked for, no further than CountCap
}

// Ends is when it stops to hold, or did.
func (s Standing) Ends() time.Time {
	if s.RevokedAt.IsZero() || s.Until.Before(s.RevokedAt) {
		return s.Until
	}
	return s.RevokedAt
}

// HoldsAt tells whether it is in force on a site for what was submitted at that moment.
func (s Standing) HoldsAt(site string, at time.Time) bool {
	return at.Before(s.Ends()) && (slices.Contains(s.Sites, site) || slices.Contains(s.Sites, AllSites))
}

// May tells whether the editor may do it on every site where s holds.
func (s Standing) May(by Editor, act Act) bool {
	return !slices.ContainsFunc(s.Sites, func(site string) bool { return !by.May(act, site) })
}

// Concerns tells whether s holds on one of these sites, of which nil is all.
func (s Standing) Concerns(sites []string) bool {
	return sites == nil || slices.ContainsFunc(s.Sites, func(site string) bool { return site == AllSites || slices.Contains(sites, site) })
}

// Traits are what a standing decision knows its own by.
type Traits struct {
	Likeness            // of a campaign
	Email    Email      // of a sender; the store keeps keyed hashes of these two
	Addr     netip.Addr //
}

// StandingPage is one page of the list: what is in force first, then what ended last.
type StandingPage struct {
	Standing []Standing
	Next     string // cursor; empty at the end
}

// Stands keeps standing decisions.
type Stands interface {
	// Stand keeps one, in force from now on. Invalid when too many of its kind are.
	Stand(context.Context, Standing, Traits) error
	// Revoke ends one that is in force; one that has ended stays as it is. NotFound.
	Revoke(ctx context.Context, id string, by Editor, at time.Time) error
	// Standing reads one, its count bounded to sites, of which nil is all; NotFound outside of them.
	Standing(ctx context.Context, id string, sites []string) (Standing, error)
	// StandingsOf lists those that were made of a batch or a comment and hold at that moment.
	StandingsOf(ctx context.Context, of string, at time.Time) ([]Standing, error)
	// Standings lists those that hold on one of the sites.
	Standings(ctx context.Context, sites []string, cursor string, limit int) (StandingPage, error)
	// Refused reads what editors called spam of a batch, or of the campaign that a comment belongs
	// to, which may be that comment alone. NotFound when there is none on these sites.
	Refused(ctx context.Context, of string, sites []string, limit int) ([]Comment, error)
	// Stopped lists what a standing decision stopped, newest first.
	Stopped(ctx context.Context, standing string, sites []string, cursor string, limit int) (Listing, error)
	// StoppedStill lists the IDs of what it stopped and nobody decided on since, newest first.
	StoppedStill(ctx context.Context, standing string, sites []string, limit int) ([]string, error)
}

// RefuseAlike refuses for some hours what looks like the refused comments of a batch or of a
// campaign, on all sites where the editor decides.
func (d Desk) RefuseAlike(ctx context.Context, by Editor, of string, hours int) (Standing, error) {
	sites, err := allowed(by, ToDecide)
	if err != nil {
		return Standing{}, err
	}
	if hours < 1 || hours > MaxAlikeHours {
		return Standing{}, fault("hours", FaultFormat)
	}
	refused, err := d.Ledger.Refused(ctx, of, sites, MaxBatch)
	if err != nil {
		return Standing{}, err
	}
	prints := make([]Print, len(refused))
	for i, c := range refused {
		prints[i] = d.Tying.Print(c)
	}
	likeness, model := LikenessOf(prints)
	if len(likeness.Ties) == 0 {
		return Standing{}, fault("alike", FaultTooShort)
	}
	s := d.standing(by, RefuseAlike, of, time.Duration(hours)*time.Hour)
	s.About, s.Sites = beginning(refused[model].Body), slices.Sorted(slices.Values(sites))
	if sites == nil {
		s.Sites = []string{AllSites}
	}
	return s, d.Ledger.Stand(ctx, s, Traits{Likeness: likeness})
}

// Ban refuses for some days what the sender of a comment sends to the same site.
func (d Desk) Ban(ctx context.Context, by Editor, comment string, mark Mark, days int, note string) (Standing, error) {
	entry, err := d.entry(ctx, by, ToDecide, comment)
	switch {
	case err != nil:
		return Standing{}, err
	case !mark.Valid():
		return Standing{}, fault("what", FaultUnknown)
	case days < 1 || days > MaxBanDays:
		return Standing{}, fault("days", FaultFormat)
	case !noteFits(note):
		return Standing{}, &Problem{Code: Invalid, Fields: []FieldFault{{"note", FaultTooLong, MaxNote}}}
	case (entry.Email.IsZero() || !mark.Has(ByEmail)) && (!entry.Addr.IsValid() || !mark.Has(ByNetwork)):
		return Standing{}, fault("what", FaultRequired)
	}
	s := d.standing(by, RefuseSender, comment, time.Duration(days)*24*time.Hour)
	s.Mark, s.Sites, s.About, s.Note = mark, []string{entry.Site}, entry.Name, note
	var traits Traits
	if mark.Has(ByEmail) {
		traits.Email = entry.Email
	}
	if mark.Has(ByNetwork) {
		traits.Addr = entry.Addr
	}
	return s, d.Ledger.Stand(ctx, s, traits)
}

func (d Desk) standing(by Editor, kind StandingKind, of string, life time.Duration) Standing {
	now := time.Now()
	return Standing{ID: d.NewID(), Kind: kind, Of: of, Editor: by.ID, By: by.Name, At: now, Until: now.Add(life)}
}

// Revoke ends a standing decision before its time, for whoever may decide wherever it holds.
func (d Desk) Revoke(ctx context.Context, by Editor, id string) (Standing, error) {
	s, err := d.Standing(ctx, by, id)
	if err != nil {
		return s, err
	}
	if !s.May(by, ToDecide) {
		return s, &Problem{Code: Forbidden}
	}
	return s, d.Ledger.Revoke(ctx, id, by, time.Now())
}

// retract ends what was made of a batch that is taken back, wherever the editor may.
func (d Desk) retract(ctx context.Context, by Editor, batch string) error {
	now := time.Now()
	all, err := d.Ledger.StandingsOf(ctx, batch, now)
	for _, s := range all {
		if err == nil && s.May(by, ToDecide) {
			err = d.Ledger.Revoke(ctx, s.ID, by, now)
		}
	}
	return err
}

// Standing reads one standing decision.
func (d Desk) Standing(ctx context.Context, by Editor, id string) (Standing, error) {
	sites, err := allowed(by, ToRead)
	if err != nil {
		return Standing{}, err
	}
	return d.Ledger.Standing(ctx, id, sites)
}

// Standings lists the standing decisions that hold where the editor reads.
func (d Desk) Standings(ctx context.Context, by Editor, cursor string) (StandingPage, error) {
	sites, err := allowed(by, ToRead)
	if err != nil {
		return StandingPage{}, err
	}
	return d.Ledger.Standings(ctx, sites, cursor, 50)
}

// Stopped lists what a standing decision stopped, newest first.
func (d Desk) Stopped(ctx context.Context, by Editor, id, cursor string) (Listing, error) {
	sites, err := allowed(by, ToRead)
	if err != nil {
		return Listing{}, err
	}
	return d.Ledger.Stopped(ctx, id, sites, cursor, 50)
}

// Restore brings what a standing decision stopped back into the queue, MaxBatch of it at once, but
// for what somebody has decided on since. It is one batch, which can be undone. More tells that
// some of it is left.
func (d Desk) Restore(ctx context.Context, by Editor, id string) (settled Settled, more bool, err error) {
	sites, err := allowed(by, ToDecide)
	if err != nil {
		return Settled{}, false, err
	}
	ids, err := d.Ledger.StoppedStill(ctx, id, sites, MaxBatch+1)
	if err != nil {
		return Settled{}, false, err
	}
	if len(ids) == 0 {
		return Settled{}, false, &Problem{Code: NotFound}
	}
	more = len(ids) > MaxBatch
	settled, err = d.Decide(ctx, by, Ruling{IDs: ids[:min(len(ids), MaxBatch)], From: IsSpam, To: Pending})
	return settled, more, err
}

// maxAbout is how much of a text a standing decision is recognised by, in runes.
const maxAbout = 160
