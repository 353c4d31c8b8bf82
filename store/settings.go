package store

import (
	"context"
	"fmt"
	"slices"
)

// demand is a setting on which it rests that what was acknowledged is on disk.
type demand struct {
	setting, query string
	good           []string
}

// Unsafe names the settings under which a power cut may take what was acknowledged, as the connection that
// writes has them; none is as it should be. Unavailable when they cannot be read.
func (db *DB) Unsafe(ctx context.Context) ([]string, error) {
	found, err := write(ctx, db, func(w *writer) (found []string, err error) {
		for _, d := range w.engine.demands() {
			var value string
			if err := w.row(d.query, nil, &value); err != nil {
				return nil, err
			}
			if !slices.Contains(d.good, value) {
				found = append(found, d.setting+" is "+value)
			}
		}
		return found, nil
	})
	if err != nil {
		return nil, fmt.Errorf("read the database's settings: %w", err)
	}
	return found, nil
}
