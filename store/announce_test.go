package store

import (
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
