package store

import (
	"fmt"
	"testing"
	"time"

	"balasan/moderation"
	"balasan/store/storetest"
)

// BenchmarkTally reports how many facts a second are counted: comments with eight rules that met
// them, each decided on in batches of twenty.
func BenchmarkTally(b *testing.B) {
	const n = 4000
	for b.Loop() {
		db := openSite(b)
		storm(b, n, func(i int) error {
			c := benchComment(i)
			for rule := range 8 {
				c.Verdict.Signals = append(c.Verdict.Signals, moderation.Signal{Rule: fmt.Sprint("rule.", (i+rule)%40), Score: 1})
			}
			_, err := db.Keep(b.Context(), c)
			return err
		})
		for batch := range n / 20 {
			list, err := db.List(b.Context(), moderation.Filter{State: moderation.Pending, Limit: 20})
			if err != nil {
				b.Fatal(err)
			}
			var ids []string
			for _, e := range list.Entries {
				ids = append(ids, e.ID)
			}
			if _, err := db.Rule(b.Context(), moderation.Ruling{IDs: ids, To: moderation.IsSpam}, owner, fmt.Sprint(batch), nil, storetest.Start); err != nil {
				b.Fatal(err)
			}
		}
		start, facts := time.Now(), 0
		for {
			done, err := db.Tally(b.Context(), moderation.Tallying{})
			if err != nil {
				b.Fatal(err)
			}
			if facts += done; done == 0 {
				break
			}
		}
		b.ReportMetric(float64(facts)/time.Since(start).Seconds(), "facts/s")
	}
}

// BenchmarkOverview reads 90 days of a site with 150 rules and 10 editors, out of 400.
func BenchmarkOverview(b *testing.B) {
	db := openSite(b)
	today := time.Date(2026, 11, 25, 0, 0, 0, 0, time.UTC)
	_, err := write(b.Context(), db, func(w *writer) (nothing, error) {
		for day := range 400 {
			for i := range 150*4 + 10*10 + 40 {
				what := moderation.CountAgainst
				if i%50 == 0 {
					what = moderation.CountNow
				}
				err := w.exec(`INSERT INTO tally (site, day, what, name, part, n) VALUES ('desa', $1, $2, $3, $4, 7)`,
					today.AddDate(0, 0, -day).Format(time.DateOnly), what, fmt.Sprint("rule.", i/4), fmt.Sprint(i%4))
				if err != nil {
					return nothing{}, err
				}
			}
		}
		return nothing{}, nil
	})
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := db.Tallies(b.Context(), nil, today.AddDate(0, 0, -89).Format(time.DateOnly), today.Format(time.DateOnly)); err != nil {
			b.Fatal(err)
		}
	}
}
