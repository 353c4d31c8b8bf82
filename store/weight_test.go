package store

import (
	"fmt"
	"sync"
	"testing"

	"balasan/internal/reliability"
	"balasan/moderation"
	"balasan/store/storetest"
)

// TestFaultLoadWeightOfComments counts what a comment takes on both databases, indices, verdict and
// outbox included, and what it takes more where its sender agreed to a wording or asked what is kept.
func TestFaultLoadWeightOfComments(t *testing.T) {
	n := 2_000
	if reliability.Long() {
		n = 100_000
	}
	agreed := moderation.Agreement{Wording: moderation.NewWording("id", "Saya setuju."), Ticked: true, At: storetest.Start}
	for name, db := range map[string]*DB{reliability.SQLite: openSite(t), reliability.PostgreSQL: postgresSite(t)} {
		plain := weighed(t, db, n, func(i int) error {
			_, err := db.Keep(t.Context(), benchComment(i))
			return err
		})
		consented := weighed(t, db, n, func(i int) error {
			c := benchComment(i)
			c.Agreed = agreed
			_, err := db.Keep(t.Context(), c)
			return err
		})
		asked := weighed(t, db, n/10, func(i int) error {
			return db.AskData(t.Context(), "desa", storetest.Comment(i).Email, "id", storetest.Start)
		})
		reliability.Tell(t, reliability.Line{Area: reliability.Load, Fault: fmt.Sprintf("weight of %d comments on %s", n, name),
			Seen: fmt.Sprintf("%d bytes each, of which 174 are text; %d with what its sender agreed to; %d for a request of one's own data with its letter", plain, consented, asked)})
	}
}

// weighed is how many bytes each of n things takes that 16 goroutines do.
func weighed(t *testing.T, db *DB, n int, do func(i int) error) int64 {
	t.Helper()
	size := `SELECT (SELECT page_count FROM pragma_page_count) * (SELECT page_size FROM pragma_page_size)`
	if _, postgres := db.engine.(postgres); postgres {
		size = `SELECT pg_database_size(current_database())`
	}
	var before, after int64
	weigh := func(into *int64) {
		if err := db.row(t.Context(), size, nil, into); err != nil {
			t.Fatal(err)
		}
	}
	weigh(&before)
	var all sync.WaitGroup
	for part := range 16 {
		all.Go(func() {
			for i := part; i < n; i += 16 {
				if err := do(i); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
	weigh(&after)
	return (after - before) / int64(n)
}
