package announce

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"time"

	"balasan/moderation"
)

// Post is what a Sender needs of a store.
type Post interface {
	// Claim hands out at most limit deliveries of a target that are due, and keeps them from
	// everybody else until a time. Of those with the same ref and comment it knows the first
	// alone. A target that is off gets none.
	Claim(ctx context.Context, target string, limit int, at, until time.Time) ([]moderation.Delivery, error)
	// Delivered takes what arrived off the list. When the target had failed before, all that
	// waits for it becomes due, but for what others have in hand.
	Delivered(ctx context.Context, all []moderation.Delivery, at time.Time) error
	// Postpone keeps what failed, with its Tries, NextAt, DeadAt and Error; alone, when the fault
	// is not the target's.
	Postpone(ctx context.Context, all []moderation.Delivery, alone bool, at time.Time) error
	// TurnOff gives up everything of a target, which gets no more until somebody turns it on.
	TurnOff(ctx context.Context, target, reason string, at time.Time) error
}

// ErrGone is a target's word that it wants no more, ever.
var ErrGone = errors.New("the receiver wants no more")

// ErrAlone is the fault of one delivery, such as a full mailbox: the target takes others.
var ErrAlone = errors.New("it alone is refused")

// Sender delivers what waits for one target, again and again with growing pauses, until it
// arrives or is given up. While the target does not answer it is tried with one delivery at a time.
type Sender struct {
	Target string
	Post   Post
	// Send tells them; nil means that they arrived. It gets at most Batch of them, all or none.
	Send  func(ctx context.Context, all []moderation.Delivery, at time.Time) error
	Batch int                       // 0 is one
	Gap   time.Duration             // between two that arrive
	Open  func(time.Time) time.Time // when it may send, from a time on: itself, or the end of quiet hours. Nil is always
	Log   *slog.Logger              // nil is slog.Default()

	failures int       // in a row
	pause    time.Time // nothing is tried before
}

// Retries are the pauses after each try that failed, as Standard Webhooks proposes them: after
// the last one, about three days after the first try, a delivery is given up.
var Retries = []time.Duration{5 * time.Second, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 5 * time.Hour, 10 * time.Hour,
	14 * time.Hour, 20 * time.Hour, 24 * time.Hour}

const (
	claimLife  = 2 * time.Minute // longer than any try takes
	longestNap = 5 * time.Minute // between tries at a target that does not answer
)

// Step tries what is due and tells how many deliveries it had in hand.
func (s *Sender) Step(ctx context.Context, at time.Time) (int, error) {
	if at.Before(s.pause) || s.Open != nil && s.Open(at).After(at) {
		return 0, nil
	}
	all, err := s.Post.Claim(ctx, s.Target, max(1, s.Batch), at, at.Add(claimLife))
	if err != nil || len(all) == 0 {
		return 0, s.wrap(err)
	}
	err = s.Send(ctx, all, at)
	switch {
	case err == nil:
		s.failures, s.pause = 0, at.Add(s.Gap)
		err = s.Post.Delivered(context.WithoutCancel(ctx), all, at) // it has arrived, even if this process is to stop
	case ctx.Err() != nil:
		return 0, ctx.Err() // the claim runs out and another one tries again
	case errors.Is(err, ErrGone):
		logOr(s.Log).Warn("a target of announcements wants no more; balasan announce retry turns it on again", "target", s.Target)
		err = s.Post.TurnOff(ctx, s.Target, errText(err), at)
	default:
		err = s.failed(ctx, all, at, err)
	}
	return len(all), s.wrap(err)
}

func (s *Sender) wrap(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("deliver to %s: %w", s.Target, err)
}

// failed puts each off by its own number of tries, and the target by how often it failed in a row.
func (s *Sender) failed(ctx context.Context, all []moderation.Delivery, at time.Time, cause error) error {
	logOr(s.Log).Warn("an announcement did not arrive", "target", s.Target, "event", all[0].Event, "tries", all[0].Tries+1, "error", errText(cause))
	for i := range all {
		d := &all[i]
		d.Tries, d.Error = d.Tries+1, errText(cause)
		if d.Tries > len(Retries) {
			d.DeadAt = at
			continue
		}
		d.NextAt = at.Add(jitter(Retries[d.Tries-1]))
	}
	if errors.Is(cause, ErrAlone) {
		s.pause = at.Add(s.Gap)
		return s.Post.Postpone(ctx, all, true, at)
	}
	s.failures++
	nap := jitter(min(longestNap, 5*time.Second<<min(s.failures-1, 10)))
	if wait, ok := errors.AsType[*later](cause); ok {
		nap = max(nap, min(wait.after, time.Hour))
	}
	s.pause = at.Add(nap)
	return s.Post.Postpone(ctx, all, false, at)
}

// later is a failure whose cause said when to come back.
type later struct {
	error
	after time.Duration
}

// jitter keeps what failed together from coming back together: d, a fifth more or less.
func jitter(d time.Duration) time.Duration {
	return cmp.Or(d*4/5+rand.N(max(1, d*2/5)), 1)
}
