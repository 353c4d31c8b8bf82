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
	moveScan  = 20_000         // doubts among which they are looked for
	coolPages = 1000           // pages that one call of cool looks at
	coolAfter = time.Hour
)

// warmed is a thread whose place changed.
type warmed struct {
	site             string
	thread, from, to int64
}

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
			moved = append(moved, warmed{r.Site, thread, place, fresh})
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

// movesQuery is $1 site, $2 place, $3 thread, $4 comments that are looked at and $5 those that move.
const movesQuery = `SELECT id FROM (SELECT id, thread FROM comment WHERE site = $1 AND state = 'pending' AND lane = 'doubt' AND place = $2
	ORDER BY id LIMIT $4) AS oldest WHERE thread = $3 LIMIT $5`

// move brings what is doubted below a page from its old place to the new one, as far as it is among
// the oldest there, a few comments at a time, so that nobody waits long meanwhile. Going by lane
// saves every submission an index by page.
func (db *DB) move(ctx context.Context, m warmed) error {
	var ids []string
	err := db.each(ctx, movesQuery, []any{m.site, m.from, m.thread, moveScan, moveMost}, func(rows *sql.Rows) error { return scanInto(rows, &ids) })
	if err != nil {
		return err
	}
	for chunk := range slices.Chunk(ids, moveRows) {
		_, err := write(ctx, db, func(w *writer) (nothing, error) {
			for _, id := range chunk {
				if err := w.exec(`UPDATE comment SET place = $2 WHERE id = $1 AND lane = 'doubt'`, id, m.to); err != nil {
					return nothing{}, err
				}
			}
			return nothing{}, nil
		})
		if err != nil {
			return err
		}
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
