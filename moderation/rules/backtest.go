package rules

import (
	"cmp"
	"iter"
	"slices"
	"time"

	"balasan/moderation"
)

// Stored is a comment of the past as a back-test replays it: what was known when it came, and
// what people made of it. One that nobody decided is pending here, wherever the machine put it.
type Stored struct {
	ID     string
	At     time.Time
	Case   moderation.Case
	State  moderation.State
	Policy moderation.Policy
	// Before is what the old set had said of it; its signals stand in for a second set.
	Before moderation.Verdict
}

// newestShown is how many stopped comments a report names.
const newestShown = 20

// Report is what a rule set would have done to the comments of the past.
type Report struct {
	Seen, Approved, Refused, Pending int // refused are those that editors called spam or trash
	Rules                            []Tally
	Held                             int       // would have waited or been spam
	Stopped                          []Stopped // approved comments that the set would stop, newest first
	StoppedTotal                     int
	Changed                          []Change // outcomes that differ between two sets; empty without a second one
	ChangedTotal                     int
}

// Tally is one rule beside the editors' decisions.
type Tally struct {
	Rule              string
	Status            Status
	Expires           time.Time // from then on it no longer counts; zero is never
	Hits              int
	Approved, Refused int // of the hits
	Pending           int
}

// Precision is the share of the decided hits that editors refused, 0 without any.
func (t Tally) Precision() float64 {
	if t.Approved+t.Refused == 0 {
		return 0
	}
	return float64(t.Refused) / float64(t.Approved+t.Refused)
}

// Stopped is an approved comment that would not have been.
type Stopped struct {
	ID      string
	At      time.Time
	Body    string
	Outcome moderation.Outcome
	Score   float64
	Rules   []string
}

// Change is a comment on which two sets differ.
type Change struct {
	ID       string
	At       time.Time
	Body     string
	State    moderation.State
	From, To moderation.Outcome
}

// Backtest replays comments through a set, and through another one to tell the difference; old
// and model may be nil. Nothing is stored or changed.
func Backtest(set, old *Set, model moderation.Weigher, replay iter.Seq[Stored]) Report {
	var out Report
	tallies := newTallies(set)
	for s := range replay {
		out.count(s.State)
		judge := moderation.Judge{Rules: set, Model: said(model, s.Case)}
		v := judge.Weigh(s.Case, s.Policy)
		tallies.add(v.Signals, s.State)
		if v.Outcome != moderation.Approve {
			out.hold(s, v)
		}
		if old != nil {
			judge.Rules = old
			out.compare(s, judge.Weigh(s.Case, s.Policy).Outcome, v.Outcome)
		}
	}
	out.Rules = tallies.list()
	return out
}

func (r *Report) count(state moderation.State) {
	r.Seen++
	switch state {
	case moderation.Approved:
		r.Approved++
	case moderation.Pending:
		r.Pending++
	default:
		r.Refused++
	}
}

func (r *Report) hold(s Stored, v moderation.Verdict) {
	r.Held++
	if s.State != moderation.Approved {
		return
	}
	r.StoppedTotal++
	stopped := Stopped{ID: s.ID, At: s.At, Body: s.Case.Submission.Body, Outcome: v.Outcome, Score: v.Score}
	for _, signal := range v.Signals {
		if !signal.Shadow && (signal.Score > 0 || signal.Force != "") {
			stopped.Rules = append(stopped.Rules, signal.Rule)
		}
	}
	r.Stopped = newest(append(r.Stopped, stopped), func(s Stopped) time.Time { return s.At })
}

func (r *Report) compare(s Stored, from, to moderation.Outcome) {
	if from == to {
		return
	}
	r.ChangedTotal++
	change := Change{ID: s.ID, At: s.At, Body: s.Case.Submission.Body, State: s.State, From: from, To: to}
	r.Changed = newest(append(r.Changed, change), func(c Change) time.Time { return c.At })
}

func newest[T any](list []T, at func(T) time.Time) []T {
	slices.SortStableFunc(list, func(a, b T) int { return at(b).Compare(at(a)) })
	return list[:min(len(list), newestShown)]
}

// Hits counts what stored verdicts say of a set's rules, shadows above all, beside the
// editors' decisions.
func Hits(set *Set, replay iter.Seq[Stored]) []Tally {
	tallies := newTallies(set)
	for s := range replay {
		tallies.add(s.Before.Signals, s.State)
	}
	return tallies.list()
}

type tallies struct {
	of    map[string]*Tally
	order []*Tally
}

func newTallies(set *Set) *tallies {
	t := &tallies{of: map[string]*Tally{}}
	for _, r := range set.rules {
		tally := &Tally{Rule: r.id, Status: r.status, Expires: r.expires}
		t.of[r.id], t.order = tally, append(t.order, tally)
	}
	return t
}

func (t *tallies) add(signals []moderation.Signal, state moderation.State) {
	for _, s := range signals {
		tally, known := t.of[s.Rule]
		if !known {
			continue
		}
		tally.Hits++
		switch state {
		case moderation.Approved:
			tally.Approved++
		case moderation.Pending:
			tally.Pending++
		default:
			tally.Refused++
		}
	}
}

func (t *tallies) list() []Tally {
	out := make([]Tally, len(t.order))
	for i, tally := range t.order {
		out[i] = *tally
	}
	slices.SortStableFunc(out, func(a, b Tally) int { return cmp.Compare(b.Hits, a.Hits) })
	return out
}
