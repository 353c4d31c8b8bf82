package web

import (
	"cmp"
	"context"
	"log/slog"
	"math/rand/v2"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"balasan/moderation"
)

const (
	liveLook     = 250 * time.Millisecond // between looks at the tail
	liveHint     = 50 * time.Millisecond  // after which it is looked at when somebody hinted, so that many hints are one look
	liveWrite    = 100 * time.Millisecond // what a listener may cost the others before it is cut off
	liveAtOnce   = 500                    // facts of one look
	liveMost     = 20_000                 // listeners; one more polls instead
	liveHindmost = 2000                   // facts that are told again to who comes back; beyond, it starts afresh
)

// Tail is the end of the outbox; the store's is the real one.
type Tail interface {
	// LastFact is the number of the newest fact, 0 before the first.
	LastFact(context.Context) (int64, error)
	// Facts reads those after one, in order.
	Facts(ctx context.Context, after int64, limit int) ([]moderation.Fact, error)
}

// Live tells editors' pages what happens while they look, as server-sent events (WHATWG HTML,
// 9.2). One goroutine serves all listeners and none of them has one of its own: a quiet listener
// costs its connection and little else. Nothing is told that the tail does not know, so that
// every replica tells the same, and who comes back with Last-Event-ID misses nothing.
type Live struct {
	Tail   Tail
	Counts func(ctx context.Context, by moderation.Editor, site string) (moderation.LaneCounts, error)
	Leases func(ctx context.Context, at time.Time) ([]moderation.Lease, error)
	Log    *slog.Logger
	Beat   time.Duration // between signs of life, which keep a quiet stream open in proxies; 0 is 15 s
	Life   time.Duration // of one stream: its browser then comes back and is asked again who it is; 0 is 2 min

	listening atomic.Int64
	joining   chan *listener
	hinted    chan struct{}
	stopped   chan struct{}
	once      sync.Once
}

// listener is one page that stays open. Only the hub's goroutine touches it once it has joined.
type listener struct {
	conn   net.Conn
	who    moderation.Editor
	site   string // what the page is narrowed to; empty is all that the editor may read
	view   string // the sites that it sees, in one text: who has the same sees the same counts
	last   int64  // the fact that was told last; -1 when it did not say
	until  time.Time
	counts string // as told last
	leases string
}

// Listening is how many pages listen.
func (l *Live) Listening() int { return int(l.listening.Load()) }

func (l *Live) init() {
	l.once.Do(func() {
		l.joining, l.hinted, l.stopped = make(chan *listener, 64), make(chan struct{}, 1), make(chan struct{})
	})
}

// life is how long a stream stays, not the same for all, so that they do not come back together.
func (l *Live) life() time.Duration {
	life := cmp.Or(l.Life, 2*time.Minute)
	return life + rand.N(life/4)
}

// join hands a connection over to the hub; false when it takes no more.
func (l *Live) join(one *listener) bool {
	l.init()
	if l.listening.Add(1) > liveMost {
		l.listening.Add(-1)
		return false
	}
	select {
	case l.joining <- one:
		return true
	case <-l.stopped:
		l.listening.Add(-1)
		return false
	}
}

// Hint says that there may be something to tell. It waits for nobody.
func (l *Live) Hint() {
	l.init()
	select {
	case l.hinted <- struct{}{}:
	default:
	}
}

// Run tells listeners until ctx ends, and closes their connections then. While nobody listens it
// rests.
func (l *Live) Run(ctx context.Context) {
	l.init()
	h := hub{Live: l, listeners: map[*listener]struct{}{}, held: map[string]string{}}
	look, beat := time.NewTicker(liveLook), time.NewTicker(cmp.Or(l.Beat, 15*time.Second))
	defer look.Stop()
	defer beat.Stop()
	defer h.close()
	var soon <-chan time.Time // a look that somebody hinted at
	for {
		if len(h.listeners) == 0 {
			select {
			case <-ctx.Done():
				return
			case one := <-l.joining:
				h.wake(ctx)
				h.admit(ctx, one)
			}
			continue
		}
		select {
		case <-ctx.Done():
			return
		case one := <-l.joining:
			h.admit(ctx, one)
		case <-look.C:
			h.look(ctx)
		case <-l.hinted:
			if soon == nil {
				soon = time.After(liveHint)
			}
		case <-soon:
			soon = nil
			h.look(ctx)
		case now := <-beat.C:
			h.beat(now)
		}
	}
}
