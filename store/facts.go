package store

import (
	"context"
	"database/sql"
	"fmt"

	"balasan/moderation"
)

// fact is a row of the outbox on its way there.
type fact struct {
	kind, site, comment, batch string
	state                      moderation.State // that it left the comment in
	at                         int64
}

func (w *writer) announce(f fact) error {
	return w.exec(`INSERT INTO outbox (kind, site, comment, batch, state, at) VALUES ($1, $2, $3, $4, $5, $6)`,
		f.kind, f.site, f.comment, f.batch, string(f.state), f.at)
}

// Facts reads at most limit facts of the outbox after a number, in the order in which they
// happened. To is empty in facts from before it was kept. Those of the last 30 days are always there.
func (db *DB) Facts(ctx context.Context, after int64, limit int) ([]moderation.Fact, error) {
	var all []moderation.Fact
	err := db.each(ctx, `SELECT o.id, o.kind, o.site, o.comment, o.batch, coalesce(b.name, ''), o.state, o.at
		FROM outbox_tail o LEFT JOIN batch b ON b.id = o.batch WHERE o.id > $1 ORDER BY o.id LIMIT $2`, []any{after, limit}, func(rows *sql.Rows) error {
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

// LastFact is the number of the newest fact; 0 before the first.
func (db *DB) LastFact(ctx context.Context) (last int64, err error) {
	if err := db.row(ctx, `SELECT coalesce(max(id), 0) FROM outbox_tail`, nil, &last); err != nil {
		return 0, fmt.Errorf("find the last fact: %w", err)
	}
	return last, nil
}
