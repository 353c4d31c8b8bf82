package faults

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"balasan/internal/program"
	"balasan/internal/redistest"
	"balasan/internal/reliability"
)

// redisFault is one way in which Redis goes away and comes back.
type redisFault struct {
	name       string
	atStart    bool // it is away before the program starts
	away, back func(*testing.T, *redistest.Server)
}

func TestFaultRedisGoesAway(t *testing.T) {
	nothing := func(*testing.T, *redistest.Server) {}
	maxmemory := func(bytes string) func(*testing.T, *redistest.Server) {
		return func(t *testing.T, s *redistest.Server) {
			if err := s.Client().ConfigSet(t.Context(), "maxmemory", bytes).Err(); err != nil {
				t.Fatal(err)
			}
		}
	}
	run := func(_ *testing.T, s *redistest.Server) { s.Run() }
	for _, fault := range []redisFault{
		{"Redis is down when the program starts", true, nothing, run},
		{"Redis hangs (SIGSTOP)", false, func(_ *testing.T, s *redistest.Server) { s.Hang() }, func(_ *testing.T, s *redistest.Server) { s.Resume() }},
		{"Redis is killed and comes back empty", false, func(_ *testing.T, s *redistest.Server) { s.Kill() }, run},
		{"Redis is out of memory", false, maxmemory("1"), maxmemory("0")},
	} {
		t.Run(fault.name, func(t *testing.T) { fault.see(t) })
	}
}

// see lets Redis go away under a site that publishes at once. What comes meanwhile is taken, held and
// counted; what came before is the control: it appeared by itself.
func (f redisFault) see(t *testing.T) {
	server := redistest.Reserve(t)
	if !f.atStart {
		server.Run()
	}
	p := program.Serve(t, program.Open().With(program.Settings{"REDIS_URL": server.URL(), "POLICY_MODE": "publish",
		"METRICS_LISTEN": "127.0.0.1:0", "LOG_LEVEL": "info"}))
	control, published := "", 0
	if !f.atStart {
		control, published = "what comes while Redis counts is published at once", 1
		redisAppears(t, p)
	}
	cookie := p.SignedIn(t)
	before := redisDegraded(t, p)
	f.away(t, server)
	held, first, rest := redisAway(t, p)
	counted := redisDegraded(t, p) - before
	p.Await(t, "/readyz", "", func(a program.Answer) bool { return strings.Contains(string(a.Body), "redis") })
	f.back(t, server)
	p.Await(t, "/readyz", "", func(a program.Answer) bool {
		return a.Status == http.StatusOK && !strings.Contains(string(a.Body), "redis")
	})
	if a, err := p.Decide(cookie, "approved", held); err != nil || a.Status != http.StatusOK {
		t.Fatal("deciding: ", err, a.Status)
	}
	thread := p.Await(t, program.Thread("redis"), "", func(a program.Answer) bool { return strings.Contains(string(a.Body), held) })
	if n := strings.Count(string(thread.Body), `"body_html"`); n != published+1 {
		t.Errorf("%d are public, want %d and the one that an editor approved", n, published)
	}
	if counted < redisSent {
		t.Errorf("%d of %d were counted as degraded", counted, redisSent)
	}
	if reliability.Long() && first > 250*time.Millisecond {
		t.Errorf("the first answers took %v", first)
	}
	reliability.Tell(t, reliability.Line{Area: reliability.Redis, Fault: f.name, Promises: "P5",
		Seen: fmt.Sprintf("%d submissions taken and held, slowest of the first 6 %d ms, of the others %d ms; reading fine, 0 of 5xx",
			redisSent, first.Milliseconds(), rest.Milliseconds()),
		Control: control})
}

const redisSent = 30

// redisAway submits and reads, and tells one of the comments and the slowest submission before and after
// the breaker opens.
func redisAway(t *testing.T, p *program.Program) (id string, first, rest time.Duration) {
	t.Helper()
	for i := range redisSent {
		begin := time.Now()
		if id = p.Submit("redis", fmt.Sprintf("Terima kasih, selama itu %d", i), fmt.Sprintf("selama-%d", i)); id == "" {
			t.Fatalf("submission %d was not taken", i)
		}
		if took := time.Since(begin); i < 6 {
			first = max(first, took)
		} else {
			rest = max(rest, took)
		}
		if a, err := p.Get(program.Thread("redis")); err != nil || a.Status != http.StatusOK {
			t.Fatal("reading: ", err, a.Status)
		}
	}
	return id, first, rest
}

// redisAppears submits a comment and waits until the public sees it.
func redisAppears(t *testing.T, p *program.Program) {
	t.Helper()
	id := p.Submit("redis", "Terima kasih, beritanya jelas", "kunci-sebelum")
	if id == "" {
		t.Fatal("not taken")
	}
	p.Await(t, program.Thread("redis"), "", func(a program.Answer) bool { return strings.Contains(string(a.Body), id) })
}

var redisCount = regexp.MustCompile(`(?m)^balasan_limits_degraded_total (\d+)`)

// redisDegraded reads how many allowances were counted without Redis.
func redisDegraded(t *testing.T, p *program.Program) (n int) {
	t.Helper()
	a, err := p.Metrics(t).Get("/metrics")
	count := redisCount.FindSubmatch(a.Body)
	if err != nil || count == nil {
		t.Fatalf("metrics: %v %s", err, a.Body)
	}
	if _, err := fmt.Sscan(string(count[1]), &n); err != nil {
		t.Fatal(err)
	}
	return n
}
