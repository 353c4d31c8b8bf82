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
	wantLines(t, doctor(), "problem  database      cannot be opened: ", "→ start the server of database.url", "ok       disk", "skipped  redis",
		"skipped  sites         not looked at without the database", "ok       instance", "the doctor found one problem")
	if err := server.Run(); err != nil {
		t.Fatal(err)
	}
	p.Await(t, "/readyz", "", func(a running.Answer) bool {
		return a.Status == http.StatusOK && !strings.Contains(string(a.Body), `"rules"`)
	})
}
