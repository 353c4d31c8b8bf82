package store

import (
	"context"
	"database/sql"
	"fmt"

	"balasan/moderation"
)

// Batches lists the editor's last decisions, newest first.
func (db *DB) Batches(ctx context.Context, editor string, limit int) ([]moderation.Batch, error) {
	var all []moderation.Batch
	err := db.each(ctx, `SELECT b.id, b.name, b.to_state, b.decisions, b.note, b.undoes, b.deed, b.at,
		EXISTS (SELECT 1 FROM batch u WHERE u.undoes = b.id AND u.undoes <> '')
		FROM batch b WHERE b.editor = $1 ORDER BY b.at DESC, b.id DESC LIMIT $2`, []any{editor, limit}, func(rows *sql.Rows) error {
		var b moderation.Batch
		var at int64
		err := rows.Scan(&b.ID, &b.By, &b.To, &b.Count, &b.Note, &b.Undoes, &b.Deed, &at, &b.Undone)
		b.At = fromMicros(at)
		all = append(all, b)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list batches: %w", err)
	}
	return all, nil
}

// sumUp keeps what the lists of batches show.
func (d *deal) sumUp() error {
	err := d.exec(`INSERT INTO batch (id, editor, name, to_state, decisions, note, undoes, deed, whole, at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
		ON CONFLICT (id) DO UPDATE SET decisions = batch.decisions + excluded.decisions`,
		d.batch, d.by.ID, d.by.Name, string(mostly(d.settled.Changed)), len(d.settled.Changed), d.note, d.undoes, string(d.deed), d.whole, micros(d.at))
	for site, of := range d.sites {
		if err == nil {
			err = d.exec(`INSERT INTO batch_site (site, at, batch, comment, decisions) SELECT $1, at, id, $3, $4 FROM batch WHERE id = $2
				ON CONFLICT (site, at, batch) DO UPDATE SET decisions = batch_site.decisions + excluded.decisions`, site, d.batch, of.comment, of.count)
		}
	}
	return err
}

// mostly is where most of the decisions went.
func mostly(decisions []moderation.Decision) (to moderation.State) {
	counts := make(map[moderation.State]int)
	for _, d := range decisions {
		if counts[d.To]++; counts[d.To] > counts[to] {
			to = d.To
		}
	}
	return to
}
