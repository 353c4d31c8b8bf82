package web

import (
	"sync"

	"balasan/moderation"
)

// Reads counts how often threads are read until somebody takes the counts, so that the queue can
// put first what most people see. Its zero value is ready.
type Reads struct {
	mu sync.Mutex
	by map[readPage]int
}

type readPage struct{ site, page string }

// mostPages is how many different pages are counted at once; further ones are read too seldom to
// matter before the counts are taken.
const mostPages = 10_000

// add counts one reader; nil counts nothing.
func (r *Reads) add(site, page string) {
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.by == nil {
		r.by = map[readPage]int{}
	}
	p := readPage{site, page}
	if n := r.by[p]; n > 0 || len(r.by) < mostPages {
		r.by[p] = n + 1
	}
}

// Take returns the counts, in no order, and begins again.
func (r *Reads) Take() []moderation.PageReads {
	r.mu.Lock()
	by := r.by
	r.by = nil
	r.mu.Unlock()
	sums := make(map[readPage]int, len(by))
	for p, n := range by {
		sums[readPage{p.site, moderation.CanonicalPage(p.page)}] += n
	}
	all := make([]moderation.PageReads, 0, len(sums))
	for p, n := range sums {
		all = append(all, moderation.PageReads{Site: p.site, Page: p.page, Reads: n})
	}
	return all
}
