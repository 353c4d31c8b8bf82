package store

import (
	"context"
	"sync"
	"testing"
	"time"

	"balasan/internal/pgtest"
	"balasan/moderation"
	"balasan/store/storetest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

func TestContractOnPostgres(t *testing.T) {
	storetest.Run(t, func(t *testing.T) storetest.Backend { return openPostgres(t) })
	storetest.RunSignIns(t, func(t *testing.T) storetest.SignIns { return openPostgres(t) })
	storetest.RunMails(t, func(t *testing.T) storetest.Mails { return openPostgres(t) })
}

// migrated is a database with the schema in it.
func migrated(url string) error {
	db, err := Open(context.Background(), Options{URL: url, Keys: testKeys})
	if err != nil {
		return err
	}
	return db.Close()
}

func openPostgres(t testing.TB) *DB {
	t.Helper()
	db, err := Open(t.Context(), Options{URL: pgtest.Database(t, migrated), Crowd: 3, Keys: testKeys})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

// openWithOne opens a database and keeps one of storetest's comments in it.
func openWithOne(t testing.TB, o Options) *DB {
	t.Helper()
	o.Keys = testKeys
	db, err := Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() }) // its server may be gone by then
	if err := db.AddSite(t.Context(), moderation.Site{ID: "desa", Policy: moderation.DefaultPolicy()}); err != nil {
		t.Fatal(err)
	}
	keep(t, db, storetest.Comment(1))
	return db
}

// TestTheTailNeverPassesWhatIsNotCommitted holds a fact back while a later one is committed.
func TestTheTailNeverPassesWhatIsNotCommitted(t *testing.T) {
	db := openPostgres(t)
	insert := `INSERT INTO outbox (kind, site, comment, batch, at) VALUES ('received', '', $1, '', 0)`
	slow, err := db.writers.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := slow.ExecContext(t.Context(), insert, "first"); err != nil {
		t.Fatal(err)
	}
	if _, err := db.writers.ExecContext(t.Context(), insert, "second"); err != nil {
		t.Fatal(err)
	}
	count := func(from string) (n int) {
		if err := db.row(t.Context(), `SELECT count(*) FROM `+from, nil, &n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	if n := count("outbox"); n != 1 {
		t.Errorf("control: the table shows %d facts, want the later one", n)
	}
	if n := count("outbox_tail"); n != 0 {
		t.Errorf("the tail shows %d facts before the earlier one is committed", n)
	}
	if err := slow.Commit(); err != nil {
		t.Fatal(err)
	}
	if n := count("outbox_tail"); n != 2 {
		t.Errorf("the tail shows %d facts, want both", n)
	}
}

// TestEightProgramsMigrateAtOnce opens an empty database from many sides.
func TestEightProgramsMigrateAtOnce(t *testing.T) {
	_, url := pgtest.Own(t, "fsync=off")
	migrateAtOnce(t, url)
}

// migrateAtOnce lets eight programs bring one schema up to date.
func migrateAtOnce(t *testing.T, url string) {
	t.Helper()
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if err := migrated(url); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
}

// TestAWriterComesBackAfterThePowerCut goes on with the connections that broke.
func TestAWriterComesBackAfterThePowerCut(t *testing.T) {
	server, url := pgtest.Own(t)
	db, err := Open(t.Context(), Options{URL: url, Keys: testKeys})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.AddSite(t.Context(), moderation.Site{ID: "desa", Policy: moderation.DefaultPolicy()}); err != nil {
		t.Fatal(err)
	}
	for n := range 2 * crowdSize {
		keep(t, db, storetest.Comment(n))
	}
	server.Kill()
	_, err = db.Keep(t.Context(), storetest.Comment(1000))
	wantUnavailable(t, err)
	wantUnavailable(t, db.Writable(t.Context()))
	if err := server.Run(); err != nil {
		t.Fatal(err)
	}
	refused := 0
	for n := range 4 * crowdSize {
		if _, err := db.Keep(t.Context(), storetest.Comment(2000+n)); err != nil {
			wantUnavailable(t, err)
			refused++
		}
	}
	if refused > crowdSize {
		t.Errorf("%d submissions were refused, more than connections broke", refused)
	}
	for n := range 2 * crowdSize {
		if _, err := db.Entry(t.Context(), storetest.Comment(n).ID, nil); err != nil {
			t.Errorf("an acknowledged comment is lost: %v", err)
		}
	}
}

// TestAHangingServerHoldsUpNobodyForLong answers within the caller's time and goes on afterwards.
func TestAHangingServerHoldsUpNobodyForLong(t *testing.T) {
	server, url := pgtest.Own(t, "fsync=off")
	db := openWithOne(t, Options{URL: url})
	if err := server.Hang(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	_, err := db.Keep(ctx, storetest.Comment(2))
	wantUnavailable(t, err)
	_, err = db.Entry(ctx, storetest.Comment(1).ID, nil)
	wantUnavailable(t, err)
	if err := server.Resume(); err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(20 * time.Second); ; {
		if _, err = db.Keep(t.Context(), storetest.Comment(2)); err == nil {
			break
		}
		wantUnavailable(t, err)
		if time.Now().After(end) {
			t.Fatal("it does not go on")
		}
	}
}
