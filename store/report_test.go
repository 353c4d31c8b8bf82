package store

import (
	"testing"
	"time"

	"balasan/moderation"
	"balasan/store/storetest"
)

func TestTheReportAnnouncesWhatTheNextPurgeDoes(t *testing.T) {
	onBoth(t, func(t *testing.T, db *DB) {
		for n := range 6 {
			c := storetest.Comment(n)
			c.At = storetest.Start.Add(time.Duration(n) * 10 * day)
			c.Consent = "id 1"
			if n < 2 {
				c.State = moderation.Approved
			}
			keep(t, db, c)
		}
		if _, err := db.Subscribe(t.Context(), storetest.NewID(0), storetest.Start); err != nil {
			t.Fatal(err)
		}
		decideOn(t, db, moderation.IsSpam, "b1", storetest.NewID(3))
		if err := db.Looked(t.Context(), storetest.NewID(1), owner, storetest.Start); err != nil {
			t.Fatal(err)
		}
		at := storetest.Start.Add(62 * day)
		before := holdingOf(t, db, at)
		if before.Comments != 6 || before.Addresses.Count != 6 || before.Addresses.Due != 6 || !before.Addresses.Oldest.Equal(storetest.Start) ||
			before.Emails.Count != 6 || before.Refused.Count != 1 || before.Asked.Count != 1 {
			t.Errorf("before: %+v", before)
		}
		retainAt(t, db, at.Add(-54*day)) // one address becomes a network
		due := holdingOf(t, db, at)
		gone := retainAt(t, db, at)
		if int64(due.Addresses.Due)-1 != gone.Addresses || int64(due.Networks.Due)-1 != gone.Networks || int64(due.Refused.Due) != gone.Texts || int64(due.Emails.Due) != gone.Emails {
			t.Errorf("but for the refused one, whose address goes with its text, announced %+v, and gone is %+v", due, gone)
		}
		if after := holdingOf(t, db, at); after.Addresses.Due+after.Networks.Due+after.Refused.Due+after.Emails.Due+after.Asked.Due != 0 {
			t.Errorf("left after the purge: %+v", after)
		}
		looks, err := db.LooksSince(t.Context(), storetest.Start.Add(-time.Hour))
		if err != nil || len(looks) != 1 || looks[0].Editor != "Sari" || looks[0].Count != 1 {
			t.Errorf("%v %v", looks, err)
		}
		if looks, _ := db.LooksSince(t.Context(), at); len(looks) != 0 {
			t.Errorf("old looks are told: %v", looks)
		}
	})
}

func holdingOf(t *testing.T, db *DB, at time.Time) Holding {
	t.Helper()
	all, err := db.Holdings(t.Context(), keepsFor, at)
	if err != nil || len(all) != 1 || all[0].Erased {
		t.Fatalf("%+v %v", all, err)
	}
	return all[0]
}
