package store

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"balasan/internal/reliability"
	"balasan/moderation"
)

// TestFaultLoadAMillionPending pages through a queue of a million: the last page costs what the first does, and
// so does the count. The control pages by OFFSET and counts all.
func TestFaultLoadAMillionPending(t *testing.T) {
	n := 20_000
	if reliability.Long() {
		n = 1_000_000
	}
	for _, on := range []struct {
		area string
		open func() *DB
	}{{reliability.SQLite, func() *DB { return openSite(t) }}, {reliability.PostgreSQL, func() *DB { return postgresSite(t) }}} {
		db := on.open()
		queued(t, db, n)
		var pages []time.Duration
		for _, behind := range []int{0, n / 2, n - 51} {
			pages = append(pages, round(medianOf(t, func() error { return queuePage(t, db, behind) })))
		}
		capped := medianOf(t, func() error { _, err := db.Pending(t.Context(), nil); return err })
		offset := medianOf(t, func() error {
			return drain(db, `SELECT id FROM comment WHERE site = 'desa' AND state = 'pending' ORDER BY id LIMIT 51 OFFSET $1`, n-51)
		})
		exact := medianOf(t, func() error { return drain(db, `SELECT count(*) FROM comment WHERE state = 'pending'`) })
		indexed(t, db)
		if reliability.Long() && offset < 5*pages[2] {
			t.Errorf("the control: by OFFSET the last page takes %v, by keyset %v", offset, pages[2])
		}
		reliability.Tell(t, reliability.Line{Area: reliability.Load, Fault: fmt.Sprintf("a queue of %d pending comments on %s: first, middle and last page, and how many there are", n, on.area),
			Seen: fmt.Sprintf("%v; the last takes %.1f times as long as the first; counted up to %d in %v; every page is found by index",
				pages, float64(pages[2])/float64(pages[0]), moderation.CountCap, round(capped)),
			Control: fmt.Sprintf("by OFFSET the ids of the last page alone take %v, to count all %v", round(offset), round(exact))})
	}
}

const pendingID = `0199aa00-0000-7000-8000-`

func queued(t *testing.T, db *DB, n int) {
	t.Helper()
	c := benchComment(0)
	c.ID = pendingID + "000000000000"
	c.Root = c.ID
	keep(t, db, c)
	id := `'` + pendingID + `' || CAST(100000000000 + i AS TEXT)`
	multiplied(t, db, c.ID, n, id, id)
	if _, err := write(t.Context(), db, func(w *writer) (nothing, error) { return nothing{}, w.exec(`ANALYZE`) }); err != nil {
		t.Fatal(err)
	}
}

// queuePage reads fifty behind so many; the comment numbered i is the i-th.
func queuePage(t *testing.T, db *DB, behind int) error {
	f := moderation.Filter{State: moderation.Pending, Limit: 50}
	if behind > 0 {
		f.Cursor = fmt.Sprintf(pendingID+"%d", 100_000_000_000+behind)
	}
	l, err := db.List(t.Context(), f)
	if err == nil && (len(l.Entries) != 50 || l.Total != moderation.CountCap) {
		err = fmt.Errorf("%d entries of %d", len(l.Entries), l.Total)
	}
	return err
}

// indexed looks at how a page is found: by index, without going through what lies before.
func indexed(t *testing.T, db *DB) {
	t.Helper()
	sel := selecting(moderation.Filter{State: moderation.Pending}, 51, pendingID+"100000010000")
	how := plan(t, db, `SELECT id `+sel.where+sel.order, sel.of("desa")...)
	if !strings.Contains(how, "Index") && !strings.Contains(how, "INDEX") || strings.Contains(how, "Seq Scan") || strings.Contains(how, "SCAN comment") {
		t.Error(how)
	}
}
