package moderation

import (
	"slices"
	"time"
)

// Digest is how an editor wants to be told by mail of what waits. Hours are of the editor's zone.
type Digest struct {
	Editor    string // ID
	To        Email
	Language  string
	Cadence   Cadence
	Hour      int // of a daily one
	QuietFrom int // from this hour to QuietTo nothing is sent; both the same is never
	QuietTo   int
	Zone      string // IANA
	Confirmed bool   // by a link that came to the address
	LookedAt  time.Time
}

// Cadence is how often.
type Cadence string

const (
	Off    Cadence = "off"
	Hourly Cadence = "hourly"
	Daily  Cadence = "daily"
)

// Cadences lists them, the rarest first.
var Cadences = []Cadence{Off, Daily, Hourly}

// DefaultZone is where an editor is unless something else was said.
const DefaultZone = "Asia/Jakarta"

// Check names what is wrong with what an editor typed.
func (d Digest) Check() error {
	hour := func(h int) bool { return h >= 0 && h < 24 }
	zone, err := time.LoadLocation(d.Zone)
	switch {
	case !slices.Contains(Cadences, d.Cadence):
		return fault("cadence", FaultUnknown)
	case !hour(d.Hour):
		return fault("hour", FaultFormat)
	case !hour(d.QuietFrom) || !hour(d.QuietTo):
		return fault("quiet", FaultFormat)
	case err != nil || d.Zone == "" || zone == time.Local:
		return fault("zone", FaultUnknown)
	}
	return nil
}

// Due tells whether it is time to look whether there is something to tell.
func (d Digest) Due(at time.Time) bool {
	zone, err := time.LoadLocation(d.Zone)
	if err != nil || !d.Confirmed || d.To.IsZero() {
		return false
	}
	local := at.In(zone)
	if quiet := (d.QuietTo - d.QuietFrom + 24) % 24; (local.Hour()-d.QuietFrom+24)%24 < quiet {
		return false
	}
	switch d.Cadence {
	case Hourly:
		return !at.Before(d.LookedAt.Add(time.Hour))
	case Daily:
		last := time.Date(local.Year(), local.Month(), local.Day(), d.Hour, 0, 0, 0, zone)
		if last.After(at) {
			last = last.AddDate(0, 0, -1)
		}
		return d.LookedAt.Before(last)
	default:
		return false
	}
}
