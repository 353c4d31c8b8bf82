package main

import (
	"fmt"
	"io"
	"strconv"
	"time"

	"balasan/moderation/rules"
)

// testedView is what `rules test --json` says.
type testedView struct {
	Examples int           `json:"examples"`
	Wrong    int           `json:"wrong"`
	Results  []exampleView `json:"results"`
}

type exampleView struct {
	Rule string `json:"rule"`
	File string `json:"file"`
	Line int    `json:"line"`
	Kind string `json:"kind"` // spam or ham, as the example says of itself
	Text string `json:"text"`
	Pass bool   `json:"pass"`
	Why  string `json:"why,omitempty"`
}

func tested(results []rules.TestResult) testedView {
	view := testedView{Examples: len(results), Results: make([]exampleView, len(results))}
	for i, r := range results {
		kind := "ham"
		if r.Spam {
			kind = "spam"
		}
		view.Results[i] = exampleView{r.Rule, r.File, r.Line, kind, r.Text, r.Pass, r.Why}
		if !r.Pass {
			view.Wrong++
		}
	}
	return view
}

func (v testedView) print(w io.Writer) {
	for _, r := range v.Results {
		if !r.Pass {
			fmt.Fprintf(w, "%s:%d: %s: %s: %q\n", r.File, r.Line, r.Rule, r.Why, r.Text)
		}
	}
	fmt.Fprintf(w, "%d examples, %d wrong\n", v.Examples, v.Wrong)
}

// tallyView is one rule in `rules status --json` and `rules backtest --json`.
type tallyView struct {
	Rule      string   `json:"rule"`
	Status    string   `json:"status"`
	Hits      int      `json:"hits"`
	Approved  int      `json:"approved"`
	Refused   int      `json:"refused"`
	Undecided int      `json:"undecided"`
	Precision *float64 `json:"precision"` // of the decided hits, null without any
}

func tallied(tallies []rules.Tally) []tallyView {
	views := make([]tallyView, len(tallies))
	for i, t := range tallies {
		views[i] = tallyView{Rule: t.Rule, Status: string(t.Status), Hits: t.Hits, Approved: t.Approved, Refused: t.Refused, Undecided: t.Pending}
		if !t.Expires.IsZero() && !time.Now().Before(t.Expires) {
			views[i].Status = "expired"
		}
		if t.Approved+t.Refused > 0 {
			views[i].Precision = new(t.Precision())
		}
	}
	return views
}

func (c console) tallies(tallies []tallyView) error {
	return c.table(func(row func(...string)) {
		row("RULE", "STATUS", "HITS", "APPROVED", "REFUSED", "UNDECIDED", "PRECISION")
		for _, t := range tallies {
			precision := "-"
			if t.Precision != nil {
				precision = fmt.Sprintf("%.1f %%", 100**t.Precision)
			}
			row(t.Rule, t.Status, strconv.Itoa(t.Hits), strconv.Itoa(t.Approved), strconv.Itoa(t.Refused), strconv.Itoa(t.Undecided), precision)
		}
	})
}

// reportView is what `rules backtest --json` says.
type reportView struct {
	Days         int           `json:"days"`
	Seen         int           `json:"seen"`
	Approved     int           `json:"approved"`
	Refused      int           `json:"refused"`
	Undecided    int           `json:"undecided"`
	Held         int           `json:"would_be_held"`
	StoppedTotal int           `json:"approved_stopped_total"`
	Stopped      []stoppedView `json:"approved_stopped"`
	ChangedTotal int           `json:"changed_total"`
	Changed      []changedView `json:"changed"`
	Rules        []tallyView   `json:"rules"`
	Guarded      []guardedView `json:"needs_override"`
}

type stoppedView struct {
	ID      string    `json:"id"`
	At      time.Time `json:"at"`
	Outcome string    `json:"outcome"`
	Score   float64   `json:"score"`
	Rules   []string  `json:"rules"`
	Body    string    `json:"body"`
}

type changedView struct {
	ID    string    `json:"id"`
	At    time.Time `json:"at"`
	State string    `json:"state"`
	From  string    `json:"from"`
	To    string    `json:"to"`
	Body  string    `json:"body"`
}

type guardedView struct {
	Rule string `json:"rule"`
	File string `json:"file"`
	Line int    `json:"line"`
	Text string `json:"text"`
}

func backtested(days int, r rules.Report) reportView {
	view := reportView{Days: days, Seen: r.Seen, Approved: r.Approved, Refused: r.Refused, Undecided: r.Pending, Held: r.Held,
		StoppedTotal: r.StoppedTotal, ChangedTotal: r.ChangedTotal, Rules: tallied(r.Rules),
		Stopped: []stoppedView{}, Changed: []changedView{}, Guarded: []guardedView{}}
	for _, s := range r.Stopped {
		view.Stopped = append(view.Stopped, stoppedView{s.ID, s.At, string(s.Outcome), s.Score, s.Rules, s.Body})
	}
	for _, d := range r.Changed {
		view.Changed = append(view.Changed, changedView{d.ID, d.At, string(d.State), string(d.From), string(d.To), d.Body})
	}
	return view
}

func (v *reportView) guarded(guarded []rules.Guarded) {
	for i, fault := range guardFaults("", guarded) {
		v.Guarded = append(v.Guarded, guardedView{guarded[i].Rule, fault.File, fault.Line, fault.String()})
	}
}

func (c console) report(v reportView) error {
	fmt.Fprintf(c.out, "%d comments of %d days: %d approved, %d refused, %d undecided. %d would wait or be spam, %d of them approved.\n\n",
		v.Seen, v.Days, v.Approved, v.Refused, v.Undecided, v.Held, v.StoppedTotal)
	err := c.tallies(v.Rules)
	for _, s := range v.Stopped {
		fmt.Fprintf(c.out, "approved, now %s (%.1f) %s %v %.100q\n", s.Outcome, s.Score, s.ID, s.Rules, s.Body)
	}
	for _, d := range v.Changed {
		fmt.Fprintf(c.out, "%s → %s, editors: %s %s %.100q\n", d.From, d.To, d.State, d.ID, d.Body)
	}
	for _, g := range v.Guarded {
		fmt.Fprintf(c.out, "needs an override: %s\n", g.Text)
	}
	return err
}
