package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	"balasan/moderation"
)

// announceCmd looks after what could not be told.
type announceCmd struct {
	List  announceListCmd  `cmd:"" help:"List who is told and how it went."`
	Dead  announceDeadCmd  `cmd:"" help:"List announcements that were given up, newest first."`
	Retry announceRetryCmd `cmd:"" help:"Try again what was given up, and turn targets on that wanted no more."`
}

type announceListCmd struct {
	JSON bool `help:"For machines."`
}

type reachView struct {
	Target   string     `json:"target"`
	Waiting  int        `json:"waiting"`
	Dead     int        `json:"dead"`
	SentAt   *time.Time `json:"sent_at"`
	FailedAt *time.Time `json:"failed_at"`
	Error    string     `json:"error"`
	OffAt    *time.Time `json:"off_at"`
}

func (cmd announceListCmd) Run(ctx context.Context, p *program, c console) error {
	return p.inHouse(ctx, c, func(h *house) error {
		all, err := h.db.Reaches(ctx)
		if err != nil {
			return err
		}
		views := make([]reachView, len(all))
		for i, r := range all {
			views[i] = reachView{r.Target, r.Waiting, r.Dead, orNull(r.SentAt), orNull(r.FailedAt), r.Error, orNull(r.OffAt)}
		}
		if cmd.JSON {
			return c.json(views)
		}
		return c.table(func(row func(...string)) {
			row("TARGET", "WAITING", "DEAD", "LAST SENT", "STATE")
			for _, r := range all {
				row(r.Target, fmt.Sprint(r.Waiting), fmt.Sprint(r.Dead), stamp(r.SentAt), stateOf(r))
			}
		})
	})
}

func stateOf(r moderation.Reach) string {
	switch {
	case !r.OffAt.IsZero():
		return "off since " + stamp(r.OffAt) + ": " + r.Error
	case r.Error != "":
		return "fails: " + r.Error
	default:
		return "well"
	}
}

func orNull(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return "never"
	}
	return t.UTC().Format("2006-01-02 15:04Z")
}

type announceDeadCmd struct {
	Limit int  `default:"50" help:"How many, 1 to 1000."`
	JSON  bool `help:"For machines."`
}

type deadView struct {
	ID      int64     `json:"id"`
	Target  string    `json:"target"`
	Event   string    `json:"event"`
	Kind    string    `json:"kind"`
	Site    string    `json:"site"`
	Comment string    `json:"comment"`
	At      time.Time `json:"at"`
	DeadAt  time.Time `json:"dead_at"`
	Tries   int       `json:"tries"`
	Error   string    `json:"error"`
}

func (cmd announceDeadCmd) Run(ctx context.Context, p *program, c console) error {
	if cmd.Limit < 1 || cmd.Limit > 1000 {
		return misused{fmt.Errorf("--limit takes 1 to 1000")}
	}
	return p.inHouse(ctx, c, func(h *house) error {
		all, err := h.db.DeadLetters(ctx, cmd.Limit)
		if err != nil {
			return err
		}
		views := make([]deadView, len(all))
		for i, d := range all {
			views[i] = deadView{d.ID, d.Target, d.Event, string(d.Fact.Kind), d.Fact.Site, d.Fact.Comment, d.Fact.At, d.DeadAt, d.Tries, d.Error}
		}
		if cmd.JSON {
			return c.json(views)
		}
		return c.table(func(row func(...string)) {
			row("ID", "TARGET", "SITE", "COMMENT", "WHAT", "GIVEN UP", "TRIES", "WHY")
			for _, d := range all {
				row(fmt.Sprint(d.ID), d.Target, d.Fact.Site, d.Fact.Comment, string(d.Fact.Kind)+" "+string(d.Fact.To), stamp(d.DeadAt), fmt.Sprint(d.Tries), d.Error)
			}
		})
	})
}

type announceRetryCmd struct {
	Target string `arg:"" optional:"" help:"As announce list names it; all without one."`
	ID     int64  `help:"One of them alone, as announce dead numbers it."`
}

func (cmd announceRetryCmd) Run(ctx context.Context, p *program, c console) error {
	return p.inHouse(ctx, c, func(h *house) error {
		n, err := h.db.Again(ctx, cmd.Target, cmd.ID, time.Now())
		if err == nil && n == 0 {
			err = cmd.nothing(ctx, h)
		}
		if err != nil {
			return err
		}
		fmt.Fprintf(c.out, "%d will be tried again within some minutes.\n", n)
		return nil
	})
}

// nothing finds out why nothing is tried again.
func (cmd announceRetryCmd) nothing(ctx context.Context, h *house) error {
	if cmd.ID != 0 {
		return misused{fmt.Errorf("nothing numbered %d was given up or waits for another try: balasan announce dead numbers them", cmd.ID)}
	}
	all, err := h.db.Reaches(ctx)
	known := slices.ContainsFunc(all, func(r moderation.Reach) bool { return r.Target == cmd.Target })
	if err == nil && cmd.Target != "" && !known {
		err = misused{fmt.Errorf("there is no target %q: balasan announce list names them", cmd.Target)}
	}
	return err
}
