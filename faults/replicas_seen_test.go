package faults

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"balasan/internal/program"
	"balasan/internal/reliability"
)

// sight is how long after its answer decisions showed elsewhere.
type sight struct{ thread, queue []time.Duration }

// spread is the middle and the end of it.
func spread(took []time.Duration) string {
	slices.Sort(took)
	return fmt.Sprintf("%v in the median and %v at most", took[len(took)/2].Round(time.Millisecond), took[len(took)-1].Round(time.Millisecond))
}

// seen measures when decisions on one replica show on a thread that is being read on each of the others, and
// in a queue that is open on one of them.
func (x *triplet) seen(t *testing.T, with string) {
	decisions := 20
	if reliability.Long() {
		decisions = 60
	}
	var got sight
	var mu sync.Mutex
	queue := x.listen(t, x.r[1], "")
	slug := strings.ReplaceAll(with, " ", "-")
	eachAtOnce(decisions, 5, func(i int) {
		page, mark := fmt.Sprintf("terlihat-%s-%d", slug, i), fmt.Sprintf("Jalan baru di RT %d sudah rapi (%s)", i, with)
		id := x.r[0].Submit(page, mark, slug+strconv.Itoa(i))
		stop := make(chan struct{})
		var readers sync.WaitGroup
		seen := make([]time.Time, len(x.r))
		for n, p := range x.r[1:] {
			readers.Go(func() { seen[n] = shows(p, page, mark, stop) })
		}
		readers.Go(func() { seen[len(x.r)-1] = becomes(func() bool { return queue.knows([]string{id}) }, stop) })
		time.Sleep(600*time.Millisecond + rand.N(500*time.Millisecond)) // at any moment of what each believes
		answer, err := x.r[0].Decide(x.cookie, "approved", id)
		decided := time.Now()
		if err != nil || answer.Status != http.StatusOK {
			t.Errorf("%v %d %s", err, answer.Status, answer.Body)
		}
		giveUp := time.AfterFunc(program.Patience, func() { close(stop) })
		readers.Wait()
		giveUp.Stop()
		mu.Lock()
		defer mu.Unlock()
		for n, at := range seen {
			switch took := max(0, at.Sub(decided)); {
			case at.IsZero():
				t.Errorf("a decision never shows at %d", n)
			case n == len(x.r)-1:
				got.queue = append(got.queue, took)
			default:
				got.thread = append(got.thread, took)
			}
		}
	})
	if t.Failed() {
		return
	}
	if most := max(slices.Max(got.thread), slices.Max(got.queue)); most > 3*time.Second || reliability.Long() && most > time.Second {
		t.Errorf("it took %v", most)
	}
	x.lately[with] = got
}

// eachAtOnce does n things, wide of them at a time.
func eachAtOnce(n, wide int, do func(int)) {
	var all sync.WaitGroup
	room := make(chan struct{}, wide)
	for i := range n {
		room <- struct{}{}
		all.Go(func() { do(i); <-room })
	}
	all.Wait()
}

// shows reads a thread on one replica again and again and tells when something stood there first.
func shows(p *program.Program, page, mark string, stop <-chan struct{}) time.Time {
	return becomes(func() bool {
		answer, err := p.Get(program.Thread(page))
		return err == nil && strings.Contains(string(answer.Body), mark)
	}, stop)
}

func becomes(so func() bool, stop <-chan struct{}) time.Time {
	for {
		if so() {
			return time.Now()
		}
		select {
		case <-stop:
			return time.Time{}
		case <-time.After(3 * time.Millisecond):
		}
	}
}

var hintsHeard = regexp.MustCompile(`(?m)^balasan_hints_heard_total (\d+)`)

// hints are the messages that all replicas heard from each other.
func (x *triplet) hints(t *testing.T) (heard int) {
	t.Helper()
	for _, p := range x.r {
		answer, err := p.Metrics(t).Get("/metrics")
		found := hintsHeard.FindSubmatch(answer.Body)
		if err != nil || found == nil {
			t.Fatal("no count of hints", err)
		}
		n, _ := strconv.Atoi(string(found[1]))
		heard += n
	}
	return heard
}

// seenWithoutRedis is the control of [triplet.seen], and then lets Redis come back.
func (x *triplet) seenWithoutRedis(t *testing.T) {
	before := x.hints(t)
	x.redis.Kill()
	await(t, "all say that they hear nothing", func() bool { return x.degraded("fan-out") == len(x.r) })
	x.seen(t, "with Redis dead")
	if now := x.hints(t); before == 0 || now != before {
		t.Errorf("%d hints were heard while Redis was there and %d since: the test sees nothing", before, now-before)
	}
	x.redis.Run()
	await(t, "all hear each other again", func() bool { return x.degraded("fan-out") == 0 })
	x.seen(t, "with Redis back")
	if x.hints(t) == before {
		t.Error("no hint is heard since Redis is back")
	}
	if t.Failed() {
		return
	}
	control := x.lately["with Redis dead"]
	for _, with := range []string{"with Redis", "with Redis dead", "with Redis back"} {
		line := reliability.Line{Area: reliability.Replicas, Fault: "a decision on one of three replicas, " + with, Promises: "P5",
			Seen: fmt.Sprintf("on threads that are read on the two others after %s; in a queue that is open on another after %s (%d decisions)",
				spread(x.lately[with].thread), spread(x.lately[with].queue), len(control.queue))}
		if with != "with Redis dead" {
			line.Control = fmt.Sprintf("without hints %s, and %s", spread(control.thread), spread(control.queue))
		}
		reliability.Tell(t, line)
	}
}

// degraded counts the replicas that say that a part does not work fully.
func (x *triplet) degraded(part string) (n int) {
	for _, p := range x.r {
		if answer, err := p.Get("/readyz"); err == nil && strings.Contains(string(answer.Body), `"`+part+`"`) {
			n++
		}
	}
	return n
}
