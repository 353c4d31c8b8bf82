package main

import (
	"context"
	"time"

	"balasan/moderation"
	"balasan/moderation/rules"
	"balasan/store"
)

// past is what was stored in the last days, to be weighed again: each state's newest first, but
// what waits oldest first. Staff's own words are left out.
type past struct {
	db     *store.DB
	since  time.Time
	states []moderation.State
	sites  []string // nil is all
	most   int      // comments of each state
	step   func()   // called for each
	done   func()   // called by who asked for it, at the end
	more   bool     // there were more than most of some state
	err    error    // why it ended early
}

// everyState is what a back-test replays, guardedState what the guard asks about.
var (
	everyState   = []moderation.State{moderation.Approved, moderation.IsSpam, moderation.Trashed, moderation.Pending}
	guardedState = []moderation.State{moderation.Approved}
)

// all yields the comments until one of them is refused or cannot be read.
func (p *past) all(ctx context.Context) func(yield func(rules.Stored) bool) {
	return func(yield func(rules.Stored) bool) {
		for _, state := range p.states {
			if !p.of(ctx, state, yield) {
				return
			}
		}
	}
}

func (p *past) of(ctx context.Context, state moderation.State, yield func(rules.Stored) bool) bool {
	seen := 0
	for cursor := ""; ; {
		page, err := p.db.List(ctx, moderation.Filter{State: state, Sites: p.sites, Cursor: cursor, Limit: 100})
		if p.err = err; err != nil {
			return false
		}
		for _, e := range page.Entries {
			switch old := e.At.Before(p.since); {
			case old && state != moderation.Pending:
				return true
			case seen == p.most:
				p.more = true
				return true
			case old, e.Staff, e.Removed:
				continue
			}
			seen++
			p.step()
			if !yield(replayed(e)) {
				return false
			}
		}
		if cursor = page.Next; cursor == "" {
			return true
		}
	}
}

// replayed is a comment under the lines and with the history that its verdict fell by. What no
// person decided counts as waiting, wherever the machine put it.
func replayed(e moderation.Entry) rules.Stored {
	policy := moderation.DefaultPolicy()
	policy.Approve, policy.Spam = e.Verdict.Approve, e.Verdict.Spam
	e.Body = e.Sent()
	s := rules.Stored{ID: e.ID, At: e.At, State: e.State, Policy: policy, Before: e.Verdict,
		Case: moderation.Case{Submission: e.Submission, History: e.Verdict.History}}
	if _, ruled := e.LastRuling(); !ruled {
		s.State = moderation.Pending
	}
	return s
}
