package captcha

import (
	"container/list"
	"sync"
	"time"
)

// cache holds the media used last, up to limit bytes, and how often tokens were rendered.
type cache struct {
	limit int

	mu     sync.Mutex
	size   int
	media  map[string]*list.Element // of medium
	order  list.List                // the one used last comes first
	counts map[string]count
	sweep  time.Time
}

type medium struct {
	key  string
	data []byte
}

// count is how often a token was rendered, to be known until it expires.
type count struct {
	n     int
	until time.Time
}

// maxCounts bounds the memory of a flood: 100 bytes each.
const maxCounts = 1 << 15

func (c *cache) get(key string) ([]byte, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e, ok := c.media[key]
	if !ok {
		return nil, false
	}
	c.order.MoveToFront(e)
	return e.Value.(medium).data, true
}

func (c *cache) put(key string, data []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.media == nil {
		c.media = map[string]*list.Element{}
	}
	if _, known := c.media[key]; known || len(data) > c.limit {
		return
	}
	c.media[key] = c.order.PushFront(medium{key, data})
	c.size += len(data)
	for c.size > c.limit {
		old := c.order.Remove(c.order.Back()).(medium)
		c.size -= len(old.data)
		delete(c.media, old.key)
	}
}

// begin counts one rendering of key and tells whether it is allowed. When more tokens are
// alive than can be counted, it allows none that it does not know.
func (c *cache) begin(key string, most int, until time.Time) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.sweepCounts()
	was, known := c.counts[key]
	if was.n >= most || !known && len(c.counts) >= maxCounts {
		return false
	}
	c.counts[key] = count{was.n + 1, until}
	return true
}

func (c *cache) sweepCounts() {
	now := time.Now()
	if c.counts == nil {
		c.counts = map[string]count{}
	}
	if now.Before(c.sweep) {
		return
	}
	c.sweep = now.Add(time.Minute)
	for key, count := range c.counts {
		if now.After(count.until) {
			delete(c.counts, key)
		}
	}
}
