package store

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"balasan/moderation"
)

// historyQuery is $1 site, $2 time and $3 ID of the last batch before, $4 limit.
const historyQuery = `SELECT at, batch, comment, decisions FROM batch_site WHERE site = $1 AND (at, batch) < ($2, $3)
	ORDER BY at DESC, batch DESC LIMIT $4`

// past is a batch on its way into a History.
type past struct {
	at                   int64
	batch, site, comment string
	count                int
}

func (p past) compare(b past) int {
	return cmp.Or(cmp.Compare(b.at, p.at), strings.Compare(b.batch, p.batch))
}

// History lists what all editors did on these sites, newest first; nil is all. What counts in a
// batch is what it settled there.
func (db *DB) History(ctx context.Context, sites []string, cursor string, limit int) (moderation.BatchPage, error) {
	at, batch := int64(1<<62), ""
	if cursor != "" {
		when, id, _ := strings.Cut(cursor, ".")
		var err error
		if at, err = strconv.ParseInt(when, 10, 64); err != nil || clean(id) != nil {
			return moderation.BatchPage{}, &moderation.Problem{Code: moderation.Malformed}
		}
		batch = id
	}
	sites, err := db.siteIDs(ctx, sites)
	if err != nil {
		return moderation.BatchPage{}, err
	}
	page, err := db.history(ctx, sites, at, batch, limit)
	if err != nil {
		return moderation.BatchPage{}, fmt.Errorf("list what editors did: %w", err)
	}
	return page, nil
}

func (db *DB) history(ctx context.Context, sites []string, at int64, batch string, limit int) (page moderation.BatchPage, err error) {
	var all []past
	for _, site := range sites {
		err := db.each(ctx, historyQuery, []any{site, at, batch, limit + 1}, func(rows *sql.Rows) error {
			p := past{site: site}
			err := rows.Scan(&p.at, &p.batch, &p.comment, &p.count)
			all = append(all, p)
			return err
		})
		if err != nil {
			return page, err
		}
	}
	slices.SortFunc(all, past.compare)
	for i, p := range all {
		if last := len(page.Batches) - 1; i > 0 && all[i-1].batch == p.batch {
			page.Batches[last].Count += p.count
			continue
		}
		if len(page.Batches) == limit {
			page.Next = strconv.FormatInt(all[i-1].at, 10) + "." + all[i-1].batch
			return page, nil
		}
		b, err := db.pastBatch(ctx, p)
		if err != nil {
			return page, err
		}
		page.Batches = append(page.Batches, b)
	}
	return page, nil
}

func (db *DB) pastBatch(ctx context.Context, p past) (moderation.Batch, error) {
	b := moderation.Batch{ID: p.batch, Count: p.count, At: fromMicros(p.at), Sample: moderation.Sample{ID: p.comment, Site: p.site}}
	err := db.row(ctx, `SELECT b.name, b.to_state, b.note, b.undoes, b.deed,
		EXISTS (SELECT 1 FROM batch u WHERE u.undoes = b.id AND u.undoes <> ''), c.name, c.body
		FROM batch b JOIN comment c ON c.id = $2 WHERE b.id = $1`, []any{p.batch, p.comment},
		&b.By, &b.To, &b.Note, &b.Undoes, &b.Deed, &b.Undone, &b.Sample.Name, &b.Sample.Excerpt)
	if runes := []rune(b.Sample.Excerpt); len(runes) > moderation.SampleRunes {
		b.Sample.Excerpt = string(runes[:moderation.SampleRunes])
	}
	return b, err
}
