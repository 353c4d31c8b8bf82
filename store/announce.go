package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"balasan/moderation"
)

const positionStep = time.Hour // how seldom an idle follower is written

// Follow tells how far a follower of the outbox has come. One that was never heard of, or not for
// a month, begins at the end.
func (db *DB) Follow(ctx context.Context, follower string, at time.Time) (int64, error) {
	var position, seen int64
	err := db.row(ctx, `SELECT outbox, seen_at FROM announce_position WHERE follower = $1`, []any{follower}, &position, &seen)
	if err == nil && at.Sub(fromMicros(seen)) < positionStep {
		return position, nil
	}
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return 0, err
	}
	return write(ctx, db, func(w *writer) (position int64, err error) {
		err = w.row(`INSERT INTO announce_position (follower, outbox, seen_at) SELECT $1, coalesce(max(id), 0), $2 FROM outbox WHERE TRUE
			ON CONFLICT (follower) DO UPDATE SET seen_at = excluded.seen_at RETURNING outbox`, []any{follower, micros(at)}, &position)
		return position, err
	})
}

// Decisions is a comment's log, newest first.
func (db *DB) Decisions(ctx context.Context, comment string) ([]moderation.Decision, error) {
	return db.decisions(ctx, comment)
}

// Leave moves a follower and keeps what it left to be delivered, unless another process has moved
// it since. What is left for a target that is off is dropped.
func (db *DB) Leave(ctx context.Context, follower string, from, to int64, left []moderation.Delivery, at time.Time) error {
	_, err := write(ctx, db, func(w *writer) (nothing, error) {
		moved, err := w.changed(`UPDATE announce_position SET outbox = $3, seen_at = $4 WHERE follower = $1 AND outbox = $2`,
			follower, from, to, micros(at))
		if err != nil || moved == 0 {
			return nothing{}, err
		}
		for _, d := range left {
			if err := w.deliver(d, at); err != nil {
				return nothing{}, err
			}
		}
		return nothing{}, nil
	})
	if err != nil {
		return fmt.Errorf("leave announcements: %w", err)
	}
	return nil
}

// deliver keeps a delivery, unless its target is off.
func (w *writer) deliver(d moderation.Delivery, at time.Time) error {
	f := d.Fact
	return w.exec(`INSERT INTO announce_delivery (target, ref, event, fact, kind, site, comment, batch, name, to_state, at, next_at)
		SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12
		WHERE NOT EXISTS (SELECT 1 FROM announce_target WHERE target = $1 AND off_at <> 0)`,
		d.Target, d.Ref, d.Event, f.ID, string(f.Kind), f.Site, f.Comment, f.Batch, f.By, string(f.To), micros(f.At), micros(at))
}

const deliveryColumns = `id, target, ref, event, fact, kind, site, comment, batch, name, to_state, at, tries, next_at, dead_at, error`

func scanDelivery(rows *sql.Rows) (moderation.Delivery, error) {
	var d moderation.Delivery
	var at, next int64
	var dead sql.NullInt64
	err := rows.Scan(&d.ID, &d.Target, &d.Ref, &d.Event, &d.Fact.ID, &d.Fact.Kind, &d.Fact.Site, &d.Fact.Comment, &d.Fact.Batch,
		&d.Fact.By, &d.Fact.To, &at, &d.Tries, &next, &dead, &d.Error)
	d.Fact.At, d.NextAt, d.DeadAt = fromMicros(at), fromMicros(next), fromMicros(dead.Int64)
	return d, err
}

// dueQuery finds what may be tried now and is not being claimed by somebody else at this moment. The
// parameters are $1 target, $2 time and $3 limit.
const dueQuery = `SELECT ` + deliveryColumns + ` FROM announce_delivery AS d
	WHERE target = $1 AND next_at <= $2 AND dead_at IS NULL
		AND NOT EXISTS (SELECT 1 FROM announce_delivery AS e WHERE e.target = d.target AND e.ref = d.ref AND e.comment = d.comment AND e.id < d.id AND e.dead_at IS NULL)
		AND NOT EXISTS (SELECT 1 FROM announce_target WHERE target = $1 AND off_at <> 0)
	ORDER BY next_at, id LIMIT $3` + skipLocked

