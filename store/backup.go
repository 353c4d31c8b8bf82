package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
)

// Backup writes a consistent copy to path while the database is in use. It refuses a file that
// exists; what it writes is for its owner only. The copy opens with the same master keys.
func (db *DB) Backup(ctx context.Context, path string) error {
	file, ok := db.engine.(sqliteFile)
	if !ok {
		return fmt.Errorf("backups of %s are made with its own tools (pg_dump, pg_basebackup)", db.engine.name())
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("make backup: %w", err)
	}
	if err := file.copyTo(ctx, f); err != nil {
		return errors.Join(fmt.Errorf("write backup: %w", err), os.Remove(path))
	}
	return nil
}

func (path sqliteFile) copyTo(ctx context.Context, f *os.File) error {
	defer f.Close()
	source, err := sql.Open("sqlite", dsn(string(path), false))
	if err != nil {
		return err
	}
	defer source.Close()
	if _, err := source.ExecContext(ctx, `VACUUM INTO $1`, f.Name()); err != nil {
		return unavailable(err)
	}
	return f.Sync()
}
