package limits

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"
)

// ErrOpen is what every command gets while the breaker is open.
var ErrOpen = errors.New("redis does not answer; asking again within a second")

const (
	breakAfter = 5
	probeEvery = time.Second
)

// breaker is a go-redis hook: it opens after five errors in a row, lets one command a second
// through and closes with the first that succeeds. Options.Limiter, go-redis' place for
// breakers, also stops the probe's own greeting on a new connection, so it never closed again.
type breaker struct {
	errors atomic.Int64
	probe  atomic.Int64 // when the next command may try, in Unix nanoseconds
}

func (b *breaker) DialHook(next redis.DialHook) redis.DialHook { return next }

func (b *breaker) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		err := b.guard(ctx, func(ctx context.Context) error { return next(ctx, cmd) })
		if err == ErrOpen {
			cmd.SetErr(err)
		}
		return err
	}
}

func (b *breaker) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []redis.Cmder) error {
		err := b.guard(ctx, func(ctx context.Context) error { return next(ctx, cmds) })
		if err == ErrOpen {
			for _, cmd := range cmds {
				cmd.SetErr(err)
			}
		}
		return err
	}
}

type admitted struct{}

// guard asks once for a command and for what it needs: greeting the server on a new connection
// passes the same hooks.
func (b *breaker) guard(ctx context.Context, do func(context.Context) error) error {
	if ctx.Value(admitted{}) != nil {
		return do(ctx)
	}
	if err := b.allow(); err != nil {
		return err
	}
	err := do(context.WithValue(ctx, admitted{}, true))
	b.report(err)
	return err
}

// allow lets a command through, or answers ErrOpen at once.
func (b *breaker) allow() error {
	if b.errors.Load() < breakAfter {
		return nil
	}
	now, due := time.Now().UnixNano(), b.probe.Load()
	if now >= due && b.probe.CompareAndSwap(due, now+probeEvery.Nanoseconds()) {
		return nil
	}
	return ErrOpen
}

// report counts what says that the server is not there. An answer of the server is a
// success, but for those with which it says that it cannot serve now.
func (b *breaker) report(err error) {
	switch {
	case errors.Is(err, context.Canceled): // the visitor left
	case err == nil, answered(err):
		b.errors.Store(0)
	case b.errors.Add(1) == breakAfter:
		b.probe.Store(time.Now().Add(probeEvery).UnixNano())
	}
}

func answered(err error) bool {
	var reply redis.Error
	if !errors.As(err, &reply) {
		return false
	}
	word, _, _ := strings.Cut(reply.Error(), " ")
	switch word {
	case "LOADING", "BUSY", "MASTERDOWN", "CLUSTERDOWN", "READONLY", "OOM", "MISCONF", "NOREPLICAS":
		return false
	}
	return true
}
