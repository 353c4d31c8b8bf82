package moderation

import (
	"context"
	"math"
	"strconv"
	"time"
)

// Tallies is what the overview needs of a store.
type Tallies interface {
	// Tallies sums up the counts from one day to another, both included, on these sites, of
	// which nil is all. The cells name no site, and a day only in CountCame and CountNow.
	Tallies(ctx context.Context, sites []string, from, to string) (Tally, error)
	// Backlog counts what waits on these sites, no further than CountCap, and since when.
	Backlog(ctx context.Context, sites []string) (Backlog, error)
}

// Backlog is what waits for an editor now.
type Backlog struct {
	Pending int
	Oldest  time.Time // zero when nothing waits
}

// Overview is what came of a span of days.
type Overview struct {
	Backlog
	Lanes    *LaneCounts   // nil where nothing counts lanes
	Days     []DayTally    // every day of the span, oldest first; the last is today
	Usual    int           // comments that come on a day: the median of the days before today
	HourNow  int           // decisions since the full hour
	HourLast int           // and in the hour before, unless that was yesterday
	Decided  int           // decisions that stand
	Undone   int           // decisions that were taken back
	Wait     time.Duration // the median until a held comment is decided, to a fifth or so; 0 without one
	Work     []WorkTally
	Rules    []RuleTally
	Chance   [10]ChanceTally
	Blind    Said
}

// DayTally is what came on one day and what became of it.
type DayTally struct {
	Day                               string
	Received                          int
	Approved, Passed                  int // by people; by the machine alone
	Waiting                           int
	Spam, Refused                     int // by people; by the machine alone
	Trashed                           int
	BornHeld, BornRefused, BornPassed int
}

// WorkTally is what one editor decided, by hour of the day.
type WorkTally struct {
	Name  string
	Hours [24]int
	Total int
}

// Said counts what people say.
type Said struct{ Spam, Good int }

// Total counts those of whom people said either.
func (s Said) Total() int { return s.Spam + s.Good }

// RuleTally is how one rule did, in one of its voices.
type RuleTally struct {
	Rule     string
	Voice    string // CountAgainst, CountFor, CountShadow or CountKindly
	Hits     int
	Reversed int
	Said
}

// Right is how many of the decided comments people see as the rule does.
func (r RuleTally) Right() int {
	if r.Voice == CountFor || r.Voice == CountKindly {
		return r.Good
	}
	return r.Spam
}

const readyRight = 0.9 // of what a shadow would have noted, at the lower end of what chance allows

// Ready tells whether a shadow has proven itself: it was right so often, among so many, that it
// hardly owes that to chance. That takes 35 decided comments at least.
func (r RuleTally) Ready() bool {
	low, _ := Wilson(r.Right(), r.Total())
	return r.shadow() && low >= readyRight
}

func (r RuleTally) shadow() bool { return r.Voice == CountShadow || r.Voice == CountKindly }

// precision is 1 where nothing is known.
func (r RuleTally) precision() float64 {
	if r.Total() == 0 {
		return 1
	}
	return float64(r.Right()) / float64(r.Total())
}

// ChanceTally is a tenth of what the classifier said: the mean of its probabilities there, and
// what people said.
type ChanceTally struct {
	Mean float64
	Said
}

// Wilson is the range in which a share lies with 95 % confidence when k of n were seen (Wilson's
// score interval); 0 to 1 where nothing was seen.
func Wilson(k, n int) (low, high float64) {
	if n <= 0 {
		return 0, 1
	}
	const z = 1.959964
	p, m := float64(k)/float64(n), float64(n)
	middle, reach := p+z*z/(2*m), z*math.Sqrt(p*(1-p)/m+z*z/(4*m*m))
	return max((middle-reach)/(1+z*z/m), 0), min((middle+reach)/(1+z*z/m), 1)
}

// Lookout is where the work of the desk is seen as a whole.
type Lookout struct {
	Tallies  Tallies
	Tallying Tallying
	Lanes    func(ctx context.Context, sites []string) (LaneCounts, error) // nil where nothing counts them
}

// Overview sums up the last days, today included, of one site or, when site is empty, of all that
// the editor may read.
func (l Lookout) Overview(ctx context.Context, by Editor, site string, days int, now time.Time) (Overview, error) {
	sites, err := allowed(by, ToRead)
	switch {
	case err != nil:
		return Overview{}, err
	case site != "" && !by.May(ToRead, site):
		return Overview{}, &Problem{Code: NotFound}
	case site != "":
		sites = []string{site}
	}
	o := Overview{Days: l.days(now, days)}
	if o.Backlog, err = l.Tallies.Backlog(ctx, sites); err != nil {
		return o, err
	}
	if l.Lanes != nil {
		lanes, err := l.Lanes(ctx, sites)
		if err != nil {
			return o, err
		}
		o.Lanes = &lanes
	}
	all, err := l.Tallies.Tallies(ctx, sites, o.Days[0].Day, l.Tallying.Day(now))
	if err != nil {
		return o, err
	}
	today, err := l.Tallies.Tallies(ctx, sites, l.Tallying.Day(now), l.Tallying.Day(now))
	o.fill(all)
	hour := now.In(l.Tallying.zone()).Hour()
	o.HourNow = today.hour(hour)
	o.HourLast = today.hour(hour - 1)
	return o, err
}

// days are empty days up to now. A zone that skips an hour skips no day: it steps from noon.
func (l Lookout) days(now time.Time, n int) []DayTally {
	at := now.In(l.Tallying.zone())
	noon := time.Date(at.Year(), at.Month(), at.Day(), 12, 0, 0, 0, at.Location())
	all := make([]DayTally, n)
	for i := range all {
		all[i].Day = noon.AddDate(0, 0, i-n+1).Format(time.DateOnly)
	}
	return all
}

// hour counts what everybody decided in one hour of the day.
func (t Tally) hour(hour int) (n int) {
	for cell, count := range t {
		if h, err := strconv.Atoi(cell.Part); cell.What == CountWork && err == nil && h == hour {
			n += count
		}
	}
	return n
}
