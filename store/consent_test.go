package store

import (
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"balasan/moderation"
	"balasan/store/storetest"
)

// agreement is that of a comment whose sender ticked the box beside a text.
func agreement(c moderation.Comment, text string) moderation.Agreement {
	return moderation.Agreement{Wording: moderation.NewWording("id", text), Ticked: true, At: c.At}
}

// agreeing keeps a comment whose sender agreed to a text.
func agreeing(t *testing.T, db *DB, site string, n int, text string) {
	t.Helper()
	c := storetest.Comment(n)
	c.Site, c.Agreed = site, agreement(c, text)
	if _, err := db.Keep(t.Context(), c); err != nil {
		t.Error(err)
	}
}

func TestWordingsAreKeptOnceAndCounted(t *testing.T) {
	onBoth(t, func(t *testing.T, db *DB) {
		for n := range 5 {
			agreeing(t, db, "desa", n, []string{"Yang lama.", "Yang baru."}[n/3])
		}
		all, err := db.Wordings(t.Context(), "")
		if err != nil || len(all) != 2 {
			t.Fatalf("%+v %v", all, err)
		}
		var side sync.WaitGroup
		for n := 10; n < 50; n++ { // at once, and the first of them under their wording
			side.Go(func() { agreeing(t, db, "desa", n, "Bersama-sama.") })
		}
		side.Wait()
		if some, err := db.Wordings(t.Context(), moderation.NewWording("id", "Bersama-sama.").Hash); err != nil || len(some) != 1 || some[0].Comments != 40 {
			t.Errorf("40 at once: %+v %v", some, err)
		}
		want := KeptWording{moderation.NewWording("id", "Yang lama."), storetest.Comment(0).At, storetest.Comment(2).At, 3}
		if all[0] != want || all[1].Comments != 2 {
			t.Errorf("got %+v, want %+v", all, want)
		}
		for prefix, found := range map[string]int{want.Hash[:8]: 1, want.Hash: 1, "g": 0, want.Hash + "0": 0, strings.Repeat("'", 8): 0} {
			if some, err := db.Wordings(t.Context(), prefix); err != nil || len(some) != found {
				t.Errorf("by %s: %+v %v", prefix, some, err)
			}
		}
		if faults, err := db.Verify(t.Context(), nil); err != nil || len(faults) > 0 {
			t.Errorf("%v %v", faults, err)
		}
	})
}

// TestARemovedTextLeavesWhatWasAgreedTo: it names nobody, and the operator still answers for what was
// shown meanwhile.
func TestARemovedTextLeavesWhatWasAgreedTo(t *testing.T) {
	onBoth(t, func(t *testing.T, db *DB) {
		agreeing(t, db, "desa", 1, "Saya setuju.")
		decideOn(t, db, moderation.IsSpam, "b1", storetest.NewID(1))
		if gone := retainAt(t, db, storetest.Start.Add(400*24*time.Hour)); gone.Texts != 1 {
			t.Fatalf("gone is %+v", gone)
		}
		if e := readEntry(t, db, storetest.NewID(1)); !e.Removed || e.Agreed != agreement(storetest.Comment(1), "Saya setuju.") {
			t.Errorf("left is %+v", e.Agreed)
		}
	})
}

func TestAnErasedSiteLeavesNoAgreement(t *testing.T) {
	onBoth(t, func(t *testing.T, db *DB) {
		if err := db.AddSite(t.Context(), moderation.Site{ID: "kota", Policy: moderation.DefaultPolicy()}); err != nil {
			t.Fatal(err)
		}
		const n = retainRows + 20
		for i := range n {
			agreeing(t, db, "desa", i, []string{"Hanya di desa.", "Di mana-mana."}[i%2])
		}
		agreeing(t, db, "kota", n, "Di mana-mana.")
		if err := db.BeginErasure(t.Context(), "desa", storetest.Start); err != nil {
			t.Fatal(err)
		}
		if err := db.Erase(t.Context(), "desa", storetest.Start, func(int, int) {}); err != nil {
			t.Fatal(err)
		}
		all, err := db.Wordings(t.Context(), "")
		if err != nil || len(all) != 1 || all[0].Text != "Di mana-mana." || all[0].Comments != 1 {
			t.Errorf("left are %+v %v", all, err)
		}
	})
}

func TestVerifyFindsWordingsThatWereChanged(t *testing.T) {
	onBoth(t, func(t *testing.T, db *DB) {
		agreeing(t, db, "desa", 1, "Saya setuju.")
		agreeing(t, db, "desa", 2, "Saya juga setuju.")
		for _, statement := range []string{`UPDATE consent_text SET text = 'Saya menolak.' WHERE text = 'Saya setuju.'`, `DELETE FROM consent_text WHERE text = 'Saya juga setuju.'`} {
			if _, err := write(t.Context(), db, func(w *writer) (nothing, error) { return nothing{}, w.exec(statement) }); err != nil {
				t.Fatal(err)
			}
		}
		faults, err := db.Verify(t.Context(), nil)
		want := []string{"a comment whose sender agreed to a wording that is not kept: " + storetest.NewID(2),
			"a wording that is not what was agreed to: " + moderation.NewWording("id", "Saya setuju.").Hash}
		if err != nil || !slices.Equal(faults, want) {
			t.Errorf("%v %v", faults, err)
		}
	})
}

func BenchmarkKeepAgreed(b *testing.B) {
	for name, agrees := range map[string]bool{"nothing asked": false, "agreed": true} {
		b.Run(name, func(b *testing.B) {
			db := openSite(b)
			for n := 0; b.Loop(); n++ {
				c := storetest.Comment(n)
				if agrees {
					c.Agreed = agreement(c, "Saya setuju.")
				}
				keep(b, db, c)
			}
		})
	}
}
