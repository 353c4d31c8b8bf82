package store

import (
	"context"
	"fmt"

	"github.com/pressly/goose/v3"
)

// Migrate brings the schema up to date; doing it again changes nothing. A schema from a newer
// program is refused, since this one could misread it.
func (db *DB) Migrate(ctx context.Context) error {
	return db.engine.once(ctx, db.writers, db.migrate)
}

func (db *DB) migrate(ctx context.Context) error {
	dialect, files := db.engine.migrations()
	steps, err := goose.NewProvider(dialect, db.writers, files, goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return fmt.Errorf("read migrations: %w", err)
	}
	have, err := steps.GetDBVersion(ctx)
	if err != nil {
		return unavailable(fmt.Errorf("read schema version: %w", err))
	}
	sources := steps.ListSources()
	known := sources[len(sources)-1].Version
	if have > known {
		return fmt.Errorf("the database has schema %d, but this program knows only up to %d: run the newer program, or restore a backup made before its migration", have, known)
	}
	if have == known {
		return nil
	}
	if _, err := steps.Up(ctx); err != nil {
		return unavailable(fmt.Errorf("migrate from schema %d to %d: %w", have, known, err))
	}
	return nil
}
