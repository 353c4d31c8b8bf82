package web

import (
	"context"
	"sync/atomic"
	"time"

	"balasan/moderation"

	"golang.org/x/sync/singleflight"
)

const (
	cacheBytes = 32 << 20               // of rendered bodies, all encodings together
	emptyBytes = 2 << 20                // of bodies without a comment, on a shelf of their own
	countBytes = 2 << 20                // of answers with numbers of comments
	trustFor   = 500 * time.Millisecond // how long a body is served before its version is asked for again
	hintFor    = 250 * time.Millisecond // the same once somebody hinted that it may be old
	staleFor   = 10 * time.Minute       // how long it is served when the store does not answer
	patience   = 100 * time.Millisecond // how long who could have an older body waits for the store
	refreshes  = 64                     // questions to the store at once for bodies that are there
)

// place names one rendered body.
type place struct {
	site, page, cursor, lang string
	order                    moderation.Order
	markup                   bool
}

// flat is the place as one string, for the flight of loads.
func (p place) flat() string {
	form := "json"
	if p.markup {
		form = "html"
	}
	return p.site + "\x00" + p.page + "\x00" + p.cursor + "\x00" + p.lang + "\x00" + string(p.order) + "\x00" + form
}

// held is a body in the cache and what is known about its age, in Unix nanoseconds.
type held struct {
	place place
	body  *body
	said  rumour
	sure  atomic.Int64 // when the store said last that it is the newest
	asked atomic.Int64 // when somebody began to ask last
	sick  atomic.Bool  // the store failed, or has not answered within the patience
	read  atomic.Bool  // since the hand of its shelf passed
}

func (h *held) size() int {
	return h.body.size() + len(h.place.site) + len(h.place.page) + len(h.place.cursor) + 512
}

// usable tells whether the body may stand in for what the store does not say.
func (h *held) usable(now int64) bool { return now-h.sure.Load() < int64(staleFor) }

// settled tells that nobody needs to ask about the body now; stale, that the store should have been
// better. Of all who come when it is time to ask, one is told to.
func (h *held) settled(now int64) (settled, stale bool) {
	sure, trust := h.sure.Load(), int64(trustFor)
	if h.said.after(sure) {
		trust = int64(hintFor)
	}
	if now-sure < trust {
		return true, false
	}
	if asked := h.asked.Load(); now-asked >= trust && h.asked.CompareAndSwap(asked, now) {
		return false, false
	}
	if h.sick.Load() {
		return h.usable(now), true
	}
	return now-sure < 2*int64(trustFor), false // the one who asks is on the way
}

// cache keeps rendered bodies by place. What has comments and what has none stand apart, so that
// addresses that somebody made up push out no thread.
type cache struct {
	full, empty shelf
	hints       *Hints
	flight      singleflight.Group
	asking      chan struct{}
	deadline    func() (context.Context, context.CancelFunc)
}

func newCache(bytes int, hints *Hints, deadline func() (context.Context, context.CancelFunc)) *cache {
	return &cache{full: shelf{most: bytes}, empty: shelf{most: emptyBytes}, hints: hints,
		asking: make(chan struct{}, refreshes), deadline: deadline}
}

// source is what a cache asks when it is not sure.
type source interface {
	version(context.Context, place) (int64, error)
	// load renders a place; empty tells that there is no comment in it.
	load(context.Context, place) (plain []byte, empty bool, err error)
}

// ready gives the body for p when that asks nobody; b is nil when get is needed.
func (c *cache) ready(p place) (b *body, stale bool) {
	h := c.find(p)
	if h == nil {
		return nil, false
	}
	settled, stale := h.settled(time.Now().UnixNano())
	if !settled {
		return nil, false
	}
	return h.body, stale
}

// get asks for what ready could not give. Where an older body is there it waits no longer than
// [patience]: then that one is served, marked as stale, and the next reader finds what came. One reader of a body
// waits so whenever it is time to ask, even while the store is sick: who reads seldom would see only the next time that it is well.
func (c *cache) get(p place, from source) (b *body, stale bool, err error) {
	h := c.find(p)
	if h == nil || !h.usable(time.Now().UnixNano()) {
		found, err, _ := c.flight.Do(p.flat(), func() (any, error) { return c.refresh(p, h, from) })
		if err != nil {
			return nil, false, err
		}
		return found.(*body), false, nil
	}
	coming := c.flight.DoChan(p.flat(), func() (any, error) { return c.again(p, h, from) })
	select {
	case came := <-coming:
		if came.Err == nil {
			return came.Val.(*body), false, nil
		}
		if moderation.CodeOf(came.Err) == moderation.NotFound {
			return nil, false, came.Err
		}
	case <-time.After(patience):
		h.sick.Store(true)
	}
	return h.body, true, nil
}

// again is refresh for a body that is there: only so many at once, lest a store that hangs holds
// everything up.
func (c *cache) again(p place, h *held, from source) (*body, error) {
	select {
	case c.asking <- struct{}{}:
		defer func() { <-c.asking }()
	default:
		h.sick.Store(true)
		return nil, &moderation.Problem{Code: moderation.Overloaded}
	}
	b, err := c.refresh(p, h, from)
	switch {
	case err == nil:
		h.sick.Store(false)
	case moderation.CodeOf(err) == moderation.NotFound:
		c.full.forget(p)
		c.empty.forget(p)
	default:
		h.sick.Store(true)
	}
	return b, err
}

// refresh asks for the version, and for the body where that is another than h's; h may be nil.
func (c *cache) refresh(p place, h *held, from source) (*body, error) {
	ctx, cancel := c.deadline()
	defer cancel()
	began := time.Now().UnixNano()
	version, err := from.version(ctx, p)
	if err != nil {
		return nil, err
	}
	if h != nil && h.body.version == version {
		h.sure.Store(began)
		return h.body, nil
	}
	plain, empty, err := from.load(ctx, p)
	if err != nil {
		return nil, err
	}
	b := newBody(version, plain)
	c.keep(p, b, empty, began)
	return b, nil
}

func (c *cache) find(p place) *held {
	if h := c.full.find(p); h != nil {
		return h
	}
	return c.empty.find(p)
}

// keep puts a body on its shelf. It is as sure as the moment at which its version was asked for.
func (c *cache) keep(p place, b *body, empty bool, began int64) {
	h := &held{place: p, body: b, said: c.hints.about(p)}
	h.asked.Store(began)
	h.sure.Store(began)
	on, off := &c.full, &c.empty
	if empty {
		on, off = off, on
	}
	on.put(h)
	off.forget(p)
}
