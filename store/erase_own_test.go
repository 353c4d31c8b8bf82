package store

import (
	"bytes"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"balasan/moderation"
	"balasan/moderation/learn"
	"balasan/store/storetest"
)

// pressed is an erasure that was asked for and not begun.
func pressed(t *testing.T, db *DB, email moderation.Email, at time.Time) requestRow {
	t.Helper()
	if err := db.AskData(t.Context(), "desa", email, "id", at); err != nil {
		t.Fatal(err)
	}
	all, err := db.Claim(t.Context(), moderation.MailTarget, 1, at, at.Add(time.Minute))
	if err != nil || len(all) != 1 {
		t.Fatal(all, err)
	}
	r, err := db.DataLetter(t.Context(), all[0].Ref[len("data "):], at)
	if err == nil {
		_, err = db.EraseData(t.Context(), r.Token, at)
	}
	if err == nil {
		err = db.Delivered(t.Context(), all, at)
	}
	row, fault := db.dataRequest(t.Context(), `id = $1`, r.ID)
	if err != nil || fault != nil {
		t.Fatal(err, fault)
	}
	return row
}

func rowsOf(t *testing.T, db *DB, query string, args ...any) (n int) {
	t.Helper()
	if err := db.row(t.Context(), query, args, &n); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestThePurgeFinishesAnErasureThatWasInterrupted(t *testing.T) {
	onBoth(t, func(t *testing.T, db *DB) {
		const n = 3*eraseRows + 20
		for i := range n {
			c := storetest.Comment(i)
			c.Email = storetest.Comment(1).Email
			keep(t, db, c)
		}
		at := storetest.Start.Add(24 * time.Hour)
		r := pressed(t, db, storetest.Comment(1).Email, at)
		first, err := db.heldBy(t.Context(), ownHeld, r.mac, r.Site, micros(r.EraseAt), eraseRows)
		if err == nil {
			err = db.eraseSome(t.Context(), r.ID, first, at) // and here the program is killed
		}
		if err != nil {
			t.Fatal(err)
		}
		half, err := db.DataRequestBy(t.Context(), r.Token)
		if err != nil || half.Erased != eraseRows || !half.DoneAt.IsZero() {
			t.Fatalf("interrupted at %+v %v", half, err)
		}
		if _, err := db.Purge(t.Context(), at.Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
		if done, err := db.DataRequestBy(t.Context(), r.Token); err != nil || done.Erased != n || done.DoneAt.IsZero() {
			t.Errorf("after the purge: %+v %v", done, err)
		}
		if faults, err := db.Verify(t.Context(), nil); err != nil || len(faults) > 0 {
			t.Error(faults, err)
		}
	})
}

// TestWhatIsErasedIsOverwritten looks into SQLite's files themselves, for texts that fit into a page and for longer ones.
func TestWhatIsErasedIsOverwritten(t *testing.T) {
	at, sender := storetest.Start.Add(day), storetest.Comment(1).Email
	for who, erase := range map[string]func(t *testing.T, db *DB) error{
		"a sender, by the next purge": func(t *testing.T, db *DB) error {
			pressed(t, db, sender, at)
			_, err := db.Purge(t.Context(), at.Add(time.Hour))
			return err
		},
		"a site, at once": func(t *testing.T, db *DB) error {
			return errors.Join(db.BeginErasure(t.Context(), "desa", at), db.Erase(t.Context(), "desa", at, func(int, int) {}))
		},
	} {
		t.Run(who, func(t *testing.T) {
			db := openSite(t)
			for n := range 200 {
				c := storetest.Comment(n)
				if n%2 == 0 {
					c.Email, c.Name, c.Body = sender, "Kenari Kecil", strings.Repeat("kenari ", []int{3, 600}[n/2%2])
				}
				keep(t, db, c)
			}
			if onDisk(t, db, "kenari") == 0 {
				t.Fatal("control: the search finds nothing where it is")
			}
			if err := erase(t, db); err != nil {
				t.Fatal(err)
			}
			if n := onDisk(t, db, "kenari"); n > 0 {
				t.Errorf("%d places still hold it", n)
			}
		})
	}
}

// onDisk counts a word, in small letters, in the files of a database.
func onDisk(t *testing.T, db *DB, word string) (n int) {
	t.Helper()
	for _, end := range []string{"", "-wal"} {
		raw, err := os.ReadFile(string(db.engine.(sqliteFile)) + end)
		if err != nil {
			t.Fatal(err)
		}
		n += bytes.Count(bytes.ToLower(raw), []byte(word))
	}
	return n
}

func TestErasureTakesAlongWhatElseQuotesAComment(t *testing.T) {
	onBoth(t, func(t *testing.T, db *DB) {
		c, other := storetest.Comment(1), storetest.Comment(2)
		keep(t, db, c)
		keep(t, db, other)
		if _, err := db.Rule(t.Context(), moderation.Ruling{IDs: []string{c.ID, other.ID}, To: moderation.IsSpam}, owner, "b1", nil, storetest.Start); err != nil {
			t.Fatal(err)
		}
		retainAt(t, db, storetest.Start.Add(keepsFor.Refused-time.Hour))
		ban := func(id, of, about string) {
			t.Helper()
			err := db.Stand(t.Context(), moderation.Standing{ID: id, Kind: moderation.RefuseSender, Mark: moderation.ByEmail, Sites: []string{"desa"}, Of: of, About: about,
				Editor: "e1", By: "Sari", At: storetest.Start, Until: storetest.Start.Add(90 * day)}, moderation.Traits{Email: c.Email})
			if err != nil {
				t.Fatal(err)
			}
		}
		ban(storetest.NewID(20), c.ID, c.Name)
		ban(storetest.NewID(21), other.ID, other.Name)
		_, err := write(t.Context(), db, func(w *writer) (nothing, error) {
			return nothing{}, w.exec(`INSERT INTO lesson_words (comment, words) VALUES ($1, $2)`, c.ID, learn.Words(c.Body))
		})
		if err != nil {
			t.Fatal(err)
		}
		at := storetest.Start.Add(day)
		if _, err = db.CarryOut(t.Context(), pressed(t, db, c.Email, at).ID, at); err != nil {
			t.Fatal(err)
		}
		for what, n := range map[string]int{
			"words that it taught": rowsOf(t, db, `SELECT count(*) FROM lesson_words WHERE comment = $1`, c.ID),
			"digest of its text":   rowsOf(t, db, `SELECT count(*) FROM comment WHERE id = $1 AND text_digest IS NOT NULL`, c.ID),
			"its name in a ban":    rowsOf(t, db, `SELECT count(*) FROM standing WHERE made_of = $1 AND about <> ''`, c.ID),
			"its own lists":        rowsOf(t, db, `SELECT count(*) FROM data_request WHERE email_mac IS NOT NULL OR email_sealed IS NOT NULL OR token_sealed IS NOT NULL`),
		} {
			if n != 0 {
				t.Errorf("left: %s", what)
			}
		}
		if n := rowsOf(t, db, `SELECT count(*) FROM standing WHERE made_of = $1 AND about <> ''`, other.ID); n != 1 {
			t.Error("the ban of another one lost its name")
		}
		if known := db.InForce(); known == nil || rowsOf(t, db, `SELECT count(*) FROM standing WHERE email_mac IS NOT NULL`) != 2 {
			t.Error("a ban ended with its sender's comments")
		}
	})
}

func TestRequestsAreForgottenWhenTheirTimeIsOver(t *testing.T) {
	onBoth(t, func(t *testing.T, db *DB) {
		c := storetest.Comment(1)
		keep(t, db, c)
		at := storetest.Start.Add(time.Hour)
		r := pressed(t, db, c.Email, at)
		if _, err := db.CarryOut(t.Context(), r.ID, at); err != nil {
			t.Fatal(err)
		}
		keep(t, db, storetest.Comment(2))
		if err := db.AskData(t.Context(), "desa", storetest.Comment(2).Email, "id", at); err != nil {
			t.Fatal(err)
		}
		all, err := db.Claim(t.Context(), moderation.MailTarget, 1, at, at.Add(time.Minute))
		if err == nil {
			_, err = db.DataLetter(t.Context(), all[0].Ref[len("data "):], at)
		}
		if err != nil {
			t.Fatal(err)
		}
		for _, step := range []struct {
			after               time.Duration
			rows, sealed, links int
			erased              int
		}{
			{0, 2, 1, 1, 1},
			{moderation.DataLinkLife - time.Second, 2, 1, 1, 1},
			{moderation.DataLinkLife, 2, 0, 0, 1},
			{moderation.DataAskLife - time.Second, 2, 0, 0, 1},
			{moderation.DataAskLife, 1, 0, 0, 1},
			{moderation.DataProofLife, 0, 0, 0, 0},
		} {
			now := at.Add(step.after)
			if _, err := db.Purge(t.Context(), now); err != nil {
				t.Fatal(err)
			}
			rows, sealed := rowsOf(t, db, `SELECT count(*) FROM data_request`), rowsOf(t, db, `SELECT count(*) FROM data_request WHERE email_sealed IS NOT NULL`)
			held, err := db.Holdings(t.Context(), keepsFor, now)
			if err != nil {
				t.Fatal(err)
			}
			if got := held[0].Requests; rows != step.rows || sealed != step.sealed || got.Links != step.links || got.Erased != step.erased {
				t.Errorf("after %s: %d rows, %d addresses, %+v", step.after, rows, sealed, got)
			}
		}
	})
}

// TestErasureLeavesCampaigns: what ties comments to others is forgotten, whatever state they are in, and
// nothing of an erased one is gathered afterwards.
func TestErasureLeavesCampaigns(t *testing.T) {
	onBoth(t, func(t *testing.T, db *DB) {
		same := func(n int, email moderation.Email) moderation.Comment {
			c := storetest.Comment(n)
			c.Body, c.Email = "t:7", email
			keep(t, db, c)
			return c
		}
		mine, others := storetest.Comment(1).Email, storetest.Comment(2).Email
		var own []moderation.Comment
		for n := range 6 {
			if n < 3 {
				own = append(own, same(n, mine))
			} else {
				same(n, others)
			}
		}
		gatherAll(t, db)
		if n := rowsOf(t, db, `SELECT coalesce(max(size), 0) FROM campaign`); n != 6 {
			t.Fatalf("a campaign of %d", n)
		}
		rule := moderation.Ruling{IDs: []string{own[0].ID}, To: moderation.IsSpam}
		if _, err := db.Rule(t.Context(), rule, owner, "b1", nil, storetest.Start); err != nil {
			t.Fatal(err)
		}
		late := same(9, mine) // and it is not gathered yet
		at := storetest.Start.Add(day)
		done, err := db.CarryOut(t.Context(), pressed(t, db, mine, at).ID, at)
		if err != nil || done.Erased != 4 {
			t.Fatal(done, err)
		}
		gatherAll(t, db)
		if n := rowsOf(t, db, `SELECT count(*) FROM campaign_member m JOIN comment c ON c.id = m.comment WHERE c.blanked_at > 0`); n != 0 {
			t.Errorf("%d erased comments are still tied, %s perhaps", n, late.ID)
		}
		if n := rowsOf(t, db, `SELECT coalesce(max(size), 0) FROM campaign`); n != 3 {
			t.Errorf("a campaign of %d is left", n)
		}
		if faults, err := db.Verify(t.Context(), nil); err != nil || len(faults) > 0 {
			t.Error(faults, err)
		}
	})
}
