package store

import (
	"database/sql"
	"strings"
	"testing"
	"time"

	"balasan/moderation"
	"balasan/store/storetest"
)

// outboxed keeps n comments and tells their facts.
func outboxed(t *testing.T, db *DB, n int) []moderation.Fact {
	t.Helper()
	for i := range n {
		keep(t, db, storetest.Comment(i))
	}
	facts, err := db.Facts(t.Context(), 0, 100)
	if err != nil || len(facts) != n {
		t.Fatalf("%d facts, want %d: %v", len(facts), n, err)
	}
	return facts
}

func TestNoFactIsPurgedBeforeItWasAnnounced(t *testing.T) {
	db, at := openSite(t), storetest.Start
	if _, err := db.Follow(t.Context(), "webhook", at); err != nil {
		t.Fatal(err)
	}
	facts := outboxed(t, db, 3)
	_, err := write(t.Context(), db, func(w *writer) (nothing, error) {
		return nothing{}, w.exec(`UPDATE campaign_position SET outbox = $1`, facts[2].ID)
	})
	if err != nil {
		t.Fatal(err)
	}
	late := at.Add(2 * outboxLife)
	purged := func(want int64) {
		t.Helper()
		if _, err := db.Follow(t.Context(), "webhook", late); err != nil {
			t.Fatal(err)
		}
		if got, err := db.Purge(t.Context(), late); err != nil || got.Outbox != want {
			t.Errorf("purged %d facts, want %d: %v", got.Outbox, want, err)
		}
	}
	purged(0)
	if err := db.Leave(t.Context(), "webhook", 0, facts[0].ID, nil, late); err != nil {
		t.Fatal(err)
	}
	purged(1)
}

func TestAFollowerThatNeverAsksIsForgotten(t *testing.T) {
	db, at := openSite(t), storetest.Start
	if _, err := db.Follow(t.Context(), "old", at); err != nil {
		t.Fatal(err)
	}
	facts := outboxed(t, db, 2)
	if _, err := db.Purge(t.Context(), at.Add(outboxLife+time.Second)); err != nil {
		t.Fatal(err)
	}
	if from, err := db.Follow(t.Context(), "old", at); err != nil || from != facts[1].ID {
		t.Errorf("begins at %d, want the end: %v", from, err)
	}
}

func TestOnlyOneOfTwoProcessesLeaves(t *testing.T) {
	db, at := openSite(t), storetest.Start
	if _, err := db.Follow(t.Context(), "webhook", at); err != nil {
		t.Fatal(err)
	}
	fact := outboxed(t, db, 1)[0]
	for range 2 {
		left := []moderation.Delivery{{Target: "hook", Event: "e", Fact: fact}}
		if err := db.Leave(t.Context(), "webhook", 0, fact.ID, left, at); err != nil {
			t.Fatal(err)
		}
	}
	reaches, err := db.Reaches(t.Context())
	if err != nil || len(reaches) != 1 || reaches[0].Waiting != 1 {
		t.Errorf("%+v %v", reaches, err)
	}
}

func TestWhatCameLastIsRead(t *testing.T) {
	db := openSite(t)
	for n := range 4 {
		c := storetest.Comment(n)
		if n == 1 {
			c.Verdict.Outcome = moderation.Approve
		}
		keep(t, db, c)
	}
	if _, err := db.Rule(t.Context(), moderation.Ruling{IDs: []string{storetest.NewID(3)}, To: moderation.IsSpam}, owner, "b", nil, storetest.Start); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		sites []string
		lane  moderation.Lane
		limit int
		want  []int
	}{
		"all": {nil, "", 10, []int{2, 1, 0}}, "two": {nil, "", 2, []int{2, 1}}, "good": {nil, moderation.LooksGood, 10, []int{1}},
		"campaigns": {nil, moderation.InCampaign, 10, nil}, "another site": {[]string{"kota"}, "", 10, nil},
	} {
		all, err := db.Newest(t.Context(), c.sites, c.lane, c.limit)
		if err != nil || len(all) != len(c.want) {
			t.Fatalf("%s: %d %v", name, len(all), err)
		}
		for i, n := range c.want {
			if all[i].ID != storetest.NewID(n) {
				t.Errorf("%s: %s at %d", name, all[i].ID, i)
			}
		}
	}
}

func TestAnnouncementsAreFoundByTheirIndices(t *testing.T) {
	db := openSite(t)
	for name, query := range map[string]string{"what is due": dueQuery, "what came last": newestOf} {
		args := make([]any, strings.Count(query, "LIMIT")+2)
		err := db.each(t.Context(), "EXPLAIN QUERY PLAN "+query, args, func(rows *sql.Rows) error {
			var id, parent, unused int
			var step string
			err := rows.Scan(&id, &parent, &unused, &step)
			if strings.HasPrefix(step, "SCAN ") && step != "SCAN newest" || step == "USE TEMP B-TREE FOR ORDER BY" {
				t.Errorf("%s: %s", name, step)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

func TestWhatNobodyComesForIsForgotten(t *testing.T) {
	db, at := openSite(t), storetest.Start
	if _, err := db.Follow(t.Context(), "webhook", at); err != nil {
		t.Fatal(err)
	}
	var left []moderation.Delivery
	fact := outboxed(t, db, 1)[0]
	for _, target := range []string{"removed", "off", "works"} {
		left = append(left, moderation.Delivery{Target: target, Event: target, Fact: fact})
	}
	if err := db.Leave(t.Context(), "webhook", 0, fact.ID, left, at); err != nil {
		t.Fatal(err)
	}
	if err := db.TurnOff(t.Context(), "off", "gone", at); err != nil {
		t.Fatal(err)
	}
	works, err := db.Claim(t.Context(), "works", 1, at, at.Add(time.Minute))
	if err != nil || len(works) != 1 {
		t.Fatal(works, err)
	}
	late := at.Add(outboxLife + time.Hour)
	if err := db.Delivered(t.Context(), works, late.Add(-time.Minute)); err != nil {
		t.Fatal(err)
	}
	if gone, err := db.Purge(t.Context(), late); err != nil || gone.Deliveries != 2 {
		t.Errorf("purged %+v %v", gone, err)
	}
	var kept []string
	reaches, err := db.Reaches(t.Context())
	for _, r := range reaches {
		kept = append(kept, r.Target)
	}
	if err != nil || strings.Join(kept, " ") != "off works" {
		t.Errorf("kept %v %v", kept, err)
	}
}
