package faults

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"balasan/faults/checker"
	"balasan/internal/pgtest"
	"balasan/internal/program"
	"balasan/internal/reliability"
)

// TestFaultPostgresGoesAway kills PostgreSQL and starts it again, and lets it hang, under load.
func TestFaultPostgresGoesAway(t *testing.T) {
	if !reliability.Long() {
		t.Skip("takes half a minute: make test-faults")
	}
	server, url := pgtest.Own(t)
	settings := checked(t)
	settings["DATABASE_URL"] = url
	p := program.Serve(t, settings)
	for name, fault := range map[string]struct {
		what       string
		away, back func() error
	}{
		"mulai": {"PostgreSQL is killed and starts again while 8 clients submit, retry, decide and read", func() error { server.Kill(); return nil }, server.Run},
		"diam":  {"PostgreSQL hangs for 3 s (SIGSTOP) while 8 clients submit, retry, decide and read", server.Hang, server.Resume},
	} {
		r := crowd(t, p, name, 8, checker.Uncounted)
		hot := readOn(t, p, program.Thread("panas"))
		refused := 0
		during(t, r, 400, func() {
			if err := fault.away(); err != nil {
				t.Fatal(err)
			}
			for end := time.Now().Add(3 * time.Second); time.Now().Before(end); {
				a, err := p.Post("/v1/sites/demo/comments", program.Submission("putus", "Kiriman saat putus", fmt.Sprintf("%s-%d", name, refused)))
				if err != nil || a.Status != http.StatusServiceUnavailable || a.Header.Get("Retry-After") == "" {
					t.Fatalf("a submission meanwhile: %v %d %s", err, a.Status, a.Body)
				}
				refused++
			}
			if err := fault.back(); err != nil {
				t.Fatal(err)
			}
		})
		reads := hot()
		judge(t, r)
		reliability.Tell(t, reliability.Line{Area: reliability.PostgreSQL, Fault: fault.what, Promises: "P1 P2 P3 P4 P5",
			Seen: fmt.Sprintf("%s: 0 lost, 0 twice, each in an order that can be; %d submissions meanwhile heard 503 with Retry-After; pages that were read before were read %d times, each time answered",
				summary(r), refused, reads+r.Count(checker.ReadThread, checker.OK)),
			Control: "before and after they are taken in"})
	}
}
