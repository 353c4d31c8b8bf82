package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"hash/fnv"

	"balasan/moderation"
)

const (
	gatherFacts = 32  // facts of the outbox that one transaction follows
	goodCap     = 100 // likely good comments of a tie that are counted
)

// gathered is a received comment on its way into its campaign.
type gathered struct {
	moderation.Comment
	print moderation.Print
	faces [3]int64 // page, name, network
}

// Gather follows the log of received comments and puts the next few of them into campaigns, in
// one transaction together with the place it has come to. So it goes on where it stopped, and of
// several processes that gather one does each part. It returns how many facts it followed.
func (db *DB) Gather(ctx context.Context, tying moderation.Tying) (int, error) {
	n, err := db.gather(ctx, tying)
	if err != nil {
		return 0, fmt.Errorf("gather campaigns: %w", err)
	}
	return n, nil
}

func (db *DB) gather(ctx context.Context, tying moderation.Tying) (int, error) {
	var from int64
	if err := db.row(ctx, `SELECT outbox FROM campaign_position WHERE one = 1`, nil, &from); err != nil {
		return 0, err
	}
	to, n := from, 0
	var ids []string
	err := db.each(ctx, `SELECT id, kind, comment FROM outbox_tail WHERE id > $1 ORDER BY id LIMIT $2`, []any{from, gatherFacts}, func(rows *sql.Rows) error {
		var kind, comment string
		n++
		err := rows.Scan(&to, &kind, &comment)
		if kind == "received" {
			ids = append(ids, comment)
		}
		return err
	})
	if err != nil || n == 0 {
		return 0, err
	}
	fresh, err := db.printed(ctx, ids, tying)
	if err != nil {
		return 0, err
	}
	_, err = beside(ctx, db, func(w *writer) (nothing, error) { return nothing{}, w.gather(fresh, from, to, tying) })
	return n, err
}

// printed reads comments and their prints, which is work for readers, not for the writer.
func (db *DB) printed(ctx context.Context, ids []string, tying moderation.Tying) ([]*gathered, error) {
	fresh := make([]*gathered, 0, len(ids))
	for _, id := range ids {
		g, err := db.received(ctx, id)
		if errors.Is(err, sql.ErrNoRows) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if !g.Staff && !g.Blind { // a campaign would give a blind check away
			g.print = tying.Print(g.Comment)
			fresh = append(fresh, g)
		}
	}
	return fresh, nil
}

// gather joins what was received between two places of the log, unless another process did. Moving the place comes
// first: of those that gather at the same moment the others wait for it and then find nothing to do.
func (w *writer) gather(fresh []*gathered, from, to int64, tying moderation.Tying) error {
	moved, err := w.changed(`UPDATE campaign_position SET outbox = $2 WHERE one = 1 AND outbox = $1`, from, to)
	if err != nil || moved == 0 {
		return err
	}
	for _, g := range fresh {
		if err := w.join(g, tying); err != nil {
			return err
		}
	}
	return nil
}

// Busy tells whether work waits for a writer, so that what can wait should.
func (db *DB) Busy() bool { return len(db.writer.jobs)+len(db.crowd[0].jobs) > 0 }

// received reads of a comment what may tie it; sql.ErrNoRows when its text is gone.
func (db *DB) received(ctx context.Context, id string) (*gathered, error) {
	g := &gathered{}
	var thread, at int64
	var network, verdict []byte
	err := db.row(ctx, `SELECT c.id, c.site, c.staff, c.blind, c.thread, t.page, c.name, c.website, c.body, c.net_mac, c.verdict, c.at
		FROM comment c JOIN thread t ON t.id = c.thread WHERE c.id = $1 AND c.blanked_at = 0`, []any{id},
		&g.ID, &g.Site, &g.Staff, &g.Blind, &thread, &g.Page, &g.Name, &g.Website, &g.Body, &network, &verdict, &at)
	if err != nil {
		return nil, err
	}
	g.At = fromMicros(at)
	g.faces = [3]int64{thread, face([]byte(g.Name)), face(network)}
	g.Verdict, _ = readVerdict(verdict) // one that does not read is Verify's to tell
	return g, nil
}

func face(b []byte) int64 {
	h := fnv.New64a()
	h.Write(b)
	return int64(h.Sum64())
}
