package web

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"balasan/internal/reliability"
	"balasan/moderation"
)

// attic is a store of one body that counts how often it is asked.
type attic struct {
	number       atomic.Int64
	asked, loads atomic.Int64
	err          atomic.Value
	hangs        atomic.Bool
}

func (s *attic) version(ctx context.Context, _ place) (int64, error) {
	s.asked.Add(1)
	if s.hangs.Load() {
		<-ctx.Done()
		return 0, ctx.Err()
	}
	err, _ := s.err.Load().(error)
	return s.number.Load(), err
}

func (s *attic) load(_ context.Context, p place) ([]byte, bool, error) {
	s.loads.Add(1)
	return fmt.Appendf(nil, "body %d", s.number.Load()), strings.HasPrefix(p.page, "nothing"), nil
}

func tenSeconds() (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.Background(), 10*time.Second)
}

// read is what a request does.
func (c *cache) read(p place, from source) (*body, bool, error) {
	if b, stale := c.ready(p); b != nil {
		return b, stale, nil
	}
	return c.get(p, from)
}

func TestABodyIsAskedForTwiceASecondAndLoadedOncePerVersion(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, s, p := newCache(cacheBytes, NewHints(), tenSeconds), &attic{}, place{site: "desa", page: "x"}
		read := func() (string, bool) {
			t.Helper()
			b, stale, err := c.read(p, s)
			if err != nil {
				t.Fatal(err)
			}
			return string(b.plain), stale
		}
		for range 100 {
			read()
		}
		if s.asked.Load() != 1 || s.loads.Load() != 1 {
			t.Fatalf("at once: asked %d times, loaded %d", s.asked.Load(), s.loads.Load())
		}
		time.Sleep(trustFor)
		read()
		if s.asked.Load() != 2 || s.loads.Load() != 1 {
			t.Fatalf("the same version: asked %d times, loaded %d", s.asked.Load(), s.loads.Load())
		}
		s.number.Add(1)
		time.Sleep(trustFor)
		if got, _ := read(); got != "body 1" {
			t.Fatalf("a new version: %s", got)
		}

		s.err.Store(errors.New("gone"))
		time.Sleep(trustFor)
		for range 2 {
			if got, stale := read(); got != "body 1" || !stale {
				t.Fatalf("a sick store: %s, stale %v", got, stale)
			}
		}
		if s.asked.Load() != 4 {
			t.Errorf("a sick store was asked %d times", s.asked.Load())
		}
		time.Sleep(staleFor)
		if _, _, err := c.read(p, s); err == nil {
			t.Error("after ten minutes it is still served")
		}
	})
}

func TestHoweverAPageIsWrittenItIsAsNew(t *testing.T) {
	for _, page := range []string{"1234", "https://desa.id/berita", "https://desa.id/berita?utm_source=x#komentar"} {
		synctest.Test(t, func(t *testing.T) {
			c, s, p := newCache(cacheBytes, NewHints(), tenSeconds), &attic{}, place{site: "desa", page: page}
			for version := range int64(5) {
				s.number.Store(version)
				if b, _, err := c.read(p, s); err != nil || b.version != version {
					t.Errorf("%s is %v, %v after %v; want %d", page, b.version, err, trustFor, version)
				}
				time.Sleep(trustFor)
			}
			if s.loads.Load() != 5 || c.empty.queue.Len()+c.full.queue.Len() != 1 {
				t.Errorf("%s was rendered %d times, %d are held", page, s.loads.Load(), c.full.queue.Len())
			}
		})
	}
}

func TestAStoreThatHangsHoldsNoReaderOfAnOldBody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, s := newCache(cacheBytes, NewHints(), tenSeconds), &attic{}
		places := make([]place, 3*refreshes)
		for i := range places {
			places[i] = place{site: "desa", page: fmt.Sprint(i)}
			if _, _, err := c.read(places[i], s); err != nil {
				t.Fatal(err)
			}
		}
		s.hangs.Store(true)
		time.Sleep(2 * trustFor)
		var waited atomic.Int64
		var all sync.WaitGroup
		const rounds = 20 // of readers while it hangs
		for range rounds {
			for _, p := range places {
				all.Go(func() {
					began := time.Now()
					if _, _, err := c.read(p, s); err != nil {
						t.Error(err)
					}
					if took := time.Since(began); took > 0 {
						waited.Add(1)
						if took > patience {
							t.Errorf("a reader waited %v", took)
						}
					}
				})
			}
			time.Sleep(trustFor)
		}
		all.Wait()
		if n := waited.Load(); n > rounds*refreshes {
			t.Errorf("%d readers waited, in each round of %d more than %d", n, len(places), refreshes)
		}
		s.hangs.Store(false)
		time.Sleep(11 * time.Second) // what hung has ended
		s.number.Add(1)
		if b, stale, err := c.read(places[0], s); err != nil || stale || b.version != 1 {
			t.Errorf("after it came back: %v, stale %v, version %d", err, stale, b.version)
		}
	})
}

