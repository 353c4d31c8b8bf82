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

const (
	tallyFacts = 128                  // facts of the outbox that one transaction follows
	tallyLife  = 400 * 24 * time.Hour // of what was counted
)

// told is a comment with its log, as far as a tally looks at them.
type told struct {
	moderation.Comment
	born moderation.State
	log  []moderation.Decision // oldest first
}

// Tally follows the outbox and counts what the next few facts change, in one transaction together
// with the place it has come to: each fact counts once, however often this stops and starts and
// however many processes do it. It returns how many facts it followed.
func (db *DB) Tally(ctx context.Context, tallying moderation.Tallying) (int, error) {
	n, err := db.tally(ctx, tallying)
	if err != nil {
		return 0, fmt.Errorf("tally: %w", err)
	}
	return n, nil
}

func (db *DB) tally(ctx context.Context, tallying moderation.Tallying) (int, error) {
	var from, since int64
	if err := db.row(ctx, `SELECT outbox, since FROM tally_position WHERE one = 1`, nil, &from, &since); err != nil {
		return 0, err
	}
	to, facts, err := db.factsAfter(ctx, from)
	if err != nil || len(facts) == 0 {
		return 0, err
	}
	if from == 0 && facts[0].ID > 1 { // what came before the oldest fact is not known whole
		since = micros(facts[0].At)
	}
	changes, err := db.counted(ctx, facts, fromMicros(since), tallying)
	if err != nil {
		return 0, err
	}
	_, err = beside(ctx, db, func(w *writer) (nothing, error) { return nothing{}, w.enter(changes, from, to, since) })
	return len(facts), err
}

func (db *DB) factsAfter(ctx context.Context, from int64) (to int64, facts []moderation.Fact, err error) {
	err = db.each(ctx, `SELECT id, kind, comment, batch, at FROM outbox_tail WHERE id > $1 ORDER BY id LIMIT $2`, []any{from, tallyFacts}, func(rows *sql.Rows) error {
		var f moderation.Fact
		var at int64
		err := rows.Scan(&f.ID, &f.Kind, &f.Comment, &f.Batch, &at)
		f.At, to = fromMicros(at), f.ID
		facts = append(facts, f)
		return err
	})
	return to, facts, err
}

// counted is what the facts change. Of a comment that came before the counting only what people
// do counts: the rest of it is not there to be taken back.
func (db *DB) counted(ctx context.Context, facts []moderation.Fact, since time.Time, tallying moderation.Tallying) (moderation.Tally, error) {
	changes, known := moderation.Tally{}, map[string]*told{}
	for _, f := range facts {
		c, met := known[f.Comment]
		if !met {
			var err error
			if c, err = db.told(ctx, f.Comment); err != nil && !errors.Is(err, sql.ErrNoRows) {
				return nil, err
			}
			known[f.Comment] = c
		}
		if c == nil {
			continue
		}
		change := c.change(f, tallying)
		if c.At.Before(since) {
			change = change.Acts()
		}
		changes.Add(change, 1)
	}
	return changes, nil
}

// change is what one fact adds to what the facts before it came to.
func (c *told) change(f moderation.Fact, tallying moderation.Tallying) moderation.Tally {
	change := moderation.Tally{}
	if f.Kind == moderation.FactReceived {
		change.Add(tallying.Of(c.Comment, c.born, nil), 1)
		return change
	}
	i := slices.IndexFunc(c.log, func(d moderation.Decision) bool { return d.Batch == f.Batch })
	if i >= 0 {
		change.Add(tallying.Of(c.Comment, c.born, c.log[:i+1]), 1)
		change.Add(tallying.Of(c.Comment, c.born, c.log[:i]), -1)
	}
	return change
}

// told reads a comment with all that was decided on it; nil and sql.ErrNoRows when it is gone.
func (db *DB) told(ctx context.Context, id string) (*told, error) {
	c := &told{}
	var at int64
	var verdict []byte
	err := db.row(ctx, `SELECT id, site, staff, blind, born, verdict, at FROM comment WHERE id = $1`, []any{id},
		&c.ID, &c.Site, &c.Staff, &c.Blind, &c.born, &verdict, &at)
	if err != nil {
		return nil, err
	}
	c.At = fromMicros(at)
	c.Verdict, _ = readVerdict(verdict) // one that does not read is Verify's to tell
	c.log, err = db.decisions(ctx, id)
	slices.Reverse(c.log)
	return c, err
}

// enter adds what was counted between two places of the log, unless another process did. Who moves the place
// first has the others wait and then find nothing to do.
func (w *writer) enter(changes moderation.Tally, from, to, since int64) error {
	moved, err := w.changed(`UPDATE tally_position SET outbox = $2, since = $3 WHERE one = 1 AND outbox = $1`, from, to, since)
	if err != nil || moved == 0 {
		return err
	}
	for cell := range changes {
		err := w.exec(`INSERT INTO tally (site, day, what, name, part, n) VALUES ($1, $2, $3, $4, $5, $6)
			ON CONFLICT (site, day, what, name, part) DO UPDATE SET n = tally.n + excluded.n`,
			cell.Site, cell.Day, cell.What, cell.Name, cell.Part, changes[cell])
		if err != nil {
			return err
		}
	}
	return nil
}

// tallyQuery keeps days apart only where a reader looks at days.
const tallyQuery = `SELECT CASE WHEN what IN ('came', 'now') THEN day ELSE '' END AS on_day, what, name, part, sum(n)
	FROM tally WHERE site = $1 AND day BETWEEN $2 AND $3
	GROUP BY CASE WHEN what IN ('came', 'now') THEN day ELSE '' END, what, name, part`

// Tallies sums up the counts from one day to another on these sites; nil is all.
func (db *DB) Tallies(ctx context.Context, sites []string, from, to string) (moderation.Tally, error) {
	sites, err := db.siteIDs(ctx, sites)
	if err != nil {
		return nil, err
	}
	all := moderation.Tally{}
	for _, site := range sites {
		err := db.each(ctx, tallyQuery, []any{site, from, to}, func(rows *sql.Rows) error {
			var cell moderation.Cell
			var n int
			err := rows.Scan(&cell.Day, &cell.What, &cell.Name, &cell.Part, &n)
			all.Add(moderation.Tally{cell: 1}, n)
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("read tallies: %w", err)
		}
	}
	return all, nil
}

// Backlog counts what waits on these sites, no further than [moderation.CountCap], and tells
// since when; nil is all.
func (db *DB) Backlog(ctx context.Context, sites []string) (b moderation.Backlog, err error) {
	if b.Pending, err = db.Pending(ctx, sites); err != nil {
		return b, err
	}
	if sites, err = db.siteIDs(ctx, sites); err != nil {
		return b, err
	}
	for _, site := range sites {
		var at int64
		err := db.row(ctx, `SELECT at FROM comment WHERE site = $1 AND state = 'pending' ORDER BY id LIMIT 1`, []any{site}, &at)
		if errors.Is(err, sql.ErrNoRows) {
			continue
		}
		if err != nil {
			return b, fmt.Errorf("find the oldest: %w", err)
		}
		if first := fromMicros(at); b.Oldest.IsZero() || first.Before(b.Oldest) {
			b.Oldest = first
		}
	}
	return b, nil
}

// Behind tells how many facts were not counted yet, to within those that were purged.
func (db *DB) Behind(ctx context.Context) (n int64, err error) {
	err = db.row(ctx, `SELECT coalesce((SELECT max(id) FROM outbox_tail), 0) - outbox FROM tally_position WHERE one = 1`, nil, &n)
	return max(n, 0), err
}
