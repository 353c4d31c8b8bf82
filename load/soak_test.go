package load

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"balasan/internal/program"
	"balasan/internal/reliability"
)

// TestLoadSoak lets readers read, visitors submit, an editor decide and ten pages of editors be told
// live, all at once for some time, and looks whether memory grows with what was done.
func TestLoadSoak(t *testing.T) {
	long := size(2*time.Second, 2*time.Minute)
	if text := os.Getenv("SOAK"); text != "" {
		var err error
		if long, err = time.ParseDuration(text); err != nil {
			t.Fatalf("SOAK: %v", err)
		}
	}
	p := program.Serve(t, open())
	cookie := p.SignedIn(t)
	for range 10 {
		stream := p.Events(t, cookie)
		go func() { _, _ = io.Copy(io.Discard, stream) }() // ends with the stream
	}
	var memory []float64
	begun, sent, read, decided := time.Now(), 0, 0, 0
	for slice := 0; time.Since(begun) < long; slice++ {
		wrote, asked, ids := mixed(t, p, cookie, slice)
		sent, read, decided = sent+wrote, read+asked, decided+ids
		memory = append(memory, p.Resident(t, "RssAnon"))
	}
	before, after := thirds(memory)
	if reliability.Long() && grows(before, after) {
		t.Errorf("memory grew from %.1f to %.1f MiB", before, after)
	}
	reliability.Tell(t, reliability.Line{Area: reliability.Load, Fault: fmt.Sprintf("a mix of everything for %v", long),
		Seen: fmt.Sprintf("%d submissions, %d readings, %d decisions, 0 failed; own memory %.1f MiB in the second third and %.1f in the last", sent, read, decided, before, after)})
}

// mixed is one slice of about a second.
func mixed(t *testing.T, p *program.Program, cookie string, slice int) (wrote, asked, decided int) {
	var all sync.WaitGroup
	all.Go(func() {
		v := volley{addr: host(p.Base), conns: 8, n: 200, rate: 200, request: submissions(p.Base, fmt.Sprint("soak", slice))}
		wrote = len(v.fire(t).lasted[http.StatusAccepted])
	})
	all.Go(func() {
		page := fmt.Sprintf("%s/demo/%d", p.Base, slice%50)
		v := volley{addr: host(p.Base), conns: 16, n: 1000, rate: 1000, request: gets(p.Base, program.Thread(page))}
		asked = len(v.fire(t).lasted[http.StatusOK])
	})
	all.Go(func() { decided = decide(t, p, cookie, []string{"approved", "spam"}[slice%2]) })
	all.Wait()
	if wrote != 200 || asked != 1000 {
		t.Fatalf("only %d of 200 submissions and %d of 1000 readings", wrote, asked)
	}
	return wrote, asked, decided
}

// decide settles what stands first in the queue.
func decide(t *testing.T, p *program.Program, cookie, to string) int {
	queue, err := p.Do(http.MethodGet, "/v1/editor/queue?limit=50", cookie, "")
	var page struct{ Comments []struct{ ID string } }
	if err != nil || queue.Into(&page) != nil {
		t.Errorf("queue: %v %d", err, queue.Status)
		return 0
	}
	var ids []string
	for _, c := range page.Comments {
		ids = append(ids, c.ID)
	}
	if len(ids) == 0 {
		return 0
	}
	if answer, err := p.Decide(cookie, to, ids...); err != nil || answer.Status != http.StatusOK {
		t.Errorf("decide: %v %d", err, answer.Status)
	}
	return len(ids)
}

// thirds are the medians of the second third and of the last: the first is warming up.
func thirds(figures []float64) (second, last float64) {
	n := len(figures) / 3
	return median(slices.Clone(figures[n : len(figures)-n])), median(slices.Clone(figures[len(figures)-n-1:]))
}

// grows allows for what the garbage collector leaves lying about.
func grows(before, after float64) bool { return after > 1.1*before+4 }

func TestALeakIsSeen(t *testing.T) {
	var flat, leaks []float64
	for i := range 60 {
		flat = append(flat, 60+float64(i%7))
		leaks = append(leaks, 60+float64(i))
	}
	if grows(thirds(flat)) {
		t.Error("seen where there is none")
	}
	if !grows(thirds(leaks)) {
		t.Error("not seen")
	}
}
