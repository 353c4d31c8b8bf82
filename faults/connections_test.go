package faults

import (
	"context"
	"database/sql"
	"fmt"
	"net/http"
	"testing"
	"time"

	"balasan/internal/pgtest"
	"balasan/internal/program"
	"balasan/internal/reliability"
)

// TestFaultNoConnectionLeft takes every connection that PostgreSQL gives, the program's own among them.
func TestFaultNoConnectionLeft(t *testing.T) {
	_, url := pgtest.Own(t, "fsync=off", "max_connections=30")
	p := program.Serve(t, program.Open().With(program.Settings{"DATABASE_URL": url, "DATABASE_CONNECTIONS": "12"}))
	if p.Submit("penuh", "Sebelum penuh", "penuh-sebelum") == "" {
		t.Fatal("the control: not taken in before")
	}
	hot := readOn(t, p, program.Thread("panas"))
	release := takeAll(t, url)
	var slowest time.Duration
	for n := range 10 {
		began := time.Now()
		a, err := p.Post("/v1/sites/demo/comments", program.Submission("penuh", "Saat penuh", fmt.Sprintf("penuh-%d", n)))
		if err != nil || a.Status != http.StatusServiceUnavailable || a.Header.Get("Retry-After") == "" {
			t.Fatalf("a submission meanwhile: %v %d %s", err, a.Status, a.Body)
		}
		slowest = max(slowest, time.Since(began))
	}
	release()
	back := await(t, "it is taken in again", func() bool { return p.Submit("penuh", "Sesudah penuh", "penuh-sesudah") != "" })
	reads := hot()
	if reliability.Long() && slowest > 4*time.Second {
		t.Errorf("a refusal took %v", slowest)
	}
	reliability.Tell(t, reliability.Line{Area: reliability.PostgreSQL, Fault: "every connection that PostgreSQL gives is taken by others", Promises: "P1 P5",
		Seen: fmt.Sprintf("submissions hear 503 with Retry-After, the slowest of 10 after %v; a page that was read before was read %d times meanwhile, each time answered; taken in again %v after the connections are free",
			slowest.Round(time.Millisecond), reads, back.Round(10*time.Millisecond)),
		Control: "before and after they are taken in"})
}

// takeAll ends the program's connections and takes those, and all others, until it gets no more.
func takeAll(t *testing.T, url string) (release func()) {
	t.Helper()
	db, err := sql.Open("pgx", url+"&application_name=taker")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	first, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	all := []*sql.Conn{first}
	for end, left := time.Now().Add(program.Patience), 1; left > 0; {
		if time.Now().After(end) {
			t.Fatalf("%d connections of the program are left", left)
		}
		for {
			more, err := db.Conn(context.Background())
			if err != nil {
				break
			}
			all = append(all, more)
		}
		if err := first.QueryRowContext(t.Context(), `SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = 'balasan'`).Scan(&left); err != nil {
			t.Fatal(err)
		}
	}
	return func() {
		for _, conn := range all {
			_ = conn.Close()
		}
		_ = db.Close()
	}
}
