package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"balasan/internal/pgtest"
	"balasan/internal/reliability"
	"balasan/moderation"
)

// fillThread puts n approved comments on a page, without their verdicts' weight: each at the top, or
// all of them below one. IDs are in order.
func fillThread(t testing.TB, db *DB, page string, n int, nested bool) {
	t.Helper()
	c := benchComment(0)
	c.Page, c.State = page, moderation.Approved
	keep(t, db, c)
	id := `'0199aa00-0000-7000-8000-' || CAST(100000000000 + i AS TEXT)`
	root := id
	if nested {
		id, root = strings.Replace(id, "aa", "ab", 1), `'`+c.ID+`'`
	}
	multiplied(t, db, c.ID, n, id, root)
	_, err := write(t.Context(), db, func(w *writer) (nothing, error) {
		if err := w.exec(publishMore, c.Site, page, n-1); err != nil {
			return nothing{}, err
		}
		return nothing{}, w.exec(`ANALYZE`) // as the databases do by themselves, now and then
	})
	if err != nil {
		t.Fatal(err)
	}
}

// multiplied makes n comments of one, whose ids and roots are SQL over i.
func multiplied(t testing.TB, db *DB, of string, n int, id, root string) {
	t.Helper()
	const columns = `site, thread, parent, depth, staff, born, state, name, website, body, avatar, language, unsolved, form_signed, form_age, form_traps, verdict, digest, at`
	for from := 1; from < n; from += 10_000 {
		_, err := write(t.Context(), db, func(w *writer) (nothing, error) {
			return nothing{}, w.exec(`INSERT INTO comment (id, root, key, `+columns+`)
				SELECT `+id+`, `+root+`, NULL, `+columns+`
				FROM comment, (WITH RECURSIVE n(i) AS (SELECT CAST($2 AS BIGINT) UNION ALL SELECT i + 1 FROM n WHERE i + 1 < $3) SELECT i FROM n) AS n
				WHERE id = $1`, of, from, min(from+10_000, n))
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// plan is how the database means to answer.
func plan(t testing.TB, db *DB, query string, args ...any) string {
	t.Helper()
	explain := `EXPLAIN QUERY PLAN `
	if !db.engine.prepares() {
		explain = `EXPLAIN `
	}
	rows, err := db.readers.QueryContext(t.Context(), explain+query, args...)
	if err != nil {
		t.Fatal(err)
	}
	var steps []string
	err = eachRow(rows, func(rows *sql.Rows) error {
		columns, err := rows.Columns()
		if err != nil {
			return err
		}
		cells := make([]any, len(columns))
		for i := range cells {
			cells[i] = new(any)
		}
		err = rows.Scan(cells...)
		steps = append(steps, fmt.Sprint(*cells[len(cells)-1].(*any)))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(steps, "\n")
}

// cursorAt is the cursor behind the first n comments of the order.
func cursorAt(t testing.TB, db *DB, page string, order moderation.Order, n int) string {
	t.Helper()
	by := "root, id"
	if order == moderation.NewestFirst {
		by = "root DESC, id"
	}
	var root, id string
	err := db.row(t.Context(), `SELECT root, id FROM comment WHERE thread = (SELECT id FROM thread WHERE page = $1) ORDER BY `+by+` LIMIT 1 OFFSET $2`, []any{page, n - 1}, &root, &id)
	if err != nil {
		t.Fatal(err)
	}
	return root + "." + id
}

// medianOf runs something again and again.
func medianOf(t testing.TB, run func() error) time.Duration {
	t.Helper()
	took := make([]time.Duration, 31)
	for i := range took {
		began := time.Now()
		if err := run(); err != nil {
			t.Fatal(err)
		}
		took[i] = time.Since(began)
	}
	slices.Sort(took)
	return took[len(took)/2]
}

const (
	offsetQuery = `SELECT id, body FROM comment WHERE thread = (SELECT id FROM thread WHERE page = $1) AND state = 'approved' ORDER BY root, id LIMIT 51 OFFSET $2`
	// oneRange is newest first without its two ranges.
	oneRange = publishedColumns + `root <= $2 AND (root < $2 OR id > $3) ORDER BY root DESC, id DESC LIMIT $4`
)

// TestFaultLoadALongThread pages through threads of 100,000 comments, each at the top or all below
// one: the last page costs what the first does. The control pages by OFFSET.
func TestFaultLoadALongThread(t *testing.T) {
	n := 2_000
	if reliability.Long() {
		n = 100_000
	}
	for _, on := range []struct {
		area string
		open func() *DB
	}{{reliability.SQLite, func() *DB { return openSite(t) }}, {reliability.PostgreSQL, func() *DB { return postgresSite(t) }}} {
		db := on.open()
		var seen []string
		for _, shape := range []string{"flat", "nested"} {
			page := "https://desa.id/" + shape
			fillThread(t, db, page, n, shape == "nested")
			for _, order := range []moderation.Order{moderation.OldestFirst, moderation.NewestFirst} {
				figures := pageThrough(t, db, page, order, n)
				seen = append(seen, fmt.Sprintf("%s, %s first: %v", shape, order, figures))
			}
		}
		planned(t, db, n)
		first := medianOf(t, func() error { return drain(db, offsetQuery, "https://desa.id/flat", 0) })
		last := medianOf(t, func() error { return drain(db, offsetQuery, "https://desa.id/flat", n-50) })
		if reliability.Long() && last < 5*first {
			t.Errorf("the control: by OFFSET the last page takes %v and the first %v", last, first)
		}
		reliability.Tell(t, reliability.Line{Area: reliability.Load, Fault: fmt.Sprintf("a thread of %d comments on %s: first, middle and last page", n, on.area),
			Seen: strings.Join(seen, "; "), Control: fmt.Sprintf("by OFFSET: first %v, last %v", round(first), round(last))})
	}
}

func round(d time.Duration) time.Duration { return d.Round(time.Microsecond) }

// pageThrough takes the medians of three pages.
func pageThrough(t *testing.T, db *DB, page string, order moderation.Order, n int) []time.Duration {
	t.Helper()
	var figures []time.Duration
	for _, behind := range []int{0, n / 2, n - 50} {
		cursor := ""
		if behind > 0 {
			cursor = cursorAt(t, db, page, order, behind)
		}
		figures = append(figures, round(medianOf(t, func() error {
			tp, err := db.ThreadPage(t.Context(), "desa", page, order, cursor, 50)
			if err == nil && (len(tp.Comments) != 50 || tp.Count != n || (tp.Next == "") != (behind == n-50)) {
				err = fmt.Errorf("%d of %d comments, next %q", len(tp.Comments), tp.Count, tp.Next)
			}
			return err
		})))
	}
	if reliability.Long() && figures[2] > 5*figures[0] {
		t.Errorf("%s %s: %v", page, order, figures)
	}
	return figures
}

// planned looks at how the pages are found: by index, without sorting a branch.
func planned(t *testing.T, db *DB, n int) {
	t.Helper()
	var thread int64
	if err := db.row(t.Context(), `SELECT id FROM thread WHERE page = $1`, []any{"https://desa.id/nested"}, &thread); err != nil {
		t.Fatal(err)
	}
	cursor := cursorAt(t, db, "https://desa.id/nested", moderation.NewestFirst, n/2)
	root, id, _ := strings.Cut(cursor, ".")
	for query, index := range map[string]string{oldestQuery: "comment_public", newestQuery: "comment_newest"} {
		how := plan(t, db, query, thread, root, id, 51)
		if !strings.Contains(how, index) || strings.Contains(how, "Seq Scan on comment") || strings.Contains(how, "SCAN comment") {
			t.Errorf("%s:\n%s", query, how)
		}
	}
}

func drain(db *DB, query string, args ...any) error {
	return db.each(context.Background(), query, args, func(*sql.Rows) error { return nil })
}

// postgresSite is a database of its own on PostgreSQL whose commits reach the disk, with one site.
func postgresSite(t testing.TB) *DB {
	t.Helper()
	_, url := pgtest.Own(t)
	db, err := Open(t.Context(), Options{URL: url, Keys: testKeys})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := db.AddSite(t.Context(), moderation.Site{ID: "desa", Policy: moderation.DefaultPolicy()}); err != nil {
		t.Fatal(err)
	}
	return db
}