// TestFaultAStormOfApprovalsRebuildsAThreadAFewTimesASecond changes a thread 200 times a second while 64
// readers read it. The control trusts no body for any time.
func TestFaultAStormOfApprovalsRebuildsAThreadAFewTimesASecond(t *testing.T) {
	const seconds, readers, approvals = 10, 64, 200
	storm := func(t *testing.T, read func(*cache, place, source) (*body, bool, error)) (loads int64, oldest time.Duration) {
		hints, s, p := NewHints(), &attic{}, place{site: "desa", page: "x"}
		c := newCache(cacheBytes, hints, tenSeconds)
		end, all := time.Now().Add(seconds*time.Second), sync.WaitGroup{}
		var since [seconds*approvals + 2]atomic.Int64
		all.Go(func() {
			for time.Now().Before(end) {
				since[s.number.Load()+1].Store(time.Now().UnixNano())
				s.number.Add(1)
				hints.Hear([]moderation.Hint{{Site: "desa", Page: "x"}})
				time.Sleep(time.Second / approvals)
			}
		})
		var worst atomic.Int64
		for i := range readers {
			all.Go(func() {
				time.Sleep(time.Duration(i) * time.Millisecond / 7)
				for ; time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
					b, _, err := read(c, p, s)
					if err != nil {
						t.Error(err)
						return
					}
					if newer := since[b.version+1].Load(); newer > 0 { // it is as old as the first change that it lacks
						worst.Store(max(worst.Load(), time.Now().UnixNano()-newer))
					}
				}
			})
		}
		all.Wait()
		return s.loads.Load(), time.Duration(worst.Load())
	}
	synctest.Test(t, func(t *testing.T) {
		loads, oldest := storm(t, (*cache).read)
		control, _ := storm(t, func(c *cache, p place, s source) (*body, bool, error) {
			b, err := c.refresh(p, c.find(p), s)
			return b, false, err
		})
		if loads > 4*seconds || oldest > time.Second {
			t.Errorf("%d loads in %d s; a change was public after %v", loads, seconds, oldest)
		}
		if control <= 4*seconds {
			t.Errorf("the control loaded %d times only: the count counts nothing", control)
		}
		reliability.Tell(t, reliability.Line{Area: reliability.Load, Fault: fmt.Sprintf("%d approvals a second on one page while %d readers read it, %d s", approvals, readers, seconds),
			Seen:    fmt.Sprintf("%.1f rebuilds a second; a change is public after %v at most", float64(loads)/seconds, oldest.Round(10*time.Millisecond)),
			Control: fmt.Sprintf("asking at each read: %.0f rebuilds a second", float64(control)/seconds)})
	})
}

func TestMadeUpAddressesPushOutNoThread(t *testing.T) {
	c, s := newCache(cacheBytes, NewHints(), tenSeconds), &attic{}
	hot := place{page: "hot"}
	if _, _, err := c.read(hot, s); err != nil {
		t.Fatal(err)
	}
	big := &body{plain: make([]byte, 100<<10)}
	for i := range 2_000 { // 200 MB of places that are there, asked for once each
		c.keep(place{page: "hot", cursor: fmt.Sprint(i)}, big, false, 1)
		if i%50 == 0 && c.find(hot) == nil {
			t.Fatalf("pushed out after %d", i)
		}
	}
	for i := range 20_000 { // pages that are not there, asked for twice each
		for range 2 {
			if _, _, err := c.read(place{page: fmt.Sprintf("nothing %d", i)}, s); err != nil {
				t.Fatal(err)
			}
		}
	}
	if c.find(hot) == nil {
		t.Error("pushed out by pages without a comment")
	}
	for _, s := range []*shelf{&c.full, &c.empty} {
		places, counted := 0, 0
		for e := s.queue.Front(); e != nil; e = e.Next() {
			counted += e.Value.(*held).size()
			places++
		}
		if s.bytes > s.most || s.bytes != counted || places != len(s.by) || places < 10 {
			t.Errorf("%d bytes of %d in %d places of %d", s.bytes, s.most, places, len(s.by))
		}
	}
}

func TestTakes(t *testing.T) {
	for header, want := range map[string]bool{
		"gzip, br": true, "br;q=0.5": true, " br ; q=1.0": true, "br;q=0": false, "br;q=0.000": false, "gzip": false, "": false, "brotli": false,
	} {
		if takes([]byte(header), "br") != want {
			t.Errorf("takes(%q) is not %v", header, want)
		}
	}
}
