package store

import (
	"testing"
	"time"

	"balasan/moderation"
	"balasan/store/storetest"
)

func TestLeasesThatEndedArePurged(t *testing.T) {
	db, at := openSite(t), storetest.Start
	for n, by := range []moderation.Editor{owner, {ID: "e2", Name: "Budi"}} {
		if _, err := db.TakeLease(t.Context(), storetest.NewID(n), by, at.Add(time.Duration(n)*time.Second)); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := db.Purge(t.Context(), at.Add(moderation.LeaseLife)); err != nil {
		t.Fatal(err)
	}
	if n := rows(t, db, "lease"); n != 1 {
		t.Errorf("%d leases", n)
	}
}

// TestEverythingIsInOrderAfterTheDesksWork runs through all that the desk changes and lets Verify
// look at what is kept twice.
func TestEverythingIsInOrderAfterTheDesksWork(t *testing.T) {
	db, ctx, at := openSite(t), t.Context(), storetest.Start.Add(time.Hour)
	if err := db.AddEditor(ctx, owner); err != nil {
		t.Fatal(err)
	}
	keepBodies(t, db, 0, "t:1", "t:1", "t:1", "t:2", "t:3", "t:3", "lain")
	gatherAll(t, db)
	desk := moderation.Desk{Ledger: db, NewID: func() string { at = at.Add(time.Second); return at.Format("150405") }}
	editor := moderation.Editor{ID: "e1", Name: "Sari", Roles: map[string]moderation.Role{moderation.AllSites: moderation.Owner}}
	did := func(s moderation.Settled, err error) string {
		t.Helper()
		if err != nil || len(s.Changed) == 0 {
			t.Fatalf("%+v %v", s, err)
		}
		return s.Batch
	}
	swept, _, err := desk.Settle(ctx, editor, moderation.Sweep{Group: storetest.NewID(1), To: moderation.IsSpam, Spared: []string{storetest.NewID(0)}})
	did(swept, err)
	edited := did(desk.Edit(ctx, editor, storetest.NewID(6), "disunting", 0))
	did(desk.Remark(ctx, editor, storetest.NewID(6), "catatan"))
	did(desk.Undo(ctx, editor, edited))
	did(desk.Decide(ctx, editor, moderation.Ruling{IDs: []string{storetest.NewID(4)}, To: moderation.Approved}))
	did(desk.Undo(ctx, editor, swept.Batch))
	replied, err := desk.Reply(ctx, editor, moderation.Reply{To: storetest.NewID(3), Body: "Terima kasih."})
	did(replied, err)
	for _, made := range replied.Changed {
		if before := made.From; (before == "") != (made.Comment != storetest.NewID(3)) || before == moderation.Trashed {
			t.Errorf("%s came from %q", made.Comment, before)
		}
	}
	if err := db.CountReads(ctx, []moderation.PageReads{{Site: "desa", Page: storetest.Page, Reads: 99}}, at); err != nil {
		t.Fatal(err)
	}
	for _, purged := range []bool{false, true} {
		if faults, err := db.Verify(ctx, nil); err != nil || len(faults) > 0 {
			t.Errorf("purged %v: %q %v", purged, faults, err)
		}
		if _, err := db.Purge(ctx, at.Add(2*moderation.CampaignSpan)); err != nil {
			t.Fatal(err)
		}
	}
}