// Claim hands out deliveries of a target that are due and keeps them from everybody else until a
// time; claims of several processes run side by side. Of those with the same ref and comment it knows the first alone, so that their order
// holds. A target that is off gets none.
func (db *DB) Claim(ctx context.Context, target string, limit int, at, until time.Time) ([]moderation.Delivery, error) {
	waits := false
	err := db.row(ctx, `SELECT EXISTS (SELECT 1 FROM announce_delivery WHERE target = $1 AND next_at <= $2 AND dead_at IS NULL)`,
		[]any{target, micros(at)}, &waits)
	if err != nil || !waits {
		return nil, err
	}
	all, err := beside(ctx, db, func(w *writer) (all []moderation.Delivery, err error) {
		err = w.each(dueQuery, []any{target, micros(at), limit}, func(rows *sql.Rows) error {
			d, err := scanDelivery(rows)
			all = append(all, d)
			return err
		})
		for i := 0; err == nil && i < len(all); i++ {
			err = w.exec(`UPDATE announce_delivery SET next_at = $2, claimed_until = $2 WHERE id = $1`, all[i].ID, micros(until))
		}
		return all, err
	})
	if err != nil {
		return nil, fmt.Errorf("claim announcements: %w", err)
	}
	return all, nil
}

// Delivered takes what arrived at one target off the list. When the target had failed before, all
// that waits for it becomes due, but for what others have in hand.
func (db *DB) Delivered(ctx context.Context, all []moderation.Delivery, at time.Time) error {
	_, err := write(ctx, db, func(w *writer) (nothing, error) {
		for _, d := range all {
			if err := w.exec(`DELETE FROM announce_delivery WHERE id = $1`, d.ID); err != nil {
				return nothing{}, err
			}
		}
		target := all[0].Target
		failed, err := w.changed(`UPDATE announce_target SET error = '' WHERE target = $1 AND error <> ''`, target)
		if err == nil && failed > 0 {
			err = w.exec(`UPDATE announce_delivery SET next_at = $2 WHERE target = $1 AND next_at > $2 AND next_at <> claimed_until AND dead_at IS NULL`, target, micros(at))
		}
		if err == nil {
			err = w.exec(`INSERT INTO announce_target (target, sent_at) VALUES ($1, $2) ON CONFLICT (target) DO UPDATE SET sent_at = excluded.sent_at`,
				target, micros(at))
		}
		return nothing{}, err
	})
	if err != nil {
		return fmt.Errorf("settle announcements: %w", err)
	}
	return nil
}

// Postpone keeps what failed, with its Tries, NextAt, DeadAt and Error. A fault of the target is
// noted with it; one of the deliveries alone is not.
func (db *DB) Postpone(ctx context.Context, all []moderation.Delivery, alone bool, at time.Time) error {
	_, err := write(ctx, db, func(w *writer) (nothing, error) {
		for _, d := range all {
			dead := sql.NullInt64{Int64: micros(d.DeadAt), Valid: !d.DeadAt.IsZero()}
			err := w.exec(`UPDATE announce_delivery SET tries = $2, next_at = $3, claimed_until = 0, dead_at = $4, error = $5 WHERE id = $1`,
				d.ID, d.Tries, micros(d.NextAt), dead, d.Error)
			if err == nil && !alone {
				err = w.exec(`INSERT INTO announce_target (target, failed_at, error) VALUES ($1, $2, $3)
					ON CONFLICT (target) DO UPDATE SET failed_at = excluded.failed_at, error = excluded.error`, d.Target, micros(at), d.Error)
			}
			if err != nil {
				return nothing{}, err
			}
		}
		return nothing{}, nil
	})
	if err != nil {
		return fmt.Errorf("postpone announcements: %w", err)
	}
	return nil
}

// TurnOff gives up everything of a target, which gets no more until Again; what was in hand has had a try.
func (db *DB) TurnOff(ctx context.Context, target, reason string, at time.Time) error {
	_, err := write(ctx, db, func(w *writer) (nothing, error) {
		err := w.exec(`UPDATE announce_delivery SET dead_at = $2, error = $3, tries = tries + CASE WHEN claimed_until > $2 THEN 1 ELSE 0 END
			WHERE target = $1 AND dead_at IS NULL`, target, micros(at), reason)
		if err == nil {
			err = w.exec(`INSERT INTO announce_target (target, failed_at, error, off_at) VALUES ($1, $2, $3, $2)
				ON CONFLICT (target) DO UPDATE SET failed_at = excluded.failed_at, error = excluded.error, off_at = excluded.off_at`,
				target, micros(at), reason)
		}
		return nothing{}, err
	})
	if err != nil {
		return fmt.Errorf("turn a target of announcements off: %w", err)
	}
	return nil
}
