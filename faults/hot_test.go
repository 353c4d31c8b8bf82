package faults

import (
	"bytes"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/valyala/fasthttp"

	"balasan/internal/program"
	"balasan/internal/reliability"
)

// TestFaultLoadAHotThread reads one page as fast as 64 readers can, while others submit and an editor approves
// once a second.
func TestFaultLoadAHotThread(t *testing.T) {
	const already = 20
	seconds := 2
	if reliability.Long() {
		seconds = 10
	}
	p := program.Serve(t, program.Open())
	cookie := p.SignedIn(t)
	var ids []string
	for n := range already + seconds {
		ids = append(ids, p.Submit("panas", fmt.Sprintf("Kiriman nomor %d tentang banjir", n), fmt.Sprintf("panas-%d", n)))
	}
	if a, err := p.Decide(cookie, "approved", ids[:already]...); err != nil || a.Status != http.StatusOK {
		t.Fatal(err, a.Status, string(a.Body))
	}
	before := p.Resident(t, "VmRSS")
	crowd := readHot(t, p, program.Thread("panas"), ids[already:])
	taken := 0
	for _, id := range ids[already:] {
		crowd.decided(id)
		if a, err := p.Decide(cookie, "approved", id); err != nil || a.Status != http.StatusOK {
			t.Fatal(err, a.Status, string(a.Body))
		}
		for until := time.Now().Add(time.Second); time.Now().Before(until); time.Sleep(20 * time.Millisecond) {
			if p.Submit("panas", fmt.Sprintf("Kiriman lain nomor %d", taken), fmt.Sprintf("lain-%d", taken)) == "" {
				t.Fatal("a submission meanwhile is refused")
			}
			taken++
		}
	}
	await(t, "each reader sees each approval", crowd.complete)
	took, oldest := crowd.end()
	if crowd.failed.Load() > 0 {
		t.Errorf("%d readings failed", crowd.failed.Load())
	}
	if crowd.early.Load() > 0 {
		t.Errorf("P4 %d readings saw what nobody had approved", crowd.early.Load())
	}
	grown := p.Resident(t, "VmRSS") - before
	reliability.Tell(t, reliability.Line{Area: reliability.Load, Fault: fmt.Sprintf("one page read by %d readers as fast as they can for %d s, while one comment on it is approved each second", hotReaders, seconds), Promises: "P4 P5",
		Seen: fmt.Sprintf("%d readings a second, half within %v, 99 of 100 within %v, none failed; an approval is seen after %v at most; %d submissions meanwhile taken; %.0f MiB more memory",
			len(took)/seconds, took[len(took)/2].Round(10*time.Microsecond), took[len(took)*99/100].Round(10*time.Microsecond), oldest.Round(time.Millisecond), taken, grown)})
}

const hotReaders = 64

// hotCrowd are readers of one page.
type hotCrowd struct {
	failed, early atomic.Int64
	stop          chan struct{}
	all           sync.WaitGroup
	mu            sync.Mutex
	took          []time.Duration
	since         map[string]time.Time // when an editor began to approve a comment
	by            map[string]int       // how many readers saw it
	seen          map[string]time.Time // when the last of the readers saw it first
}

// readHot lets them begin; waiting are comments that are not approved yet.
func readHot(t *testing.T, p *program.Program, path string, waiting []string) *hotCrowd {
	t.Helper()
	c := &hotCrowd{stop: make(chan struct{}), since: map[string]time.Time{}, by: map[string]int{}, seen: map[string]time.Time{}}
	client := &fasthttp.HostClient{Addr: strings.TrimPrefix(p.Base, "http://"), MaxConns: hotReaders}
	for range hotReaders {
		c.all.Go(func() {
			req, resp := fasthttp.AcquireRequest(), fasthttp.AcquireResponse()
			defer fasthttp.ReleaseRequest(req)
			defer fasthttp.ReleaseResponse(resp)
			var took []time.Duration
			req.SetRequestURI(p.Base + path)
			for next := 0; ; {
				select {
				case <-c.stop:
					c.mu.Lock()
					c.took = append(c.took, took...)
					c.mu.Unlock()
					return
				default:
				}
				began := time.Now()
				if err := client.Do(req, resp); err != nil || resp.StatusCode() != http.StatusOK {
					c.failed.Add(1)
				}
				took = append(took, time.Since(began))
				for next < len(waiting) && bytes.Contains(resp.Body(), []byte(waiting[next])) {
					c.sees(waiting[next])
					next++
				}
			}
		})
	}
	return c
}

// decided is told before an editor approves.
func (c *hotCrowd) decided(id string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.since[id] = time.Now()
}

// sees notes the moment; the last reader's stands.
func (c *hotCrowd) sees(id string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.since[id].IsZero() {
		c.early.Add(1)
	}
	c.by[id]++
	c.seen[id] = time.Now()
}

// complete tells whether every reader has seen everything that was approved.
func (c *hotCrowd) complete() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	for id := range c.since {
		if c.by[id] < hotReaders {
			return false
		}
	}
	return true
}

// end tells how long readings took, the quickest first, and how old the oldest was that lacked an approval.
func (c *hotCrowd) end() (took []time.Duration, oldest time.Duration) {
	close(c.stop)
	c.all.Wait()
	for id, at := range c.since {
		oldest = max(oldest, c.seen[id].Sub(at))
	}
	slices.Sort(c.took)
	return c.took, oldest
}
