package store

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"balasan/internal/reliability"
	"balasan/moderation"
)

// three are the stores of three replicas on one PostgreSQL.
func three(t *testing.T) [3]*DB {
	t.Helper()
	all := [3]*DB{openPostgres(t)}
	for i := 1; i < len(all); i++ {
		db, err := Open(t.Context(), Options{URL: all[0].engine.(postgres).url, Keys: testKeys})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { db.Close() })
		all[i] = db
	}
	return all
}

// leave keeps n deliveries, two of each comment.
func leave(t *testing.T, db *DB, n int, at time.Time) {
	t.Helper()
	var left []moderation.Delivery
	for i := range n {
		left = append(left, moderation.Delivery{Target: "x", Event: fmt.Sprintf("e%d", i), Fact: moderation.Fact{ID: int64(i), Comment: fmt.Sprintf("c%d", i/2), At: at}})
	}
	position, err := db.Follow(t.Context(), "x", at)
	if err == nil {
		err = db.Leave(t.Context(), "x", position, position+1, left, at)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// TestFaultReplicasClaimAtOnce lets three replicas take from one outbox as fast as they can.
func TestFaultReplicasClaimAtOnce(t *testing.T) {
	const deliveries = 200
	all, at := three(t), time.Now()
	leave(t, all[0], deliveries, at)
	var one sync.Mutex
	taken, last, early := map[string]int{}, map[string]string{}, 0
	atOnce(all, func(db *DB) {
		for tries := 0; tries < deliveries; tries++ {
			claimed, err := db.Claim(t.Context(), "x", 3, at, at.Add(time.Hour))
			if err != nil {
				t.Error(err)
				return
			}
			one.Lock()
			for _, d := range claimed {
				taken[d.Event]++
				if first := last[d.Fact.Comment]; first > d.Event && len(first) == len(d.Event) {
					early++
				}
				last[d.Fact.Comment] = d.Event
			}
			done := len(taken) == deliveries
			one.Unlock()
			if len(claimed) > 0 {
				err = db.Delivered(t.Context(), claimed, at)
			}
			if err != nil {
				t.Error(err)
			}
			if done {
				return
			}
		}
	})
	for event, n := range taken {
		if n != 1 {
			t.Errorf("%s was handed out %d times", event, n)
		}
	}
	if len(taken) != deliveries || early > 0 {
		t.Errorf("%d of %d handed out, %d before the one ahead of it", len(taken), deliveries, early)
	}
	double := plainly(t, all, at)
	if double == 0 {
		t.Error("reading and then taking hands nothing out twice: the test sees nothing")
	}
	reliability.Tell(t, reliability.Line{Area: reliability.Replicas, Fault: "three replicas claim from one outbox at the same moment",
		Seen:    fmt.Sprintf("%d announcements, each handed out once, those of one comment in order", deliveries),
		Control: fmt.Sprintf("a plain SELECT and then sending hands %d of 50 out more than once", double)})
}

func atOnce(all [3]*DB, work func(*DB)) {
	var group sync.WaitGroup
	for _, db := range all {
		group.Go(func() { work(db) })
	}
	group.Wait()
}

// plainly is the control: each replica reads what is due and sends it, and tells how many were sent
// more than once.
func plainly(t *testing.T, all [3]*DB, at time.Time) (double int) {
	t.Helper()
	leave(t, all[0], 100, at)
	var one sync.Mutex
	taken := map[int64]int{}
	atOnce(all, func(db *DB) {
		rows, err := db.readers.QueryContext(t.Context(), `SELECT `+deliveryColumns+` FROM announce_delivery AS d WHERE id IN
			(SELECT min(id) FROM announce_delivery GROUP BY comment)`)
		if err != nil {
			t.Error(err)
			return
		}
		defer rows.Close()
		for rows.Next() {
			d, err := scanDelivery(rows)
			if err != nil {
				t.Error(err)
				return
			}
			one.Lock()
			taken[d.ID]++
			one.Unlock()
		}
	})
	for _, n := range taken {
		if n > 1 {
			double++
		}
	}
	return double
}

// TestFaultClocksOfReplicasDiffer claims, leases and spends at clocks a minute apart.
func TestFaultClocksOfReplicasDiffer(t *testing.T) {
	all, now := three(t), time.Now()
	late, early := now.Add(-30*time.Second), now.Add(30*time.Second)
	leave(t, all[0], 1, late)
	claimed, err := all[0].Claim(t.Context(), "x", 1, late, late.Add(2*time.Minute))
	if err != nil || len(claimed) != 1 {
		t.Fatal(err, claimed)
	}
	if again, err := all[1].Claim(t.Context(), "x", 1, early, early.Add(2*time.Minute)); err != nil || len(again) > 0 {
		t.Errorf("a clock that is a minute ahead breaks a claim: %v %v", again, err)
	}
	group := "0190f5fe-0000-7000-8000-000000000001"
	if _, err := all[0].TakeLease(t.Context(), group, moderation.Editor{ID: "e1", Name: "Sari"}, late); err != nil {
		t.Fatal(err)
	}
	lease, err := all[1].TakeLease(t.Context(), group, moderation.Editor{ID: "e2", Name: "Budi"}, early)
	if held := moderation.LeaseLife > early.Sub(late); err != nil || held != (lease.Editor == "e1") {
		t.Errorf("a lease of %v, looked at by a clock a minute ahead: %+v %v", moderation.LeaseLife, lease, err)
	}
	id := [12]byte{7}
	if code, err := all[0].Spend(t.Context(), id, "a", true, late.Add(5*time.Minute)); err != nil || code != "" {
		t.Fatal(code, err)
	}
	if _, err := all[1].Purge(t.Context(), early); err != nil {
		t.Fatal(err)
	}
	if code, err := all[2].Spend(t.Context(), id, "b", true, early.Add(5*time.Minute)); err != nil || code == "" {
		t.Errorf("a clock that is a minute ahead forgets a spent answer: %q %v", code, err)
	}
	beyond, err := all[1].Claim(t.Context(), "x", 1, early.Add(2*time.Minute), early.Add(4*time.Minute))
	if err != nil || len(beyond) != 1 {
		t.Errorf("a claim never ends: %v %v", beyond, err)
	}
	reliability.Tell(t, reliability.Line{Area: reliability.Replicas, Fault: "clocks of replicas 60 s apart (±30 s)", Promises: "P2",
		Seen:    "a claim is not broken, a spent answer stays spent, a lease of " + moderation.LeaseLife.String() + ", a courtesy between editors, ends sooner or later by the difference",
		Control: "a clock further ahead than the claim lasts takes it"})
}

// TestFaultTwoReplicasEndTheLastOwners lets each of two owners be dismissed on another replica at the same moment.
func TestFaultTwoReplicasEndTheLastOwners(t *testing.T) {
	const rounds = 30
	all := three(t)
	owns := func(id string) {
		if err := all[0].Grant(t.Context(), id, moderation.AllSites, moderation.Owner, true); err != nil {
			t.Fatal(err)
		}
	}
	ids := []string{"a", "b", "c"}
	for _, id := range ids {
		if err := all[0].AddEditor(t.Context(), moderation.Editor{ID: id, Name: "Ibu " + id}); err != nil {
			t.Fatal(err)
		}
	}
	race := func(forced bool) (nobody int) {
		for range rounds {
			for _, id := range ids {
				owns(id)
			}
			var group sync.WaitGroup
			for i, id := range ids {
				group.Go(func() {
					if err := all[i].Grant(t.Context(), id, moderation.AllSites, "", forced); err != nil && !errors.Is(err, moderation.ErrLastOwner) {
						t.Error(err)
					}
				})
			}
			group.Wait()
			left := 0
			if err := all[0].row(t.Context(), `SELECT count(*) FROM editor_role WHERE site = '*' AND role = 'owner'`, nil, &left); err != nil {
				t.Fatal(err)
			}
			if left == 0 {
				nobody++
			}
			if !forced && left != 1 {
				t.Fatalf("%d owners are left", left)
			}
		}
		return nobody
	}
	race(false)
	control := race(true)
	if control == 0 {
		t.Error("unasked, somebody is left: the test sees nothing")
	}
	reliability.Tell(t, reliability.Line{Area: reliability.Replicas, Fault: "the last three owners lose their role on three replicas at the same moment",
		Seen:    fmt.Sprintf("%d races, one owner left in each", rounds),
		Control: fmt.Sprintf("without the question inside the transaction nobody was left in %d of %d", control, rounds)})
}

// TestOfTwoReplicasOneKeepsTheDesksRules keeps one revision of those made of the same version.
func TestOfTwoReplicasOneKeepsTheDesksRules(t *testing.T) {
	all := three(t)
	var one sync.Mutex
	won := 0
	for version := range int64(20) {
		atOnce(all, func(db *DB) {
			kept, err := db.KeepDeskRules(t.Context(), version, []byte("rules: []\n"), time.Now())
			one.Lock()
			defer one.Unlock()
			if err != nil {
				t.Error(err)
			}
			if kept {
				won++
			}
		})
	}
	version, file, err := all[2].DeskRules(t.Context())
	if err != nil || version != 20 || won != 20 || string(file) != "rules: []\n" {
		t.Errorf("%d won, version %d, %q, %v", won, version, file, err)
	}
}

// TestWhatAnotherReplicaHasInHandIsNotDueWhenATargetRecovers lets one of two in flight arrive at a target
// that had failed.
func TestWhatAnotherReplicaHasInHandIsNotDueWhenATargetRecovers(t *testing.T) {
	all, at := three(t), time.Now()
	leave(t, all[0], 6, at) // of three comments
	failed, err := all[0].Claim(t.Context(), "x", 1, at, at.Add(time.Hour))
	if err != nil || len(failed) != 1 {
		t.Fatal(failed, err)
	}
	failed[0].Tries, failed[0].NextAt, failed[0].Error = 1, at.Add(time.Hour), "down"
	if err := all[0].Postpone(t.Context(), failed, false, at); err != nil {
		t.Fatal(err)
	}
	arrives, err := all[1].Claim(t.Context(), "x", 1, at, at.Add(time.Hour))
	if err != nil || len(arrives) != 1 {
		t.Fatal(arrives, err)
	}
	inHand, err := all[2].Claim(t.Context(), "x", 1, at, at.Add(time.Hour))
	if err != nil || len(inHand) != 1 {
		t.Fatal(inHand, err)
	}
	if err := all[1].Delivered(t.Context(), arrives, at); err != nil {
		t.Fatal(err)
	}
	due, err := all[0].Claim(t.Context(), "x", 10, at, at.Add(time.Hour))
	if err != nil || len(due) != 2 {
		t.Fatalf("%d are due, want the one that failed and the next of the comment that arrived: %v", len(due), err)
	}
	for _, d := range due {
		if d.Event == inHand[0].Event {
			t.Error("what another replica has in hand is handed out again")
		}
	}
}
