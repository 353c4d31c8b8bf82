package faults

import (
	"database/sql"
	"fmt"
	"net/http"
	"testing"
	"time"

	"balasan/faults/checker"
	"balasan/internal/pgtest"
	"balasan/internal/program"
	"balasan/internal/reliability"
)

// TestFaultPrimaryKilled kills PostgreSQL's primary under load and promotes its synchronous standby.
func TestFaultPrimaryKilled(t *testing.T) {
	if !reliability.Long() {
		t.Skip("starts four servers: make test-faults")
	}
	primary, _ := pgtest.Own(t)
	standby := primary.Standby(t, true)
	settings := checked(t)
	settings["DATABASE_URL"] = fmt.Sprintf("postgres://balasan@127.0.0.1:%d,127.0.0.1:%d/balasan?sslmode=disable&target_session_attrs=read-write", primary.Port, standby.Port)
	p := program.Serve(t, settings)
	r := crowd(t, p, "utama", 32, checker.Uncounted)
	hot := readOn(t, p, program.Thread("panas"))
	var degraded time.Duration
	during(t, r, 400, func() {
		began, before := time.Now(), r.Acked.Load()
		primary.Kill()
		if err := standby.Promote(); err != nil {
			t.Fatal(err)
		}
		awaitAcked(t, r, before+10)
		degraded = time.Since(began)
	})
	reads := hot()
	judge(t, r)
	p.Kill()
	lost, of := behind(t)
	if lost == 0 {
		t.Error("the control: a standby that is behind loses nothing")
	}
	reliability.Tell(t, reliability.Line{Area: reliability.PostgreSQL, Fault: "the primary killed while 32 clients submit, retry and decide; its synchronous standby promoted",
		Promises: "P1 P2 P3 P4 P5",
		Seen: fmt.Sprintf("%d acknowledged and %d unknown: 0 lost, 0 twice; a page that was read before was read %d times meanwhile, each time answered; taken in again after %v",
			r.Count(checker.Submit, checker.OK), r.Count(checker.Submit, checker.Unknown), reads, degraded.Round(100*time.Millisecond)),
		Control: fmt.Sprintf("an asynchronous standby that was behind lost %d of %d acknowledged commits", lost, of)})
}

// behind is the control: an asynchronous standby misses commits, and is promoted.
func behind(t *testing.T) (lost, of int) {
	t.Helper()
	of = 100
	primary, url := pgtest.Own(t)
	run := func(url, query string, into ...any) {
		db, err := sql.Open("pgx", url)
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		if len(into) > 0 {
			err = db.QueryRowContext(t.Context(), query).Scan(into...)
		} else {
			_, err = db.ExecContext(t.Context(), query)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	run(url, `CREATE TABLE kept (id INTEGER)`)
	standby := primary.Standby(t, false)
	standby.Kill()
	for range of {
		run(url, `INSERT INTO kept VALUES (1)`)
	}
	primary.Kill()
	if err := standby.Run(); err != nil {
		t.Fatal(err)
	}
	if err := standby.Promote(); err != nil {
		t.Fatal(err)
	}
	kept := 0
	run(standby.URL("balasan"), `SELECT count(*) FROM kept`, &kept)
	return of - kept, of
}

// readOn reads a page until it is told to stop, and counts; each reading must be answered.
func readOn(t *testing.T, p *program.Program, path string) (stop func() int) {
	t.Helper()
	reads, end, done := 0, make(chan struct{}), make(chan struct{})
	read := func() {
		if a, err := p.Get(path); err != nil || a.Status != http.StatusOK {
			t.Errorf("reading: %v %d %s", err, a.Status, a.Body)
		}
		reads++
	}
	read() // it is known from here on
	go func() {
		defer close(done)
		for {
			select {
			case <-end:
				return
			case <-time.After(5 * time.Millisecond):
				read()
			}
		}
	}()
	return func() int { close(end); <-done; return reads }
}
