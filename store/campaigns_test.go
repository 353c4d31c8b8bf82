package store

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"balasan/moderation"
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
	c.Body, c.At = "t:1", end
	keep(t, db, c)
	if n := gatherAll(t, db); n != 2 {
		t.Errorf("after a purge it followed %d facts, not the last decision and the new comment", n)
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
	if faults, err := db.Verify(t.Context(), nil); err != nil || len(faults) != 2 {
		t.Errorf("%v %v", faults, err)
	}
}
