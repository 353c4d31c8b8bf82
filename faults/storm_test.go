package faults

import (
	"fmt"
	"testing"
	"time"

	"balasan/faults/checker"
	"balasan/internal/program"
	"balasan/internal/reliability"
)

// TestFaultKillInAStorm kills the program while 64 clients submit, retry, decide and read, and starts
// it again: what was acknowledged is stored, every key exactly once, and every promise holds.
func TestFaultKillInAStorm(t *testing.T) {
	rounds := 2
	if reliability.Long() {
		rounds = 12
	}
	settings := checked(t)
	settings["DATA"] = t.TempDir()
	p := program.Serve(t, settings)
	acked, unknown, late, slowest := 0, 0, 0, time.Duration(0)
	for round := range rounds {
		r := crowd(t, p, fmt.Sprintf("r%d", round), 64, checker.Everything)
		during(t, r, 400, func() {
			p.Kill()
			began := time.Now()
			if err := p.Start(); err != nil {
				t.Fatal(err)
			}
			slowest = max(slowest, time.Since(began))
		})
		end := judge(t, r)
		t.Log(summary(r))
		acked += r.Count(checker.Submit, checker.OK)
		unknown += r.Count(checker.Submit, checker.Unknown)
		late += r.Count(checker.Decide, checker.Fail)
		if found := loseOne(r.History, end); round == 0 && !found {
			t.Error("the checker does not notice that an acknowledged comment is gone")
		}
	}
	if reliability.Long() && slowest > 2*time.Second {
		t.Errorf("ready again after %v", slowest)
	}
	reliability.Tell(t, reliability.Line{Area: reliability.Program, Fault: "kill -9 while 64 clients submit, retry, decide and read", Promises: "P1 P2 P3 P4 P5",
		Seen: fmt.Sprintf("%d kills, %d acknowledged and %d unknown: 0 lost, 0 twice; %d editors were too late and told by whom; listening again after %d ms at most",
			rounds, acked, unknown, late, slowest.Milliseconds()),
		Control: "the checker finds one comment taken away, and 22 more planted violations"})
}

// loseOne tells whether the checker misses a comment that was acknowledged and is taken away.
func loseOne(h *checker.History, end checker.Final) bool {
	for _, op := range h.Ops() {
		if op.Kind == checker.Submit && op.Outcome == checker.OK {
			delete(end.Comments, op.ID)
			return len(checker.Check(h, end)) > 0
		}
	}
	return false
}
