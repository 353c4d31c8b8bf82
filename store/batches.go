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
	err := db.each(ctx, `SELECT b.id, b.name, b.to_state, b.decisions, b.note, b.undoes, b.at,
		EXISTS (SELECT 1 FROM batch u WHERE u.undoes = b.id AND u.undoes <> '')
		FROM batch b WHERE b.editor = $1 ORDER BY b.at DESC, b.id DESC LIMIT $2`, []any{editor, limit}, func(rows *sql.Rows) error {
		var b moderation.Batch
		var at int64
		err := rows.Scan(&b.ID, &b.By, &b.To, &b.Count, &b.Note, &b.Undoes, &at, &b.Undone)
		b.At = fromMicros(at)
		all = append(all, b)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list batches: %w", err)
	}
	return all, nil
}

// sumUp keeps what the list of batches shows.
func (w *writer) sumUp(settled moderation.Settled, a act) error {
	return w.exec(`INSERT INTO batch (id, editor, name, to_state, decisions, note, undoes, at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		a.batch, a.by.ID, a.by.Name, string(mostly(settled.Changed)), len(settled.Changed), a.note, a.undoes, micros(a.at))
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
