package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"balasan/moderation"
)

// Erasing is a site whose data key was destroyed.
type Erasing struct {
	Site, Key string // Key is the data key's id
	At, Done  time.Time
}

// Wrap names what must be destroyed in every file of master keys.
func (e Erasing) Wrap() string { return WrapName(e.Site, e.Key) }

// Erasures lists them, oldest first.
func (db *DB) Erasures(ctx context.Context) (all []Erasing, err error) {
	err = db.each(ctx, `SELECT site, kid, at, done_at FROM site_erasure ORDER BY at, site, kid`, nil, func(rows *sql.Rows) error {
		var e Erasing
		var at, done int64
		err := rows.Scan(&e.Site, &e.Key, &at, &done)
		e.At, e.Done = fromMicros(at), fromMicros(done)
		all = append(all, e)
		return err
	})
	return all, err
}

// BeginErasure takes a site out of the world: its data key leaves the database, and with it the site
// leaves every list, page and call, in other processes within a second. NotFound when there is no such
// site and never was.
func (db *DB) BeginErasure(ctx context.Context, site string, at time.Time) error {
	if err := clean(site); err != nil {
		return err
	}
	known, err := write(ctx, db, func(w *writer) (bool, error) {
		err := w.exec(`INSERT INTO site_erasure (site, kid, at) SELECT site, kid, $2 FROM site_key WHERE site = $1
			ON CONFLICT (site, kid) DO UPDATE SET done_at = 0`, site, micros(at))
		if err == nil {
			err = w.exec(`DELETE FROM site_key WHERE site = $1`, site)
		}
		n := 0
		if err == nil {
			err = w.row(`SELECT count(*) FROM site_erasure WHERE site = $1`, []any{site}, &n)
		}
		return n > 0, err
	})
	db.sites.forget()
	if err == nil && !known {
		return notFound()
	}
	return err
}

// eraseQueries list what is not blank yet of a site, $1, state by state, as the indices have it; $2 is
// how many and $3 the ID before.
var eraseQueries = []string{
	heldColumns + `WHERE c.site = $1 AND c.state = 'pending' AND c.id > $3 AND c.blanked_at = 0 ORDER BY c.id LIMIT $2`,
	eraseSettled(moderation.Approved), eraseSettled(moderation.IsSpam), eraseSettled(moderation.Trashed),
}

func eraseSettled(state moderation.State) string {
	return heldColumns + `WHERE c.site = $1 AND c.state <> 'pending' AND c.state = '` + string(state) + `' AND c.id > $3 AND c.blanked_at = 0 ORDER BY c.id LIMIT $2`
}

// Erase blanks all that was written to a site whose erasure has begun, some comments in a transaction.
// It can be stopped and begun again. Progress is told how many are blank and how many there are.
func (db *DB) Erase(ctx context.Context, site string, at time.Time, progress func(done, total int)) error {
	var total, done int
	err := db.row(ctx, `SELECT count(*), count(*) FILTER (WHERE blanked_at > 0) FROM comment WHERE site = $1`, []any{site}, &total, &done)
	for _, query := range eraseQueries {
		for last := ""; err == nil; {
			progress(done, total)
			var some []held
			if some, err = db.heldBy(ctx, query, site, retainRows, last); err != nil || len(some) == 0 {
				break
			}
			last = some[len(some)-1].id
			var n int64
			err = inTurn(ctx, func() error { return db.leaveCampaigns(ctx, some) })
			if err == nil {
				err = inTurn(ctx, func() (err error) { n, err = db.blank(ctx, some, nil, at); return err })
			}
			done += int(n)
		}
	}
	for _, statement := range eraseRest {
		for gone := int64(retainRows); err == nil && gone == retainRows; {
			err = inTurn(ctx, func() (err error) {
				gone, err = write(ctx, db, func(w *writer) (int64, error) { return w.changed(statement, site, retainRows) })
				return err
			})
		}
	}
	if err == nil {
		_, err = write(ctx, db, func(w *writer) (nothing, error) { return nothing{}, w.erased(site, at) })
	}
	if err == nil {
		err = db.engine.scrub(ctx, db.readers)
	}
	if err != nil {
		return fmt.Errorf("erase site %q: %w", site, err)
	}
	return nil
}

// inTurn does some work and rests as long as that took, for the server beside this process: who waits for SQLite's file
// asks for it again and again, and would not find it free between one transaction and the next.
func inTurn(ctx context.Context, some func() error) error {
	start := time.Now()
	err := some()
	select {
	case <-ctx.Done():
	case <-time.After(max(25*time.Millisecond, time.Since(start))):
	}
	return err
}

// eraseRest drop what else belongs to a site's visitors, $2 rows at a time.
var eraseRest = []string{
	`DELETE FROM subscription WHERE id IN (SELECT id FROM subscription WHERE site = $1 LIMIT $2)`,
	`DELETE FROM mail_unwanted WHERE (site, email_mac, thread) IN (SELECT site, email_mac, thread FROM mail_unwanted WHERE site = $1 LIMIT $2)`,
	`DELETE FROM announce_delivery WHERE id IN (SELECT id FROM announce_delivery WHERE site = $1 LIMIT $2)`,
	`DELETE FROM data_request WHERE id IN (SELECT id FROM data_request WHERE site = $1 LIMIT $2)`,
	`DELETE FROM lesson_words WHERE comment IN (SELECT w.comment FROM lesson_words w JOIN comment c ON c.id = w.comment WHERE c.site = $1 LIMIT $2)`,
	`DELETE FROM comment_consent WHERE comment IN (SELECT k.comment FROM comment_consent k JOIN comment c ON c.id = k.comment WHERE c.site = $1 LIMIT $2)`,
	`UPDATE thread SET title = '', version = version + 1 WHERE id IN (SELECT id FROM thread WHERE site = $1 AND title <> '' LIMIT $2)`,
}

// erased drops the few rows that are left and notes that all is done.
func (w *writer) erased(site string, at time.Time) error {
	w.hints = append(w.hints, moderation.Anything)
	return errors.Join(
		w.exec(`DELETE FROM consent_text WHERE NOT EXISTS (SELECT 1 FROM comment_consent k WHERE k.wording = consent_text.number)`),
		w.exec(`DELETE FROM lesson_summary WHERE site = $1`, site),
		w.exec(`UPDATE standing SET about = '' WHERE sites = $1`, `["`+site+`"]`),
		w.exec(`UPDATE site SET origins = '[]' WHERE id = $1`, site),
		w.exec(`UPDATE site_erasure SET done_at = $2 WHERE site = $1`, site, micros(at)))
}

// leaveCampaigns lets no campaign of another site count what is erased.
func (db *DB) leaveCampaigns(ctx context.Context, some []held) error {
	_, err := write(ctx, db, func(w *writer) (nothing, error) {
		for _, h := range some {
			if err := w.leaveCampaign(h.id, h.site, moderation.State(h.state)); err != nil {
				return nothing{}, err
			}
		}
		return nothing{}, nil
	})
	return err
}

// leaveCampaign forgets what ties a comment to others, if anything does.
func (w *writer) leaveCampaign(comment, site string, state moderation.State) error {
	m := member{comment: comment, site: site, state: state}
	err := w.row(`SELECT m.number, m.campaign, m.likely, c.state = 'spam' AND c.ruled > 0
		FROM campaign_member m JOIN comment c ON c.id = m.comment WHERE m.comment = $1`, []any{comment}, &m.number, &m.campaign, &m.likely, &m.refused)
	if err == nil {
		err = w.leave(m)
	}
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	return err
}
