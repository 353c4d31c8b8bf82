// Package store keeps everything on SQLite or PostgreSQL. A write that returned nil is on disk;
// writers share their transactions, readers have connections of their own.
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
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/semaphore"

	"balasan/moderation"
)

// Options say where the database lies and what seals it.
type Options struct {
	Path  string // of SQLite's file; made with mode 0600 when it is missing
	URL   string // of PostgreSQL, postgres://…; then Path is not looked at
	Crowd int    // connections that write to PostgreSQL side by side; 0 is 16, or what Connections leaves
	Keys  Keys

	Standby          string        // URL of a PostgreSQL that follows the one of URL; pages of threads are read from it
	Connections      int           // the most to PostgreSQL, half of them to read; 0 is 48
	StatementTimeout time.Duration // of PostgreSQL; 0 is 1.5 s
	LockTimeout      time.Duration // of PostgreSQL; 0 is 0.5 s
	Target           bool          // of CopyTo, which may find a PostgreSQL that it has not finished
}

// DB is an open database. It is safe for concurrent use.
type DB struct {
	engine  engine
	readers *sql.DB
	places  *semaphore.Weighted // as many as readers has connections; nil on SQLite
	writers *sql.DB
	writer  *writer     // for what must be alone
	failed  atomic.Bool // something was not written since Writable last looked
	crowd   []*writer   // for what may run side by side: they share a queue; the same one on SQLite
	keys    Keys
	sites   siteCache

	standing standingCache
	standby  *standby // nil without one
	changed  atomic.Pointer[func([]moderation.Hint)]

	stmts sync.Map // SQL text → *sql.Stmt of the readers
}

// Open opens or makes the database, brings its schema up to date and starts the writers. It
// refuses a schema that is newer than this program, and what [DB.CopyTo] has not finished.
func Open(ctx context.Context, o Options) (*DB, error) {
	if err := o.Keys.check(); err != nil {
		return nil, err
	}
	db := &DB{engine: sqliteFile(o.Path), keys: o.Keys}
	if o.URL != "" {
		p := newPostgres(o)
		db.engine, db.places = p, semaphore.NewWeighted(int64(p.reading()))
		if err := db.follow(p, o.Standby); err != nil {
			return nil, err
		}
	}
	if err := db.open(ctx, o); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

func (db *DB) open(ctx context.Context, o Options) (err error) {
	if db.writers, db.readers, err = db.engine.open(); err != nil {
		return fmt.Errorf("open database: %w", err)
	}
	if o.URL != "" && !o.Target {
		if err := db.whole(ctx); err != nil {
			return err
		}
	}
	if err := db.Migrate(ctx); err != nil {
		return err
	}
	if err := db.startWriters(); err != nil {
		return err
	}
	return db.RefreshStanding(ctx, time.Now())
}

// startWriters connects the one that must be alone; the crowd connects when it has work.
func (db *DB) startWriters() error {
	alone, side := db.engine.writers()
	db.writer = db.newWriter(alone, make(chan *job, maxQueue))
	if err := db.writer.connect(); err != nil {
		return fmt.Errorf("connect the writer: %w", err)
	}
	go db.writer.loop()
	shared := make(chan *job, maxQueue)
	for range side.count {
		one := db.newWriter(side, shared)
		go one.loop()
		db.crowd = append(db.crowd, one)
	}
	if side.count == 0 {
		db.crowd = []*writer{db.writer}
	}
	return nil
}

// Close lets the writes under way finish and closes the file.
func (db *DB) Close() error {
	var faults []error
	for _, one := range db.crowd {
		if one != db.writer {
			faults = append(faults, one.close())
		}
	}
	if db.writer != nil {
		faults = append(faults, db.writer.close())
	}
	db.stmts.Range(func(_, stmt any) bool {
		faults = append(faults, stmt.(*sql.Stmt).Close())
		return true
	})
	pools := []*sql.DB{db.readers, db.writers}
	if db.standby != nil {
		pools = append(pools, db.standby.pool)
	}
	for _, pool := range pools {
		if pool != nil {
			faults = append(faults, pool.Close())
		}
	}
	return errors.Join(faults...)
}

// reading returns the statement, prepared once.
func (db *DB) reading(ctx context.Context, query string) (*sql.Stmt, error) {
	if stmt, ok := db.stmts.Load(query); ok {
		return stmt.(*sql.Stmt), nil
	}
	stmt, err := db.readers.PrepareContext(ctx, db.engine.dialect(query))
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
	if !db.engine.prepares() {
		if err := db.await(ctx); err != nil {
			return err
		}
		defer db.places.Release(1)
		return unavailable(db.again(ctx, func() (begun bool, err error) {
			return false, db.readers.QueryRowContext(ctx, db.engine.dialect(query), args...).Scan(into...)
		}))
	}
	stmt, err := db.reading(ctx, query)
	if err != nil {
		return err
	}
	return unavailable(stmt.QueryRowContext(ctx, args...).Scan(into...))
}

// each runs a query and calls scan for every row.
func (db *DB) each(ctx context.Context, query string, args []any, scan func(*sql.Rows) error) error {
	if !db.engine.prepares() {
		if err := db.await(ctx); err != nil {
			return err
		}
		defer db.places.Release(1)
		return unavailable(db.again(ctx, func() (begun bool, err error) {
			err = eachOf(ctx, db.readers, db.engine.dialect(query), args, func(rows *sql.Rows) error { begun = true; return scan(rows) })
			return begun, err
		}))
	}
	stmt, err := db.reading(ctx, query)
	if err != nil {
		return unavailable(err)
	}
	rows, err := stmt.QueryContext(ctx, args...)
	if err != nil {
		return unavailable(err)
	}
	return unavailable(eachRow(rows, scan))
}

// again reads once more where a connection that was kept turned out to be gone, which the pool looks for only
// after a second of rest. There are no more of them than readers have. What has begun to hand over rows is not read again.
func (db *DB) again(ctx context.Context, read func() (begun bool, err error)) error {
	begun, err := read()
	for tries := 0; !begun && lostPostgres(err) && ctx.Err() == nil && tries < db.readers.Stats().MaxOpenConnections; tries++ {
		begun, err = read()
	}
	return err
}

// queryer is a pool or a transaction that reads.
type queryer interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

func eachOf(ctx context.Context, from queryer, query string, args []any, scan func(*sql.Rows) error) error {
	rows, err := from.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	return eachRow(rows, scan)
}

// await waits a moment for one of the readers' connections; Unavailable when all stay taken.
func (db *DB) await(ctx context.Context) error {
	limit, cancel := context.WithTimeout(ctx, connectionPatience)
	defer cancel()
	if err := db.places.Acquire(limit, 1); err != nil {
		return unavailable(fmt.Errorf("every connection is taken: %w", err))
	}
	return nil
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
