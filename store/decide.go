package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"balasan/moderation"
)

// standing is what a decision compares with before it sets.
type standing struct {
	id, site, page string
	state          moderation.State
	version        int
	at             int64 // when the comment came
}

// act is who decides, when and as part of what.
type act struct {
	batch, note, undoes string
	by                  moderation.Editor
	at                  time.Time
}

// Rule changes what still stands as the ruling expects it, comment by comment, in one durable
// transaction with log and outbox. Nil sites means all.
func (db *DB) Rule(ctx context.Context, r moderation.Ruling, by moderation.Editor, batch string, sites []string, at time.Time) (moderation.Settled, error) {
	a := act{batch: batch, note: r.Note, by: by, at: at}
	if err := clean(append(slices.Clone(r.IDs), r.Note, batch)...); err != nil {
		return moderation.Settled{}, err
	}
	return db.settled(ctx, a, func(w *writer, settled *moderation.Settled) error {
		for _, id := range slices.Compact(slices.Sorted(slices.Values(r.IDs))) {
			err := w.settle(settled, id, sites, a, func(s standing) (moderation.State, bool) { return r.To, r.Expects(s.state) && s.state != r.To })
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// Undo puts back what batch changed and nobody has changed since; it is a batch of its own and
// can be undone as well.
func (db *DB) Undo(ctx context.Context, batch string, by moderation.Editor, undo string, sites []string, at time.Time) (moderation.Settled, error) {
	a := act{batch: undo, undoes: batch, by: by, at: at}
	if err := clean(batch, undo); err != nil {
		return moderation.Settled{}, err
	}
	return db.settled(ctx, a, func(w *writer, settled *moderation.Settled) error {
		undone, err := w.batchOf(batch)
		if err != nil {
			return err
		}
		for _, d := range undone {
			err := w.settle(settled, d.comment, sites, a, func(s standing) (moderation.State, bool) { return d.from, s.version == d.version })
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// Answer keeps an editor's reply and approves it and, while it waits, its parent. A parent that
// was refused meanwhile is lost and nothing is kept. Undoing the batch trashes the reply.
func (db *DB) Answer(ctx context.Context, c moderation.Comment, by moderation.Editor, batch string) (moderation.Settled, error) {
	a := act{batch: batch, by: by, at: c.At}
	c.State = moderation.Trashed // until the logged approval below
	row, err := db.newRow(ctx, c)
	if err != nil {
		return moderation.Settled{}, err
	}
	return db.settled(ctx, a, func(w *writer, settled *moderation.Settled) error {
		parent, err := w.standing(c.Parent)
		switch {
		case err != nil:
			return orNotFound(err)
		case parent.state == moderation.Pending:
			err = w.change(settled, parent, moderation.Approved, a)
		case parent.state != moderation.Approved:
			return w.lose(settled, parent)
		}
		if err != nil {
			return err
		}
		if _, err := w.keep(row); err != nil {
			return err
		}
		reply := standing{id: c.ID, site: c.Site, page: c.Page, state: c.State}
		return w.change(settled, reply, moderation.Approved, a)
	})
}

// settled runs decide in one transaction and sums up what it changed as a batch.
func (db *DB) settled(ctx context.Context, a act, decide func(*writer, *moderation.Settled) error) (moderation.Settled, error) {
	settled, err := write(ctx, db, func(w *writer) (moderation.Settled, error) {
		settled := moderation.Settled{Batch: a.batch}
		err := decide(w, &settled)
		if err == nil && len(settled.Changed) > 0 {
			err = w.sumUp(settled, a)
		}
		return settled, err
	})
	if err != nil {
		return settled, fmt.Errorf("keep decisions: %w", err)
	}
	return settled, nil
}

// settle decides on one comment if it stands as expected.
func (w *writer) settle(settled *moderation.Settled, id string, sites []string, a act, expect func(standing) (to moderation.State, ok bool)) error {
	s, err := w.standing(id)
	if errors.Is(err, sql.ErrNoRows) || err == nil && !within(s.site, sites) {
		settled.Unknown = append(settled.Unknown, id)
		return nil
	}
	if err != nil {
		return err
	}
	if to, ok := expect(s); ok {
		return w.change(settled, s, to, a)
	}
	return w.lose(settled, s)
}

// within tells whether site is one of those; nil is all sites.
func within(site string, sites []string) bool { return sites == nil || slices.Contains(sites, site) }

func (w *writer) standing(id string) (standing, error) {
	s := standing{id: id}
	err := w.row(`SELECT c.site, t.page, c.state, c.version, c.at FROM comment c JOIN thread t ON t.id = c.thread WHERE c.id = $1`,
		[]any{id}, &s.site, &s.page, &s.state, &s.version, &s.at)
	return s, err
}

// change is compare-and-set, log, thread and outbox.
func (w *writer) change(settled *moderation.Settled, s standing, to moderation.State, a act) error {
	n, err := w.changed(`UPDATE comment SET state = $2, version = version + 1 WHERE id = $1 AND state = $3 AND version = $4`,
		s.id, string(to), string(s.state), s.version)
	if err != nil {
		return err
	}
	if n == 0 {
		return w.lose(settled, s)
	}
	d := moderation.Decision{Batch: a.batch, Comment: s.id, Editor: a.by.ID, By: a.by.Name, From: s.state, To: to,
		Note: a.note, Undoes: a.undoes, At: fromMicros(micros(a.at))}
	err = w.exec(`INSERT INTO decision (batch, comment, version, editor, name, from_state, to_state, note, undoes, at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		d.Batch, d.Comment, s.version+1, d.Editor, d.By, string(d.From), string(d.To), d.Note, d.Undoes, micros(d.At))
	if err == nil && (d.From == moderation.Approved) != (d.To == moderation.Approved) {
		more := 1
		if d.From == moderation.Approved {
			more = -1
		}
		err = w.exec(publishMore, s.site, s.page, more)
	}
	if err == nil {
		err = w.recount(s, to)
	}
	if err == nil {
		err = w.announce("decided", s.site, s.id, d.Batch, micros(d.At))
	}
	settled.Changed = append(settled.Changed, d)
	return err
}

// lose tells who was first.
func (w *writer) lose(settled *moderation.Settled, s standing) error {
	lost := moderation.Conflict{ID: s.id, State: s.state, At: fromMicros(s.at)}
	var at int64
	err := w.row(`SELECT name, at FROM decision WHERE comment = $1 ORDER BY version DESC LIMIT 1`, []any{s.id}, &lost.By, &at)
	switch {
	case err == nil:
		lost.At = fromMicros(at)
	case !errors.Is(err, sql.ErrNoRows):
		return err
	}
	settled.Lost = append(settled.Lost, lost)
	return nil
}

// logged is what undoing needs of a decision.
type logged struct {
	comment string
	version int
	from    moderation.State
}

func (w *writer) batchOf(batch string) ([]logged, error) {
	var all []logged
	err := w.each(`SELECT comment, version, from_state FROM decision WHERE batch = $1 ORDER BY comment`, []any{batch}, func(rows *sql.Rows) error {
		var d logged
		err := rows.Scan(&d.comment, &d.version, &d.from)
		all = append(all, d)
		return err
	})
	return all, err
}
