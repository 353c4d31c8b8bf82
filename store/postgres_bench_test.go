package store

import (
	"context"
	"testing"

	"balasan/internal/pgtest"
	"balasan/moderation"
)

// BenchmarkKeepOnPostgres holds Keep against its ceiling: the same row inserted by as many
// connections without anything else. Commits reach the disk.
func BenchmarkKeepOnPostgres(b *testing.B) {
	const n = 20_000
	for b.Loop() {
		_, url := pgtest.Own(b)
		db, err := Open(b.Context(), Options{URL: url, Keys: testKeys})
		if err != nil {
			b.Fatal(err)
		}
		if err := db.AddSite(b.Context(), moderation.Site{ID: "desa", Policy: moderation.DefaultPolicy()}); err != nil {
			b.Fatal(err)
		}
		rows := make([]*commentRow, n+1)
		comments := make([]moderation.Comment, n+1)
		for i := range rows {
			comments[i] = benchComment(i)
			if rows[i], err = db.newRow(b.Context(), benchComment(i)); err != nil {
				b.Fatal(err)
			}
		}
		for i := range 50 {
			keep(b, db, benchComment(i))
		}
		raw := storm(b, n, func(i int) error {
			_, err := db.writers.ExecContext(context.Background(), db.engine.dialect(insertComment), rows[i].args...)
			return err
		})
		whole := storm(b, n, func(i int) error {
			_, err := db.Keep(b.Context(), comments[i])
			return err
		})
		b.ReportMetric(raw, "ceiling/s")
		b.ReportMetric(whole, "kept/s")
		b.ReportMetric(whole/raw, "ratio")
		if err := db.Close(); err != nil {
			b.Fatal(err)
		}
	}
}
