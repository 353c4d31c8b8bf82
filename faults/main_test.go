// Package faults breaks the running program and what it depends on, and looks from the outside at what
// visitors and editors see. docs/reliability.md is made of what these tests tell.
package faults

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"balasan/internal/keys"
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

// copied is cp -p, over what is there.
func copied(t *testing.T, from, to string) {
	t.Helper()
	text, err := os.ReadFile(from)
	if err == nil {
		err = os.WriteFile(to, text, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// sameKeys gives one data folder the keys of another, so that a program there opens what one here has sealed.
func sameKeys(t *testing.T, from, to string) {
	t.Helper()
	copied(t, filepath.Join(from, keys.File), filepath.Join(to, keys.File))
}
