package store

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"balasan/moderation"
	"balasan/moderation/campaign"
	"balasan/moderation/rules"
	"balasan/store/memory"
	"balasan/store/storetest"
)

// gatherAll follows the log to its end.
func gatherAll(t testing.TB, db *DB) (facts int) {
	t.Helper()
	for {
		n, err := db.Gather(t.Context(), storetest.Tying{})
		if err != nil {
			t.Fatal(err)
		}
		if n == 0 {
			return facts
		}
		facts += n
	}
}

func keepBodies(t testing.TB, db *DB, first int, bodies ...string) {
	t.Helper()
	for n, body := range bodies {
		c := storetest.Comment(first + n)
		c.Body = body
		keep(t, db, c)
	}
}

// campaignCounts is “size pending refused” of the only campaign that waits.
func campaignCounts(t testing.TB, db *DB) string {
	t.Helper()
	page, err := db.Campaigns(t.Context(), moderation.CampaignFilter{Limit: 10})
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, c := range page.Campaigns {
		all = append(all, fmt.Sprint(c.Size, c.Pending, c.Refused))
	}
	return strings.Join(all, ", ")
}

func rows(t testing.TB, db *DB, table string) (n int) {
	t.Helper()
	if err := db.row(t.Context(), `SELECT count(*) FROM `+table, nil, &n); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestGatheringGoesOnAfterARestartAndInSeveralProcesses(t *testing.T) {
	path := filepath.Join(t.TempDir(), "balasan.db")
	open := func() *DB {
		db, err := Open(t.Context(), Options{Path: path, Keys: testKeys})
		if err != nil {
			t.Fatal(err)
		}
		return db
	}
	first := open()
	if err := first.AddSite(t.Context(), moderation.Site{ID: "desa", Policy: moderation.DefaultPolicy()}); err != nil {
		t.Fatal(err)
	}
	keepBodies(t, first, 1, "t:1", "t:1")
	if n := gatherAll(t, first); n != 2 {
		t.Errorf("followed %d facts", n)
	}
	keepBodies(t, first, 3, "t:1")
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	second, third := open(), open()
	keepBodies(t, second, 4, "t:1")
	if n := gatherAll(t, third); n != 2 {
		t.Errorf("after a restart another process followed %d facts", n)
	}
	if n := gatherAll(t, second); n != 0 {
		t.Errorf("what is done was followed again: %d facts", n)
	}
	if got := campaignCounts(t, second); got != "4 4 0" {
		t.Errorf("campaign %s", got)
	}
	for _, db := range []*DB{second, third} {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestGatheringTheWholeLogAgainChangesNothing(t *testing.T) {
	db := openSite(t)
	keepBodies(t, db, 1, "t:1", "t:1 h:2", "h:2 t:3", "t:4")
	gatherAll(t, db)
	if _, err := write(t.Context(), db, func(w *writer) (nothing, error) {
		return nothing{}, w.exec(`UPDATE campaign_position SET outbox = 0`)
	}); err != nil {
		t.Fatal(err)
	}
	if n := gatherAll(t, db); n != 4 {
		t.Errorf("followed %d facts", n)
	}
	if got := campaignCounts(t, db); got != "3 3 0" {
		t.Errorf("campaign %s", got)
	}
}

func TestCampaignsForgetAfterThirtyDaysWhatWaitsForNobody(t *testing.T) {
	db, end := openSite(t), storetest.Start.Add(moderation.CampaignSpan+time.Hour)
	if err := db.AddEditor(t.Context(), owner); err != nil {
		t.Fatal(err)
	}
	keepBodies(t, db, 1, "t:1 h:9", "t:1", "t:2", "t:2", "t:3")
	gatherAll(t, db)
	_, err := db.Rule(t.Context(), moderation.Ruling{IDs: []string{storetest.NewID(1), storetest.NewID(3), storetest.NewID(4)}, To: moderation.IsSpam},
		owner, storetest.NewID(100), nil, storetest.Start.Add(30*time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	if gone, err := db.Purge(t.Context(), storetest.Start.Add(moderation.CampaignSpan)); err != nil || gone.Members != 0 {
		t.Errorf("too early: %+v %v", gone, err)
	}
	if gone, err := db.Purge(t.Context(), end); err != nil || gone.Members != 4 {
		t.Errorf("purged %+v %v", gone, err)
	}
	if got := campaignCounts(t, db); got != "1 1 0" {
		t.Errorf("what waits: %s", got)
	}
	for table, want := range map[string]int{"campaign": 1, "campaign_site": 1, "campaign_member": 1, "campaign_tie": 0, "outbox": 1} {
		if got := rows(t, db, table); got != want {
			t.Errorf("%d rows of %s, want %d", got, table, want)
		}
	}
	c := storetest.Comment(6)
	c.Body, c.At = "t:1", end.Add(time.Hour) // as what waits, but 30 days later
	keep(t, db, c)
	if n := gatherAll(t, db); n != 2 {
		t.Errorf("after a purge it followed %d facts, not the last decision and the new comment", n)
	}
	if got := campaignCounts(t, db); got != "1 1 0" {
		t.Errorf("a text of last month joined: %s", got)
	}
}

func TestVerifyCountsCampaigns(t *testing.T) {
	db := openSite(t)
	keepBodies(t, db, 1, "t:1", "t:1", "t:2", "t:2")
	gatherAll(t, db)
	if faults, err := db.Verify(t.Context(), nil); err != nil || len(faults) > 0 {
		t.Errorf("%v %v", faults, err)
	}
	if _, err := write(t.Context(), db, func(w *writer) (nothing, error) {
		return nothing{}, w.exec(`UPDATE campaign_site SET pending = pending + 1`)
	}); err != nil {
		t.Fatal(err)
	}
	if _, err := write(t.Context(), db, func(w *writer) (nothing, error) {
		return nothing{}, w.exec(`UPDATE campaign SET id = 'x' WHERE number = 1`)
	}); err != nil {
		t.Fatal(err)
	}
	if faults, err := db.Verify(t.Context(), nil); err != nil || len(faults) != 3 {
		t.Errorf("%v %v", faults, err)
	}
}

// TestTheStoreGroupsAsTheModel sends the same stream through SQLite and memory, with decisions
// between and gatherings of any size.
func TestTheStoreGroupsAsTheModel(t *testing.T) {
	tying := &campaign.Ties{Links: func(folded string) (hosts, handles []string) {
		l := rules.FindLinks(folded)
		return l.Hosts, l.Handles
	}}
	bodies := []string{
		"udah seminggu main di PULAU777 dan hasilnya lumayan", "udah seminggu main di 𝐒𝐆𝐈𝟖𝟖 dan hasilnya lumayan banget",
		"daftar PULAU777 lewat raja.xyz saja", "buka https://raja.xyz/daftar sekarang juga", "pinjaman cepat hubungi 0812 3345 7788 ya",
		"butuh dana wa.me/6281233457788 langsung cair", "mantap min", "jalan di depan balai desa rusak parah sejak lama",
		"kata paman saya raja.xyz itu penipu",
	}
	for seed := range uint64(8) {
		rng := rand.New(rand.NewPCG(seed, 1))
		db, model := openSite(t), memory.New()
		ctx := t.Context()
		if err := errors.Join(db.AddEditor(ctx, owner), model.AddSite(ctx, moderation.Site{ID: "desa"})); err != nil {
			t.Fatal(err)
		}
		for n := range 120 {
			c := storetest.Comment(n)
			c.Body, c.Website = bodies[rng.IntN(len(bodies))], ""
			if rng.IntN(4) == 0 {
				c.Verdict.Outcome = moderation.Approve
			}
			for _, s := range []storetest.Model{db, model} {
				if _, err := s.Keep(ctx, c); err != nil {
					t.Fatal(err)
				}
			}
			if rng.IntN(5) == 0 {
				r := moderation.Ruling{IDs: []string{storetest.NewID(rng.IntN(n + 1))}, To: moderation.IsSpam}
				for _, s := range []storetest.Model{db, model} {
					if _, err := s.Rule(ctx, r, owner, storetest.NewID(1000+n), nil, storetest.Start); err != nil {
						t.Fatal(err)
					}
				}
			}
			if rng.IntN(10) == 0 || n == 119 {
				same(t, db, model, tying)
			}
		}
	}
}

// same gathers in both and compares their queues by campaign and the members of each.
func same(t *testing.T, db, model storetest.Model, tying moderation.Tying) {
	t.Helper()
	var seen [2]map[string]string
	for i, s := range []storetest.Model{db, model} {
		for n := -1; n != 0; {
			var err error
			if n, err = s.Gather(t.Context(), tying); err != nil {
				t.Fatal(err)
			}
		}
		page, err := s.Campaigns(t.Context(), moderation.CampaignFilter{Limit: 100})
		if err != nil {
			t.Fatal(err)
		}
		seen[i] = map[string]string{}
		for _, c := range page.Campaigns {
			ids, err := s.Waiting(t.Context(), c.ID, nil, "", 200)
			if err != nil {
				t.Fatal(err)
			}
			seen[i][c.ID] = fmt.Sprint(c.Size, c.Pending, c.Refused, c.Pages, c.Names, c.Networks, ids)
		}
	}
	if diff := cmp.Diff(seen[1], seen[0]); diff != "" {
		t.Errorf("the model (-) and the store (+):\n%s", diff)
	}
}
