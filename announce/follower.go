package announce

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"balasan/moderation"
)

// Outbox is what a Follower needs of a store.
type Outbox interface {
	// Follow tells how far a follower has come. One that was never heard of begins at the end:
	// what happened before it was hired is not told.
	Follow(ctx context.Context, follower string, at time.Time) (position int64, err error)
	// Facts reads at most limit facts after a place, in order.
	Facts(ctx context.Context, after int64, limit int) ([]moderation.Fact, error)
	// Decisions is a comment's log, newest first.
	Decisions(ctx context.Context, comment string) ([]moderation.Decision, error)
	// Leave moves the follower and keeps its deliveries in one transaction, unless another
	// process has moved it since.
	Leave(ctx context.Context, follower string, from, to int64, left []moderation.Delivery, at time.Time) error
}

// Follower goes through the outbox behind the undo window and leaves deliveries for what still
// stands by then: a decision that was taken back or overruled meanwhile is not told. Each fact is
// followed once, whatever stops in between; of several processes one does each part.
type Follower struct {
	Name   string // its position is kept under it
	Outbox Outbox
	Kinds  []moderation.FactKind // that it tells; others are passed over
	Wait   time.Duration         // how old a fact must be: the undo window
	// Plan says what is to be delivered of a fact; Target, Ref and Event are its to fill in. An
	// error that another try may cure (Unavailable, Overloaded) stops the follower there; with
	// any other one the fact is passed over and logged, so that it does not silence the rest.
	Plan func(context.Context, moderation.Fact) ([]moderation.Delivery, error)
	Log  *slog.Logger // nil is slog.Default()
}

const followFacts = 64 // that one transaction follows

// Step follows the next few facts that are old enough and tells how many they were.
func (f Follower) Step(ctx context.Context, at time.Time) (int, error) {
	n, err := f.step(ctx, at)
	if err != nil {
		return 0, fmt.Errorf("follow the outbox for %s: %w", f.Name, err)
	}
	return n, nil
}

func (f Follower) step(ctx context.Context, at time.Time) (int, error) {
	from, err := f.Outbox.Follow(ctx, f.Name, at)
	if err != nil {
		return 0, err
	}
	facts, err := f.Outbox.Facts(ctx, from, followFacts)
	if err != nil {
		return 0, err
	}
	var left []moderation.Delivery
	n, to := 0, from
	for ; n < len(facts) && at.Sub(facts[n].At) >= f.Wait; n++ {
		planned, err := f.plan(ctx, facts[n])
		if err != nil {
			return 0, err
		}
		for _, d := range planned {
			d.Fact = facts[n]
			left = append(left, d)
		}
		to = facts[n].ID
	}
	if n == 0 {
		return 0, nil
	}
	return n, f.Outbox.Leave(ctx, f.Name, from, to, left, at)
}

func (f Follower) plan(ctx context.Context, fact moderation.Fact) ([]moderation.Delivery, error) {
	stands, err := f.stands(ctx, fact)
	var planned []moderation.Delivery
	if err == nil && stands {
		planned, err = f.Plan(ctx, fact)
	}
	switch code := moderation.CodeOf(err); {
	case err == nil, code == moderation.NotFound: // purged meanwhile
		return planned, nil
	case code == moderation.Unavailable, code == moderation.Overloaded, ctx.Err() != nil:
		return nil, err
	default:
		logOr(f.Log).Error("a fact is not announced", "follower", f.Name, "fact", fact.ID, "comment", fact.Comment, "error", err)
		return nil, nil
	}
}

func (f Follower) stands(ctx context.Context, fact moderation.Fact) (bool, error) {
	told := false
	for _, kind := range f.Kinds {
		told = told || kind == fact.Kind
	}
	if !told || fact.Kind != moderation.FactDecided {
		return told, nil
	}
	log, err := f.Outbox.Decisions(ctx, fact.Comment)
	return Stands(log, fact.Batch, f.Wait), err
}

// Stands tells whether the decision of a batch is worth telling once its window has closed: it
// moved the comment, none moved it since, and together with those that it overruled within their
// own windows, which nobody was told of, it left the comment elsewhere than it was. What a sender
// erased is always told: who was told of the text must hear that it is gone. The log is the
// comment's, newest first.
func Stands(log []moderation.Decision, batch string, window time.Duration) bool {
	var moves []moderation.Decision
	for _, d := range log {
		if d.Deed == moderation.Erased && d.Batch == batch {
			return true
		}
		if d.From != d.To { // neither a note nor an edit
			moves = append(moves, d)
		}
	}
	if len(moves) == 0 || moves[0].Batch != batch {
		return false
	}
	last, first := moves[0], moves[0]
	for _, before := range moves[1:] {
		if first.At.Sub(before.At) >= window {
			break // its window had closed: it was told
		}
		first = before
	}
	return first.From != last.To
}

// Run takes steps until ctx ends. It rests as long as it has worked, longer while writers wait
// and when there is nothing to do.
func Run(ctx context.Context, busy func() bool, log *slog.Logger, step func(context.Context, time.Time) (int, error)) {
	for {
		start := time.Now()
		n, err := step(ctx, start)
		pause := time.Since(start)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			logOr(log).Error("announce", "error", err)
			pause = 10 * time.Second
		case n == 0:
			pause = time.Second
		case busy != nil && busy():
			pause *= 10
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(pause):
		}
	}
}

func logOr(log *slog.Logger) *slog.Logger {
	if log == nil {
		return slog.Default()
	}
	return log
}

// errText is what is kept of an error: one line, short, without the address of the target, which
// may hold a secret.
func errText(err error) string {
	if inner, ok := errors.AsType[interface {
		error
		Unwrap() error
		Timeout() bool
	}](err); ok && inner.Unwrap() != nil {
		err = inner.Unwrap() // of a url.Error: without the URL
	}
	text := []rune(err.Error())
	return string(text[:min(len(text), 200)])
}
