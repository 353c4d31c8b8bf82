package store

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"balasan/moderation"
	"balasan/store/storetest"
)

// master are keys that can be changed under a database.
type master struct {
	current string
	keys    map[string]byte
	lost    map[string]bool // kid|site|key
}

func (m *master) store() Keys {
	of := func(kid string) ([]byte, bool) {
		key := make([]byte, keySize)
		for i := range key {
			key[i] = m.keys[kid]
		}
		return key, m.keys[kid] != 0
	}
	return Keys{Current: func() string { return m.current }, Master: of, Wrapping: func(kid, name string) ([]byte, error) {
		key, there := of(kid)
		if m.lost[kid+"|"+name] {
			return nil, ErrErased
		}
		if !there {
			return nil, errors.New("no such key")
		}
		return derive(key, name), nil
	}}
}

// turnable is a database whose master keys can be turned.
func turnable(t *testing.T) (*DB, *master) {
	t.Helper()
	m := &master{current: "k1", keys: map[string]byte{"k1": 1}, lost: map[string]bool{}}
	db, err := Open(t.Context(), Options{Path: t.TempDir() + "/b.db", Keys: m.store()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	for _, id := range []string{"desa", "kota"} {
		if err := db.AddSite(t.Context(), moderation.Site{ID: id, Policy: moderation.DefaultPolicy()}); err != nil {
			t.Fatal(err)
		}
	}
	return db, m
}

func codesPlace(editor string) string { return "codes|" + editor }

// sealAll leaves something of every kind that a master key seals.
func sealAll(t *testing.T, db *DB) {
	t.Helper()
	if err := db.AddEditor(t.Context(), owner); err != nil {
		t.Fatal(err)
	}
	secret, err := db.Seal(codesPlace("e1"), []byte("JBSWY3DP"))
	if err == nil {
		err = db.SetCodes(t.Context(), "e1", moderation.CodeFactor{Sealed: secret}, nil)
	}
	if err == nil {
		err = db.SetDigest(t.Context(), moderation.Digest{Editor: "e1", Email: storetest.Comment(1).Email, Language: "id", Cadence: moderation.Hourly, Zone: "UTC"}, storetest.Start)
	}
	if err != nil {
		t.Fatal(err)
	}
}

var errKilled = errors.New("killed")

func TestARotationCanBeStoppedAnywhere(t *testing.T) {
	for stop := range 6 {
		t.Run(fmt.Sprintf("before row %d", stop), func(t *testing.T) {
			db, m := turnable(t)
			keep(t, db, storetest.Comment(1))
			sealAll(t, db)
			m.keys["k2"], m.current = 2, "k2"
			rows := 0
			err := db.Rewrap(t.Context(), codesPlace, func() error {
				if rows++; rows > stop {
					return errKilled
				}
				return nil
			})
			if done := err == nil; done != (stop == 5) || err != nil && !errors.Is(err, errKilled) {
				t.Fatalf("after %d rows: %v", rows, err)
			}
			if faults, err := db.Verify(t.Context(), nil); err != nil || len(faults) > 0 {
				t.Fatalf("half way: %v %v", faults, err)
			}
			if err := db.Rewrap(t.Context(), codesPlace, func() error { return nil }); err != nil {
				t.Fatal(err)
			}
			left, err := db.Leaning(t.Context())
			if err != nil || left["k1"].Sum() != 0 || left["k2"] != (Leaning{Sites: 2, Codes: 1, Digests: 1}) {
				t.Fatalf("%v %v", left, err)
			}
			delete(m.keys, "k1")
			again := reopen(t, db, m)
			if e := readEntry(t, again, storetest.NewID(1)); e.Email.Reveal() != storetest.Comment(1).Email.Reveal() {
				t.Error("an address is lost")
			}
			f, err := again.TryCode(t.Context(), "e1", storetest.Start, 10, time.Hour)
			if err == nil {
				_, err = again.Unseal(codesPlace("e1"), f.Sealed)
			}
			if err == nil {
				_, err = again.Digest(t.Context(), "e1")
			}
			if err != nil {
				t.Errorf("something still needs the old key: %v", err)
			}
			found, err := again.Recall(t.Context(), moderation.Query{Site: "desa", Addr: storetest.Comment(1).Addr, At: storetest.Start.Add(time.Hour)})
			if err != nil || found.History.Network.Day != 1 {
				t.Errorf("a sender is not found again: %+v %v", found.History, err)
			}
		})
	}
}

// reopen opens the same file again, as another process does.
func reopen(t *testing.T, db *DB, m *master) *DB {
	t.Helper()
	again, err := Open(t.Context(), Options{Path: string(db.engine.(sqliteFile)), Keys: m.store()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = again.Close() })
	return again
}

func TestAnErasedSiteIsGoneAndTheOthersAreNot(t *testing.T) {
	onBoth(t, func(t *testing.T, db *DB) {
		if err := db.AddSite(t.Context(), moderation.Site{ID: "kota", Policy: moderation.DefaultPolicy()}); err != nil {
			t.Fatal(err)
		}
		const n = retainRows + 20
		for i := range n {
			c := storetest.Comment(i)
			if i%3 == 0 {
				c.State = moderation.Approved
			}
			if i == 7 {
				c.Site = "kota"
			}
			keep(t, db, c)
		}
		decideOn(t, db, moderation.IsSpam, "b1", storetest.NewID(1), storetest.NewID(2))
		if err := db.BeginErasure(t.Context(), "pasar", storetest.Start); moderation.CodeOf(err) != moderation.NotFound {
			t.Errorf("a site that never was: %v", err)
		}
		if err := db.BeginErasure(t.Context(), "desa", storetest.Start); err != nil {
			t.Fatal(err)
		}
		if _, err := db.Site(t.Context(), "desa"); moderation.CodeOf(err) != moderation.NotFound {
			t.Errorf("it is still there: %v", err)
		}
		if _, err := db.Keep(t.Context(), storetest.Comment(900)); moderation.CodeOf(err) != moderation.NotFound {
			t.Errorf("it still takes comments: %v", err)
		}
		told := 0
		for range 2 { // again changes nothing
			if err := db.BeginErasure(t.Context(), "desa", storetest.Start); err != nil {
				t.Fatal(err)
			}
			if err := db.Erase(t.Context(), "desa", storetest.Start, func(done, total int) { told = max(told, done) }); err != nil {
				t.Fatal(err)
			}
		}
		if told != n-1 {
			t.Errorf("told of %d comments, want %d", told, n-1)
		}
		var left int
		err := db.row(t.Context(), `SELECT count(*) FROM comment WHERE site = 'desa' AND (name <> '' OR body <> '' OR website <> ''
			OR email_sealed IS NOT NULL OR email_mac IS NOT NULL OR addr_sealed IS NOT NULL OR net_mac IS NOT NULL)`, nil, &left)
		if err != nil || left > 0 {
			t.Errorf("%d comments still say something: %v", left, err)
		}
		if e := readEntry(t, db, storetest.NewID(7)); e.Body == "" || e.Email.IsZero() {
			t.Error("the other site has lost something")
		}
		if faults, err := db.Verify(t.Context(), nil); err != nil || len(faults) > 0 {
			t.Errorf("%v %v", faults, err)
		}
		if all, err := db.Erasures(t.Context()); err != nil || len(all) != 1 || all[0].Done.IsZero() {
			t.Errorf("%+v %v", all, err)
		}
	})
}

func TestABackupOfAnErasedSiteOpensWithoutIt(t *testing.T) {
	db, m := turnable(t)
	keep(t, db, storetest.Comment(1))
	c := storetest.Comment(2)
	c.Site = "kota"
	keep(t, db, c)
	path := t.TempDir() + "/copy.db"
	if err := db.Backup(t.Context(), path); err != nil {
		t.Fatal(err)
	}
	if err := db.BeginErasure(t.Context(), "desa", storetest.Start); err != nil {
		t.Fatal(err)
	}
	all, err := db.Erasures(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	m.lost["k1|"+all[0].Wrap()] = true
	copied, err := Open(t.Context(), Options{Path: path, Keys: m.store()})
	if err != nil {
		t.Fatal(err)
	}
	defer copied.Close()
	if sites, err := copied.Sites(t.Context()); err != nil || len(sites) != 1 || sites[0].ID != "kota" {
		t.Errorf("the copy has the sites %v %v", sites, err)
	}
	if e := readEntry(t, copied, storetest.NewID(2)); e.Email.IsZero() {
		t.Error("the other site's address does not open")
	}
	if e := readEntry(t, copied, storetest.NewID(1)); !e.Email.IsZero() || e.Addr.IsValid() {
		t.Error("an erased address opens")
	}
	if faults, err := copied.Verify(t.Context(), nil); err != nil || len(faults) != 1 {
		t.Errorf("verify must say what to do: %v %v", faults, err)
	}
	if err := copied.BeginErasure(t.Context(), "desa", storetest.Start); err != nil {
		t.Errorf("it cannot be erased again: %v", err)
	}
}
