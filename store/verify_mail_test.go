package store

import (
	"strings"
	"testing"

	"balasan/moderation"
	"balasan/store/storetest"
)

func TestVerifyOpensWhatLettersNeed(t *testing.T) {
	db := openEmpty(t)
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(db.AddSite(t.Context(), moderation.Site{ID: "desa", Name: "Desa", Language: "id", Policy: moderation.DefaultPolicy()}))
	c := storetest.Comment(1)
	c.Consent, c.State = "id 1", moderation.Approved
	_, err := db.Keep(t.Context(), c)
	must(err)
	s, err := db.Subscribe(t.Context(), c.ID, storetest.Start)
	must(err)
	must(db.SetDigest(t.Context(), moderation.Digest{Editor: "e1", Email: c.Email, Language: "id", Cadence: moderation.Hourly, Zone: "UTC"}, storetest.Start))
	if faults, err := db.Verify(t.Context(), nil); err != nil || len(faults) > 0 {
		t.Fatalf("%v %v", faults, err)
	}
	for _, damage := range []string{`UPDATE subscription SET email_mac = email_sealed`, `UPDATE digest SET token_sealed = email_sealed`} {
		_, err := write(t.Context(), db, func(w *writer) (nothing, error) { return nothing{}, w.exec(damage) })
		must(err)
	}
	faults, err := db.Verify(t.Context(), nil)
	if said := strings.Join(faults, "\n"); err != nil || len(faults) != 2 || !strings.Contains(said, "a subscription that does not open: "+s.ID) || !strings.Contains(said, "a digest that does not open: e1") {
		t.Errorf("%v %v", faults, err)
	}
}
