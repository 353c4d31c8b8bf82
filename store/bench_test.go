package store

import (
	"cmp"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"balasan/moderation"
	"balasan/moderation/campaign"
	"balasan/moderation/fold"
	"balasan/store/storetest"
)

// benchComment has an ID and a key of its own and spreads over pages and senders.
func benchComment(n int) moderation.Comment {
	c := storetest.Comment(n % 60000)
	c.ID = uuid.Must(uuid.NewV7()).String()
	c.Root, c.Key = c.ID, c.ID
	c.Page = fmt.Sprintf("https://desa.id/berita/%d", n%50)
	c.Text = uint64(n)
	c.Body = strings.Repeat("Terima kasih atas beritanya. ", 6)
	return c
}

// storm runs n calls from 64 goroutines and returns how many a second were done.
func storm(b *testing.B, n int, call func(i int) error) float64 {
	b.Helper()
	var next atomic.Int64
	var all sync.WaitGroup
	start := time.Now()
	for range 64 {
		all.Go(func() {
			for i := int(next.Add(1)); i <= n; i = int(next.Add(1)) {
				if err := call(i); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
	return float64(n) / time.Since(start).Seconds()
}

// BenchmarkKeep holds Keep against its ceiling: the same rows, made ready beforehand and inserted
// by the same group commit without anything else. Each reports rows a second, and their ratio.
func BenchmarkKeep(b *testing.B) {
	const n = 20_000
	for b.Loop() {
		ceiling, kept := openSite(b), openSite(b)
		rows := make([]*commentRow, n+1)
		for i := range rows {
			row, err := ceiling.newRow(b.Context(), benchComment(i))
			if err != nil {
				b.Fatal(err)
			}
			rows[i] = row
		}
		for i := range 50 { // both have the threads
			keep(b, ceiling, benchComment(i))
			keep(b, kept, benchComment(i))
		}
		raw := storm(b, n, func(i int) error {
			_, err := write(b.Context(), ceiling, func(w *writer) (nothing, error) { return nothing{}, w.exec(insertComment, rows[i].args...) })
			return err
		})
		comments := make([]moderation.Comment, n+1)
		for i := range comments {
			comments[i] = benchComment(i)
		}
		whole := storm(b, n, func(i int) error {
			_, err := kept.Keep(b.Context(), comments[i])
			return err
		})
		b.ReportMetric(raw, "ceiling/s")
		b.ReportMetric(whole, "kept/s")
		b.ReportMetric(whole/raw, "ratio")
	}
}

// backlog is a database with n pending comments.
func backlog(b *testing.B, n int) *DB {
	b.Helper()
	db := openSite(b)
	storm(b, n, func(i int) error {
		_, err := db.Keep(b.Context(), benchComment(i))
		return err
	})
	return db
}

func BenchmarkList(b *testing.B) {
	for _, n := range []int{1_000, 100_000} {
		b.Run(fmt.Sprintf("%d-pending", n), func(b *testing.B) {
			db := backlog(b, n)
			for b.Loop() {
				l, err := db.List(b.Context(), moderation.Filter{State: moderation.Pending, Limit: 50})
				if err != nil || len(l.Entries) != 50 {
					b.Fatal(len(l.Entries), err)
				}
			}
		})
	}
}

// BenchmarkGather puts comments into campaigns: half of them are like no other, which is dear,
// since each leaves 17 ties, half are a template.
func BenchmarkGather(b *testing.B) {
	tying := &campaign.Ties{Links: func(string) (hosts, handles []string) { return nil, nil }}
	const n = 10_000
	for b.Loop() {
		b.StopTimer()
		db := openSite(b)
		storm(b, n, func(i int) error {
			c := benchComment(i)
			c.Body = fmt.Sprintf("kemarin main di PULAU%d dan hasilnya lumayan untuk bayar kontrakan", 100+i%50)
			if i%2 == 0 {
				c.Body = fmt.Sprintf("warga%d menunggu jalan%d diperbaiki petugas%d sejak musim%d hujan kata%d tetangga%d", i, i*3, i*5, i*7, i*11, i*13)
			}
			_, err := db.Keep(b.Context(), c)
			return err
		})
		b.StartTimer()
		start := time.Now()
		for {
			facts, err := db.Gather(b.Context(), tying)
			if err != nil {
				b.Fatal(err)
			}
			if facts == 0 {
				break
			}
		}
		b.ReportMetric(n/time.Since(start).Seconds(), "gathered/s")
	}
}

// BenchmarkCampaigns reads the first page of the queue by campaign before backlogs of two sizes,
// and the first members of the largest campaign.
func BenchmarkCampaigns(b *testing.B) {
	for _, n := range []int{1_000, 120_000} {
		db := openSite(b)
		storm(b, n, func(i int) error {
			c := benchComment(i)
			c.Body = fmt.Sprintf("t:%d s:%d", i%(n/20), i%48) // 20 of each
			_, err := db.Keep(b.Context(), c)
			return err
		})
		start := time.Now()
		facts := gatherAll(b, db)
		b.Logf("gathered %.0f comments a second", float64(facts)/time.Since(start).Seconds())
		var largest string
		b.Run(fmt.Sprintf("queue/%d-pending", n), func(b *testing.B) {
			for b.Loop() {
				page, err := db.Campaigns(b.Context(), moderation.CampaignFilter{Limit: 20})
				if err != nil || len(page.Campaigns) == 0 {
					b.Fatal(len(page.Campaigns), err)
				}
				largest = page.Campaigns[0].ID
			}
		})
		b.Run(fmt.Sprintf("members/%d-pending", n), func(b *testing.B) {
			for b.Loop() {
				l, err := db.Members(b.Context(), largest, nil, "", 20)
				if err != nil || len(l.Entries) == 0 {
					b.Fatal(len(l.Entries), err)
				}
			}
		})
	}
}

func BenchmarkRecall(b *testing.B) {
	db := backlog(b, 20_000)
	c := benchComment(7)
	q := moderation.Query{Site: c.Site, Page: c.Page, Email: c.Email, Addr: c.Addr, Text: 7, At: storetest.Start.Add(time.Hour)}
	for b.Loop() {
		if _, err := db.Recall(b.Context(), q); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkThreadPage(b *testing.B) {
	db := openSite(b)
	storm(b, 2_000, func(int) error {
		c := benchComment(0)
		c.State = moderation.Approved
		_, err := db.Keep(b.Context(), c)
		return err
	})
	for b.Loop() {
		tp, err := db.ThreadPage(b.Context(), "desa", benchComment(0).Page, moderation.NewestFirst, "", 100)
		if err != nil || len(tp.Comments) != 100 {
			b.Fatal(len(tp.Comments), err)
		}
	}
}

// BenchmarkRule settles a campaign of the largest size and takes it back.
func BenchmarkRule(b *testing.B) {
	db := openSite(b)
	storm(b, moderation.MaxBatch, func(i int) error {
		c := benchComment(i)
		c.Body = "t:1"
		_, err := db.Keep(b.Context(), c)
		return err
	})
	gatherAll(b, db)
	l, err := db.listIDs(b.Context(), moderation.Filter{State: moderation.Pending, Limit: moderation.MaxBatch}, []string{"desa"})
	if err != nil || len(l) != moderation.MaxBatch {
		b.Fatal(len(l), err)
	}
	for name, spam := range map[string]moderation.State{"spam": moderation.IsSpam, "approve": moderation.Approved} {
		b.Run(name, func(b *testing.B) { ruleAndUndo(b, db, l, spam) })
	}
}

// ruleAndUndo reports the milliseconds of each.
func ruleAndUndo(b *testing.B, db *DB, ids []string, to moderation.State) {
	var ruling, undoing time.Duration
	for b.Loop() {
		batch, start := uuid.NewString(), time.Now()
		settled, err := db.Rule(b.Context(), moderation.Ruling{IDs: ids, To: to}, owner, batch, nil, storetest.Start)
		if err != nil || len(settled.Changed) != len(ids) {
			b.Fatal(len(settled.Changed), err)
		}
		half := time.Now()
		if _, err := db.Undo(b.Context(), batch, owner, uuid.NewString(), nil, storetest.Start); err != nil {
			b.Fatal(err)
		}
		ruling, undoing = ruling+half.Sub(start), undoing+time.Since(half)
	}
	b.ReportMetric(float64(ruling.Microseconds())/1000/float64(b.N), "ms/rule")
	b.ReportMetric(float64(undoing.Microseconds())/1000/float64(b.N), "ms/undo")
}

// wide is how many pending comments the lanes are measured before; a million takes some minutes
// to build.
func wide(b *testing.B) int {
	b.Helper()
	n, err := strconv.Atoi(cmp.Or(os.Getenv("BALASAN_BACKLOG"), "200000"))
	if err != nil {
		b.Fatal(err)
	}
	return n
}

// laneBacklog is a database with n pending comments: half of them in campaigns of 50, a
// quarter doubtful on pages of different heat, a quarter likely good.
func laneBacklog(b *testing.B, n int) *DB {
	b.Helper()
	db := openSite(b)
	storm(b, n, func(i int) error {
		c := benchComment(i)
		c.Page = fmt.Sprintf("https://desa.id/berita/%d", i%997)
		switch i % 4 {
		case 0, 1:
			c.Body = fmt.Sprintf("t:%d s:%d", i/4%max(n/100, 1), i%48)
		case 2:
			c.Verdict.Outcome = moderation.Approve
		}
		_, err := db.Keep(b.Context(), c)
		return err
	})
	gatherAll(b, db)
	var reads []moderation.PageReads
	for page := range 997 {
		reads = append(reads, moderation.PageReads{Site: "desa", Page: fmt.Sprintf("https://desa.id/berita/%d", page), Reads: page * page % 5000})
	}
	if err := db.CountReads(b.Context(), reads, storetest.Start); err != nil {
		b.Fatal(err)
	}
	return db
}

// BenchmarkLanes reads the first page of each lane, 10 campaigns, 20 doubts or 3 strips, the counts
// of all, and a search without hits, before a small backlog and a wide one in turn.
func BenchmarkLanes(b *testing.B) {
	var all []*DB
	sizes := []int{1_000, wide(b)}
	for _, n := range sizes {
		start := time.Now()
		all = append(all, laneBacklog(b, n))
		b.Logf("%d pending were built in %s", n, time.Since(start).Round(time.Second))
	}
	lane := func(f moderation.LaneFilter) func(*DB) error {
		return func(db *DB) error {
			page, err := db.Groups(b.Context(), f)
			if err == nil && len(page.Groups) != f.Limit {
				err = fmt.Errorf("%d groups", len(page.Groups))
			}
			return err
		}
	}
	nowhere := moderation.Filter{State: moderation.Pending, Limit: 40, Reads: fold.Reading, Search: moderation.Search{Words: []string{"tidak ada"}}}
	for name, read := range map[string]func(*DB) error{
		"campaign": lane(moderation.LaneFilter{Lane: moderation.InCampaign, Limit: 10}),
		"doubt":    lane(moderation.LaneFilter{Lane: moderation.InDoubt, Limit: 20}),
		"good":     lane(moderation.LaneFilter{Lane: moderation.LooksGood, Limit: 3}),
		"counts":   func(db *DB) error { _, err := db.LaneCounts(b.Context(), nil); return err },
		"search":   func(db *DB) error { _, err := db.List(b.Context(), nowhere); return err },
	} {
		for i, db := range all {
			b.Run(fmt.Sprintf("%s/%d-pending", name, sizes[i]), func(b *testing.B) {
				for b.Loop() {
					if err := read(db); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
