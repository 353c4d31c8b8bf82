package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"time"

	"balasan/configs"
	"balasan/moderation/learn"
	"balasan/moderation/rules"
)

type rulesCmd struct {
	Test     rulesTestCmd     `cmd:"" help:"Run the examples beside every rule; exit code 1 when one fails."`
	Status   rulesStatusCmd   `cmd:"" help:"Every rule with its hits beside the editors' decisions, shadows too."`
	Backtest rulesBacktestCmd `cmd:"" help:"Replay stored comments: hits, precision, approved comments that would be stopped."`
	Import   rulesImportCmd   `cmd:"" help:"Turn a foreign word list into a rule file on standard output."`
}

type rulesTestCmd struct {
	JSON bool `help:"Answer for machines."`
}

// Run needs no installation. Where there is one, the guard is asked as well.
func (cmd rulesTestCmd) Run(ctx context.Context, p *program, c console) error {
	cfg, err := p.load(c)
	if err != nil {
		return err
	}
	set, err := loadRules(cfg.Rules)
	if err != nil {
		return err
	}
	view := tested(set.Test())
	if cmd.JSON {
		err = c.json(view)
	} else {
		view.print(c.out)
	}
	if view.Wrong > 0 {
		return errors.Join(err, fmt.Errorf("%d of %d examples are wrong", view.Wrong, view.Examples))
	}
	return errors.Join(err, p.guardRules(ctx, c, cfg, set))
}

type rulesStatusCmd struct {
	Days int  `default:"30" help:"How far back to count."`
	JSON bool `help:"Answer for machines."`
}

// Run counts what the stored verdicts say, so that a rule's hits are those of its own days.
func (cmd rulesStatusCmd) Run(ctx context.Context, p *program, c console) error {
	if cmd.Days < 1 {
		return misused{fmt.Errorf("--days %d: want 1 or more", cmd.Days)}
	}
	return p.inHouse(ctx, c, func(h *house) error {
		set, err := loadRules(h.cfg.Rules)
		if err != nil {
			return err
		}
		past := h.past(c, "counting", cmd.Days)
		tallies := rules.Hits(set, past.all(ctx))
		past.done()
		if past.err != nil {
			return past.err
		}
		if cmd.JSON {
			return c.json(tallied(tallies))
		}
		return c.tallies(tallied(tallies))
	})
}

type rulesBacktestCmd struct {
	Days int    `default:"30" help:"How far back to replay."`
	Diff string `type:"path" placeholder:"FILE|FOLDER" help:"Replay these rules instead and tell what they change: a rule file laid over the configured rules, or a folder in place of rules.dir."`
	JSON bool   `help:"Answer for machines."`
}

func (cmd rulesBacktestCmd) Run(ctx context.Context, p *program, c console) error {
	if cmd.Days < 1 {
		return misused{fmt.Errorf("--days %d: want 1 or more", cmd.Days)}
	}
	return p.inHouse(ctx, c, func(h *house) error {
		set, before, err := cmd.sets(h.cfg)
		if err != nil {
			return err
		}
		model, err := learn.Prior()
		if err != nil {
			return err
		}
		past := h.past(c, "replaying", cmd.Days)
		report := rules.Backtest(set, before, model, past.all(ctx))
		past.done()
		if past.err != nil {
			return past.err
		}
		view := backtested(cmd.Days, report)
		if before != nil {
			guarded, err := guard(ctx, h.db, set, before.InForce())
			if err != nil {
				return err
			}
			view.guarded(guarded)
		}
		if cmd.JSON {
			return c.json(view)
		}
		return c.report(view)
	})
}

// sets are the rules to replay and those to compare them with, nil without --diff.
func (cmd rulesBacktestCmd) sets(cfg configs.Config) (set, before *rules.Set, err error) {
	configured, err := loadRules(cfg.Rules)
	if err != nil || cmd.Diff == "" {
		return configured, nil, err
	}
	info, err := os.Stat(cmd.Diff)
	if err != nil {
		return nil, nil, misused{err}
	}
	if info.IsDir() {
		set, err = loadRules(configs.Rules{Dir: cmd.Diff})
	} else {
		set, err = withFile(cfg.Rules, cmd.Diff)
	}
	return set, configured, err
}

// withFile loads the configured rules with one more file, or another one in place of its namesake.
func withFile(cfg configs.Rules, file string) (*rules.Set, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, misused{err}
	}
	return readRules(revised{configs.RuleFiles(cfg.Dir), "rules/" + filepath.Base(file), text}, "")
}

// past is what was stored in so many days, with a bar that shows how far the reading is.
func (h *house) past(c console, what string, days int) *past {
	bar := c.progress(what, -1)
	return &past{db: h.db, since: time.Now().AddDate(0, 0, -days), states: everyState, most: math.MaxInt,
		step: func() { _ = bar.Add(1) }, done: func() { _ = bar.Finish() }}
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
