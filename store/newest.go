package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"

	"balasan/moderation"
)

// newestSpan is how many of the newest comments of a site are looked at for those of one lane.
const newestSpan = 1000

// newestOf looks at a bounded number, however many others wait; the literal 'pending' is what lets
// the partial index serve it.
const newestOf = `SELECT id FROM (SELECT id, lane FROM comment WHERE site = $1 AND state = 'pending' ORDER BY id DESC LIMIT $2) AS newest
	WHERE lane = $3 OR $3 = '' AND lane <> 'campaign' ORDER BY id DESC LIMIT $4`

// Newest reads what came last and still waits on these sites, the newest first; nil is all sites.
// The lane bounds it to one of them; empty is all but campaigns.
func (db *DB) Newest(ctx context.Context, sites []string, lane moderation.Lane, limit int) ([]moderation.Entry, error) {
	sites, err := db.siteIDs(ctx, sites)
	if err != nil {
		return nil, err
	}
	var ids []string
	for _, site := range sites {
		err := db.each(ctx, newestOf, []any{site, newestSpan, string(lane), limit}, func(rows *sql.Rows) error { return scanInto(rows, &ids) })
		if err != nil {
			return nil, fmt.Errorf("read what came last: %w", err)
		}
	}
	slices.Sort(ids)
	slices.Reverse(ids)
	return db.entries(ctx, ids[:min(len(ids), limit)])
}
