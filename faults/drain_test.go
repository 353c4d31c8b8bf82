package faults

import (
	"context"
	"errors"
	"fmt"
	"syscall"
	"testing"

	"balasan/faults/checker"
	"balasan/internal/program"
	"balasan/internal/reliability"
)

// TestFaultStopUnderLoad asks the program to end while 32 clients submit and read: every request that
// it has taken is answered, and those that come later are refused at the door, never cut off.
func TestFaultStopUnderLoad(t *testing.T) {
	rounds := 1
	if reliability.Long() {
		rounds = 6
	}
	answered := 0
	for range rounds {
		r := stopped(t, func(p *program.Program) error { return p.Stop() })
		for _, op := range cutOff(r) {
			t.Errorf("cut off: %s of %s: %d %v", op.Kind, op.Page, op.Status, op.Err)
		}
		answered += len(r.Ops())
	}
	control := 0
	for tries := 0; control == 0 && tries < 10; tries++ { // most clients are between two requests
		r := stopped(t, func(p *program.Program) error { p.Kill(); return nil })
		control = len(cutOff(r))
	}
	if control == 0 {
		t.Error("kill -9 cuts nobody off: the test would not notice")
	}
	reliability.Tell(t, reliability.Line{Area: reliability.Program, Fault: "SIGTERM while 32 clients submit and read", Promises: "P1 P5",
		Seen:    fmt.Sprintf("%d stops, %d requests answered or refused at the door, 0 cut off", rounds, answered),
		Control: fmt.Sprintf("kill -9 cut %d off", control)})
}

// stopped ends a program under load and returns when the last client stands before a shut door.
func stopped(t *testing.T, end func(*program.Program) error) *checker.Run {
	t.Helper()
	p := program.Serve(t, checked(t))
	r := crowd(t, p, "tutup", 32, checker.Mix{Submit: 3, Read: 1})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	done := make(chan struct{})
	go func() { r.Work(ctx); close(done) }()
	awaitAcked(t, r, 200)
	if err := end(p); err != nil {
		t.Errorf("it did not end well: %v", err)
	}
	cancel()
	<-done
	return r
}

// cutOff are the operations that were neither answered nor refused at the door.
func cutOff(r *checker.Run) []checker.Op {
	var cut []checker.Op
	for _, op := range r.Ops() {
		if op.Err != nil && !errors.Is(op.Err, syscall.ECONNREFUSED) || op.Status >= 400 {
			cut = append(cut, op)
		}
	}
	return cut
}
