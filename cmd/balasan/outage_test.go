package main

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"balasan/internal/pgtest"
	running "balasan/internal/program"
)

// TestAnOutageOfTheDatabaseIsToldAndForgotten kills PostgreSQL and starts it again: what /readyz says of it names
// no user and no address, and ends with it; the doctor looks at all else meanwhile.
func TestAnOutageOfTheDatabaseIsToldAndForgotten(t *testing.T) {
	server, database := pgtest.Own(t)
	settings := running.Open().With(running.Settings{"DATA": t.TempDir(), "DATABASE_URL": database})
	p := serve(t, settings)
	doctor := func() string {
		said, err := p.Command("doctor")
		return fmt.Sprint(said, err)
	}
	wantLines(t, doctor(), "ok       database      can be written; every commit goes to the disk", "ok       instance")
	server.Kill()
	p.Await(t, "/readyz", "", func(a running.Answer) bool {
		if strings.Contains(string(a.Body), "user=") {
			t.Fatalf("it tells everybody: %s", a.Body)
		}
		return a.Status == http.StatusServiceUnavailable && strings.Contains(string(a.Body), `"database"`) && strings.Contains(string(a.Body), `"rules"`)
	})
	told := doctor()
	if strings.Contains(told, "\n\t") {
		t.Errorf("lines of no check in\n%s", told)
	}
	wantLines(t, told, "problem  database      cannot be opened: ", "→ start the server of database.url", "ok       disk", "skipped  redis",
		"skipped  sites         not looked at without the database", "ok       instance", "the doctor found one problem")
	if said, err := p.Command("site", "list"); err == nil || !strings.Contains(fmt.Sprint(said, err), "the database does not answer (start it, or look at database.url)") {
		t.Errorf("a command meanwhile: %v %s", err, said)
	}
	if err := server.Run(); err != nil {
		t.Fatal(err)
	}
	p.Await(t, "/readyz", "", func(a running.Answer) bool {
		return a.Status == http.StatusOK && !strings.Contains(string(a.Body), `"rules"`)
	})
}

// TestReadingGoesOnWithoutTheDatabase kills PostgreSQL, and lets it hang: what was read before still is, the form
// opens, and whoever sends or edits is told in words of their own to try again.
func TestReadingGoesOnWithoutTheDatabase(t *testing.T) {
	server, database := pgtest.Own(t)
	p := serve(t, running.Open().With(running.Settings{"DATA": t.TempDir(), "DATABASE_URL": database}))
	counts, form, thread := "/v1/sites/demo/counts?page=tiga&page=dua", "/sites/demo/form?page=satu", running.Thread("satu")
	read := func(path string) running.Answer {
		t.Helper()
		a, err := p.Get(path)
		if err != nil || a.Status != http.StatusOK {
			t.Errorf("%s: %v %d %s", path, err, a.Status, a.Body)
		}
		return a
	}
	read(counts)
	read(thread)
	cookie := p.SignedIn(t)
	for name, fault := range map[string]struct{ away, back func() error }{
		"killed":  {func() error { server.Kill(); return nil }, server.Run},
		"hanging": {server.Hang, server.Resume},
	} {
		if err := fault.away(); err != nil {
			t.Fatal(err)
		}
		p.Await(t, "/readyz", "", func(a running.Answer) bool { return a.Status == http.StatusServiceUnavailable })
		for range 3 {
			if said := string(read(counts).Body); said != `{"counts":[0,0]}` {
				t.Errorf("%s: %s", name, said)
			}
			read(thread)
			if page := string(read(form).Body); !strings.Contains(page, `name="body"`) {
				t.Errorf("%s: no form in %s", name, page)
			}
		}
		if a, err := p.Post("/v1/sites/demo/comments", running.Submission("satu", "Kabar "+name, name)); err != nil || a.Status != http.StatusServiceUnavailable {
			t.Errorf("%s: a submission: %v %d %s", name, err, a.Status, a.Body)
		}
		if a, err := p.Do(http.MethodGet, "/v1/editor/queue", cookie, ""); err != nil || a.Status != http.StatusServiceUnavailable || !strings.Contains(string(a.Body), "Tidak ada yang berubah") {
			t.Errorf("%s: an editor: %v %d %s", name, err, a.Status, a.Body)
		}
		if err := fault.back(); err != nil {
			t.Fatal(err)
		}
		p.Await(t, "/readyz", "", func(a running.Answer) bool { return a.Status == http.StatusOK })
		id := p.Submit("satu", "Sesudah "+name, name)
		if a, err := p.Decide(cookie, "approved", id); err != nil || a.Status != http.StatusOK {
			t.Errorf("%s: approving afterwards: %v %d %s", name, err, a.Status, a.Body)
		}
		p.Await(t, thread, "", func(a running.Answer) bool { return strings.Contains(string(a.Body), "Sesudah "+name) })
	}
}
