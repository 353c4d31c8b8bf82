package load

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"balasan/internal/pgtest"
	"balasan/internal/program"
	"balasan/internal/reliability"
)

// TestLoadSubmissionsOnSQLite holds submissions that are on disk when they are answered, through the
// whole way but for the challenge, against two ceilings: rows of the same size with group commit and
// nothing else, and the same behind a bare handler.
func TestLoadSubmissionsOnSQLite(t *testing.T) {
	dir := t.TempDir()
	submitted(t, reliability.SQLite, program.Serve(t, open()),
		"sqlite", "file:"+filepath.Join(dir, "raw.db"), "file:"+filepath.Join(dir, "bare.db"))
}

// TestLoadSubmissionsOnPostgreSQL is the same there; the ceiling commits each row by itself.
func TestLoadSubmissionsOnPostgreSQL(t *testing.T) {
	server, url := pgtest.Own(t)
	raw := server.URL("postgres")
	submitted(t, reliability.PostgreSQL, program.Serve(t, open().With(program.Settings{"DATABASE_URL": url})), "pgx", raw, raw)
}

func submitted(t *testing.T, where string, p *program.Program, driver, raw, plain string) {
	n := size(300, 10_000)
	table, err := newTable(driver, raw)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = table.db.Close() })
	base := bare(t, driver, plain)
	var whole, behind, alone, cpu []float64
	var few tally
	for round := range size(1, rounds) {
		before := p.CPU(t)
		few = volley{addr: host(p.Base), conns: 64, n: n, request: submissions(p.Base, fmt.Sprint("few", round))}.fire(t).only(t, 202)
		cpu = append(cpu, float64((p.CPU(t)-before).Microseconds())/float64(n))
		whole = append(whole, few.persec(202))
		behind = append(behind, volley{addr: host(base), conns: 64, n: n, request: submissions(base, "bare")}.fire(t).only(t, 202).persec(202))
		alone = append(alone, table.persec(t, n))
	}
	many := volley{addr: host(p.Base), conns: 512, n: 2 * n, request: submissions(p.Base, "many")}.fire(t)
	refused := float64(len(many.lasted[503])) / float64(many.all())
	if len(many.lasted[202])+len(many.lasted[503]) != many.all() {
		t.Errorf("answered %v", slices.Collect(maps.Keys(many.lasted)))
	}
	reliability.Tell(t, reliability.Line{Area: reliability.Load, Fault: "submissions on " + where + ", as many as 64 connections carry",
		Seen: fmt.Sprintf("%.0f a second for %.0f µs of processor each: %.2f of a bare handler that commits such a row, %.2f of such inserts alone; half within %s and 99 %% within %s; with 512 connections %.0f a second, %s and %s, %.1f %% sent away",
			median(whole), median(cpu), median(whole)/median(behind), median(whole)/median(alone),
			ms(few.at(202, 0.5)), ms(few.at(202, 0.99)), many.persec(202), ms(many.at(202, 0.5)), ms(many.at(202, 0.99)), 100*refused)})
}

// persec is how many rows a second 64 goroutines insert.
func (t *table) persec(tb testing.TB, n int) float64 {
	tb.Helper()
	var next atomic.Int64
	var all sync.WaitGroup
	begun := time.Now()
	for range 64 {
		all.Go(func() {
			for next.Add(1) <= int64(n) {
				if err := t.insert(); err != nil {
					tb.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
	return float64(n) / time.Since(begun).Seconds()
}
