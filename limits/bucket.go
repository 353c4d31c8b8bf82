package limits

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"hash"
	"io"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ulule/limiter/v3"

	"balasan/moderation"
)

// name is a bucket's: a keyed hash of allowance and masked prefix.
type name [16]byte

// bucket is one thing to take from: its name, the time one unit takes to come back and the
// most that may be owed, both in microseconds.
type bucket struct {
	name       name
	step, span int64
}

func newBucket(n name, r Rate) bucket {
	return bucket{name: n, step: step(r), span: step(r) * r.Limit}
}

// taken is what became of taking from a list of buckets.
type taken struct {
	left int64         // units left in the last bucket
	wait time.Duration // 0 when taken; else how long until all buckets would give
	full time.Duration // until the last bucket is full again
}

// engine takes n units from all buckets or, when one of them refuses, from none. With n = 0 it
// only looks.
type engine interface {
	take(ctx context.Context, buckets []bucket, n int64) (taken, error)
	forget(ctx context.Context, buckets []bucket) error
}

// store makes an engine a limiter.Store. Its keys are the names of nested buckets one after the
// other, widest first; the rate that a limiter passes is the innermost bucket's.
type store struct {
	engine engine
	outer  []Rate
}

var _ limiter.Store = store{}

func (s store) buckets(key string, inner Rate) []bucket {
	buckets := make([]bucket, 0, len(s.outer)+1)
	for i, r := range append(s.outer[:len(s.outer):len(s.outer)], inner) {
		buckets = append(buckets, newBucket(name([]byte(key[i*len(name{}):(i+1)*len(name{})])), r))
	}
	return buckets
}

// Get takes one unit.
func (s store) Get(ctx context.Context, key string, r Rate) (limiter.Context, error) {
	return s.Increment(ctx, key, 1, r)
}

// Peek looks without taking.
func (s store) Peek(ctx context.Context, key string, r Rate) (limiter.Context, error) {
	return s.Increment(ctx, key, 0, r)
}

// Increment takes count units. Context.Reset is the Unix second at which a refused sender may
// try again or, when nothing was refused, the one at which the inner bucket is full.
func (s store) Increment(ctx context.Context, key string, count int64, r Rate) (limiter.Context, error) {
	got, err := s.engine.take(ctx, s.buckets(key, r), count)
	if err != nil {
		return limiter.Context{}, err
	}
	until := got.full
	if got.wait > 0 {
		until = got.wait
	}
	reset := time.Now().Add(until + time.Second - time.Nanosecond).Unix()
	return limiter.Context{Limit: r.Limit, Remaining: got.left, Reset: reset, Reached: got.wait > 0}, nil
}

// Reset fills the buckets up.
func (s store) Reset(ctx context.Context, key string, r Rate) (limiter.Context, error) {
	if err := s.engine.forget(ctx, s.buckets(key, r)); err != nil {
		return limiter.Context{}, err
	}
	return s.Peek(ctx, key, r)
}

// namer hashes addresses with the key of the day.
type namer struct {
	secret []byte
	day    atomic.Pointer[dayKey]
}

type dayKey struct {
	day  int64
	macs sync.Pool // of hash.Hash, keyed
}

// key names the wide and the narrow bucket that addr belongs to. An IPv4 address inside IPv6
// counts as the IPv4 address; addresses that are not valid share one bucket.
func (n *namer) key(what moderation.Allowance, addr netip.Addr) string {
	addr = addr.Unmap().WithZone("")
	wide, narrow := 24, 32
	if addr.Is6() {
		wide, narrow = 48, 64
	}
	today := n.today()
	mac := today.macs.Get().(hash.Hash)
	defer today.macs.Put(mac)
	key := make([]byte, 0, 2*sha256.Size)
	for i, bits := range []int{wide, narrow} {
		mac.Reset()
		io.WriteString(mac, string(what)+"\x00")
		prefix, _ := addr.Prefix(bits)
		text, _ := prefix.MarshalBinary()
		mac.Write(text)
		key = mac.Sum(key)[:(i+1)*len(name{})]
	}
	return string(key)
}

// today is the key of this day, which begins at 00:00 UTC.
func (n *namer) today() *dayKey {
	day := time.Now().Unix() / 86400
	if k := n.day.Load(); k != nil && k.day == day {
		return k
	}
	mac := hmac.New(sha256.New, n.secret)
	mac.Write([]byte(time.Unix(day*86400, 0).UTC().Format("limits 2006-01-02")))
	key := mac.Sum(nil)
	k := &dayKey{day: day, macs: sync.Pool{New: func() any { return hmac.New(sha256.New, key) }}}
	n.day.Store(k)
	return k
}
