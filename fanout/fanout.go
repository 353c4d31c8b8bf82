// Package fanout passes hints between replicas, so that each shows at once what another has changed. It is
// never needed: everybody who hears hints also looks now and then without.
//
// Hints go over one channel of Redis' Publish/Subscribe (https://redis.io/docs/latest/develop/pubsub/), which
// delivers at most once. A cluster passes what is published on one node to all.
package fanout

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"

	"balasan/moderation"
)

const (
	most    = 64                            // threads of one message; of more, all are told that anything may have changed
	rest    = 20 * time.Millisecond         // between two messages of one process
	quiet   = time.Second                   // after which a silent connection is asked whether it lives, and once more until it is given up
	again   = 500 * time.Millisecond        // before a lost connection is made anew
	longest = most * 2 * moderation.MaxPage // bytes of a message that one of ours may have sent
)

// Fanout tells the rooms of this process what it changed, and those of all others.
type Fanout struct {
	Hear    func([]moderation.Hint) // told at once what this process changed, and what others say; must not wait
	Client  redis.UniversalClient   // nil tells this process alone
	Channel string
	Log     *slog.Logger

	once    sync.Once
	name    string        // of this process, lest it hears itself
	wake    chan struct{} // there is something to send
	mu      sync.Mutex
	waiting map[moderation.Hint]struct{} // at most most
	cut     atomic.Bool
	counts  struct{ sent, lost, heard atomic.Int64 }
}

// Stats are the messages that this process sent, could not send, and heard from others.
type Stats struct{ Sent, Lost, Heard int64 }

// Stats counts since the start.
func (f *Fanout) Stats() Stats {
	return Stats{f.counts.sent.Load(), f.counts.lost.Load(), f.counts.heard.Load()}
}

// Cut tells whether this process hears nothing from others now.
func (f *Fanout) Cut() bool { return f.cut.Load() }

func (f *Fanout) init() {
	f.once.Do(func() {
		f.name, f.wake, f.waiting = rand.Text(), make(chan struct{}, 1), map[moderation.Hint]struct{}{}
	})
}

// Tell passes hints on; it waits for nobody. What is told faster than it can be sent becomes one hint that
// anything may have changed.
func (f *Fanout) Tell(hints []moderation.Hint) {
	f.Hear(hints)
	if f.Client == nil {
		return
	}
	f.init()
	f.mu.Lock()
	for _, h := range hints {
		if f.waiting[h] = struct{}{}; len(f.waiting) > most {
			clear(f.waiting)
			f.waiting[moderation.Anything] = struct{}{}
		}
	}
	f.mu.Unlock()
	select {
	case f.wake <- struct{}{}:
	default:
	}
}

// Run sends and hears until ctx ends.
func (f *Fanout) Run(ctx context.Context) {
	if f.Client == nil {
		return
	}
	f.init()
	var both sync.WaitGroup
	both.Go(func() { f.send(ctx) })
	both.Go(func() { f.listen(ctx) })
	both.Wait()
}

// message is what goes over the channel.
type message struct {
	From  string            `json:"from"`
	Hints []moderation.Hint `json:"hints"`
}

// send publishes what waits, all of it in one message. One that does not arrive is not sent again: by then
// the others have looked for themselves.
func (f *Fanout) send(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-f.wake:
		}
		if hints := f.take(); len(hints) > 0 {
			f.publish(ctx, hints)
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(rest):
		}
	}
}

func (f *Fanout) publish(ctx context.Context, hints []moderation.Hint) {
	text, err := json.Marshal(message{f.name, hints})
	if err == nil {
		err = f.Client.Publish(ctx, f.Channel, text).Err()
	}
	if err != nil {
		f.counts.lost.Add(1)
		return
	}
	f.counts.sent.Add(1)
}

func (f *Fanout) take() []moderation.Hint {
	f.mu.Lock()
	defer f.mu.Unlock()
	hints := slices.Collect(maps.Keys(f.waiting))
	clear(f.waiting)
	return hints
}

// listen hears what others say, over one connection after the other.
func (f *Fanout) listen(ctx context.Context) {
	for {
		err := f.subscribe(ctx)
		if ctx.Err() != nil {
			return
		}
		if !f.cut.Swap(true) {
			f.Log.Warn("replicas tell each other nothing and look for themselves until Redis passes it on again", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(again):
		}
	}
}

// subscribe listens on one connection until it breaks. What was missed before is made good by looking at
// everything once.
func (f *Fanout) subscribe(ctx context.Context) error {
	ear := f.Client.Subscribe(ctx, f.Channel)
	stop := context.AfterFunc(ctx, func() { _ = ear.Close() })
	defer func() {
		stop()
		_ = ear.Close()
	}()
	for asked := false; ; {
		said, err := ear.ReceiveTimeout(ctx, quiet)
		switch said := said.(type) {
		case *redis.Subscription:
			if f.cut.Swap(false) {
				f.Log.Info("replicas tell each other again")
			}
			f.Hear([]moderation.Hint{moderation.Anything})
		case *redis.Message:
			f.heard(said.Payload)
		}
		switch late, isLate := errors.AsType[net.Error](err); {
		case err == nil:
			asked = false
			continue
		case asked || !isLate || !late.Timeout():
			return fmt.Errorf("hear from other replicas: %w", err)
		}
		if err := ear.Ping(ctx); err != nil {
			return fmt.Errorf("ask whether the connection lives: %w", err)
		}
		asked = true
	}
}

// heard passes on what another process said. What does not read is of nobody here.
func (f *Fanout) heard(text string) {
	var m message
	if len(text) > longest || json.Unmarshal([]byte(text), &m) != nil || m.From == f.name || len(m.Hints) > most {
		return
	}
	f.counts.heard.Add(1)
	f.Hear(m.Hints)
}
