package store

import (
	"context"
	"database/sql"
	"fmt"
	"testing"
	"time"

	"balasan/internal/pgtest"
	"balasan/internal/reliability"
	"balasan/moderation"
	"balasan/store/storetest"
)

// followed is a store whose threads are read from a standby, with one approved comment.
type followed struct {
	*DB
	t       *testing.T
	primary *pgtest.Server
	copy    *pgtest.Server
	n       int
}

func newFollowed(t *testing.T) *followed {
	t.Helper()
	primary, url := pgtest.Own(t, "fsync=off")
	f := &followed{t: t, primary: primary, copy: primary.Standby(t, false)}
	var err error
	f.DB, err = Open(t.Context(), Options{URL: url, Standby: f.copy.URL("balasan"), Keys: testKeys})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	if err := f.AddSite(t.Context(), moderation.Site{ID: "desa", Policy: moderation.DefaultPolicy()}); err != nil {
		t.Fatal(err)
	}
	return f
}

// approve makes one more comment public.
func (f *followed) approve() {
	f.t.Helper()
	f.n++
	c := storetest.Comment(f.n)
	keep(f.t, f.DB, c)
	ruling := moderation.Ruling{IDs: []string{c.ID}, From: moderation.Pending, To: moderation.Approved}
	settled, err := f.Rule(f.t.Context(), ruling, moderation.Editor{ID: "ani", Name: "Ani"}, storetest.NewID(1000+f.n), nil, time.Now())
	if err != nil || len(settled.Changed) != 1 {
		f.t.Fatalf("not decided: %+v %v", settled, err)
	}
}

// read reads the page once: how many comments, whether the standby gave them, and how long it took.
func (f *followed) read() (comments int, byStandby bool, took time.Duration) {
	f.t.Helper()
	before, began := f.StandbyPages(), time.Now()
	tp, err := f.ThreadPage(f.t.Context(), "desa", storetest.Page, moderation.NewestFirst, "", 200)
	if err != nil || tp.Count != len(tp.Comments) {
		f.t.Fatalf("a page that says %d has %d comments: %v", tp.Count, len(tp.Comments), err)
	}
	return len(tp.Comments), f.StandbyPages() > before, time.Since(began)
}

// awaitStandby reads until the standby gives the page.
func (f *followed) awaitStandby() {
	f.t.Helper()
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		if _, by, _ := f.read(); by {
			return
		}
		if time.Now().After(end) {
			f.t.Fatal("the standby gives no page")
		}
	}
}

// on runs a statement on one of the two servers.
func (f *followed) on(pool *sql.DB, statement string) {
	f.t.Helper()
	if _, err := pool.ExecContext(context.Background(), statement); err != nil {
		f.t.Fatal(statement, err)
	}
}

// decided makes one more comment public while something is wrong with the standby, and reads on: each
// reading must have it at once. It returns the slowest.
func (f *followed) decided(fault string) (slowest time.Duration) {
	f.t.Helper()
	f.approve()
	for range 20 {
		comments, by, took := f.read()
		if comments != f.n || by {
			f.t.Fatalf("%s: %d comments of %d, by the standby %v", fault, comments, f.n, by)
		}
		slowest = max(slowest, took)
	}
	return slowest
}

// TestFaultStandby reads threads from a standby that falls behind, hangs and is killed.
func TestFaultStandby(t *testing.T) {
	f := newFollowed(t)
	f.approve()
	f.awaitStandby()
	f.on(f.standby.pool, `SELECT pg_wal_replay_pause()`)
	f.primaryLocked()
	behind := f.decided("paused")
	f.Standby(t.Context())
	if note, why := f.Standby(t.Context()); note == "" || why != nil {
		t.Error("a standby that is behind is not named")
	}
	lagging := 0
	if err := f.standby.pool.QueryRowContext(t.Context(), `SELECT approved FROM thread`).Scan(&lagging); err != nil || lagging != f.n-1 {
		t.Errorf("the control: the standby alone shows %d of %d comments, %v", lagging, f.n, err)
	}
	f.on(f.standby.pool, `SELECT pg_wal_replay_resume()`)
	f.awaitStandby()

	if err := f.copy.Hang(); err != nil {
		t.Fatal(err)
	}
	hung := f.decided("hangs")
	if note, why := f.Standby(t.Context()); note == "" || why == nil {
		t.Error("a standby that hangs is not named")
	}
	if err := f.copy.Resume(); err != nil {
		t.Fatal(err)
	}
	f.awaitStandby()

	f.copy.Kill()
	killed := f.decided("killed")
	if err := f.copy.Run(); err != nil {
		t.Fatal(err)
	}
	f.awaitStandby()
	if note, why := f.Standby(t.Context()); note != "" || why != nil {
		t.Error("it works again, but:", note)
	}
	if reliability.Long() && max(behind, hung, killed) > time.Second {
		t.Errorf("reading took %v behind, %v hung, %v killed", behind, hung, killed)
	}
	ms := func(d time.Duration) time.Duration { return d.Round(time.Millisecond) }
	reliability.Tell(t, reliability.Line{Area: reliability.PostgreSQL, Fault: "the standby that threads are read from stops replaying, hangs (SIGSTOP), is killed", Promises: "P5",
		Seen:    fmt.Sprintf("each decision was public in the next reading; slowest of 20 readings: %v behind, %v hanging, %v killed; used again afterwards", ms(behind), ms(hung), ms(killed)),
		Control: fmt.Sprintf("without the version from the primary the reader sees %d of %d comments", lagging, lagging+1)})
}

// primaryLocked shows that comments come from the standby and that nothing else does: the primary gives
// none meanwhile, and the standby takes no writes.
func (f *followed) primaryLocked() {
	f.t.Helper()
	tx, err := f.writers.BeginTx(f.t.Context(), nil)
	if err != nil {
		f.t.Fatal(err)
	}
	defer tx.Rollback() // ends the lock
	if _, err := tx.ExecContext(f.t.Context(), `LOCK TABLE comment IN ACCESS EXCLUSIVE MODE`); err != nil {
		f.t.Fatal(err)
	}
	if comments, by, _ := f.read(); comments != f.n || !by {
		f.t.Errorf("%d comments of %d, by the standby %v", comments, f.n, by)
	}
	_, err = f.Entry(f.t.Context(), storetest.Comment(1).ID, nil)
	wantUnavailable(f.t, err) // the queue is the primary's
	if _, err := f.standby.pool.ExecContext(f.t.Context(), `UPDATE comment SET state = 'approved'`); err == nil {
		f.t.Error("the standby took a write")
	}
}
