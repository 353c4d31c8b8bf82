package store

import (
	"context"
	"database/sql"
	"time"

	"balasan/moderation"
)

// Edit changes a comment's text and keeps the one before. It is lost to whoever changed text or
// state after version.
func (db *DB) Edit(ctx context.Context, comment, body string, version int, by moderation.Editor, batch string, sites []string, at time.Time) (moderation.Settled, error) {
	if err := clean(comment, body, batch); err != nil {
		return moderation.Settled{}, err
	}
	return db.settled(ctx, act{batch: batch, deed: moderation.Edited, by: by, at: at}, func(d *deal) error {
		s, err := d.find(comment, sites)
		switch {
		case err != nil || s == nil:
			return err
		case max(s.ruled, s.edited) > version, s.blank:
			return d.lose(*s, max(s.ruled, s.edited))
		default:
			return d.rewrite(*s, body)
		}
	})
}

// Remark logs a note that leaves the comment as it is.
func (db *DB) Remark(ctx context.Context, comment, note string, by moderation.Editor, batch string, sites []string, at time.Time) (moderation.Settled, error) {
	if err := clean(comment, note, batch); err != nil {
		return moderation.Settled{}, err
	}
	return db.settled(ctx, act{batch: batch, note: note, deed: moderation.Remarked, by: by, at: at}, func(d *deal) error {
		s, err := d.find(comment, sites)
		if err != nil || s == nil {
			return err
		}
		return d.remark(*s)
	})
}

// rewrite replaces the text; an approved one is a new version of its thread.
func (d *deal) rewrite(s standing, body string) error {
	err := d.exec(`INSERT INTO edit (comment, version, before) SELECT id, version + 1, body FROM comment WHERE id = $1`, s.id)
	if err == nil {
		err = d.exec(`UPDATE comment SET body = $2, version = version + 1, edited = version + 1 WHERE id = $1`, s.id, body)
	}
	if err != nil {
		return err
	}
	if s.state == moderation.Approved {
		d.tallies.threads[place{s.site, s.page}] += 0
	}
	return d.log(s, s.state)
}

func (d *deal) remark(s standing) error {
	if err := d.exec(`UPDATE comment SET version = version + 1 WHERE id = $1`, s.id); err != nil {
		return err
	}
	return d.log(s, s.state)
}

// edits reads how a comment's text changed, newest first.
func (db *DB) edits(ctx context.Context, comment string) ([]moderation.Edit, error) {
	var all []moderation.Edit
	err := db.each(ctx, `SELECT d.batch, d.name, d.at, e.before FROM edit e JOIN decision d ON d.comment = e.comment AND d.version = e.version
		WHERE e.comment = $1 ORDER BY e.version DESC`, []any{comment}, func(rows *sql.Rows) error {
		var e moderation.Edit
		var at int64
		err := rows.Scan(&e.Batch, &e.By, &at, &e.Before)
		e.At = fromMicros(at)
		all = append(all, e)
		return err
	})
	return all, err
}
