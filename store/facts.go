package store

import (
	"context"
	"database/sql"
	"fmt"

	"balasan/moderation"
)

// Facts reads at most limit facts of the outbox after a place, in order.
func (db *DB) Facts(ctx context.Context, after int64, limit int) ([]moderation.Fact, error) {
	var all []moderation.Fact
	err := db.each(ctx, `SELECT o.id, o.kind, o.site, o.comment, o.batch, coalesce(d.name, ''), coalesce(d.to_state, c.born, ''), o.at
		FROM outbox o LEFT JOIN decision d ON d.comment = o.comment AND d.batch = o.batch AND o.batch <> '' LEFT JOIN comment c ON c.id = o.comment
		WHERE o.id > $1 ORDER BY o.id LIMIT $2`, []any{after, limit}, func(rows *sql.Rows) error {
		var f moderation.Fact
		var at int64
		err := rows.Scan(&f.ID, &f.Kind, &f.Site, &f.Comment, &f.Batch, &f.By, &f.To, &at)
		f.At = fromMicros(at)
		all = append(all, f)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read facts: %w", err)
	}
	return all, nil
}
