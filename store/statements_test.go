package store

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"testing"

	"balasan/internal/pgtest"
	"balasan/store/storetest"
)

// TestWhatFailsLateFailsItsOwnJob puts three jobs into one transaction, the second of which fails by a statement
// whose answer it does not look at.
func TestWhatFailsLateFailsItsOwnJob(t *testing.T) {
	for name, db := range map[string]*DB{"SQLite": openSite(t), "PostgreSQL": postgresSite(t)} {
		block, entered := make(chan struct{}), make(chan struct{})
		go write(t.Context(), db, func(*writer) (nothing, error) { close(entered); <-block; return nothing{}, nil })
		<-entered
		lease := `INSERT INTO lease (group_id, editor, name, until) VALUES ($1, '', '', 1)`
		jobs := []struct {
			run   func(*writer) error
			fails bool
		}{
			{func(w *writer) error { return w.exec(lease, "a") }, false},
			{func(w *writer) error { return errors.Join(w.exec(lease, "b"), w.exec(lease, "a")) }, true},
			{func(w *writer) error { return errors.Join(w.exec(lease, "c"), errors.New("after all not")) }, true},
			{func(w *writer) error { return w.exec(lease, "d") }, false},
		}
		var all []*job
		for _, is := range jobs {
			j := &job{ctx: t.Context(), run: is.run, done: make(chan error, 1)}
			all = append(all, j)
			db.writer.jobs <- j
		}
		close(block)
		for i, j := range all {
			if err := <-j.done; (err != nil) != jobs[i].fails {
				t.Errorf("%s: job %d: %v", name, i, err)
			}
		}
		leases, err := db.Leases(t.Context(), storetest.Start.AddDate(-100, 0, 0))
		if err != nil {
			t.Fatal(err)
		}
		var kept []string
		for _, l := range leases {
			kept = append(kept, l.Group)
		}
		if !slices.Equal(kept, []string{"a", "d"}) {
			t.Errorf("%s: kept %v", name, kept)
		}
	}
}

// TestWhatFailedIsNeverAcknowledged lets a job pass over its own error: PostgreSQL then answers COMMIT with a
// ROLLBACK that is no error.
func TestWhatFailedIsNeverAcknowledged(t *testing.T) {
	db := postgresSite(t)
	_, err := beside(t.Context(), db, func(w *writer) (nothing, error) {
		_, _ = w.changed(`SELECT 1 / 0`)
		return nothing{}, nil
	})
	if err == nil {
		t.Error("acknowledged")
	}
	keep(t, db, storetest.Comment(1)) // the next one is not disturbed
}

func TestWhoTakesLongBesideOthersHoldsNobodyUp(t *testing.T) {
	db := postgresSite(t)
	block, entered, left := make(chan struct{}), make(chan struct{}), make(chan error)
	go func() {
		_, err := beside(t.Context(), db, func(*writer) (nothing, error) { close(entered); <-block; return nothing{}, nil })
		left <- err
	}()
	<-entered
	for n := range 2 * len(db.crowd) {
		keep(t, db, storetest.Comment(n))
	}
	close(block)
	if err := <-left; err != nil {
		t.Error(err)
	}
}

func TestClosingLetsTheCrowdFinish(t *testing.T) {
	_, url := pgtest.Own(t)
	db, err := Open(t.Context(), Options{URL: url, Keys: testKeys})
	if err != nil {
		t.Fatal(err)
	}
	block, kept := make(chan struct{}), make(chan error)
	for n := range 2 * len(db.crowd) {
		go func() {
			_, err := beside(context.WithoutCancel(t.Context()), db, func(w *writer) (nothing, error) {
				<-block
				return nothing{}, w.exec(`INSERT INTO lease (group_id, editor, name, until) VALUES ($1, '', '', 1)`, storetest.NewID(n))
			})
			kept <- err
		}()
	}
	for len(db.crowd[0].jobs) < len(db.crowd) {
		runtime.Gosched()
	}
	closed := make(chan error)
	go func() { closed <- db.Close() }()
	<-db.crowd[0].quit
	close(block)
	for range 2 * len(db.crowd) {
		if err := <-kept; err != nil {
			t.Errorf("one of those who waited hears %v", err)
		}
	}
	if err := <-closed; err != nil {
		t.Error(err)
	}
}

// TestAFullDiskUnderVisitorsIsSeen lets only one of the crowd fail: what tells whether writing works asks the other writer.
func TestAFullDiskUnderVisitorsIsSeen(t *testing.T) {
	db := postgresSite(t)
	run(t, db, `CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS
			$$ BEGIN RAISE EXCEPTION USING ERRCODE = '53100', MESSAGE = 'could not extend file: No space left on device'; END $$`,
		`CREATE TRIGGER full_disk BEFORE INSERT ON spent FOR EACH ROW EXECUTE FUNCTION full_disk()`)
	if err := db.Writable(t.Context()); err != nil {
		t.Fatal(err) // nothing has failed yet
	}
	if _, err := db.Spend(t.Context(), [12]byte{1}, "x", true, storetest.Start); err == nil {
		t.Fatal("spent on a full disk")
	}
	wantUnavailable(t, db.Writable(t.Context()))
	run(t, db, `DROP TRIGGER full_disk ON spent`)
	if err := db.Writable(t.Context()); err != nil {
		t.Error(err)
	}
}

// TestAPurgeWaitsForWhoIsInTheWay keeps the writers' lock longer than the purge waits for it at a time.
func TestAPurgeWaitsForWhoIsInTheWay(t *testing.T) {
	db := postgresSite(t)
	run(t, db, `INSERT INTO spent (id, spender, spent, wrong, expires_at) VALUES ('a', '', TRUE, 0, 1)`,
		`INSERT INTO standing (id, kind, mark, sites, made_of, about, note, editor, name, at, until, ends, likeness) VALUES ('s', 'ban', '', '[]', '', '', '', '', '', 0, 0, 1, 0)`)
	entered := make(chan struct{})
	left := make(chan error)
	go func() {
		_, err := beside(t.Context(), db, func(w *writer) (nothing, error) {
			if err := w.tried(`SELECT 1`); err != nil { // the lock is taken with the first that somebody waits for
				return nothing{}, err
			}
			close(entered)
			return nothing{}, w.tried(`SELECT pg_sleep(0.7)`)
		})
		left <- err
	}()
	<-entered
	if got, err := db.Purge(t.Context(), storetest.Start); err != nil || got.Marks != 1 || got.Standing != 1 {
		t.Errorf("purged %+v %v", got, err)
	}
	if err := <-left; err != nil {
		t.Error(err)
	}
}
