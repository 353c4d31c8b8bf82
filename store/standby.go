package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"balasan/moderation"
)

const (
	standbyPatience = 100 * time.Millisecond // what one page from the standby may take
	standbyPause    = time.Second            // how long it is left alone after it failed
)

// standby is a PostgreSQL that follows the primary. Pages of threads are read from it where it has at
// least the version that the primary names; what it fails at, or has not heard of yet, the primary answers.
type standby struct {
	pool   *sql.DB
	resume atomic.Int64           // when it may be asked again, in Unix nanoseconds; 0 while it answers
	target atomic.Pointer[string] // how far the primary had written when it was asked last
	pages  atomic.Int64           // that it gave
}

var errStandbyBehind = errors.New("the standby has not heard of it yet")

// page reads a page in one snapshot, so that its comments are those of its version.
func (s *standby) page(ctx context.Context, want threadHead, query string, args []any) (tp moderation.ThreadPage, err error) {
	if !s.admits(time.Now()) {
		return tp, errStandbyBehind
	}
	limit, cancel := context.WithTimeout(ctx, standbyPatience)
	defer cancel()
	tp, err = s.snapshot(limit, want, query, args)
	switch {
	case err == nil:
		s.pages.Add(1)
		s.resume.Store(0)
	case errors.Is(err, errStandbyBehind):
		s.resume.Store(0)
	case ctx.Err() == nil: // the reader has not left
		s.resume.Store(time.Now().Add(standbyPause).UnixNano())
	}
	return tp, err
}

// follow makes the pool of the standby; it connects when it is first asked, so that one that is away
// holds up no start.
func (db *DB) follow(p postgres, url string) error {
	if url == "" {
		return nil
	}
	config, err := p.config(url)
	if err != nil {
		return fmt.Errorf("address of the standby: %w", err)
	}
	db.standby = &standby{pool: p.pool(config, p.reading())}
	return nil
}

// admits lets one page a second try a standby that failed.
func (s *standby) admits(now time.Time) bool {
	due := s.resume.Load()
	return due == 0 || now.UnixNano() >= due && s.resume.CompareAndSwap(due, now.Add(standbyPause).UnixNano())
}

func (s *standby) snapshot(ctx context.Context, want threadHead, query string, args []any) (tp moderation.ThreadPage, err error) {
	tx, err := s.pool.BeginTx(ctx, &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true})
	if err != nil {
		return tp, err
	}
	defer tx.Rollback() // it changes nothing
	var version int64
	err = tx.QueryRowContext(ctx, `SELECT version, approved FROM thread WHERE id = $1`, want.id).Scan(&version, &tp.Count)
	if errors.Is(err, sql.ErrNoRows) || err == nil && version < want.version {
		err = errStandbyBehind
	}
	if err == nil {
		err = eachOf(ctx, tx, query, args, func(rows *sql.Rows) error { return scanPublished(rows, &tp) })
	}
	return tp, err
}

// StandbyPages counts the pages that were read from the standby; 0 without one.
func (db *DB) StandbyPages() int64 {
	if db.standby == nil {
		return 0
	}
	return db.standby.pages.Load()
}

// Standby tells why the primary answers in the standby's place now; empty while the standby is used, or
// where none is configured. The error is what a standby that does not answer said instead. Called once a second, it
// finds one behind that lacks what was written a call ago.
func (db *DB) Standby(ctx context.Context) (note string, why error) {
	s := db.standby
	if s == nil {
		return "", nil
	}
	reached, err := s.reached(ctx)
	if err != nil {
		s.resume.Store(time.Now().Add(standbyPause).UnixNano())
		return "does not answer: threads are read from the primary", err
	}
	var now string
	if err := db.row(ctx, `SELECT CAST(pg_current_wal_lsn() AS TEXT)`, nil, &now); err == nil {
		s.target.Store(&now)
	}
	if !reached {
		return "is behind: threads that changed are read from the primary", nil
	}
	return "", nil
}

// reached tells whether the standby has what the primary had written when it was asked last.
func (s *standby) reached(ctx context.Context) (reached bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, 5*standbyPatience)
	defer cancel()
	target := s.target.Load()
	if target == nil {
		target = new(string)
	}
	err = s.pool.QueryRowContext(ctx, `SELECT NOT pg_is_in_recovery() OR coalesce(pg_last_wal_replay_lsn() >= CAST($1 AS pg_lsn), TRUE)`,
		cmp.Or(*target, "0/0")).Scan(&reached)
	return reached, err
}
