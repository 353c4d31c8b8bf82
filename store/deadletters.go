package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"balasan/moderation"
)

// DeadLetters lists what was given up, newest first.
func (db *DB) DeadLetters(ctx context.Context, limit int) ([]moderation.Delivery, error) {
	var all []moderation.Delivery
	err := db.each(ctx, `SELECT `+deliveryColumns+` FROM announce_delivery WHERE dead_at IS NOT NULL ORDER BY dead_at DESC, id DESC LIMIT $1`,
		[]any{limit}, func(rows *sql.Rows) error {
			d, err := scanDelivery(rows)
			all = append(all, d)
			return err
		})
	if err != nil {
		return nil, fmt.Errorf("list dead letters: %w", err)
	}
	return all, nil
}

// Again gives dead letters another life with all their tries, lets what failed wait no longer for its next try, and
// turns their targets on: those of one target, or all with none named; one alone by its ID, or all with 0. It tells how many.
func (db *DB) Again(ctx context.Context, target string, id int64, at time.Time) (int, error) {
	n, err := write(ctx, db, func(w *writer) (int64, error) {
		err := w.exec(`UPDATE announce_target SET off_at = 0, error = '' WHERE off_at <> 0 AND ($1 = '' OR target = $1)
			AND (CAST($2 AS BIGINT) = 0 OR target = (SELECT target FROM announce_delivery WHERE id = $2))`, target, id)
		if err != nil {
			return 0, err
		}
		return w.changed(`UPDATE announce_delivery SET dead_at = NULL, tries = CASE WHEN dead_at IS NULL THEN tries ELSE 0 END, next_at = $3
			WHERE (dead_at IS NOT NULL OR tries > 0 AND next_at > $3 AND next_at <> claimed_until)
				AND ($1 = '' OR target = $1) AND (CAST($2 AS BIGINT) = 0 OR id = $2)`, target, id, micros(at))
	})
	if err != nil {
		return 0, fmt.Errorf("retry announcements: %w", err)
	}
	return int(n), nil
}

// Reaches tells how deliveries to each target went that was ever tried or is waited for.
func (db *DB) Reaches(ctx context.Context) ([]moderation.Reach, error) {
	var all []moderation.Reach
	err := db.each(ctx, `SELECT t.target, coalesce(a.sent_at, 0), coalesce(a.failed_at, 0), coalesce(a.error, ''), coalesce(a.off_at, 0),
			(SELECT count(*) FROM (SELECT 1 FROM announce_delivery WHERE target = t.target AND dead_at IS NULL LIMIT $1) AS w),
			(SELECT count(*) FROM (SELECT 1 FROM announce_delivery WHERE target = t.target AND dead_at IS NOT NULL LIMIT $1) AS d)
		FROM (SELECT target FROM announce_target UNION SELECT target FROM announce_delivery) AS t
		LEFT JOIN announce_target AS a ON a.target = t.target ORDER BY t.target`, []any{moderation.CountCap}, func(rows *sql.Rows) error {
		var r moderation.Reach
		var sent, failed, off int64
		err := rows.Scan(&r.Target, &sent, &failed, &r.Error, &off, &r.Waiting, &r.Dead)
		r.SentAt, r.FailedAt, r.OffAt = fromMicros(sent), fromMicros(failed), fromMicros(off)
		all = append(all, r)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list targets of announcements: %w", err)
	}
	return all, nil
}
