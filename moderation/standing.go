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
	Likeness // of a campaign
	// Of a sender; the store keeps hashes of them under the site's key.
	Email Email
	Addr  netip.Addr
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
