package web

import (
	"hash/maphash"
	"sync/atomic"
	"time"

	"balasan/moderation"
)

// Hints remember when somebody said last that a thread may have changed. They forget which of the threads
// that share a place it was: those are asked for once more than needed.
type Hints struct {
	anything atomic.Int64
	threads  [4096]atomic.Int64 // in Unix nanoseconds
	seed     maphash.Seed
}

// NewHints has heard nothing.
func NewHints() *Hints { return &Hints{seed: maphash.MakeSeed()} }

// Hear notes hints. It waits for nobody.
func (h *Hints) Hear(hints []moderation.Hint) {
	now := time.Now().UnixNano()
	for _, hint := range hints {
		if hint == moderation.Anything {
			h.anything.Store(now)
			continue
		}
		h.of(hint.Site, hint.Page).Store(now)
	}
}

func (h *Hints) of(site, page string) *atomic.Int64 {
	sum := maphash.Comparable(h.seed, moderation.Hint{Site: site, Page: page})
	return &h.threads[sum%uint64(len(h.threads))]
}

// rumour is what Hints know of one thread.
type rumour struct{ anything, thread *atomic.Int64 }

func (h *Hints) about(p place) rumour { return rumour{&h.anything, h.of(p.site, p.page)} }

// after tells whether something was said since a moment.
func (r rumour) after(moment int64) bool {
	return r.thread.Load() > moment || r.anything.Load() > moment
}
