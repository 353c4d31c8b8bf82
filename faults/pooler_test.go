package faults

import (
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"balasan/faults/checker"
	"balasan/internal/pgtest"
	"balasan/internal/program"
	"balasan/internal/reliability"
)

// TestFaultFewConnectionsBehindAPooler runs three replicas, with 144 connections between them, through one
// pgbouncer in transaction mode that has five.
func TestFaultFewConnectionsBehindAPooler(t *testing.T) {
	server, direct := pgtest.Own(t)
	asDocumented(t, direct)
	url := server.Pooler(t, "balasan", 5)
	var all []*program.Program
	for n := range 3 {
		settings := checked(t).With(program.Settings{"DATABASE_URL": url, "DATA": t.TempDir()})
		if n > 0 {
			sameKeys(t, all[0].Dir, settings["DATA"])
		}
		all = append(all, program.Serve(t, settings))
	}
	r := crowd(t, all[0], "kolam", 24, checker.Everything)
	for _, p := range all[1:] {
		r.Doors = append(r.Doors, checker.Door{Name: p.Base, Base: p.Base, Site: "demo"})
	}
	acked := int64(100)
	if reliability.Long() {
		acked = 2000
	}
	during(t, r, acked, func() {})
	judge(t, r)
	if unknown := r.Count(checker.Submit, checker.Unknown); unknown > 0 {
		t.Errorf("%d submissions heard nothing certain", unknown)
	}
	reliability.Tell(t, reliability.Line{Area: reliability.PostgreSQL, Fault: "three replicas through one pgbouncer in transaction mode with 5 connections, 24 clients", Promises: "P1 P2 P3 P4",
		Seen:    summary(r) + ": 0 lost, 0 twice",
		Control: "with prepared statements, as without default_query_exec_mode=exec: " + prepared(t, server)})
}

// asDocumented sets what docs/operate.md says, since the pooler drops what a session begins with; with more
// patience, since a machine that is busy with other tests lets who waits for a turn wait longer.
func asDocumented(t *testing.T, url string) {
	t.Helper()
	db, err := sql.Open("pgx", url)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, statement := range []string{`ALTER ROLE balasan SET statement_timeout = '4s'`, `ALTER ROLE balasan SET lock_timeout = '4s'`,
		`ALTER ROLE balasan SET idle_in_transaction_session_timeout = '5s'`} {
		if _, err := db.ExecContext(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
}

// prepared is the control: statements that are prepared meet connections which do not know them.
func prepared(t *testing.T, server *pgtest.Server) string {
	t.Helper()
	db, err := sql.Open("pgx", strings.Replace(server.Pooler(t, "balasan", 2), "=exec", "=cache_statement", 1))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	failed, done := 0, make(chan error)
	for n := range 8 {
		go func() {
			var err error
			for range 50 {
				if err = db.QueryRowContext(t.Context(), fmt.Sprintf(`SELECT %d FROM pg_sleep(0.001)`, n)).Scan(new(int)); err != nil {
					break
				}
			}
			done <- err
		}()
	}
	for range 8 {
		if fault, ok := errors.AsType[*pgconn.PgError](<-done); ok && (fault.Code == "26000" || fault.Code == "42P05") {
			failed++ // unknown, or prepared already
		}
	}
	if failed == 0 {
		t.Error("the control: prepared statements work through the pooler")
	}
	return fmt.Sprintf("%d of 8 clients met an error", failed)
}
