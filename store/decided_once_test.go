package store

import (
	"fmt"
	"sync"
	"testing"

	"balasan/internal/reliability"
	"balasan/moderation"
	"balasan/store/storetest"
)

// rivals are two editors who decide at the same moment, each in an own way.
var rivals = [2]struct {
	moderation.Editor
	to moderation.State
}{
	{moderation.Editor{ID: "e1", Name: "Sari"}, moderation.Approved},
	{moderation.Editor{ID: "e2", Name: "Budi"}, moderation.IsSpam},
}

// TestFaultTwoEditorsDecideAtOnce lets two editors decide on each of many comments at the same moment.
func TestFaultTwoEditorsDecideAtOnce(t *testing.T) {
	t.Run(reliability.SQLite, func(t *testing.T) { twoEditorsDecide(t, reliability.SQLite, openSite(t)) })
	t.Run(reliability.PostgreSQL, func(t *testing.T) {
		db := openPostgres(t)
		if err := db.AddSite(t.Context(), moderation.Site{ID: "desa", Language: "id", Policy: moderation.DefaultPolicy()}); err != nil {
			t.Fatal(err)
		}
		twoEditorsDecide(t, reliability.PostgreSQL, db)
	})
}

func twoEditorsDecide(t *testing.T, area string, db *DB) {
	races := 100
	if reliability.Long() {
		races = 300
	}
	told := 0
	for n := range races {
		c := storetest.Comment(n)
		if _, err := db.Keep(t.Context(), c); err != nil {
			t.Fatal(err)
		}
		heard := race(t, func(i int) moderation.Settled {
			settled, err := db.Rule(t.Context(), moderation.Ruling{IDs: []string{c.ID}, From: moderation.Pending, To: rivals[i].to}, rivals[i].Editor,
				fmt.Sprintf("batch-%d-%d", n, i), nil, c.At)
			if err != nil {
				t.Error(err)
			}
			return settled
		})
		won := 0
		if len(heard[0].Changed) == 0 {
			won = 1
		}
		lost := heard[1-won].Lost
		if len(heard[won].Changed) != 1 || len(heard[1-won].Changed) != 0 || len(lost) != 1 {
			t.Fatalf("race %d: %+v", n, heard)
		}
		if lost[0].By != rivals[won].Name || lost[0].State != rivals[won].to || lost[0].Batch != heard[won].Batch {
			t.Fatalf("race %d: the loser is told %+v", n, lost[0])
		}
		told++
	}
	both := overwritten(t, db, races)
	if both == 0 {
		t.Error("the control: an UPDATE that compares nothing lets one lose")
	}
	reliability.Tell(t, reliability.Line{Area: area, Fault: "two editors decide on one comment at the same moment", Promises: "P3",
		Seen:    fmt.Sprintf("%d races: one decision won in each, and %d losers were told by whom and what", races, told),
		Control: fmt.Sprintf("UPDATE … SET state without a comparison told both that they won in %d of %d", both, races)})
}

// race runs both at once.
func race[T any](t *testing.T, decide func(editor int) T) (heard [2]T) {
	t.Helper()
	var both sync.WaitGroup
	start := make(chan struct{})
	for i := range heard {
		both.Go(func() { <-start; heard[i] = decide(i) })
	}
	close(start)
	both.Wait()
	return heard
}

// overwritten is the control: a plain UPDATE of what both have seen waiting, and how often it told both that
// they changed it.
func overwritten(t *testing.T, db *DB, races int) (both int) {
	t.Helper()
	plain, readers, err := db.engine.open() // the store itself keeps its connections for writing in hand
	if err != nil {
		t.Fatal(err)
	}
	defer plain.Close()
	defer readers.Close()
	for n := range races {
		c := storetest.Comment(races + n)
		if _, err := db.Keep(t.Context(), c); err != nil {
			t.Fatal(err)
		}
		changed := race(t, func(i int) int64 {
			result, err := plain.ExecContext(t.Context(), `UPDATE comment SET state = $1 WHERE id = $2`, string(rivals[i].to), c.ID)
			if err != nil {
				t.Error(err)
				return 0
			}
			rows, err := result.RowsAffected()
			if err != nil {
				t.Error(err)
			}
			return rows
		})
		if changed == [2]int64{1, 1} {
			both++
		}
	}
	return both
}
