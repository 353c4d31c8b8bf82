package limits

import (
	"context"
	"log/slog"
	"net/netip"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/ulule/limiter/v3"

	"balasan/moderation"
)

// Limits is the moderation.Limiter.
type Limits struct {
	namer    namer
	shared   engine // nil: this process counts alone, and that is no degradation
	local    *memory
	replicas int
	log      *slog.Logger
	set      atomic.Pointer[map[moderation.Allowance]counters]

	spent, refused, degraded atomic.Uint64
	down                     moderation.Outage
}

// counters are the limiters of one allowance.
type counters struct{ shared, local *limiter.Limiter }

// Options says how to count.
type Options struct {
	Allowances Allowances            // what is missing is taken from Defaults
	Secret     []byte                // names buckets; the same on all replicas
	Redis      redis.UniversalClient // from Dial; nil counts in this process
	Replicas   int                   // how many share the allowances while Redis is down; at least 1
	Keys       int                   // the most buckets in memory; 0 is DefaultKeys
	Log        *slog.Logger          // hears of each change between Redis and local; nil is slog.Default
}

var _ moderation.Limiter = (*Limits)(nil)

// New makes Limits ready. It asks nothing of Redis, which may be down.
func New(o Options) *Limits {
	if o.Keys == 0 {
		o.Keys = DefaultKeys
	}
	l := &Limits{namer: namer{secret: o.Secret}, local: newMemory(o.Keys), replicas: max(1, o.Replicas), log: o.Log}
	if l.log == nil {
		l.log = slog.Default()
	}
	if o.Redis != nil {
		l.shared = &remote{client: o.Redis}
	}
	l.Set(o.Allowances)
	return l
}

// Set changes the allowances while running; what senders owe stays owed.
func (l *Limits) Set(a Allowances) {
	set := map[moderation.Allowance]counters{}
	for what, pair := range Defaults() {
		if own, ok := a[what]; ok {
			pair = own
		}
		set[what] = l.counters(pair)
	}
	l.set.Store(&set)
}

func (l *Limits) counters(p Pair) counters {
	if l.shared == nil {
		return counters{local: newLimiter(l.local, p, 1)}
	}
	return counters{shared: newLimiter(l.shared, p, 1), local: newLimiter(l.local, p, l.replicas)}
}

func newLimiter(e engine, p Pair, replicas int) *limiter.Limiter {
	return limiter.New(store{engine: e, outer: []Rate{share(p.Wide, replicas)}}, share(p.Narrow, replicas))
}

// Spend takes one from both buckets of addr, or from none. An allowance that is not known is
// never given. It waits for Redis no longer than Dial's timeouts.
func (l *Limits) Spend(ctx context.Context, what moderation.Allowance, addr netip.Addr) moderation.Spent {
	l.spent.Add(1)
	c, known := (*l.set.Load())[what]
	if !known {
		l.refused.Add(1)
		return moderation.Spent{After: time.Hour}
	}
	got, degraded := l.get(ctx, c, l.namer.key(what, addr))
	spent := moderation.Spent{Low: got.Remaining*2 < got.Limit, Degraded: degraded}
	if got.Reached {
		l.refused.Add(1)
		spent.After = max(time.Second, time.Until(time.Unix(got.Reset, 0)))
	}
	return spent
}

func (l *Limits) get(ctx context.Context, c counters, key string) (limiter.Context, bool) {
	if c.shared != nil {
		got, err := c.shared.Get(ctx, key)
		if l.noteState(ctx, err); err == nil {
			return got, false
		}
		l.degraded.Add(1)
	}
	got, _ := c.local.Get(ctx, key) // memory never fails
	return got, c.shared != nil
}

// Probe finds out whether Redis counts, without a visitor: Stats tells what came of it. It takes
// from a bucket of its own, since a Redis that is full or a replica answers a ping.
func (l *Limits) Probe(ctx context.Context) {
	if l.shared == nil {
		return
	}
	own := []bucket{newBucket(name{}, Rate{Limit: 1000, Period: time.Second})}
	_, err := l.shared.take(ctx, own, 1)
	if err != nil { // one answer that came late is no outage
		_, err = l.shared.take(ctx, own, 1)
	}
	l.noteState(ctx, err)
}

// noteState logs once per outage. A visitor who has left says nothing about Redis.
func (l *Limits) noteState(ctx context.Context, err error) {
	switch {
	case err == nil && l.down.Worked():
		l.log.Info("limits: Redis answers again, counting together")
	case err != nil && ctx.Err() == nil && l.down.Failed():
		l.log.Warn("limits: Redis does not answer, counting in this process", "replicas", l.replicas, "error", err)
	}
}

// Stats are counts since the start.
type Stats struct {
	Spent    uint64 // asked
	Refused  uint64
	Degraded uint64 // answered by this process because Redis did not
	Keys     int    // buckets in this process' memory
	Down     bool   // Redis did not answer in the last seconds
}

// Stats tells how it went so far.
func (l *Limits) Stats() Stats {
	return Stats{l.spent.Load(), l.refused.Load(), l.degraded.Load(), l.local.len(), l.down.Lasts()}
}
