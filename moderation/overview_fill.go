package moderation

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"time"
)

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
