package limits

import (
	"context"
	"sync"
	"time"
)

const shards = 64

// DefaultKeys is how many buckets a process remembers at most; about 80 bytes each.
const DefaultKeys = 1 << 17

// memory keeps buckets in this process. It holds at most a fixed number of them: what is full
// again goes first, then what was used least, so that a flood of new senders pushes itself out
// and not the busy one.
type memory struct {
	cap    int // per shard
	shards [shards]shard
}

type shard struct {
	sync.Mutex
	owed map[name]debt
}

// debt is a bucket's state: the moment it is full again, in Unix microseconds, and its span.
type debt struct{ full, span int64 }

// used is how much of the bucket is spent, from 0 to 1.
func (d debt) used(now int64) float64 { return float64(d.full-now) / float64(d.span) }

func newMemory(keys int) *memory {
	m := &memory{cap: max(keys/shards, 2)}
	for i := range m.shards {
		m.shards[i].owed = map[name]debt{}
	}
	return m
}

// take locks one shard, which the widest bucket chooses: nested buckets stay together.
func (m *memory) take(_ context.Context, buckets []bucket, n int64) (taken, error) {
	s := &m.shards[buckets[0].name[0]%shards]
	s.Lock()
	defer s.Unlock()
	now := time.Now().UnixMicro()
	var got taken
	for _, b := range buckets {
		full := s.full(b, now)
		wait := full + n*b.step - b.span - now
		got.wait = max(got.wait, time.Duration(wait)*time.Microsecond)
		got.full = time.Duration(full-now) * time.Microsecond
		got.left = max(0, (now+b.span-full)/b.step)
	}
	if n == 0 || got.wait > 0 {
		return got, nil
	}
	for _, b := range buckets {
		full := s.full(b, now) + n*b.step
		s.put(b.name, debt{full: full, span: b.span}, now, m.cap)
		got.full = time.Duration(full-now) * time.Microsecond
		got.left = (now + b.span - full) / b.step
	}
	return got, nil
}

// full is the moment at which b is full again, never further away than its span: a clock set
// back or a lower rate must not lock anyone out for longer.
func (s *shard) full(b bucket, now int64) int64 {
	return min(max(s.owed[b.name].full, now), now+b.span)
}

func (s *shard) put(n name, d debt, now int64, limit int) {
	if _, known := s.owed[n]; !known {
		s.makeRoom(now, limit)
	}
	s.owed[n] = d
}

// makeRoom looks at a few entries of a random place in the map: it drops those that are full
// again and, when the shard is still at its limit, the least used of them.
func (s *shard) makeRoom(now int64, limit int) {
	seen, least, victim := 0, 2.0, name{}
	for n, d := range s.owed {
		if used := d.used(now); used <= 0 {
			delete(s.owed, n)
		} else if used < least {
			least, victim = used, n
		}
		if seen++; seen == 8 {
			break
		}
	}
	if len(s.owed) >= limit {
		delete(s.owed, victim)
	}
}

func (m *memory) forget(_ context.Context, buckets []bucket) error {
	s := &m.shards[buckets[0].name[0]%shards]
	s.Lock()
	defer s.Unlock()
	for _, b := range buckets {
		delete(s.owed, b.name)
	}
	return nil
}

func (m *memory) len() (n int) {
	for i := range m.shards {
		m.shards[i].Lock()
		n += len(m.shards[i].owed)
		m.shards[i].Unlock()
	}
	return n
}
