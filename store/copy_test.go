package store

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/uuid"

	"balasan/moderation"
	"balasan/moderation/campaign"
	"balasan/store/storetest"
)

// filled is a database on SQLite with some of everything.
func filled(t *testing.T) *DB {
	t.Helper()
	db := openSite(t)
	tying := &campaign.Ties{Links: func(string) (hosts, handles []string) { return nil, nil }}
	var ids []string
	for n := range 2*copyRows + 50 {
		c := storetest.Comment(n)
		c.Body = "kemarin main di PULAU777 dan hasilnya lumayan untuk bayar kontrakan"
		c.Agreed = agreement(c, "Saya setuju.")
		keep(t, db, c)
		ids = append(ids, c.ID)
	}
	for range 20 {
		if _, err := db.Gather(t.Context(), tying); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.AddEditor(t.Context(), moderation.Editor{ID: "e1", Name: "Sari", Roles: map[string]moderation.Role{"desa": moderation.Owner}}); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Rule(t.Context(), moderation.Ruling{IDs: ids[:20], To: moderation.Approved}, owner, uuid.NewString(), nil, storetest.Start); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Study(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Spend(t.Context(), [12]byte{1}, moderation.Submission{Key: "kunci"}.Spender(), true, storetest.Start); err != nil {
		t.Fatal(err)
	}
	return db
}

func TestACopyIsWholeAndGoesOn(t *testing.T) {
	from, to := filled(t), openPostgres(t)
	if err := from.CopyTo(t.Context(), to, nil); err != nil {
		t.Fatal(err)
	}
	if faults, err := to.Verify(t.Context(), nil); err != nil || len(faults) > 0 {
		t.Fatalf("the copy is not sound: %v %v", faults, err)
	}
	if err := from.CopyTo(t.Context(), to, nil); err != nil {
		t.Errorf("copying what is there: %v", err)
	}
	keep(t, to, storetest.Comment(5000))
	batch := uuid.NewString()
	settled, err := to.Rule(t.Context(), moderation.Ruling{IDs: []string{storetest.Comment(100).ID, storetest.Comment(5000).ID}, To: moderation.IsSpam}, owner, batch, nil, storetest.Start)
	if err != nil || len(settled.Changed) != 2 {
		t.Errorf("deciding on the copy: %+v %v", settled, err)
	}
	e, err := to.Entry(t.Context(), storetest.Comment(7).ID, nil)
	if err != nil || e.Email.Reveal() != storetest.Comment(7).Email.Reveal() || e.State != moderation.Approved || len(e.Decided) != 1 || e.Agreed != agreement(storetest.Comment(7), "Saya setuju.") {
		t.Errorf("an entry of the copy: %+v %v", e, err)
	}
	if err := from.CopyTo(t.Context(), to, nil); !errors.Is(err, ErrCopied) || !strings.Contains(err.Error(), "here and 2 in the target") {
		t.Errorf("copying once more what has changed: %v", err)
	}
	if _, err := to.writers.ExecContext(t.Context(), `UPDATE site_key SET wrapped = $1`, []byte("of a stranger")); err != nil {
		t.Fatal(err)
	}
	other, err := Open(t.Context(), Options{URL: to.engine.(postgres).url, Keys: testKeys, Target: true})
	if err == nil {
		err = from.CopyTo(t.Context(), other, nil)
	}
	if !errors.Is(errors.Join(err, other.Close()), ErrNotEmpty) {
		t.Errorf("copying over another installation: %v", err)
	}
}

func TestACopyResumes(t *testing.T) {
	from, to := filled(t), openPostgres(t)
	ctx, cancel := context.WithCancel(t.Context())
	err := from.CopyTo(ctx, to, func(c Copied) {
		if c.Table == "comment" && c.Done > 0 {
			cancel()
		}
	})
	if err == nil || !strings.Contains(err.Error(), "run balasan db copy again") {
		t.Fatalf("who interrupts it hears %v", err)
	}
	if half, err := Open(t.Context(), Options{URL: to.engine.(postgres).url, Keys: testKeys}); !errors.Is(err, ErrHalfCopied) {
		t.Errorf("who opens a part hears %v", errors.Join(err, half.Close()))
	}
	started := int64(-1)
	err = from.CopyTo(t.Context(), to, func(c Copied) {
		if c.Table == "comment" && started < 0 {
			started = c.Done
		}
	})
	if err != nil || started < copyRows {
		t.Errorf("it began again at %d: %v", started, err)
	}
	if faults, err := to.Verify(t.Context(), nil); err != nil || len(faults) > 0 {
		t.Errorf("the copy is not sound: %v %v", faults, err)
	}
}

func TestACopyThatDiffersIsFound(t *testing.T) {
	from, to := filled(t), openPostgres(t)
	err := from.CopyTo(t.Context(), to, func(c Copied) {
		if c.Table == "decision" && c.Done == c.Total {
			if _, err := to.writers.ExecContext(t.Context(), `UPDATE comment SET body = 'lain' WHERE id = $1`, storetest.Comment(3).ID); err != nil {
				t.Error(err)
			}
		}
	})
	if _, other := errors.AsType[differs](err); !other || strings.Contains(err.Error(), "goes on") {
		t.Error("a changed row was not found:", err)
	}
}

// TestNobodyWritesToWhatIsBeingCopied: what another process would be told is kept is in the copy, or it is refused.
func TestNobodyWritesToWhatIsBeingCopied(t *testing.T) {
	from, to := filled(t), openPostgres(t)
	other, err := Open(t.Context(), Options{Path: string(from.engine.(sqliteFile)), Keys: testKeys})
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	early, err := Open(t.Context(), Options{URL: to.engine.(postgres).url, Keys: testKeys})
	if err != nil {
		t.Fatal(err)
	}
	defer early.Close()
	var late, ahead error
	err = from.CopyTo(t.Context(), to, func(c Copied) {
		if c.Table == "thread" && c.Done == 0 {
			_, late = other.Keep(t.Context(), storetest.Comment(7000))
			ahead = early.AddSite(t.Context(), moderation.Site{ID: "kota", Policy: moderation.DefaultPolicy()})
		}
	})
	if err != nil || moderation.CodeOf(late) != moderation.Unavailable || ahead == nil {
		t.Fatalf("copying: %v; who writes to the source meanwhile hears %v, to the target %v", err, late, ahead)
	}
	keep(t, other, storetest.Comment(7000))
	if err := from.CopyTo(t.Context(), to, nil); !errors.Is(err, ErrCopied) {
		t.Errorf("copying what was written to since: %v", err)
	}
}
