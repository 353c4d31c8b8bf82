package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"

	"balasan/moderation"
)

// logged is what undoing needs of a decision.
type logged struct {
	comment string
	version int
	from    moderation.State
	deed    moderation.Deed
}

// Undo puts back what batch changed and nobody has changed since, [moderation.MaxBatch] comments
// in one transaction; it is a batch of its own and can be undone as well. A change of state is
// taken back unless the state changed again, one of the text unless the text did; what others
// remarked meanwhile hinders neither.
func (db *DB) Undo(ctx context.Context, batch string, by moderation.Editor, undo string, sites []string, at time.Time) (moderation.Settled, error) {
	all := moderation.Settled{Batch: undo}
	if err := clean(batch, undo); err != nil {
		return all, err
	}
	undone, err := db.batchOf(ctx, batch)
	if err != nil {
		return all, fmt.Errorf("read batch: %w", err)
	}
	a := act{batch: undo, undoes: batch, whole: len(undone), by: by, at: at}
	for chunk := range slices.Chunk(undone, moderation.MaxBatch) {
		settled, err := db.settled(ctx, a, func(d *deal) error { return d.takeBack(chunk, sites) })
		if err != nil {
			return all, err
		}
		all.Changed, all.Lost, all.Unknown = append(all.Changed, settled.Changed...), append(all.Lost, settled.Lost...), append(all.Unknown, settled.Unknown...)
	}
	return all, nil
}

func (db *DB) batchOf(ctx context.Context, batch string) ([]logged, error) {
	var all []logged
	err := db.each(ctx, `SELECT comment, version, from_state, deed FROM decision WHERE batch = $1 ORDER BY comment, version`, []any{batch}, func(rows *sql.Rows) error {
		var l logged
		err := rows.Scan(&l.comment, &l.version, &l.from, &l.deed)
		all = append(all, l)
		return err
	})
	return all, err
}

func (d *deal) takeBack(undone []logged, sites []string) error {
	for _, l := range undone {
		s, err := d.find(l.comment, sites)
		if err != nil {
			return err
		}
		if s == nil {
			continue
		}
		d.deed = l.deed
		switch {
		case l.deed == moderation.Ruled && s.ruled == l.version:
			err = d.change(*s, l.from)
		case l.deed == moderation.Edited && s.edited == l.version && !s.blank:
			err = d.restore(*s)
		case l.deed == moderation.Remarked:
			err = d.withdraw(*s)
		case l.deed == moderation.Edited:
			err = d.lose(*s, s.edited)
		default:
			err = d.lose(*s, s.ruled)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// restore brings back the text from before the last change of it.
func (d *deal) restore(s standing) error {
	var before string
	if err := d.row(`SELECT before FROM edit WHERE comment = $1 AND version = $2`, []any{s.id, s.edited}, &before); err != nil {
		return err
	}
	return d.rewrite(s, before)
}

// withdraw notes that a remark does not stand any more; it stays in the log.
func (d *deal) withdraw(s standing) error {
	var times int
	err := d.row(`SELECT count(*) FROM decision WHERE comment = $1 AND undoes = $2`, []any{s.id, d.undoes}, &times)
	if err != nil {
		return err
	}
	if times > 0 {
		return d.lose(s, s.version)
	}
	return d.remark(s)
}
