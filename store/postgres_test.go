package store

import (
	"context"
	"database/sql"
	"strings"
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

// TestAServerThatCameBackCostsNobodyAnAnswer lets every connection break that writers keep. What was sent on it
// before the transaction's end is sent again by a new one.
func TestAServerThatCameBackCostsNobodyAnAnswer(t *testing.T) {
	server, url := pgtest.Own(t)
	db := openWithOne(t, Options{URL: url})
	crowded(t, db, 1000)
	for name, broken := range map[string]func() error{
		"a power cut": func() error { server.Kill(); return server.Run() },
		"closed by hand": func() error {
			_, err := db.readers.ExecContext(t.Context(), `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query = 'COMMIT'`)
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			if err := broken(); err != nil {
				t.Fatal(err)
			}
			from := 2000 + 1000*len(name)
			crowded(t, db, from)
			if err := db.Writable(t.Context()); err != nil {
				t.Error("the one who must be alone:", err)
			}
			for n := range 4 * crowdSize {
				if _, err := db.Entry(t.Context(), storetest.Comment(from+n).ID, nil); err != nil {
					t.Error("an acknowledged comment is lost:", err)
				}
			}
		})
	}
	server.Kill()
	_, err := db.Keep(t.Context(), storetest.Comment(9000))
	wantUnavailable(t, err)
	wantUnavailable(t, db.Writable(t.Context()))
}

// TestReadersHearNothingOfSessionsThatEnded ends all sessions that read, each used a moment ago, so that the pool
// does not look after them. Whoever reads next, be it by itself, by row or by rows, hears nothing of it.
func TestReadersHearNothingOfSessionsThatEnded(t *testing.T) {
	db := openWithOne(t, Options{URL: pgtest.Database(t, migrated)})
	for name, read := range map[string]func() error{
		"row": func() error {
			var n int
			return db.row(t.Context(), `SELECT count(*) FROM comment`, nil, &n)
		},
		"each": func() error {
			return db.each(t.Context(), `SELECT id FROM comment`, nil, func(*sql.Rows) error { return nil })
		},
	} {
		resting(t, db)
		resting(t, db) // a new one is asked when it is used for the second time
		ended(t, db, `TRUE`)
		before := db.readers.Stats().OpenConnections
		if err := read(); err != nil {
			t.Error(name, err)
		}
		if gone := before - db.readers.Stats().OpenConnections; gone < 1 {
			t.Errorf("%s: control: no session of %d had ended", name, before)
		}
	}
}

// resting makes and uses every connection that readers may have.
func resting(t *testing.T, db *DB) {
	t.Helper()
	for range db.readers.Stats().MaxOpenConnections {
		conn, err := db.readers.Conn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
	}
}

// ended ends the sessions of which it is true, but for the one that ends them.
func ended(t *testing.T, db *DB, which string) {
	t.Helper()
	which = ` FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND ` + which
	if _, err := db.writers.ExecContext(t.Context(), `SELECT pg_terminate_backend(pid)`+which); err != nil {
		t.Fatal(err)
	}
	for left := 1; left > 0; {
		if err := db.writers.QueryRowContext(t.Context(), `SELECT count(*)`+which).Scan(&left); err != nil {
			t.Fatal(err)
		}
	}
}

// TestRowsThatWereSeenAreNotSeenTwice loses its session in the midst of what it reads.
func TestRowsThatWereSeenAreNotSeenTwice(t *testing.T) {
	db := openWithOne(t, Options{URL: pgtest.Database(t, migrated)})
	seen := 0
	err := db.each(t.Context(), `SELECT n FROM generate_series(1, 1000000) n`, nil, func(*sql.Rows) error {
		if seen++; seen > 1 {
			return nil
		}
		ended(t, db, `query LIKE '%generate_series(1, 1000000)%'`)
		return nil
	})
	wantUnavailable(t, err)
	if seen == 0 || seen >= 1000000 {
		t.Errorf("%d rows seen of what was cut off in its midst", seen)
	}
}

// crowded keeps comments from so many at once that each writer of the crowd has its turn.
func crowded(t *testing.T, db *DB, from int) {
	t.Helper()
	var all sync.WaitGroup
	for n := range 4 * crowdSize {
		all.Go(func() {
			if _, err := db.Keep(context.WithoutCancel(t.Context()), storetest.Comment(from+n)); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
}

func TestWhatAPowerCutMayTakeIsNamed(t *testing.T) {
	_, url := pgtest.Own(t)
	for how, want := range map[string]string{"": "", "&synchronous_commit=local": "", "&synchronous_commit=off": "synchronous_commit is off"} {
		db, err := Open(t.Context(), Options{URL: url + how, Keys: testKeys})
		if err != nil {
			t.Fatal(err)
		}
		unsafe, err := db.Unsafe(t.Context())
		if said := strings.Join(unsafe, ", "); err != nil || said != want {
			t.Errorf("%q: %q %v, want %q", how, said, err, want)
		}
		if err := db.Close(); err != nil {
			t.Error(err)
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
