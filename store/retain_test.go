package store

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"balasan/moderation"
	"balasan/moderation/learn"
	"balasan/store/storetest"
)

const day = 24 * time.Hour

var keepsFor = moderation.Retention{Address: 7 * day, Network: 30 * day, Refused: 30 * day, Email: 365 * day, Unconfirmed: 7 * day}

// onBoth runs a test on SQLite and on PostgreSQL, on the site that storetest's comments belong to.
func onBoth(t *testing.T, test func(t *testing.T, db *DB)) {
	for name, open := range map[string]func(testing.TB) *DB{"SQLite": openEmpty, "PostgreSQL": openPostgres} {
		t.Run(name, func(t *testing.T) {
			db := open(t)
			if err := db.AddSite(t.Context(), moderation.Site{ID: "desa", Policy: moderation.DefaultPolicy()}); err != nil {
				t.Fatal(err)
			}
			test(t, db)
		})
	}
}

func retainAt(t *testing.T, db *DB, at time.Time) moderation.Retained {
	t.Helper()
	gone, err := db.Retain(t.Context(), keepsFor, learn.Words, at)
	if err != nil {
		t.Fatal(err)
	}
	if faults, err := db.Verify(t.Context(), nil); err != nil || len(faults) > 0 {
		t.Fatalf("after %s: %v %v", at.Sub(storetest.Start), faults, err)
	}
	return gone
}

