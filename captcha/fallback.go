package captcha

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"

	"balasan/moderation"
)

// Fallback keeps marks at First (Redis) and, whenever that fails, at Then (SQL).
//
// What was spent at one place must not be free at the other. After a failure this process asks
// both, Then before First, until every challenge that was open during the failure has expired
// (Life). So a token that was spent at Then stays spent when First is back. Two gaps remain,
// both bounded to one more success per token: a token spent at First just before First failed
// is not known at Then, and another replica that saw no failure does not ask Then. While First
// fails the limiter is degraded too and every comment is held, so that neither publishes.
type Fallback struct {
	First, Then Marks
	Life        time.Duration // of challenges; 0 is DefaultLife
	Log         *slog.Logger  // hears of each outage; nil is slog.Default

	failed   atomic.Int64 // when First failed last, in Unix nanoseconds
	down     moderation.Outage
	fellBack atomic.Uint64
}

var _ Marks = (*Fallback)(nil)

func (f *Fallback) Spend(ctx context.Context, id [12]byte, spender string, right bool, expires time.Time) (moderation.Code, error) {
	if f.doubtful() {
		if code, err := f.Then.Spend(ctx, id, spender, right, expires); err != nil || code != "" {
			return code, err
		}
		code, err := f.first(ctx, id, spender, right, expires)
		if err != nil {
			return "", nil // Then has it
		}
		return code, nil
	}
	code, err := f.first(ctx, id, spender, right, expires)
	if err != nil {
		return f.Then.Spend(ctx, id, spender, right, expires)
	}
	return code, nil
}

// doubtful tells whether tokens may be alive that are marked at Then only.
func (f *Fallback) doubtful() bool {
	life := f.Life
	if life == 0 {
		life = DefaultLife
	}
	failed := f.failed.Load()
	return failed != 0 && time.Since(time.Unix(0, failed)) <= life+grace
}

func (f *Fallback) first(ctx context.Context, id [12]byte, spender string, right bool, expires time.Time) (moderation.Code, error) {
	code, err := f.First.Spend(ctx, id, spender, right, expires)
	if err != nil {
		f.failed.Store(time.Now().UnixNano())
		f.fellBack.Add(1)
	}
	f.noteState(ctx, err)
	return code, err
}

func (f *Fallback) noteState(ctx context.Context, err error) {
	log := f.Log
	if log == nil {
		log = slog.Default()
	}
	switch {
	case err == nil && f.down.Worked():
		log.Info("captcha: spent challenges are marked at the first place again")
	case err != nil && ctx.Err() == nil && f.down.Failed():
		log.Warn("captcha: spent challenges are marked at the second place", "error", err)
	}
}

// FellBack counts the tries that First could not answer since the start.
func (f *Fallback) FellBack() uint64 { return f.fellBack.Load() }
