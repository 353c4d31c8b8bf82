package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"runtime"
	"strings"
	"time"

	"github.com/pressly/goose/v3"
	_ "modernc.org/sqlite" // the driver "sqlite"

	"balasan/store/migrations"
)

// sqliteFile is SQLite's engine on one file (WAL with synchronous=FULL).
type sqliteFile string

func (path sqliteFile) open() (writers, readers *sql.DB, err error) {
	if err := touch(string(path)); err != nil {
		return nil, nil, err
	}
	if writers, err = sql.Open("sqlite", dsn(string(path), false)); err != nil {
		return nil, nil, err
	}
	writers.SetMaxOpenConns(1)
	if readers, err = sql.Open("sqlite", dsn(string(path), true)); err != nil {
		return writers, nil, err
	}
	most := max(4, 2*runtime.GOMAXPROCS(0))
	readers.SetMaxOpenConns(most)
	readers.SetMaxIdleConns(most)
	return writers, readers, nil
}

// still keeps everybody from writing to the file until held ends, which reads it as it is then.
func (path sqliteFile) still(ctx context.Context) (file *sql.DB, held *sql.Tx, err error) {
	if file, err = sql.Open("sqlite", dsn(string(path), false)); err != nil {
		return nil, nil, err
	}
	if held, err = file.BeginTx(ctx, nil); err != nil {
		return nil, nil, errors.Join(fmt.Errorf("something else writes to the database: %w", err), file.Close())
	}
	return file, held, nil
}

func (sqliteFile) writers() (alone, side turns) {
	return turns{count: 1, begin: []string{`BEGIN IMMEDIATE`}, most: maxBatch}, turns{}
}

func (sqliteFile) migrations() (goose.Dialect, fs.FS) { return goose.DialectSQLite3, migrations.Files }
func (sqliteFile) once(ctx context.Context, _ *sql.DB, work func(context.Context) error) error {
	return work(ctx) // one program has the file
}
func (sqliteFile) prepares() bool { return true }

// dialect leaves out what a single writer has no use for.
func (sqliteFile) dialect(query string) string { return strings.TrimSuffix(query, skipLocked) }

// afterwards reads, so that the log's index has a mark at its end. Who finds it there writes nothing in order to
// read: what was kept can be read when the folder has become read-only.
func (sqliteFile) afterwards() string {
	return `SELECT count(*) FROM (SELECT 1 FROM site LIMIT 1) AS any_row`
}

// scrub begins the log anew, since it still holds what was overwritten in the file. It asks again instead of waiting:
// who waits for readers here makes the one who writes wait. Where no moment is without them, the next scrub finds one.
func (sqliteFile) scrub(ctx context.Context, readers *sql.DB) error {
	conn, err := readers.Conn(ctx)
	if err != nil {
		return unavailable(err)
	}
	defer conn.Close()
	if _, err := conn.ExecContext(ctx, `PRAGMA busy_timeout(0)`); err != nil {
		return unavailable(err)
	}
	defer conn.ExecContext(context.WithoutCancel(ctx), `PRAGMA `+patience)
	for range 20 {
		var busy, pages, moved int
		if err := conn.QueryRowContext(ctx, `PRAGMA wal_checkpoint(TRUNCATE)`).Scan(&busy, &pages, &moved); err != nil || busy == 0 {
			return unavailable(err)
		}
		time.Sleep(50 * time.Millisecond)
	}
	return nil
}

func (sqliteFile) broken(error) bool { return false }
func (sqliteFile) name() string      { return "SQLite" }

// transaction ends by itself: the file does not hang.
func (sqliteFile) transaction() (context.Context, context.CancelFunc) {
	return context.Background(), func() {}
}

func (sqliteFile) checks() []invariant {
	return []invariant{
		{"damaged file", `SELECT integrity_check FROM pragma_integrity_check WHERE integrity_check <> 'ok'`},
		{"points to a row that is not there: table", `SELECT "table" FROM pragma_foreign_key_check`},
	}
}

func (sqliteFile) demands() []demand {
	return []demand{
		{"journal_mode", `PRAGMA journal_mode`, []string{"wal"}},
		{"synchronous", `PRAGMA synchronous`, []string{"2", "3"}}, // FULL and EXTRA
	}
}

const patience = "busy_timeout(2000)" // milliseconds

// dsn holds the settings of every connection. FULL and not NORMAL: the latter loses commits at power loss. What is
// deleted or replaced is overwritten in the file. Savepoints of a batch keep what they might restore in memory and not
// in a file; pages go from the log into the database every 16 MB, so that one that many commits touch goes once.
func dsn(path string, readOnly bool) string {
	q := url.Values{"_txlock": {"immediate"}, "_pragma": {
		patience, "journal_mode(WAL)", "synchronous(FULL)",
		"foreign_keys(ON)", "trusted_schema(OFF)", "temp_store(MEMORY)", "wal_autocheckpoint(4000)", "secure_delete(ON)"}}
	if readOnly {
		q["_pragma"] = append(q["_pragma"], "query_only(ON)", "cache_size(-2000)") // kB; the system has the file in memory as well
	} else {
		q["_pragma"] = append(q["_pragma"], "cache_size(-8000)") // a batch of submissions touches that much
	}
	return (&url.URL{Scheme: "file", OmitHost: true, Path: path, RawQuery: q.Encode()}).String()
}

// touch makes the file for its owner only; SQLite gives the same mode to its WAL.
func touch(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	return f.Close()
}