func readEntry(t *testing.T, db *DB, id string) moderation.Entry {
	t.Helper()
	e, err := db.Entry(t.Context(), id, nil)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestAnAddressBecomesItsNetworkAndThenNothing(t *testing.T) {
	onBoth(t, func(t *testing.T, db *DB) {
		c := storetest.Comment(1)
		keep(t, db, c)
		for _, step := range []struct {
			after time.Duration
			gone  moderation.Retained
			addr  string
			near  bool
		}{
			{7 * day, moderation.Retained{}, "192.0.0.2", false},
			{7*day + time.Second, moderation.Retained{Addresses: 1}, "192.0.0.0", true},
			{30 * day, moderation.Retained{}, "192.0.0.0", true},
			{30*day + time.Second, moderation.Retained{Networks: 1}, "invalid IP", false},
		} {
			if gone := retainAt(t, db, c.At.Add(step.after)); gone != step.gone {
				t.Errorf("after %s: %+v, want %+v", step.after, gone, step.gone)
			}
			e := readEntry(t, db, c.ID)
			if e.Addr.String() != step.addr || e.Near != step.near {
				t.Errorf("after %s: %s, a network alone: %v", step.after, e.Addr, e.Near)
			}
			found, err := db.Recall(t.Context(), moderation.Query{Site: "desa", Addr: c.Addr, At: c.At.Add(time.Hour)})
			if want := step.addr != "invalid IP"; err != nil || (found.History.Network.Day > 0) != want {
				t.Errorf("after %s: remembered %v %v", step.after, found.History.Network, err)
			}
		}
	})
}

func TestRefusedTextsAreRemovedAndTheirLogStays(t *testing.T) {
	onBoth(t, func(t *testing.T, db *DB) {
		spam, trash, good := storetest.Comment(1), storetest.Comment(2), storetest.Comment(3)
		reply := storetest.Below(spam, storetest.Comment(4))
		late := storetest.Comment(5)
		for _, c := range []moderation.Comment{spam, trash, good, reply, late} {
			keep(t, db, c)
		}
		rule := func(to moderation.State, batch string, at time.Time, ids ...string) {
			t.Helper()
			settled, err := db.Rule(t.Context(), moderation.Ruling{IDs: ids, To: to}, owner, batch, nil, at)
			if err != nil || len(settled.Changed) != len(ids) {
				t.Fatal(settled, err)
			}
		}
		at := storetest.Start.Add(time.Hour)
		rule(moderation.IsSpam, "b1", at, spam.ID)
		rule(moderation.Trashed, "b2", at, trash.ID)
		rule(moderation.Approved, "b3", at, good.ID)
		rule(moderation.IsSpam, "b4", at.Add(20*day), late.ID)
		before := lessonsOf(t, db)
		if gone := retainAt(t, db, at.Add(30*day)); gone.Texts != 0 {
			t.Errorf("removed early: %+v", gone)
		}
		if gone := retainAt(t, db, at.Add(30*day+time.Second)); gone.Texts != 2 {
			t.Errorf("removed %+v, want the two that were refused 30 days ago", gone)
		}
		if faults := bodyless(t, db, spam.ID, trash.ID); faults != "" {
			t.Error(faults)
		}
		for _, id := range []string{good.ID, reply.ID, late.ID} {
			if e := readEntry(t, db, id); e.Removed || e.Body == "" || e.Name == "" {
				t.Errorf("%s was removed as well", id)
			}
		}
		if after := lessonsOf(t, db); after != before {
			t.Errorf("what editors taught changed from %s to %s", before, after)
		}
		settled, err := db.Undo(t.Context(), "b1", owner, "u1", nil, at.Add(31*day))
		if err != nil || len(settled.Changed) != 0 || len(settled.Lost) != 1 || settled.Lost[0].By != owner.Name {
			t.Errorf("an undo brings back an empty comment: %+v %v", settled, err)
		}
		if gone := retainAt(t, db, at.Add(51*day)); gone.Texts != 1 {
			t.Errorf("removed %+v, want the one that was refused later", gone)
		}
	})
}

// bodyless tells what is left of removed comments that should not be.
func bodyless(t *testing.T, db *DB, ids ...string) string {
	t.Helper()
	for _, id := range ids {
		e := readEntry(t, db, id)
		switch {
		case !e.Removed:
			return id + " is not marked"
		case e.Name+e.Body+e.Website != "" || !e.Email.IsZero() || e.Addr.IsValid():
			return fmt.Sprintf("%s still says %q %q %q", id, e.Name, e.Body, e.Website)
		case len(e.Decided) == 0 || len(e.Verdict.Signals) == 0 || e.Verdict.Signals[0].Rule == "":
			return id + " has lost its log or its rules"
		case e.Verdict.Signals[0].Term != "" || len(e.Verdict.Signals[0].Spans) > 0:
			return id + " is still quoted by its verdict"
		}
	}
	return ""
}

// lessonsOf names what all lessons come to for one who reads them from the first.
func lessonsOf(t *testing.T, db *DB) string {
	t.Helper()
	for n := 1; n > 0; {
		var err error
		if n, err = db.Study(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	var all learn.Sites
	steps, err := db.Lessons(t.Context(), 0, 1000)
	if err != nil || len(steps) == 0 {
		t.Fatal("no lessons", err)
	}
	all.Follow(steps)
	return all.Site("desa").Version()
}

func TestEmailsStayWhileTheyAreSubscribed(t *testing.T) {
	onBoth(t, func(t *testing.T, db *DB) {
		plain, subscribed, asked := storetest.Comment(1), storetest.Comment(2), storetest.Comment(3)
		for _, c := range []*moderation.Comment{&plain, &subscribed, &asked} {
			c.State, c.Consent = moderation.Approved, "id 1"
			keep(t, db, *c)
		}
		confirm := func(id string, at time.Time) {
			s, err := db.Subscribe(t.Context(), id, at)
			if err == nil && id == subscribed.ID {
				err = db.Confirm(t.Context(), s.Token, at)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		start := storetest.Start
		confirm(subscribed.ID, start)
		confirm(asked.ID, start)
		if gone := retainAt(t, db, start.Add(7*day+time.Second)); gone.Unconfirmed != 1 || gone.Emails != 0 {
			t.Errorf("after a week: %+v", gone)
		}
		before, err := db.ThreadPage(t.Context(), "desa", storetest.Page, moderation.OldestFirst, "", 10)
		if err != nil {
			t.Fatal(err)
		}
		version, _ := db.ThreadVersion(t.Context(), "desa", storetest.Page)
		if gone := retainAt(t, db, start.Add(366*day)); gone.Emails != 2 {
			t.Errorf("after a year: %+v", gone)
		}
		for _, c := range []moderation.Comment{plain, subscribed, asked} {
			if e := readEntry(t, db, c.ID); e.Email.IsZero() == (c.ID == subscribed.ID) || e.Body != c.Body {
				t.Errorf("%s: e-mail gone %v, body %q", c.ID, e.Email.IsZero(), e.Body)
			}
		}
		after, _ := db.ThreadPage(t.Context(), "desa", storetest.Page, moderation.OldestFirst, "", 10)
		if next, _ := db.ThreadVersion(t.Context(), "desa", storetest.Page); next == version || slices.Equal(before.Comments[0].Avatar, after.Comments[0].Avatar) {
			t.Error("the avatar still follows the address, or the thread has no new version")
		}
	})
}

func TestManyProgramsLetGoOfEachRowOnce(t *testing.T) {
	onBoth(t, func(t *testing.T, db *DB) {
		const n = 2*retainRows + 50
		for i := range n {
			keep(t, db, storetest.Comment(i))
		}
		at := storetest.Start.Add(8 * day)
		done := make([]moderation.Retained, 3)
		var wait sync.WaitGroup
		for i := range done {
			wait.Go(func() {
				var err error
				if done[i], err = db.Retain(t.Context(), keepsFor, learn.Words, at); err != nil {
					t.Error(err)
				}
			})
		}
		wait.Wait()
		if sum := done[0].Addresses + done[1].Addresses + done[2].Addresses; sum != n {
			t.Errorf("%d of %d addresses were counted", sum, n)
		}
		if gone := retainAt(t, db, at); gone != (moderation.Retained{}) {
			t.Errorf("something was left: %+v", gone)
		}
	})
}

func TestVerdictsOfRemovedTextsKeepTheirLane(t *testing.T) {
	text, err := verdictJSON(storetest.Comment(1).Verdict)
	if err != nil {
		t.Fatal(err)
	}
	quiet, err := silent([]byte(text))
	if err != nil || strings.Contains(quiet, "contoh") || strings.Contains(quiet, "tautan") || !strings.HasPrefix(quiet, `{"outcome":"hold"`) || !strings.Contains(quiet, "links.one") {
		t.Errorf("%s %v", quiet, err)
	}
}
