package moderation

import (
	"cmp"
	"context"
	"maps"
	"math"
	"slices"
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

// fill sorts the cells into what a reader looks for.
func (o *Overview) fill(all Tally) {
	days, work, rules := map[string]*DayTally{}, map[string]*WorkTally{}, map[[2]string]*RuleTally{}
	for i := range o.Days {
		days[o.Days[i].Day] = &o.Days[i]
	}
	var waits [maxWaitBin + 1]int
	for cell, n := range all {
		switch cell.What {
		case CountCame, CountNow:
			if day := days[cell.Day]; day != nil {
				*day.part(cell) += n
			}
		case CountWork:
			at(work, cell.Name).add(cell, n)
			o.Decided += n
		case CountUndone:
			o.Undone += n
		case CountWait:
			if bin, err := strconv.Atoi(cell.Part); err == nil && bin >= 0 && bin <= maxWaitBin {
				waits[bin] += n
			}
		case CountAgainst, CountFor, CountShadow, CountKindly:
			at(rules, [2]string{cell.Name, cell.What}).add(cell, n)
		case CountChance:
			if tenth, err := strconv.Atoi(cell.Name); err == nil && tenth >= 0 && tenth < len(o.Chance) {
				o.Chance[tenth].add(cell, n)
			}
		case CountBlind:
			o.Blind.add(cell.Part, n)
		}
	}
	o.Wait, o.Usual = medianWait(waits[:]), usual(o.Days)
	for i := range o.Chance {
		if n := o.Chance[i].Total(); n > 0 {
			o.Chance[i].Mean /= 1000 * float64(n)
		}
	}
	o.Work, o.Rules = listed(work, busier), listed(rules, worse)
}

// at finds what stands under key, or begins it.
func at[K comparable, V any](all map[K]*V, key K) *V {
	if all[key] == nil {
		all[key] = new(V)
	}
	return all[key]
}

func listed[K comparable, V any](all map[K]*V, order func(a, b *V) int) []V {
	var list []V
	for _, one := range slices.SortedFunc(maps.Values(all), order) {
		list = append(list, *one)
	}
	return list
}

func busier(a, b *WorkTally) int {
	return cmp.Or(cmp.Compare(b.Total, a.Total), cmp.Compare(a.Name, b.Name))
}

// worse puts first the rule that people contradict most surely; shadows come last.
func worse(a, b *RuleTally) int {
	_, right := Wilson(a.Right(), a.Total())
	_, other := Wilson(b.Right(), b.Total())
	last := map[bool]int{true: 1}
	return cmp.Or(cmp.Compare(last[a.shadow()], last[b.shadow()]), cmp.Compare(right, other), cmp.Compare(a.precision(), b.precision()),
		cmp.Compare(b.Reversed, a.Reversed), cmp.Compare(b.Hits, a.Hits), cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.Voice, b.Voice))
}

func (d *DayTally) part(c Cell) *int {
	if c.What == CountCame {
		switch c.Part {
		case PartReceived:
			return &d.Received
		case PartHeld:
			return &d.BornHeld
		case PartRefused:
			return &d.BornRefused
		default:
			return &d.BornPassed
		}
	}
	switch c.Part {
	case PartApproved:
		return &d.Approved
	case PartPassed:
		return &d.Passed
	case PartWaiting:
		return &d.Waiting
	case PartSpam:
		return &d.Spam
	case PartRefused:
		return &d.Refused
	default:
		return &d.Trashed
	}
}

func (w *WorkTally) add(c Cell, n int) {
	w.Name = c.Name
	if hour, err := strconv.Atoi(c.Part); err == nil && hour >= 0 && hour < len(w.Hours) {
		w.Hours[hour] += n
		w.Total += n
	}
}

func (r *RuleTally) add(c Cell, n int) {
	r.Rule, r.Voice = c.Name, c.What
	switch c.Part {
	case PartHits:
		r.Hits += n
	case PartReversed:
		r.Reversed += n
	default:
		r.Said.add(c.Part, n)
	}
}

func (t *ChanceTally) add(c Cell, n int) {
	if c.Part == partThousands {
		t.Mean += float64(n)
		return
	}
	t.Said.add(c.Part, n)
}

func (s *Said) add(part string, n int) {
	switch part {
	case PartSpam:
		s.Spam += n
	case PartGood:
		s.Good += n
	}
}

// medianWait is the middle of the bin in which the median lies.
func medianWait(bins []int) time.Duration {
	total, seen := 0, 0
	for _, n := range bins {
		total += n
	}
	for bin, n := range bins {
		if seen += n; total > 0 && 2*seen >= total {
			return waitOf(bin)
		}
	}
	return 0
}

// usual is the median of the days before today, from the first on that had a comment.
func usual(days []DayTally) int {
	var counts []int
	for _, d := range days[:len(days)-1] {
		if len(counts) > 0 || d.Received > 0 {
			counts = append(counts, d.Received)
		}
	}
	if len(counts) == 0 {
		return 0
	}
	slices.Sort(counts)
	return counts[len(counts)/2]
}
