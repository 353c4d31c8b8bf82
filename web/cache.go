package web

import (
	"bytes"
	"container/list"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"sync"
	"sync/atomic"
	"time"

	"balasan/moderation"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/gzip"
	"golang.org/x/sync/singleflight"
)

const (
	cacheBytes = 32 << 20         // of rendered bodies, all encodings together
	trustFor   = time.Second      // how long a body is served before its version is asked for again
	staleFor   = 10 * time.Minute // how long it is served when the store does not answer
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

// body is a rendered answer, compressed once. It is never changed after it was made.
type body struct {
	version         int64
	etag            string
	plain, gzip, br []byte
}

func newBody(version int64, plain []byte) *body {
	sum := sha256.Sum256(plain)
	b := &body{version: version, etag: `W/"` + hex.EncodeToString(sum[:9]) + `"`, plain: plain}
	b.gzip, b.br = compress(plain, 6)
	return b
}

// compress spends on brotli what level says and on gzip the most.
func compress(plain []byte, level int) (zipped, brotled []byte) {
	var z, b bytes.Buffer
	zip, _ := gzip.NewWriterLevel(&z, gzip.BestCompression)
	_, _ = zip.Write(plain) // a bytes.Buffer takes everything
	_ = zip.Close()
	brot := brotli.NewWriterLevel(&b, level)
	_, _ = brot.Write(plain)
	_ = brot.Close()
	return z.Bytes(), b.Bytes()
}

// fitting is b in the smallest encoding that the reader takes; coding is empty for none.
func (b *body) fitting(accepted []byte) (coding string, content []byte) {
	switch {
	case takes(accepted, "br") && len(b.br) < len(b.plain):
		return "br", b.br
	case takes(accepted, "gzip") && len(b.gzip) < len(b.plain):
		return "gzip", b.gzip
	}
	return "", b.plain
}

func (b *body) size() int { return len(b.plain) + len(b.gzip) + len(b.br) + 512 }

// held is a body in the cache with the moments when its version was last asked for.
type held struct {
	place place
	body  *body
	asked atomic.Int64 // Unix nanoseconds, whatever the answer was
	sure  atomic.Int64 // of the last good answer
}

// cache keeps rendered bodies by place, the least read go first. Its zero value is ready.
type cache struct {
	mu     sync.Mutex
	by     map[place]*list.Element
	recent list.List
	bytes  int
	flight singleflight.Group
}

// source is what a cache asks when it is not sure.
type source interface {
	version(context.Context, place) (int64, error)
	load(context.Context, place) ([]byte, error)
}

// get gives the body for p; stale tells that the store failed and an older one stands in.
func (c *cache) get(p place, from source, deadline func() (context.Context, context.CancelFunc)) (b *body, stale bool, err error) {
	now := time.Now()
	h := c.find(p)
	if h != nil && now.UnixNano()-h.asked.Load() < int64(trustFor) {
		return h.body, h.sure.Load() != h.asked.Load(), nil
	}
	found, err, _ := c.flight.Do(p.flat(), func() (any, error) {
		ctx, cancel := deadline()
		defer cancel()
		return c.refresh(ctx, p, h, from)
	})
	if err == nil {
		return found.(*body), false, nil
	}
	if h == nil || moderation.CodeOf(err) == moderation.NotFound || now.UnixNano()-h.sure.Load() > int64(staleFor) {
		return nil, false, err
	}
	return h.body, true, nil
}

func (c *cache) refresh(ctx context.Context, p place, h *held, from source) (*body, error) {
	now := time.Now().UnixNano()
	if h != nil {
		h.asked.Store(now) // also after a failure: a sick store is asked once a second
	}
	version, err := from.version(ctx, p)
	if err != nil {
		return nil, err
	}
	if h != nil && h.body.version == version {
		h.sure.Store(now)
		return h.body, nil
	}
	plain, err := from.load(ctx, p)
	if err != nil {
		return nil, err
	}
	b := newBody(version, plain)
	c.keep(p, b, now)
	return b, nil
}

func (c *cache) find(p place) *held {
	c.mu.Lock()
	defer c.mu.Unlock()
	e, ok := c.by[p]
	if !ok {
		return nil
	}
	c.recent.MoveToFront(e)
	return e.Value.(*held)
}

func (c *cache) keep(p place, b *body, now int64) {
	h := &held{place: p, body: b}
	h.asked.Store(now)
	h.sure.Store(now)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.by == nil {
		c.by = map[place]*list.Element{}
	}
	c.drop(c.by[p])
	c.by[p] = c.recent.PushFront(h)
	c.bytes += b.size()
	for c.bytes > cacheBytes && c.recent.Len() > 1 {
		c.drop(c.recent.Back())
	}
}

func (c *cache) drop(e *list.Element) {
	if e == nil {
		return
	}
	h := c.recent.Remove(e).(*held)
	delete(c.by, h.place)
	c.bytes -= h.body.size()
}
