package store

import (
	"database/sql"
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"balasan/moderation"
	"balasan/store/storetest"
)

// ban is the nth, for some minutes from then on.
func ban(n, minutes int, at time.Time) moderation.Standing {
	return moderation.Standing{ID: storetest.NewID(n), Kind: moderation.RefuseSender, Mark: moderation.ByEmail, Sites: []string{"desa"},
		By: "Sari", At: at, Until: at.Add(time.Duration(minutes) * time.Minute)}
}

func inForce(db *DB, at time.Time) (ids []string) {
	for _, k := range db.InForce().Kept() {
		if k.HoldsAt("desa", at) {
			ids = append(ids, k.ID)
		}
	}
	return ids
}

func TestWhatIsInForceIsWhatTheTableSays(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		db := openSite(t)
		other, err := Open(t.Context(), Options{Path: string(db.engine.(sqliteFile)), Keys: testKeys})
		if err != nil {
			t.Fatal(err)
		}
		defer other.Close()
		both, at := []*DB{db, other}, storetest.Start
		for n := range rapid.IntRange(1, 25).Draw(rt, "steps") {
			on := both[rapid.IntRange(0, 1).Draw(rt, "replica")]
			switch rapid.IntRange(0, 3).Draw(rt, "step") {
			case 0, 1:
				email, _ := moderation.ParseEmail(fmt.Sprintf("a%d@contoh.id", n))
				err = on.Stand(t.Context(), ban(n, rapid.IntRange(1, 30).Draw(rt, "minutes"), at), moderation.Traits{Email: email})
			case 2:
				err = on.Revoke(t.Context(), storetest.NewID(rapid.IntRange(0, n).Draw(rt, "which")), owner, at)
			case 3:
				at = at.Add(time.Duration(rapid.IntRange(1, 20).Draw(rt, "later")) * time.Minute)
			}
			if err != nil && moderation.CodeOf(err) != moderation.NotFound {
				rt.Fatal(err)
			}
			var want []string
			err = db.each(t.Context(), `SELECT id FROM standing WHERE ends > $1 ORDER BY id`, []any{micros(at)},
				func(rows *sql.Rows) error { return scanInto(rows, &want) })
			if err != nil {
				rt.Fatal(err)
			}
			if got := inForce(on, at); !slices.Equal(got, want) {
				rt.Errorf("who changed it has %v, want %v", got, want)
			}
			for _, replica := range both {
				if err := replica.RefreshStanding(t.Context(), at); err != nil {
					rt.Fatal(err)
				}
				if got := inForce(replica, at); !slices.Equal(got, want) {
					rt.Errorf("after a refresh %v, want %v", got, want)
				}
			}
		}
	})
}

func TestWhatIsInForceAtTheStart(t *testing.T) {
	db := openSite(t)
	now := time.Now()
	if err := db.Stand(t.Context(), ban(1, 10, now), moderation.Traits{Email: storetest.Comment(1).Email}); err != nil {
		t.Fatal(err)
	}
	again, err := Open(t.Context(), Options{Path: string(db.engine.(sqliteFile)), Keys: testKeys})
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	if got := inForce(again, now); len(got) != 1 {
		t.Errorf("in force at the start: %v", got)
	}
}

func TestPurgeForgetsStandingDecisionsHalfAYearAfterTheirEnd(t *testing.T) {
	db, at := openSite(t), storetest.Start
	for n := range 2 {
		s := ban(n, n+1, at)
		if err := db.Stand(t.Context(), s, moderation.Traits{Email: storetest.Comment(n).Email}); err != nil {
			t.Fatal(err)
		}
		c := storetest.Comment(n)
		c.State, c.Verdict.Signals = moderation.IsSpam, []moderation.Signal{{Rule: moderation.RuleBan, Term: s.ID, Reason: moderation.Text{ID: "Sari melarang"}}}
		keep(t, db, c)
	}
	gone, err := db.Purge(t.Context(), at.Add(2*time.Minute+moderation.StandingLife))
	if err != nil || gone.Standing != 1 {
		t.Fatalf("purged %+v, %v", gone, err)
	}
	for n, want := range []int{0, 1} {
		if l, err := db.Stopped(t.Context(), storetest.NewID(n), nil, "", 10); err != nil || l.Total != want {
			t.Errorf("%d: %d stopped, %v", n, l.Total, err)
		}
		if e, err := db.Entry(t.Context(), storetest.NewID(n), nil); err != nil || e.Verdict.Signals[0].Reason.ID == "" {
			t.Errorf("%d: its reason is gone: %+v, %v", n, e.Verdict, err)
		}
	}
}

// BenchmarkRefreshStanding reads what is in force again: when nothing changed, and when something did.
func BenchmarkRefreshStanding(b *testing.B) {
	db, at := openSite(b), storetest.Start
	for n := range moderation.MaxAlikes {
		s := ban(n, 60, at)
		s.Kind = moderation.RefuseAlike
		l := moderation.Likeness{}
		for i := range 32 {
			look := moderation.Look{}
			for band := range 16 {
				look.Bands = append(look.Bands, moderation.Tie{Kind: moderation.TieNear, Hash: uint64(n*1000 + i*16 + band)})
			}
			l.Looks, l.Ties = append(l.Looks, look), append(l.Ties, moderation.Tie{Kind: moderation.TieText, Hash: uint64(n*100 + i)})
		}
		if err := db.Stand(b.Context(), s, moderation.Traits{Likeness: l}); err != nil {
			b.Fatal(err)
		}
	}
	for name, life := range map[string]time.Duration{"unchanged": 0, "changed": 2 * standingLife} {
		b.Run(name, func(b *testing.B) {
			for n := 0; b.Loop(); n++ {
				if err := db.RefreshStanding(b.Context(), at.Add(time.Duration(n)*life)); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
