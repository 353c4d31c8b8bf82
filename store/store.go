// Package store keeps everything on SQLite. A write that returned nil is on disk (WAL with
// synchronous=FULL); writers share their transactions, readers have connections of their own.
//
// It has no policy and knows no roles. E-mail and client addresses are sealed with a key per
// site and looked up by keyed hashes only. Every method returns a [moderation.Problem] where
// somebody outside may hear about it.
package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"runtime"
	"sync"
	"time"

	_ "modernc.org/sqlite" // the driver "sqlite"

	"balasan/moderation"
)

// Options say where the database lies and what seals it.
type Options struct {
	Path string // file; made with mode 0600 when it is missing
	Keys Keys
}

// DB is an open database. It is safe for concurrent use.
type DB struct {
	path    string
	readers *sql.DB
	writers *sql.DB // one connection
	writer  *writer
	keys    Keys
	sites   siteCache

	standing standingCache

	stmts sync.Map // SQL text → *sql.Stmt of the readers
}

// Open opens or makes the database, brings its schema up to date and starts the writer. It
// refuses a schema that is newer than this program.
func Open(ctx context.Context, o Options) (*DB, error) {
	if err := o.Keys.check(); err != nil {
		return nil, err
	}
	if err := touch(o.Path); err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	db := &DB{path: o.Path, keys: o.Keys}
	if err := db.open(ctx); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

func (db *DB) open(ctx context.Context) (err error) {
	if db.writers, err = sql.Open("sqlite", dsn(db.path, false)); err != nil {
		return fmt.Errorf("open database: %w", err)
	}
	db.writers.SetMaxOpenConns(1)
	if err := db.Migrate(ctx); err != nil {
		return err
	}
	if db.readers, err = sql.Open("sqlite", dsn(db.path, true)); err != nil {
		return fmt.Errorf("open database for reading: %w", err)
	}
	readers := max(4, 2*runtime.GOMAXPROCS(0))
	db.readers.SetMaxOpenConns(readers)
	db.readers.SetMaxIdleConns(readers)
	conn, err := db.writers.Conn(ctx)
	if err != nil {
		return fmt.Errorf("connect the writer: %w", err)
	}
	db.writer = startWriter(conn)
	return db.RefreshStanding(ctx, time.Now())
}

// Close lets the writes under way finish and closes the file.
func (db *DB) Close() error {
	var faults []error
	if db.writer != nil {
		faults = append(faults, db.writer.close())
	}
	db.stmts.Range(func(_, stmt any) bool {
		faults = append(faults, stmt.(*sql.Stmt).Close())
		return true
	})
	for _, pool := range []*sql.DB{db.readers, db.writers} {
		if pool != nil {
			faults = append(faults, pool.Close())
		}
	}
	return errors.Join(faults...)
}

// dsn holds the settings of every connection. FULL and not NORMAL: the latter loses commits at
// power loss.
func dsn(path string, readOnly bool) string {
	q := url.Values{"_txlock": {"immediate"}, "_pragma": {
		"busy_timeout(2000)", "journal_mode(WAL)", "synchronous(FULL)",
		"foreign_keys(ON)", "trusted_schema(OFF)", "cache_size(-8000)"}}
	if readOnly {
		q.Add("_pragma", "query_only(ON)")
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

// reading returns the statement, prepared once.
func (db *DB) reading(ctx context.Context, query string) (*sql.Stmt, error) {
	if stmt, ok := db.stmts.Load(query); ok {
		return stmt.(*sql.Stmt), nil
	}
	stmt, err := db.readers.PrepareContext(ctx, query)
	if err != nil {
		return nil, unavailable(err)
	}
	if first, raced := db.stmts.LoadOrStore(query, stmt); raced {
		return first.(*sql.Stmt), stmt.Close()
	}
	return stmt, nil
}

// row runs a query of one row; sql.ErrNoRows stays as it is.
func (db *DB) row(ctx context.Context, query string, args []any, into ...any) error {
	stmt, err := db.reading(ctx, query)
	if err != nil {
		return err
	}
	return unavailable(stmt.QueryRowContext(ctx, args...).Scan(into...))
}

// each runs a query and calls scan for every row.
func (db *DB) each(ctx context.Context, query string, args []any, scan func(*sql.Rows) error) error {
	stmt, err := db.reading(ctx, query)
	if err != nil {
		return err
	}
	rows, err := stmt.QueryContext(ctx, args...)
	if err != nil {
		return unavailable(err)
	}
	return unavailable(eachRow(rows, scan))
}

func eachRow(rows *sql.Rows, scan func(*sql.Rows) error) error {
	defer rows.Close()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

func notFound() error { return &moderation.Problem{Code: moderation.NotFound} }

// orNotFound makes the absence of a row a Problem.
func orNotFound(err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return notFound()
	}
	return err
}

// micros is how times are stored; the zero time is 0.
func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

func fromMicros(us int64) time.Time {
	if us == 0 {
		return time.Time{}
	}
	return time.UnixMicro(us).UTC()
}
