package store

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"balasan/moderation"
	"balasan/store/storetest"
)

// tallyAll follows the outbox to its end and reads all counts.
func tallyAll(t *testing.T, db *DB) moderation.Tally {
	t.Helper()
	for n := 1; n > 0; {
		var err error
		if n, err = db.Tally(t.Context(), moderation.Tallying{}); err != nil {
			t.Fatal(err)
		}
	}
	all, err := db.Tallies(t.Context(), nil, "2026-01-01", "2027-12-31")
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func decideOn(t *testing.T, db *DB, to moderation.State, batch string, ids ...string) {
	t.Helper()
	if _, err := db.Rule(t.Context(), moderation.Ruling{IDs: ids, To: to}, owner, batch, nil, storetest.Start.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
}

func TestDroppedTalliesAreCountedAgain(t *testing.T) {
	db := openSite(t)
	for n := range 40 {
		keep(t, db, storetest.Comment(n))
		if n%3 == 0 {
			decideOn(t, db, moderation.IsSpam, fmt.Sprint("b", n), storetest.NewID(n))
		}
	}
	if _, err := db.Undo(t.Context(), "b3", owner, "u", nil, storetest.Start.Add(2*time.Hour)); err != nil {
		t.Fatal(err)
	}
	before := tallyAll(t, db)
	if len(before) < 8 {
		t.Fatalf("only %d counts", len(before))
	}
	run(t, db, `DELETE FROM tally`, `UPDATE tally_position SET outbox = 0, since = 0`)
	if diff := cmp.Diff(before, tallyAll(t, db)); diff != "" {
		t.Errorf("first (-) and again (+):\n%s", diff)
	}
}

func TestWhatCameBeforeTheOldestFactIsNotTakenBack(t *testing.T) {
	db := openSite(t)
	for n := range 3 {
		keep(t, db, storetest.Comment(n))
	}
	run(t, db, `DELETE FROM outbox WHERE id = 1`) // as a purge does
	decideOn(t, db, moderation.IsSpam, "b", storetest.NewID(0), storetest.NewID(1))
	for cell, n := range tallyAll(t, db) {
		if n < 0 {
			t.Errorf("%v is %d", cell, n)
		}
		if cell.What == moderation.CountWork && n != 2 {
			t.Errorf("the editor decided 2, counted are %d", n)
		}
		if cell.Part == moderation.PartReceived && n != 2 {
			t.Errorf("%d came, of which 2 are known whole", n)
		}
	}
}

func TestOldTalliesArePurged(t *testing.T) {
	db := openSite(t)
	keep(t, db, storetest.Comment(0))
	tallyAll(t, db)
	for _, days := range []int{399, 402} {
		want := days < 400
		if _, err := db.Purge(t.Context(), storetest.Start.AddDate(0, 0, days)); err != nil {
			t.Fatal(err)
		}
		if left := len(tallyAll(t, db)) > 0; left != want {
			t.Errorf("after %d days: left %v", days, left)
		}
	}
}

// run changes the database behind the store's back.
func run(t *testing.T, db *DB, queries ...string) {
	t.Helper()
	_, err := write(t.Context(), db, func(w *writer) (nothing, error) {
		for _, query := range queries {
			if err := w.exec(query); err != nil {
				return nothing{}, err
			}
		}
		return nothing{}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
