package store

import (
	"bytes"
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"time"

	"balasan/moderation"
)

const (
	searchWindow = 3000 // comments that one search looks at, shared among its sites
	searchLeast  = 50   // at least so many of each site
)

// The parameters are $1 site, $2 state, $3 limit and the bounds $4 and $5, between which the IDs lie.
const (
	searchColumns = `SELECT c.id, c.blind, c.name, c.website, c.body, c.net_mac, t.page, t.title, `
	searchFrom    = ` FROM comment c JOIN thread t ON t.id = c.thread WHERE c.site = $1 AND c.state = $2 AND c.id > $4 AND c.id < $5`
	searchWaits   = searchFrom + ` AND c.state = 'pending' ORDER BY c.id LIMIT $3`
	searchSettled = searchFrom + ` AND c.state <> 'pending' ORDER BY c.id DESC LIMIT $3`
)

// looker is one search under way.
type looker struct {
	f       moderation.Filter
	from    string // the query
	lo, hi  string // IDs between which it looks
	verdict bool   // the terms ask for it
	hits    []string
	edges   []string // how far each site was read whose end was not reached
}

// search looks at the next searchWindow comments in the order of the list. Of several sites it
// goes no further than the one that was read least far.
func (db *DB) search(ctx context.Context, f moderation.Filter, sites []string) (moderation.Listing, error) {
	l := newLooker(f)
	window := max(searchWindow/max(len(sites), 1), searchLeast)
	for _, site := range sites {
		if slices.ContainsFunc(f.Search.Sites, func(s string) bool { return s != site }) {
			continue
		}
		if err := db.look(ctx, l, site, window); err != nil {
			return moderation.Listing{}, fmt.Errorf("search: %w", err)
		}
	}
	ids, next, more := l.found()
	entries, err := db.entries(ctx, ids)
	return moderation.Listing{Entries: entries, Next: next, More: more}, err
}

func newLooker(f moderation.Filter) *looker {
	l := &looker{f: f, from: searchWaits, hi: afterAll, verdict: len(f.Search.Reasons)+len(f.Search.Rules) > 0}
	if f.Page != "" {
		l.f.Search.Pages = append(slices.Clone(f.Search.Pages), strings.ToLower(f.Page))
	}
	if f.Search.Younger > 0 {
		l.lo = firstID(f.At.Add(-f.Search.Younger))
	}
	if f.Search.Older > 0 {
		l.hi = firstID(f.At.Add(-f.Search.Older))
	}
	switch {
	case f.State != moderation.Pending:
		l.from = searchSettled
		l.hi = min(l.hi, cmp.Or(f.Cursor, afterAll))
	default:
		l.lo = max(l.lo, f.Cursor)
	}
	return l
}

// firstID stands before every ID of that millisecond or later (RFC 9562, 5.7).
func firstID(at time.Time) string {
	ms := fmt.Sprintf("%012x", max(0, at.UnixMilli()))
	return ms[:8] + "-" + ms[8:]
}

// look reads the window of one site.
func (db *DB) look(ctx context.Context, l *looker, site string, window int) error {
	found, err := db.site(ctx, site)
	if err != nil {
		return err
	}
	var networks [][]byte
	for _, n := range l.f.Search.Networks {
		networks = append(networks, found.keys.netMAC(n.Addr()))
	}
	column := `''`
	if l.verdict {
		column = `c.verdict`
	}
	rows, last := 0, ""
	err = db.each(ctx, searchColumns+column+l.from, []any{site, string(l.f.State), window, l.lo, l.hi}, func(r *sql.Rows) error {
		rows++
		return l.see(r, networks, &last)
	})
	if rows == window {
		l.edges = append(l.edges, last)
	}
	return err
}

func (l *looker) see(r *sql.Rows, networks [][]byte, last *string) error {
	c := moderation.Comment{State: l.f.State}
	var network, verdict []byte
	if err := r.Scan(last, &c.Blind, &c.Name, &c.Website, &c.Body, &network, &c.Page, &c.PageTitle, &verdict); err != nil {
		return err
	}
	if l.verdict {
		c.Verdict, _ = readVerdict(verdict) // one that does not read is Verify's to tell
		c = moderation.Entry{Comment: c}.Shown().Comment
	}
	elsewhere := func(n []byte) bool { return !bytes.Equal(n, network) }
	if !slices.ContainsFunc(networks, elsewhere) && l.f.Search.Matches(c, l.f.Reads) {
		l.hits = append(l.hits, *last)
	}
	return nil
}

// found is what a page shows, and where to look on.
func (l *looker) found() (ids []string, next string, more bool) {
	order := strings.Compare
	if l.f.State != moderation.Pending {
		order = func(a, b string) int { return strings.Compare(b, a) }
	}
	slices.SortFunc(l.hits, order)
	ids = l.hits
	if len(l.edges) > 0 {
		next, more = slices.MinFunc(l.edges, order), true
		ids = slices.DeleteFunc(ids, func(id string) bool { return order(id, next) > 0 })
	}
	if len(ids) > l.f.Limit {
		ids = ids[:l.f.Limit]
		next, more = ids[l.f.Limit-1], false
	}
	return ids, next, more
}
