package web

import (
	"bufio"
	"context"
	"log/slog"
	"net"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"balasan/moderation"
)

func TestAHintMakesAThreadNewAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hints := NewHints()
		c, s, p := newCache(cacheBytes, hints, tenSeconds), &attic{}, place{site: "desa", page: "x"}
		shows := func(want string) {
			t.Helper()
			if b, _, err := c.read(p, s); err != nil || string(b.plain) != want {
				t.Errorf("%s, %v; want %s", b.plain, err, want)
			}
		}
		shows("body 0")
		time.Sleep(hintFor + time.Millisecond)
		s.number.Store(1)
		shows("body 0") // the control: nobody hinted
		hints.Hear([]moderation.Hint{{Site: "desa", Page: "y"}, {Site: "kota", Page: "x"}})
		shows("body 0")
		hints.Hear([]moderation.Hint{{Site: "desa", Page: "x"}})
		shows("body 1")
		time.Sleep(hintFor + time.Millisecond)
		s.number.Store(2)
		hints.Hear([]moderation.Hint{moderation.Anything})
		shows("body 2")
	})
}

// tape is an outbox of one bubble.
type tape struct {
	mu    sync.Mutex
	facts []moderation.Fact
}

func (p *tape) LastFact(context.Context) (int64, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return int64(len(p.facts)), nil
}

func (p *tape) Facts(_ context.Context, after int64, _ int) ([]moderation.Fact, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.facts[after:], nil
}

func (p *tape) decide(id string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.facts = append(p.facts, moderation.Fact{ID: int64(len(p.facts) + 1), Kind: "decided", Site: "desa", Comment: id, Batch: id, By: "Sari", To: moderation.Approved})
}

func TestAHintIsToldSoonerThanTheNextLook(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		all := &tape{}
		live := &Live{Tail: all, Log: slog.New(slog.DiscardHandler),
			Counts: func(context.Context, moderation.Editor, string) (moderation.LaneCounts, error) {
				return moderation.LaneCounts{}, nil
			},
			Leases: func(context.Context, time.Time) ([]moderation.Lease, error) { return nil, nil }}
		go live.Run(t.Context())
		ours, theirs := net.Pipe()
		defer ours.Close()
		owner := moderation.Editor{ID: "s", Name: "Sari", Roles: map[string]moderation.Role{moderation.AllSites: moderation.Owner}}
		live.join(&listener{conn: theirs, who: owner, last: -1, until: time.Now().Add(time.Hour)})
		var mu sync.Mutex
		var heard strings.Builder
		go func() {
			for in := bufio.NewScanner(ours); in.Scan(); {
				mu.Lock()
				heard.WriteString(in.Text())
				mu.Unlock()
			}
		}()
		knows := func(id string) bool {
			synctest.Wait()
			mu.Lock()
			defer mu.Unlock()
			return strings.Contains(heard.String(), id)
		}
		time.Sleep(4*liveLook + time.Millisecond) // just after a look
		all.decide("tanpa-isyarat")
		time.Sleep(liveHint + time.Millisecond)
		if knows("tanpa-isyarat") {
			t.Error("the control: without a hint it is known as soon")
		}
		all.decide("dengan-isyarat")
		live.Hint()
		time.Sleep(liveHint + time.Millisecond)
		if !knows("dengan-isyarat") {
			t.Error("a hint makes nobody look")
		}
	})
}
