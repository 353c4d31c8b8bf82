package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"time"

	"balasan/moderation"
)

// List reads one page of the queue: what waits oldest first, so that arrivals never move a page;
// what is decided newest first. The cursor is the ID of the last entry, or of the last comment that a
// search looked at.
func (db *DB) List(ctx context.Context, f moderation.Filter) (moderation.Listing, error) {
	if f.Cursor != "" && !isID(f.Cursor) {
		return moderation.Listing{}, &moderation.Problem{Code: moderation.Malformed}
	}
	if err := clean(f.Page); err != nil {
		return moderation.Listing{}, err
	}
	sites, err := db.filtered(ctx, f)
	if err != nil {
		return moderation.Listing{}, err
	}
	if !f.Search.IsZero() {
		return db.search(ctx, f, sites)
	}
	ids, err := db.listIDs(ctx, f, sites)
	if err != nil {
		return moderation.Listing{}, fmt.Errorf("list the queue: %w", err)
	}
	var l moderation.Listing
	if len(ids) > f.Limit {
		ids = ids[:f.Limit]
		l.Next = ids[f.Limit-1]
	}
	if l.Entries, err = db.entries(ctx, ids); err != nil {
		return moderation.Listing{}, err
	}
	l.Total, err = db.count(ctx, f, sites)
	return l, err
}

// Pending counts what waits on these sites, no further than [moderation.CountCap]; nil is all.
func (db *DB) Pending(ctx context.Context, sites []string) (int, error) {
	sites, err := db.siteIDs(ctx, sites)
	if err != nil {
		return 0, err
	}
	return db.count(ctx, moderation.Filter{State: moderation.Pending}, sites)
}

// Entry reads one comment whole; NotFound outside of sites, of which nil is all.
func (db *DB) Entry(ctx context.Context, id string, sites []string) (moderation.Entry, error) {
	e, err := db.entry(ctx, id)
	if err == nil && !within(e.Site, sites) {
		err = notFound()
	}
	if err == nil {
		e.Agreed, err = db.agreement(ctx, id)
	}
	if err != nil {
		return moderation.Entry{}, err
	}
	return e, nil
}

// Looked writes down that an editor looked at an address.
func (db *DB) Looked(ctx context.Context, comment string, by moderation.Editor, at time.Time) error {
	_, err := write(ctx, db, func(w *writer) (nothing, error) {
		return nothing{}, w.exec(`INSERT INTO look (comment, editor, name, at) VALUES ($1, $2, $3, $4)`, comment, by.ID, by.Name, micros(at))
	})
	return err
}

func (db *DB) filtered(ctx context.Context, f moderation.Filter) ([]string, error) {
	if f.Site == "" {
		return db.siteIDs(ctx, f.Sites)
	}
	if !within(f.Site, f.Sites) {
		return nil, nil
	}
	return db.siteIDs(ctx, []string{f.Site})
}

// The parameters are $1 site, $2 state, $3 limit, $4 cursor and $5 page; the literal 'pending' is
// what lets the partial indices serve them.
const (
	whereWaits   = `FROM comment WHERE site = $1 AND state = 'pending' AND state = $2 AND id > $4`
	whereSettled = `FROM comment WHERE site = $1 AND state <> 'pending' AND state = $2 AND id < $4`
	wherePage    = ` AND thread IN (SELECT id FROM thread WHERE site = $1 AND (lower(page) LIKE $5 ESCAPE '\' OR lower(title) LIKE $5 ESCAPE '\'))`
	afterAll     = "g" // sorts behind every hexadecimal digit
)

// selection is a filter as SQL.
type selection struct {
	where, order string
	args         []any // all but the site, which comes first
}

func selecting(f moderation.Filter, limit int, cursor string) selection {
	s := selection{where: whereWaits, order: ` ORDER BY id LIMIT $3`}
	if f.State != moderation.Pending {
		s = selection{where: whereSettled, order: ` ORDER BY id DESC LIMIT $3`}
		if cursor == "" {
			cursor = afterAll
		}
	}
	s.args = []any{string(f.State), limit, cursor}
	if f.Page != "" {
		s.where += wherePage
		s.args = append(s.args, likeAny(f.Page))
	}
	return s
}

func (s selection) of(site string) []any { return append([]any{site}, s.args...) }

// likeAny matches a part of a text; ASCII letters match in either case.
func likeAny(part string) string {
	return "%" + strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(asciiLower(part)) + "%"
}

func asciiLower(s string) string {
	return strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, s)
}

// listIDs merges the next Limit+1 of each site.
func (db *DB) listIDs(ctx context.Context, f moderation.Filter, sites []string) ([]string, error) {
	sel := selecting(f, f.Limit+1, f.Cursor)
	var ids []string
	for _, site := range sites {
		err := db.each(ctx, `SELECT id `+sel.where+sel.order, sel.of(site), func(rows *sql.Rows) error { return scanInto(rows, &ids) })
		if err != nil {
			return nil, err
		}
	}
	slices.Sort(ids)
	if f.State != moderation.Pending {
		slices.Reverse(ids)
	}
	return ids[:min(len(ids), f.Limit+1)], nil
}

func scanInto[T any](rows *sql.Rows, all *[]T) error {
	var one T
	err := rows.Scan(&one)
	*all = append(*all, one)
	return err
}

func (db *DB) count(ctx context.Context, f moderation.Filter, sites []string) (int, error) {
	sel := selecting(f, moderation.CountCap, "")
	total := 0
	for _, site := range sites {
		n := 0
		if err := db.row(ctx, `SELECT count(*) FROM (SELECT 1 `+sel.where+` LIMIT $3) AS capped`, sel.of(site), &n); err != nil {
			return 0, fmt.Errorf("count the queue: %w", err)
		}
		if total += n; total >= moderation.CountCap {
			return moderation.CountCap, nil
		}
	}
	return total, nil
}

// isID tells whether s could be the ID of a comment.
func isID(s string) bool {
	return len(s) == 36 && strings.Trim(s, "0123456789abcdef-") == ""
}
