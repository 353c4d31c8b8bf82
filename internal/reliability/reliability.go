// Package reliability is how tests that break things tell what they saw. Each tells a line: what was
// done, which promises it tried, the figure, and what the negative control showed. `make test-faults`
// gathers the lines and writes them into docs/reliability.md.
package reliability

import (
	"encoding/json"
	"os"
	"testing"
)

// Areas of the table, in its order.
const (
	Program    = "The program"
	SQLite     = "SQLite"
	PostgreSQL = "PostgreSQL"
	Redis      = "Redis"
	Replicas   = "Replicas"
	Outside    = "Mail, webhooks, configuration"
	Load       = "Load"
	Privacy    = "Privacy"
)

// Line is one row of the table.
type Line struct {
	Area     string // one of the above
	Fault    string // what was done to it: "kill -9 while 64 clients submit"
	Promises string // which of the six it tried: "P1 P2"; empty where it is a figure alone
	Seen     string // with the figure: "12 kills, 5,312 acknowledged, 0 lost, 0 twice"
	Control  string // what must fail, and how it did: "synchronous=NORMAL lost 212 of 9,310"; may be empty
	Skipped  string // why nothing was seen here; empty where it ran
}

// Long tells whether there is time: `make test-faults` sets it, `make test` does not.
func Long() bool { return os.Getenv("BALASAN_FAULTS") == "long" }

// Tell records what a test saw when the test ends, unless it failed.
func Tell(t testing.TB, l Line) {
	t.Helper()
	t.Logf("%s: %s %s; control: %s", l.Fault, l.Promises, l.Seen, l.Control)
	t.Cleanup(func() {
		if !t.Failed() {
			record(t, l)
		}
	})
}

// Skip skips a test that this machine cannot run, so that the table and its count say so.
func Skip(t testing.TB, area, fault, promises, why string) {
	t.Helper()
	record(t, Line{Area: area, Fault: fault, Promises: promises, Skipped: why})
	t.Skipf("SKIPPED: %s: %s", fault, why)
}

// record appends the line to the file that BALASAN_FAULTS_OUT names. One write, so that test
// processes side by side do not mix.
func record(t testing.TB, l Line) {
	path := os.Getenv("BALASAN_FAULTS_OUT")
	if path == "" {
		return
	}
	text, err := json.Marshal(l)
	if err != nil {
		t.Error(err)
		return
	}
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		t.Error(err)
		return
	}
	defer f.Close()
	if _, err := f.Write(append(text, '\n')); err != nil {
		t.Error(err)
	}
}
