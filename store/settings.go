package store

import (
	"context"
	"fmt"
)

// Settings are what a database on disk must be set to for its promises to hold.
type Settings struct {
	Journal     string // "wal"
	Synchronous int    // 2 is FULL
}

// Settings reads what is in force on the connection that writes.
func (db *DB) Settings(ctx context.Context) (Settings, error) {
	s, err := write(ctx, db, func(w *writer) (s Settings, err error) {
		if err = w.row(`PRAGMA journal_mode`, nil, &s.Journal); err == nil {
			err = w.row(`PRAGMA synchronous`, nil, &s.Synchronous)
		}
		return s, err
	})
	if err != nil {
		return Settings{}, fmt.Errorf("read the database's settings: %w", err)
	}
	return s, nil
}
