package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// DeskRules is the newest rule file of the desk with its version; 0 before the first was kept.
func (db *DB) DeskRules(ctx context.Context) (version int64, file []byte, err error) {
	err = db.row(ctx, `SELECT version, file FROM desk_rules ORDER BY version DESC LIMIT 1`, nil, &version, &file)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return 0, nil, fmt.Errorf("read the desk's rules: %w", err)
	}
	return version, file, nil
}

// DeskRulesVersion is the version alone, which costs little to ask for.
func (db *DB) DeskRulesVersion(ctx context.Context) (version int64, err error) {
	if err = db.row(ctx, `SELECT coalesce(max(version), 0) FROM desk_rules`, nil, &version); err != nil {
		return 0, fmt.Errorf("read the version of the desk's rules: %w", err)
	}
	return version, nil
}

// KeepDeskRules keeps the file that was made of a version and tells whether it did: of all who do so at
// once one succeeds, and nobody does whose version is not the newest any more.
func (db *DB) KeepDeskRules(ctx context.Context, from int64, file []byte, at time.Time) (bool, error) {
	kept, err := write(ctx, db, func(w *writer) (bool, error) {
		n, err := w.changed(`INSERT INTO desk_rules (version, file, at) SELECT $1, $2, $3
			FROM (SELECT coalesce(max(version), 0) AS newest FROM desk_rules) AS d WHERE newest = $4`, from+1, file, micros(at), from)
		return n > 0, err
	})
	if err != nil {
		return false, fmt.Errorf("keep the desk's rules: %w", err)
	}
	return kept, nil
}
