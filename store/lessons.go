package store

import (
	"context"
	"database/sql"
	"fmt"

	"balasan/moderation"
)

const studyDecisions = 64 // decisions that one transaction follows

// studied is a decision on its way to what it teaches.
type studied struct {
	comment, site, batch string
	version              int
	staff                bool
	text                 int64
	share                int
	before, after        moderation.State // what the comment said
}

// Study follows the decision log and writes down what the next few decisions teach, in one
// transaction together with the place it has come to: of several processes that study one does
// each part. It returns how many decisions it followed.
func (db *DB) Study(ctx context.Context) (int, error) {
	n, err := db.study(ctx)
	if err != nil {
		return 0, fmt.Errorf("study decisions: %w", err)
	}
	return n, nil
}

func (db *DB) study(ctx context.Context) (int, error) {
	var from int64
	if err := db.row(ctx, `SELECT decision FROM lesson_position WHERE one = 1`, nil, &from); err != nil {
		return 0, err
	}
	to, all, err := db.decidedAfter(ctx, from)
	if err != nil || len(all) == 0 {
		return 0, err
	}
	for i := range all {
		if err := db.said(ctx, &all[i]); err != nil {
			return 0, err
		}
	}
	_, err = write(ctx, db, func(w *writer) (nothing, error) {
		moved, err := w.changed(`UPDATE lesson_position SET decision = $2 WHERE one = 1 AND decision = $1`, from, to)
		if err != nil || moved == 0 {
			return nothing{}, err // another process was here
		}
		for _, d := range all {
			if err := w.learn(d); err != nil {
				return nothing{}, err
			}
		}
		return nothing{}, nil
	})
	return len(all), err
}

// decidedAfter reads the next decisions. A comment whose text ties to nothing stands for itself.
func (db *DB) decidedAfter(ctx context.Context, from int64) (to int64, all []studied, err error) {
	err = db.each(ctx, `SELECT d.id, d.comment, d.version, d.batch, c.site, c.staff, c.text_digest, CASE WHEN b.whole > b.decisions THEN b.whole ELSE b.decisions END
		FROM decision d JOIN comment c ON c.id = d.comment JOIN batch b ON b.id = d.batch
		WHERE d.id > $1 ORDER BY d.id LIMIT $2`, []any{from, studyDecisions}, func(rows *sql.Rows) error {
		var d studied
		var text sql.NullInt64
		var size int
		err := rows.Scan(&to, &d.comment, &d.version, &d.batch, &d.site, &d.staff, &text, &size)
		d.share = moderation.ShareOf(size)
		if d.text = text.Int64; !text.Valid {
			d.text = face([]byte(d.comment))
		}
		all = append(all, d)
		return err
	})
	return to, all, err
}

// said finds what the comment said before and after the decision.
func (db *DB) said(ctx context.Context, d *studied) error {
	if d.staff {
		return nil
	}
	var log []moderation.Decision
	err := db.each(ctx, `SELECT batch, to_state, undoes, deed FROM decision WHERE comment = $1 AND version <= $2 ORDER BY version`,
		[]any{d.comment, d.version}, func(rows *sql.Rows) error {
			var one moderation.Decision
			err := rows.Scan(&one.Batch, &one.To, &one.Undoes, &one.Deed)
			log = append(log, one)
			return err
		})
	if err != nil {
		return err
	}
	said := moderation.Labels(log)
	d.after = said[len(said)-1]
	if len(said) > 1 {
		d.before = said[len(said)-2]
	}
	return nil
}

// learn takes back what the comment no longer says and teaches what it says now.
func (w *writer) learn(d studied) error {
	if d.before == d.after {
		return nil
	}
	if d.before != "" {
		if err := w.forget(d); err != nil {
			return err
		}
	}
	if d.after == "" {
		return nil
	}
	var holders int
	err := w.row(`INSERT INTO lesson_text (site, spam, text, comment, share, holders) VALUES ($1, $2, $3, $4, $5, 1)
		ON CONFLICT (site, spam, text) DO UPDATE SET holders = lesson_text.holders + 1 RETURNING holders`,
		[]any{d.site, d.after == moderation.IsSpam, d.text, d.comment, d.share}, &holders)
	if err != nil || holders > 1 {
		return err
	}
	return w.exec(`INSERT INTO lesson (site, comment, spam, back, share) VALUES ($1, $2, $3, FALSE, $4)`,
		d.site, d.comment, d.after == moderation.IsSpam, d.share)
}

// forget lets go of a lesson; nobody stands for it any more when the last has left.
func (w *writer) forget(d studied) error {
	key := []any{d.site, d.before == moderation.IsSpam, d.text}
	if err := w.exec(`UPDATE lesson_text SET holders = holders - 1 WHERE site = $1 AND spam = $2 AND text = $3`, key...); err != nil {
		return err
	}
	err := w.exec(`INSERT INTO lesson (site, comment, spam, back, share) SELECT site, comment, spam, TRUE, share
		FROM lesson_text WHERE site = $1 AND spam = $2 AND text = $3 AND holders = 0`, key...)
	if err != nil {
		return err
	}
	return w.exec(`DELETE FROM lesson_text WHERE site = $1 AND spam = $2 AND text = $3 AND holders = 0`, key...)
}

// Lessons reads at most limit steps after a place. The text is what the visitor sent, whatever
// editors made of it since; of one that was removed its words are left.
func (db *DB) Lessons(ctx context.Context, after int64, limit int) ([]moderation.Lesson, error) {
	var all []moderation.Lesson
	err := db.each(ctx, `SELECT l.id, l.site,
			coalesce((SELECT e.before FROM edit e WHERE e.comment = c.id ORDER BY e.version LIMIT 1), c.body), w.words, l.spam, l.back, l.share
		FROM lesson l JOIN comment c ON c.id = l.comment LEFT JOIN lesson_words w ON w.comment = c.id
		WHERE l.id > $1 ORDER BY l.id LIMIT $2`, []any{after, limit}, func(rows *sql.Rows) error {
		var l moderation.Lesson
		err := rows.Scan(&l.ID, &l.Site, &l.Text, &l.Words, &l.Spam, &l.Back, &l.Share)
		all = append(all, l)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read lessons: %w", err)
	}
	return all, nil
}

// Summary is what a site's lessons up to one come to.
type Summary struct {
	Site   string
	Lesson int64
	Bytes  []byte
}

// Summaries are the shortcuts that were kept.
func (db *DB) Summaries(ctx context.Context) ([]Summary, error) {
	var all []Summary
	err := db.each(ctx, `SELECT site, lesson, summary FROM lesson_summary`, nil, func(rows *sql.Rows) error {
		var s Summary
		err := rows.Scan(&s.Site, &s.Lesson, &s.Bytes)
		all = append(all, s)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read summaries of lessons: %w", err)
	}
	return all, nil
}

// Summarize keeps shortcuts in place of older ones.
func (db *DB) Summarize(ctx context.Context, all []Summary) error {
	_, err := write(ctx, db, func(w *writer) (nothing, error) {
		for _, s := range all {
			err := w.exec(`INSERT INTO lesson_summary (site, lesson, summary) VALUES ($1, $2, $3)
				ON CONFLICT (site) DO UPDATE SET lesson = excluded.lesson, summary = excluded.summary
				WHERE excluded.lesson > lesson_summary.lesson`, s.Site, s.Lesson, s.Bytes)
			if err != nil {
				return nothing{}, err
			}
		}
		return nothing{}, nil
	})
	if err != nil {
		return fmt.Errorf("keep summaries of lessons: %w", err)
	}
	return nil
}
