package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"strconv"
	"time"

	"balasan/configs"
	"balasan/moderation"
	"balasan/moderation/rules"
)

type rulesCmd struct {
	Test     rulesTestCmd     `cmd:"" help:"Run the examples beside every rule; exit code 1 when one fails."`
	Status   rulesStatusCmd   `cmd:"" help:"Every rule with its hits beside the editors' decisions, shadows too."`
	Backtest rulesBacktestCmd `cmd:"" help:"Replay stored comments: hits, precision, approved comments that would be stopped."`
	Import   rulesImportCmd   `cmd:"" help:"Turn a foreign word list into a rule file on standard output."`
}

// ruleSet loads the rules that the configuration names.
func (p *program) ruleSet(c console) (*rules.Set, error) {
	cfg, err := p.load(c)
	if err != nil {
		return nil, err
	}
	return loadRules(cfg.Rules)
}

type rulesTestCmd struct {
	JSON bool `help:"Answer for machines."`
}

func (cmd rulesTestCmd) Run(p *program, c console) error {
	set, err := p.ruleSet(c)
	if err != nil {
		return err
	}
	results := set.Test()
	wrong := 0
	for _, r := range results {
		if !r.Pass {
			wrong++
			if !cmd.JSON {
				fmt.Fprintf(c.out, "%s:%d: %s: %s: %q\n", r.File, r.Line, r.Rule, r.Why, r.Text)
			}
		}
	}
	if cmd.JSON {
		err = c.json(results)
	} else {
		fmt.Fprintf(c.out, "%d examples, %d wrong\n", len(results), wrong)
	}
	if wrong > 0 {
		err = errors.Join(err, fmt.Errorf("%d of %d examples are wrong", wrong, len(results)))
	}
	return err
}

type rulesStatusCmd struct {
	Days int  `default:"30" help:"How far back to count."`
	JSON bool `help:"Answer for machines."`
}

func (cmd rulesStatusCmd) Run(ctx context.Context, p *program, c console) error {
	return p.inHouse(ctx, c, func(h *house) error {
		set, err := loadRules(h.cfg.Rules)
		if err != nil {
			return err
		}
		past := h.past(ctx, c, cmd.Days)
		tallies := rules.Hits(set, past.all)
		if past.err != nil {
			return past.err
		}
		if cmd.JSON {
			return c.json(tallies)
		}
		return c.tallies(tallies)
	})
}

func (c console) tallies(tallies []rules.Tally) error {
	return c.table(func(row func(...string)) {
		row("RULE", "STATUS", "HITS", "APPROVED", "REFUSED", "PENDING", "PRECISION")
		for _, t := range tallies {
			precision := "-"
			if t.Approved+t.Refused > 0 {
				precision = fmt.Sprintf("%.1f %%", 100*t.Precision())
			}
			row(t.Rule, string(t.Status), strconv.Itoa(t.Hits), strconv.Itoa(t.Approved), strconv.Itoa(t.Refused), strconv.Itoa(t.Pending), precision)
		}
	})
}

type rulesBacktestCmd struct {
	Days int    `default:"30" help:"How far back to replay."`
	Diff string `type:"existingdir" placeholder:"FOLDER" help:"A rule folder to compare with; without one, nothing is compared."`
	JSON bool   `help:"Answer for machines."`
}

func (cmd rulesBacktestCmd) Run(ctx context.Context, p *program, c console) error {
	return p.inHouse(ctx, c, func(h *house) error {
		set, err := loadRules(h.cfg.Rules)
		if err != nil {
			return err
		}
		var other *rules.Set
		if cmd.Diff != "" {
			if other, err = loadRules(configs.Rules{Dir: cmd.Diff}); err != nil {
				return err
			}
		}
		past := h.past(ctx, c, cmd.Days)
		report := rules.Backtest(set, other, past.all)
		if past.err != nil {
			return past.err
		}
		if cmd.JSON {
			return c.json(report)
		}
		return c.report(report)
	})
}

func (c console) report(r rules.Report) error {
	fmt.Fprintf(c.out, "%d comments: %d approved, %d refused, %d pending. %d would wait or be spam, %d of them approved.\n\n",
		r.Seen, r.Approved, r.Refused, r.Pending, r.Held, r.StoppedTotal)
	err := c.tallies(r.Rules)
	for _, s := range r.Stopped {
		fmt.Fprintf(c.out, "approved, now %s (%.1f) %s %v %.100q\n", s.Outcome, s.Score, s.ID, s.Rules, s.Body)
	}
	for _, d := range r.Changed {
		fmt.Fprintf(c.out, "%s → %s, editors: %s %s %.100q\n", d.From, d.To, d.State, d.ID, d.Body)
	}
	return err
}

// past is the stored comments of some days; err is set when reading stopped early.
type past struct {
	all iter.Seq[rules.Stored]
	err error
}

func (h *house) past(ctx context.Context, c console, days int) *past {
	out := &past{}
	since := time.Now().AddDate(0, 0, -days)
	out.all = func(yield func(rules.Stored) bool) {
		bar := c.progress("replaying", -1)
		defer func() { _ = bar.Finish() }()
		for _, state := range []moderation.State{moderation.Approved, moderation.IsSpam, moderation.Trashed, moderation.Pending} {
			more, err := h.replay(ctx, state, since, func(s rules.Stored) bool { _ = bar.Add(1); return yield(s) })
			if out.err = err; err != nil || !more {
				return
			}
		}
	}
	return out
}

// replay yields the comments of one state since a moment; pending ones come oldest first.
func (h *house) replay(ctx context.Context, state moderation.State, since time.Time, yield func(rules.Stored) bool) (bool, error) {
	for cursor := ""; ; {
		page, err := h.db.List(ctx, moderation.Filter{State: state, Cursor: cursor, Limit: 100})
		if err != nil {
			return false, err
		}
		for _, e := range page.Entries {
			if e.At.Before(since) || e.Staff {
				if state != moderation.Pending && !e.Staff {
					return true, nil
				}
				continue
			}
			if !yield(replayed(e)) {
				return false, nil
			}
		}
		if cursor = page.Next; cursor == "" {
			return true, nil
		}
	}
}

func replayed(e moderation.Entry) rules.Stored {
	policy := moderation.DefaultPolicy()
	policy.Approve, policy.Spam = e.Verdict.Approve, e.Verdict.Spam
	return rules.Stored{ID: e.ID, At: e.At, Case: moderation.Case{Submission: e.Submission}, State: e.State, Policy: policy, Before: e.Verdict}
}

type rulesImportCmd struct {
	From string `arg:"" enum:"wordpress,discourse" help:"wordpress (disallowed keys, one a line) or discourse (CSV of watched words)."`
	File string `arg:"" optional:"" type:"existingfile" help:"The list; standard input without one."`
}

func (cmd rulesImportCmd) Run(c console) error {
	in := c.in
	if cmd.File != "" {
		f, err := os.Open(cmd.File)
		if err != nil {
			return err
		}
		defer f.Close()
		in = f
	}
	read := map[string]func(io.Reader) (rules.Imported, error){"wordpress": rules.FromWordPress, "discourse": rules.FromDiscourse}
	imported, err := read[cmd.From](in)
	if err != nil {
		return err
	}
	for _, l := range imported.Left {
		fmt.Fprintf(c.err, "line %d: left out %q: %s\n", l.Line, l.Text, l.Why)
	}
	fmt.Fprintf(c.err, "%d terms taken over, %d left out\n", imported.Terms, len(imported.Left))
	_, err = io.WriteString(c.out, imported.YAML)
	return err
}
