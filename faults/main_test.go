// Package faults breaks the running program and what it depends on, and looks from the outside at what
// visitors and editors see. docs/reliability.md is made of what these tests tell.
package faults

import (
	"strings"
	"testing"

	"balasan/internal/program"
)

func TestMain(m *testing.M) { program.Main(m) }

// TestTheProgramTakesInAndShows is the undisturbed way that all others disturb.
func TestTheProgramTakesInAndShows(t *testing.T) {
	p := program.Serve(t, program.Open())
	cookie := p.SignedIn(t)
	id := p.Submit("satu", "Terima kasih beritanya", "kunci-satu")
	if id == "" || p.Submit("satu", "Terima kasih beritanya", "kunci-satu") != id {
		t.Fatal("not taken in once")
	}
	if a, err := p.Decide(cookie, "approved", id); err != nil || a.Status != 200 {
		t.Fatal(err, a.Status, string(a.Body))
	}
	p.Await(t, program.Thread("satu"), "", func(a program.Answer) bool { return strings.Contains(string(a.Body), "Terima kasih beritanya") })
	if err := p.Stop(); err != nil {
		t.Error(err)
	}
}
