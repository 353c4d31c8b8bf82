package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"balasan/moderation"
)

// maxThreadPage is the most comments that one page of a thread carries.
const maxThreadPage = 200

// ThreadVersion grows with each change of what is public on the page; 0 for an unknown one. An unknown or
// erased site is NotFound.
func (db *DB) ThreadVersion(ctx context.Context, site, page string) (int64, error) {
	if _, err := db.site(ctx, site); err != nil {
		return 0, err
	}
	var version int64
	err := db.row(ctx, `SELECT version FROM thread WHERE site = $1 AND page = $2`, []any{site, page}, &version)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("read thread version: %w", err)
	}
	return version, nil
}

// Both queries take $1 thread, $2 root and $3 ID of the last comment before, $4 limit. Newest first
// reads what is left of that root's branch and what follows it in two ranges: as one, either would
// be read from its start. What is sorted at the end is two pages at most.
const (
	publishedColumns = `SELECT id, parent, root, depth, name, website, body, avatar, at, staff, blanked_at > 0 FROM comment
		WHERE thread = $1 AND state = 'approved' AND `
	oldestQuery = publishedColumns + `(root, id) > ($2, $3) ORDER BY root, id LIMIT $4`
	restOfRoot  = publishedColumns + `root = $2 AND id > $3 ORDER BY id LIMIT $4`
	afterRoot   = publishedColumns + `root < $2 ORDER BY root DESC, id LIMIT $4`
	newestQuery = `SELECT * FROM (` + restOfRoot + `) AS rest
		UNION ALL SELECT * FROM (` + afterRoot + `) AS after
		ORDER BY root DESC, id LIMIT $4`
)

// ThreadPage reads at most limit approved comments, each branch below its top. The cursor is the
// root and the ID of the last comment, with a dot between; Malformed when it is not.
func (db *DB) ThreadPage(ctx context.Context, site, page string, order moderation.Order, cursor string, limit int) (moderation.ThreadPage, error) {
	root, id, err := readCursor(cursor, order)
	if err != nil {
		return moderation.ThreadPage{}, err
	}
	if _, err := db.site(ctx, site); err != nil {
		return moderation.ThreadPage{}, err
	}
	var head threadHead
	err = db.row(ctx, `SELECT id, version, approved FROM thread WHERE site = $1 AND page = $2`, []any{site, page}, &head.id, &head.version, &head.approved)
	if errors.Is(err, sql.ErrNoRows) {
		return moderation.ThreadPage{}, nil
	}
	if err != nil {
		return moderation.ThreadPage{}, fmt.Errorf("find thread: %w", err)
	}
	query := newestQuery
	if order == moderation.OldestFirst {
		query = oldestQuery
	}
	limit = min(max(limit, 1), maxThreadPage)
	tp, err := db.published(ctx, head, query, []any{head.id, root, id, limit + 1})
	if err != nil {
		return moderation.ThreadPage{}, fmt.Errorf("read thread: %w", err)
	}
	if len(tp.Comments) > limit {
		tp.Comments = tp.Comments[:limit]
		last := tp.Comments[limit-1]
		tp.Next = last.Root + "." + last.ID
	}
	return tp, nil
}

// threadHead is what the primary says of a thread before its comments are read.
type threadHead struct{ id, version, approved int64 }

// published reads from the standby where there is one that has come as far as the head.
func (db *DB) published(ctx context.Context, head threadHead, query string, args []any) (moderation.ThreadPage, error) {
	if db.standby != nil {
		if tp, err := db.standby.page(ctx, head, query, args); err == nil {
			return tp, nil
		}
	}
	tp := moderation.ThreadPage{Count: int(head.approved)}
	err := db.each(ctx, query, args, func(rows *sql.Rows) error { return scanPublished(rows, &tp) })
	return tp, err
}

func scanPublished(rows *sql.Rows, tp *moderation.ThreadPage) error {
	var p moderation.Published
	var at int64
	err := rows.Scan(&p.ID, &p.Parent, &p.Root, &p.Depth, &p.Name, &p.Website, &p.Body, &p.Avatar, &at, &p.Staff, &p.Removed)
	p.At = fromMicros(at)
	tp.Comments = append(tp.Comments, p)
	return err
}

// readCursor turns the empty cursor into the place before everything.
func readCursor(cursor string, order moderation.Order) (root, id string, err error) {
	if cursor == "" {
		if order == moderation.OldestFirst {
			return "", "", nil
		}
		return afterAll, "", nil
	}
	root, id, _ = strings.Cut(cursor, ".")
	if !isID(root) || !isID(id) {
		return "", "", &moderation.Problem{Code: moderation.Malformed}
	}
	return root, id, nil
}

// Counts tells how many approved comments each of the pages has; pages without one are left out.
func (db *DB) Counts(ctx context.Context, site string, pages []string) (map[string]int, error) {
	counts := make(map[string]int, len(pages))
	for _, page := range pages {
		n := 0
		err := db.row(ctx, `SELECT approved FROM thread WHERE site = $1 AND page = $2`, []any{site, page}, &n)
		switch {
		case errors.Is(err, sql.ErrNoRows):
		case err != nil:
			return nil, fmt.Errorf("count comments: %w", err)
		case n > 0:
			counts[page] = n
		}
	}
	return counts, nil
}

// SetThread overrides the site's mode for one page and writes down who did; the empty mode takes
// that back. It is NotFound on an unknown site.
func (db *DB) SetThread(ctx context.Context, site, page string, mode moderation.Mode, by moderation.Editor, at time.Time) error {
	if err := clean(page); err != nil {
		return err
	}
	if _, err := db.site(ctx, site); err != nil {
		return err
	}
	_, err := write(ctx, db, func(w *writer) (nothing, error) {
		err := w.exec(`INSERT INTO thread (site, page, title, mode) VALUES ($1, $2, '', $3)
			ON CONFLICT (site, page) DO UPDATE SET mode = excluded.mode, version = thread.version + 1`, site, page, string(mode))
		if err == nil {
			err = w.exec(`INSERT INTO thread_change (thread, mode, editor, name, at)
				SELECT id, $3, $4, $5, $6 FROM thread WHERE site = $1 AND page = $2`, site, page, string(mode), by.ID, by.Name, micros(at))
		}
		w.hint(site, page)
		return nothing{}, err
	})
	return err
}
