package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"balasan/moderation"
)

const (
	heatHalf  = 24 * time.Hour // in which half of all reads are forgotten
	heatSteps = 10             // the hottest: more than a million reads
	heatPages = 100            // pages that one transaction warms
	moveRows  = 500            // comments that one transaction moves
	moveMost  = 5000           // of one page: its oldest, which an editor meets first
	coolPages = 1000           // pages that one call of cool looks at
	coolAfter = time.Hour
)

// warmed is a thread whose place changed.
type warmed struct{ thread, place int64 }

// CountReads adds to the heat of pages and moves what is doubted below those that reached another
// step of it: each step takes four times the reads. Unknown pages count nothing.
func (db *DB) CountReads(ctx context.Context, reads []moderation.PageReads, at time.Time) error {
	for chunk := range slices.Chunk(reads, heatPages) {
		moved, err := write(ctx, db, func(w *writer) ([]warmed, error) { return w.warm(chunk, micros(at)) })
		for _, m := range moved {
			if err == nil {
				err = db.move(ctx, m)
			}
		}
		if err != nil {
			return fmt.Errorf("count reads: %w", err)
		}
	}
	return nil
}

func (w *writer) warm(reads []moderation.PageReads, at int64) (moved []warmed, err error) {
	for _, r := range reads {
		var thread, heatAt, place int64
		var heat float64
		err := w.row(`SELECT id, heat, heat_at, place FROM thread WHERE site = $1 AND page = $2`, []any{r.Site, r.Page}, &thread, &heat, &heatAt, &place)
		if errors.Is(err, sql.ErrNoRows) {
			continue
		}
		if err != nil {
			return nil, err
		}
		heat = heat*math.Exp2(-float64(max(0, at-heatAt))/float64(heatHalf.Microseconds())) + float64(r.Reads)
		fresh := placeOf(heat, place)
		if err := w.exec(`UPDATE thread SET heat = $2, heat_at = $3, place = $4 WHERE id = $1`, thread, heat, at, fresh); err != nil {
			return nil, err
		}
		if fresh != place {
			moved = append(moved, warmed{thread, fresh})
		}
	}
	return moved, nil
}

// placeOf is minus the step of a heat. A page that cools leaves its step only well below it, so
// that it does not go to and fro.
func placeOf(heat float64, place int64) int64 {
	step := func(heat float64) int64 { return min(heatSteps, int64(math.Log2(1+heat)/2)) }
	return -max(step(heat), min(-place, step(heat*1.5)))
}

// moveEnd is the ID of the last comment to move at once.
const moveEnd = `SELECT max(id) FROM (SELECT id FROM comment
	WHERE thread = $1 AND state = 'pending' AND lane = 'doubt' AND id > $2 ORDER BY id LIMIT $3) AS chunk`

// move brings what is doubted below a thread to its place, oldest first, a few at a time, so that
// nobody waits long meanwhile.
func (db *DB) move(ctx context.Context, m warmed) error {
	after := ""
	for range moveMost / moveRows {
		var end sql.NullString
		if err := db.row(ctx, moveEnd, []any{m.thread, after, moveRows}, &end); err != nil || !end.Valid {
			return err
		}
		_, err := write(ctx, db, func(w *writer) (nothing, error) {
			return nothing{}, w.exec(`UPDATE comment SET place = $2 WHERE thread = $1 AND state = 'pending' AND lane = 'doubt'
				AND id > $3 AND id <= $4`, m.thread, m.place, after, end.String)
		})
		if err != nil {
			return err
		}
		after = end.String
	}
	return nil
}

// cool lets pages that nobody reads any more go back, some at a time.
func (db *DB) cool(ctx context.Context, at time.Time) error {
	var warm []moderation.PageReads
	err := db.each(ctx, `SELECT site, page FROM thread WHERE place < 0 AND heat_at < $1 ORDER BY heat_at LIMIT $2`,
		[]any{micros(at.Add(-coolAfter)), coolPages}, func(rows *sql.Rows) error {
			var p moderation.PageReads
			err := rows.Scan(&p.Site, &p.Page)
			warm = append(warm, p)
			return err
		})
	if err != nil {
		return err
	}
	return db.CountReads(ctx, warm, at)
}
