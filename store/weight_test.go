package store

import (
	"fmt"
	"sync"
	"testing"

	"balasan/internal/pgtest"
	"balasan/internal/reliability"
	"balasan/moderation"
)

// TestFaultLoadWeightOfComments counts what a comment takes on both databases, indices, verdict and
// outbox included.
func TestFaultLoadWeightOfComments(t *testing.T) {
	n := 2_000
	if reliability.Long() {
		n = 100_000
	}
	_, url := pgtest.Own(t, "fsync=off")
	postgres, err := Open(t.Context(), Options{URL: url, Keys: testKeys})
	if err != nil {
		t.Fatal(err)
	}
	defer postgres.Close()
	if err := postgres.AddSite(t.Context(), moderation.Site{ID: "desa", Policy: moderation.DefaultPolicy()}); err != nil {
		t.Fatal(err)
	}
	for _, on := range []struct {
		db   *DB
		name string
		size string
	}{{openSite(t), reliability.SQLite, `SELECT (SELECT page_count FROM pragma_page_count) * (SELECT page_size FROM pragma_page_size)`},
		{postgres, reliability.PostgreSQL, `SELECT pg_database_size(current_database())`}} {
		var before, after int64
		weigh := func(into *int64) {
			if err := on.db.row(t.Context(), on.size, nil, into); err != nil {
				t.Fatal(err)
			}
		}
		weigh(&before)
		var wait sync.WaitGroup
		for range 16 {
			wait.Go(func() {
				for i := range n / 16 {
					if _, err := on.db.Keep(t.Context(), benchComment(i)); err != nil {
						t.Error(err)
						return
					}
				}
			})
		}
		wait.Wait()
		weigh(&after)
		reliability.Tell(t, reliability.Line{Area: reliability.Load, Fault: fmt.Sprintf("weight of %d comments on %s", n, on.name),
			Seen: fmt.Sprintf("%d bytes each, of which 174 are text", (after-before)/int64(n))})
	}
}
