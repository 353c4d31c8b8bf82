package moderation

import (
	"context"
	"slices"
	"time"
)

// Sweep is a decision on all that waits of a campaign.
type Sweep struct {
	Group  string // any comment of it
	To     State
	Note   string
	Spared []string // taken out of it for good and not decided on; they wait as singles
	Seen   string   // the ID of what the editor saw last, or any of that moment; what came later waits on. Empty is all
}

// MaxSweep is the most comments that one sweep settles.
const MaxSweep = 20 * MaxBatch

// Settle decides on all that is pending of a campaign, MaxBatch of it in one transaction, under
// one batch, so that one undo takes all of it back. Left is how much of the campaign waits
// afterwards: what came after Seen, and what is more than MaxSweep or than could be done in time. When
// others were first with all of it the error is Decided, as [Desk.Decide] tells it.
func (d Desk) Settle(ctx context.Context, by Editor, w Sweep) (settled Settled, left int, err error) {
	sites, err := allowed(by, ToDecide)
	if err != nil {
		return Settled{}, 0, err
	}
	if err := w.check(); err != nil {
		return Settled{}, 0, err
	}
	waiting, err := d.Ledger.Members(ctx, w.Group, sites, "", 1)
	if err != nil {
		return Settled{}, 0, err
	}
	r := Ruling{From: Pending, To: w.To, Note: w.Note, Apart: w.Spared, Whole: min(waiting.Total, MaxSweep)}
	settled.Batch = d.NewID()
	err = d.sweep(ctx, by, w, r, sites, &settled)
	left = max(0, waiting.Total-len(w.Spared)-len(settled.Changed)-len(settled.Lost))
	if len(settled.Changed) > 0 || err == nil && len(w.Spared) > 0 {
		return settled, left, nil // what was done stands, whatever stopped the rest
	}
	if err == nil && waiting.Total == 0 { // somebody was first with all of it
		settled.Lost, err = d.Ledger.LastSettled(ctx, w.Group, sites)
	}
	return settled, left, verdictOn(settled, err)
}

// sweep rules chunk by chunk until nothing is left of what the editor saw.
func (d Desk) sweep(ctx context.Context, by Editor, w Sweep, r Ruling, sites []string, settled *Settled) error {
	for range MaxSweep / MaxBatch {
		ids, err := d.Ledger.Waiting(ctx, w.Group, sites, w.Seen, MaxBatch+len(r.Apart))
		if err != nil {
			return err
		}
		ids = slices.DeleteFunc(ids, func(id string) bool { return slices.Contains(w.Spared, id) })
		r.IDs = ids[:min(len(ids), MaxBatch)]
		if len(r.IDs)+len(r.Apart) == 0 {
			return nil
		}
		done, err := d.Ledger.Rule(ctx, r, by, settled.Batch, sites, time.Now())
		if err != nil {
			return err
		}
		settled.Changed, settled.Lost = append(settled.Changed, done.Changed...), append(settled.Lost, done.Lost...)
		settled.Unknown = append(settled.Unknown, done.Unknown...)
		if len(ids) < MaxBatch {
			return nil
		}
		w.Group, r.Apart = ids[0], nil // the comment that named it may have been taken apart
	}
	return nil
}

func (w Sweep) check() error {
	if len(w.Spared) > MaxBatch {
		return &Problem{Code: Invalid, Fields: []FieldFault{{"spared", FaultTooLong, MaxBatch}}}
	}
	return Ruling{IDs: []string{w.Group}, From: Pending, To: w.To, Note: w.Note}.check()
}
