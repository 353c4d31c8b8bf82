package store

import (
	"bytes"
	"context"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"net/netip"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"balasan/moderation"
	"balasan/store/storetest"
)

var testKeys = Keys{Current: Named("k1"), Master: func(kid string) ([]byte, bool) {
	return bytes.Repeat([]byte{7}, keySize), kid == "k1"
}}

var owner = moderation.Editor{ID: "e1", Name: "Sari"}

func TestContract(t *testing.T) {
	storetest.Run(t, func(t *testing.T) storetest.Backend { return openEmpty(t) })
}

func TestContractOfSignIns(t *testing.T) {
	storetest.RunSignIns(t, func(t *testing.T) storetest.SignIns { return openEmpty(t) })
	storetest.RunMails(t, func(t *testing.T) storetest.Mails { return openEmpty(t) })
}

func TestWhatEditorsSealOpensOnlyInItsPlace(t *testing.T) {
	db := openEmpty(t)
	sealed, err := db.Seal("codes|e1", []byte("JBSWY3DPEHPK3PXP"))
	if err != nil || bytes.Contains(sealed, []byte("JBSWY3DP")) {
		t.Fatalf("%q %v", sealed, err)
	}
	if plain, err := db.Unseal("codes|e1", sealed); err != nil || string(plain) != "JBSWY3DPEHPK3PXP" {
		t.Errorf("%q %v", plain, err)
	}
	for name, broken := range map[string]struct {
		place  string
		sealed []byte
	}{
		"another place":     {"codes|e2", sealed},
		"nothing":           {"codes|e1", nil},
		"a length alone":    {"codes|e1", []byte{2}},
		"another master":    {"codes|e1", append([]byte{2, 'k', '9'}, sealed[3:]...)},
		"one bit is turned": {"codes|e1", append(bytes.Clone(sealed[:len(sealed)-1]), sealed[len(sealed)-1]^1)},
	} {
		if _, err := db.Unseal(broken.place, broken.sealed); !errors.Is(err, ErrKey) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// openEmpty makes a database that ends with its test.
func openEmpty(t testing.TB) *DB {
	t.Helper()
	db, err := Open(t.Context(), Options{Path: filepath.Join(t.TempDir(), "balasan.db"), Keys: testKeys})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

// openSite adds the site that storetest's comments belong to.
func openSite(t testing.TB) *DB {
	t.Helper()
	db := openEmpty(t)
	if err := db.AddSite(t.Context(), moderation.Site{ID: "desa", Policy: moderation.DefaultPolicy()}); err != nil {
		t.Fatal(err)
	}
	return db
}

func keep(t testing.TB, db *DB, c moderation.Comment) {
	t.Helper()
	if _, err := db.Keep(t.Context(), c); err != nil {
		t.Fatal(err)
	}
}

func wantUnavailable(t *testing.T, err error) {
	t.Helper()
	if moderation.CodeOf(err) != moderation.Unavailable {
		t.Fatalf("got %v, want unavailable", err)
	}
	if p, ok := errors.AsType[*moderation.Problem](err); !ok || p.After == 0 {
		t.Error("no hint when to try again")
	}
}

func TestTheSettingsAreInForce(t *testing.T) {
	db := openSite(t)
	want := map[string]string{"journal_mode": "wal", "synchronous": "2", "busy_timeout": "2000", "foreign_keys": "1", "trusted_schema": "0"}
	for name, value := range want {
		var read, written string
		if err := db.row(t.Context(), "SELECT * FROM pragma_"+name, nil, &read); err != nil || read != value {
			t.Errorf("readers: %s is %q, want %q (%v)", name, read, value, err)
		}
		_, err := write(t.Context(), db, func(w *writer) (nothing, error) {
			return nothing{}, w.row("SELECT * FROM pragma_"+name, nil, &written)
		})
		if err != nil || written != value {
			t.Errorf("writer: %s is %q, want %q (%v)", name, written, value, err)
		}
	}
	if unsafe, err := db.Unsafe(t.Context()); err != nil || len(unsafe) > 0 {
		t.Errorf("it calls that unsafe: %v %v", unsafe, err)
	}
	if _, err := db.readers.ExecContext(t.Context(), `DELETE FROM site`); err == nil {
		t.Error("a reader could write")
	}
	if info, err := os.Stat(string(db.engine.(sqliteFile))); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v %v", info.Mode(), err)
	}
}

func TestNothingPersonalLiesInTheFile(t *testing.T) {
	db := openSite(t)
	c := storetest.Comment(1)
	c.Email, _ = moderation.ParseEmail("Kenari-8271@rahasia.example")
	c.Addr = netip.MustParseAddr("203.0.113.77")
	keep(t, db, c)
	if _, err := db.Rule(t.Context(), moderation.Ruling{IDs: []string{c.ID}, To: moderation.Approved}, owner, "b", nil, c.At); err != nil {
		t.Fatal(err)
	}
	ban := moderation.Standing{ID: "s", Kind: moderation.RefuseSender, Mark: moderation.ByBoth, Sites: []string{"desa"}, At: c.At, Until: c.At.Add(time.Hour)}
	if err := db.Stand(t.Context(), ban, moderation.Traits{Email: c.Email, Addr: c.Addr}); err != nil {
		t.Fatal(err)
	}
	copied := filepath.Join(t.TempDir(), "copy.db")
	if err := db.Backup(t.Context(), copied); err != nil {
		t.Fatal(err)
	}
	var stored []byte
	for _, path := range []string{string(db.engine.(sqliteFile)), string(db.engine.(sqliteFile)) + "-wal", copied} {
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		stored = append(stored, content...)
	}
	if !bytes.Contains(stored, []byte(c.Body)) {
		t.Fatal("the search would not find anything")
	}
	lower := bytes.ToLower(stored)
	for _, secret := range []string{c.Email.Reveal(), strings.ToLower(c.Email.Reveal()), c.Addr.String(), moderation.Network(c.Addr).String(),
		moderation.Household(c.Addr).String(), "203.0.113."} {
		m, s1, s2, d := md5.Sum([]byte(secret)), sha1.Sum([]byte(secret)), sha256.Sum256([]byte(secret)), c.Digest()
		for _, form := range [][]byte{[]byte(secret), m[:], s1[:], s2[:], d[:]} {
			if bytes.Contains(stored, form) || bytes.Contains(lower, []byte(hex.EncodeToString(form))) {
				t.Errorf("%x of %s lies in the file", form, secret)
			}
		}
	}
}

func TestASealedFieldOpensOnlyInItsPlace(t *testing.T) {
	db := openSite(t)
	site, err := db.site(t.Context(), "desa")
	if err != nil {
		t.Fatal(err)
	}
	sealed := site.keys.seal("c1", fieldEmail, "a@b.id")
	if plain, err := site.keys.unseal("c1", fieldEmail, sealed); err != nil || plain != "a@b.id" {
		t.Errorf("opened %q %v", plain, err)
	}
	for _, place := range [][2]string{{"c2", fieldEmail}, {"c1", fieldAddr}} {
		if _, err := site.keys.unseal(place[0], place[1], sealed); err == nil {
			t.Errorf("opened as %v", place)
		}
	}
}

func TestConcurrentWritesShareTransactions(t *testing.T) {
	db := openSite(t)
	largest := 0
	if _, err := write(t.Context(), db, func(w *writer) (nothing, error) {
		w.batches = func(size int) { largest = max(largest, size) }
		return nothing{}, nil
	}); err != nil {
		t.Fatal(err)
	}
	bad := storetest.Comment(0)
	keep(t, db, bad) // its ID is taken from here on
	var all sync.WaitGroup
	for n := range 200 {
		all.Go(func() {
			if n%10 == 0 {
				if _, err := db.Keep(t.Context(), bad); err == nil {
					t.Error("one ID was kept twice")
				}
			} else if _, err := db.Keep(t.Context(), storetest.Comment(n)); err != nil {
				t.Errorf("a neighbour of a bad job failed: %v", err)
			}
		})
	}
	all.Wait()
	n, err := db.Pending(t.Context(), nil)
	if err != nil || n != 181 {
		t.Errorf("%d pending, want 181 (%v)", n, err)
	}
	if _, err := write(t.Context(), db, func(*writer) (nothing, error) { return nothing{}, nil }); err != nil || largest < 2 {
		t.Errorf("largest batch %d (%v)", largest, err)
	}
}

func TestACallerWhoLeavesBreaksNothing(t *testing.T) {
	db := openSite(t)
	block, entered := make(chan struct{}), make(chan struct{})
	go write(t.Context(), db, func(*writer) (nothing, error) { close(entered); <-block; return nothing{}, nil })
	<-entered
	ctx, leave := context.WithCancel(t.Context())
	gone := make(chan error)
	go func() { _, err := db.Keep(ctx, storetest.Comment(1)); gone <- err }()
	leave()
	if err := <-gone; moderation.CodeOf(err) != moderation.Unavailable {
		t.Errorf("who left hears %v", err)
	}
	for len(db.writer.jobs) < maxQueue {
		db.writer.jobs <- &job{ctx: ctx, done: make(chan error, 1)}
	}
	if _, err := db.Keep(t.Context(), storetest.Comment(2)); moderation.CodeOf(err) != moderation.Overloaded {
		t.Errorf("with a full queue: %v", err)
	}
	close(block)
	for {
		_, err := db.Keep(t.Context(), storetest.Comment(3))
		if err == nil {
			break
		}
		if moderation.CodeOf(err) != moderation.Overloaded {
			t.Fatal(err)
		}
	}
}

func TestTheLogRefusesChanges(t *testing.T) {
	db := openSite(t)
	keep(t, db, storetest.Comment(1))
	if _, err := db.Rule(t.Context(), moderation.Ruling{IDs: []string{storetest.NewID(1)}, To: moderation.IsSpam}, owner, "b", nil, storetest.Start); err != nil {
		t.Fatal(err)
	}
	for _, query := range []string{`UPDATE decision SET note = 'x'`, `DELETE FROM decision`} {
		_, err := write(t.Context(), db, func(w *writer) (nothing, error) { return nothing{}, w.exec(query) })
		if err == nil || !strings.Contains(err.Error(), "decide again") {
			t.Errorf("%s: %v", query, err)
		}
	}
}

func TestMigratingAgainChangesNothing(t *testing.T) {
	db := openSite(t)
	path := string(db.engine.(sqliteFile))
	keep(t, db, storetest.Comment(1))
	again, err := Open(t.Context(), Options{Path: path, Keys: testKeys})
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	if n, err := again.Pending(t.Context(), nil); err != nil || n != 1 {
		t.Errorf("%d pending %v", n, err)
	}
	if _, err := write(t.Context(), again, func(w *writer) (nothing, error) {
		return nothing{}, w.exec(`INSERT INTO goose_db_version (version_id, is_applied) VALUES (99999, 1)`)
	}); err != nil {
		t.Fatal(err)
	}
	_, err = Open(t.Context(), Options{Path: path, Keys: testKeys})
	if err == nil || !strings.Contains(err.Error(), "schema 99999") {
		t.Errorf("a newer schema: %v", err)
	}
}

func TestAnotherMasterKeyOpensNothing(t *testing.T) {
	db := openSite(t)
	stranger := Keys{Current: Named("k1"), Master: func(string) ([]byte, bool) { return bytes.Repeat([]byte{8}, keySize), true }}
	other, err := Open(t.Context(), Options{Path: string(db.engine.(sqliteFile)), Keys: stranger})
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	if _, err := other.Site(t.Context(), "desa"); err == nil || !strings.Contains(err.Error(), "does not open") {
		t.Errorf("opened with a wrong key: %v", err)
	}
}

func TestAFullDiskLosesNothing(t *testing.T) {
	db := openSite(t)
	keep(t, db, storetest.Comment(0))
	limit := func(pages string) {
		if _, err := db.writer.conn.ExecContext(t.Context(), "PRAGMA max_page_count = "+pages); err != nil {
			t.Fatal(err)
		}
	}
	limit("1") // SQLite takes the present size
	var err error
	kept := 0
	for n := 1; n < 500 && err == nil; n++ {
		c := storetest.Comment(n)
		c.Body = strings.Repeat("penuh ", 500)
		if _, err = db.Keep(t.Context(), c); err == nil {
			kept++
		}
	}
	wantUnavailable(t, err)
	if n, err := db.Pending(t.Context(), nil); err != nil || n != kept+1 {
		t.Errorf("%d readable of %d (%v)", n, kept+1, err)
	}
	limit("1000000")
	keep(t, db, storetest.Comment(600))
}

func TestAHeldLockIsUnavailable(t *testing.T) {
	db := openSite(t)
	other, err := sql.Open("sqlite", dsn(string(db.engine.(sqliteFile)), false))
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	tx, err := other.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	_, err = db.Keep(t.Context(), storetest.Comment(1))
	wantUnavailable(t, err)
	if _, err := db.Site(t.Context(), "desa"); err != nil {
		t.Errorf("reading meanwhile: %v", err)
	}
	if err := tx.Rollback(); err != nil {
		t.Fatal(err)
	}
	keep(t, db, storetest.Comment(1))
}

func TestVerifyNamesWhatIsBroken(t *testing.T) {
	db := openSite(t)
	top := storetest.Comment(1)
	top.State = moderation.Approved
	keep(t, db, top)
	keep(t, db, storetest.Below(top, storetest.Comment(2)))
	reported := 0
	faults, err := db.Verify(t.Context(), func(done, total int) { reported = done*10 + total })
	if err != nil || len(faults) > 0 || reported != 22 {
		t.Fatalf("a sound one: %q %v, progress %d", faults, err, reported)
	}
	for _, query := range []string{
		`UPDATE comment SET state = 'spam' WHERE depth = 1`,
		`UPDATE thread SET approved = 7`,
		`UPDATE comment SET email_sealed = addr_sealed, depth = 5 WHERE depth = 1`,
		`UPDATE comment SET email_mac = net_mac, root = 'x' WHERE depth = 0`,
		`INSERT INTO decision (batch, comment, version, editor, name, from_state, to_state, note, undoes, at)
			SELECT 'b', id, 3, 'e', 'n', 'spam', 'spam', '', '', 1 FROM comment WHERE depth = 0`,
		`UPDATE comment SET lane = 'good', edited = 4 WHERE depth = 0`,
		`INSERT INTO edit (comment, version, before) SELECT id, 4, 'x' FROM comment WHERE depth = 0`,
		`INSERT INTO batch (id, editor, name, to_state, decisions, note, undoes, at) VALUES ('b', 'e', 'n', 'spam', 2, '', '', 1)`,
	} {
		if _, err := write(t.Context(), db, func(w *writer) (nothing, error) { return nothing{}, w.exec(query) }); err != nil {
			t.Fatal(err)
		}
	}
	faults, err = db.Verify(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"log leads to", "miscounts", "hangs elsewhere", "does not open", "keyed hashes", "own root", "does not follow",
		"wrong lane", "last decision on state or text", "text before is missing", "does not fit its states", "a batch that miscounts"} {
		if !strings.Contains(strings.Join(faults, "\n"), want) {
			t.Errorf("%q is not among %q", want, faults)
		}
	}
}

func TestABackupIsWhole(t *testing.T) {
	db := openSite(t)
	keep(t, db, storetest.Comment(1))
	path := filepath.Join(t.TempDir(), "backup.db")
	if err := db.Backup(t.Context(), path); err != nil {
		t.Fatal(err)
	}
	if err := db.Backup(t.Context(), path); err == nil {
		t.Error("an existing file was overwritten")
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v %v", info.Mode(), err)
	}
	copied, err := Open(t.Context(), Options{Path: path, Keys: testKeys})
	if err != nil {
		t.Fatal(err)
	}
	defer copied.Close()
	if faults, err := copied.Verify(t.Context(), nil); err != nil || len(faults) > 0 {
		t.Errorf("%q %v", faults, err)
	}
	if e, err := copied.Entry(t.Context(), storetest.NewID(1), nil); err != nil || e.Email.IsZero() {
		t.Errorf("%+v %v", e, err)
	}
}

func TestPurgeDropsOnlyWhatIsOver(t *testing.T) {
	db, at := openSite(t), storetest.Start
	if err := db.AddEditor(t.Context(), owner); err != nil {
		t.Fatal(err)
	}
	for n, expires := range []time.Time{at, at.Add(time.Second)} {
		p := moderation.Pass{Hash: [32]byte{byte(n)}, Kind: moderation.Session, Editor: "e1", ExpiresAt: expires}
		if err := db.AddPass(t.Context(), p); err != nil {
			t.Fatal(err)
		}
		if _, err := db.Spend(t.Context(), [12]byte{byte(n)}, "", true, expires.Add(-markGrace)); err != nil {
			t.Fatal(err)
		}
		c := storetest.Comment(n)
		c.At = expires.Add(-outboxLife - time.Millisecond)
		keep(t, db, c)
	}
	if got, err := db.Purge(t.Context(), at.Add(-time.Second)); err != nil || got != (Purged{}) {
		t.Errorf("purged %+v %v too early", got, err)
	}
	_, err := write(t.Context(), db, func(w *writer) (nothing, error) {
		return nothing{}, w.exec(`UPDATE campaign_position SET outbox = 2`) // all was followed
	})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := db.Purge(t.Context(), at); err != nil || got != (Purged{Passes: 1, Marks: 1, Outbox: 1}) {
		t.Errorf("purged %+v %v", got, err)
	}
}

// TestAPurgeLetsOthersWriteInBetween counts the transactions: none drops more than dropRows.
func TestAPurgeLetsOthersWriteInBetween(t *testing.T) {
	db, at := openSite(t), storetest.Start
	const many = ` FROM (WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1201) SELECT i FROM n) AS n`
	run(t, db, `INSERT INTO spent (id, spender, spent, wrong, expires_at) SELECT CAST(i AS BLOB), '', TRUE, 0, 1`+many,
		`INSERT INTO outbox (kind, site, comment, batch, at) SELECT 'received', 'desa', '', '', 1`+many,
		`UPDATE campaign_position SET outbox = 1201`)
	commits := 0
	db.writer.batches = func(int) { commits++ }
	got, err := db.Purge(t.Context(), at)
	if err != nil || got.Marks != 1201 || got.Outbox != 1200 { // the newest stays
		t.Errorf("purged %+v %v", got, err)
	}
	busy := commits
	if _, err := db.Purge(t.Context(), at); err != nil {
		t.Error(err)
	}
	idle := commits - busy
	if busy-idle != 2+3 { // marks look once as long as they find dropRows, facts never
		t.Errorf("%d transactions, %d where nothing is over", busy, idle)
	}
}

func TestNoHotQueryScans(t *testing.T) {
	db := openSite(t)
	waits := selecting(moderation.Filter{State: moderation.Pending}, 10, "")
	settled := selecting(moderation.Filter{State: moderation.IsSpam}, 10, "")
	for name, query := range map[string]string{
		"a lane": laneQuery, "a lane's count": countLane, "count of campaigns": countCampaigns, "what editors did": historyQuery,
		"same e-mail": sameEmailQuery, "same network": sameNetworkQuery, "a search": searchColumns + `''` + searchWaits,
		"a search of what is settled": searchColumns + `''` + searchSettled, "what moves with its page": movesQuery,
		"recall": recallQuery, "the rest of a branch": restOfRoot, "what follows it": afterRoot, "oldest first": oldestQuery, "entry": entryQuery, "replay": replayQuery,
		"a tie": tiedQuery, "campaigns": spotsQuery, "one campaign": campaignQuery, "its members": membersQuery, "old members": oldMembersQuery,
		"standing decisions": standingsQuery, "those of a batch": standingsOfQuery, "what is in force": keptQuery, "what is stopped": stoppedQuery, "what is stopped still": stillQuery,
		"what waits": `SELECT id ` + waits.where + waits.order, "what is settled": `SELECT id ` + settled.where + settled.order,
	} {
		args := make([]any, strings.Count(query, "$"))
		if query == afterRoot {
			args = make([]any, 4) // it has no $3
		}
		err := db.each(t.Context(), "EXPLAIN QUERY PLAN "+query, args, func(rows *sql.Rows) error {
			var id, parent, unused int
			var step string
			err := rows.Scan(&id, &parent, &unused, &step)
			for _, table := range []string{"comment", "thread", "campaign_site", "campaign_member", "batch_site", "standing", "standing_stop", "s", "d", "c", "t", "p", "m", "i"} {
				if step == "SCAN "+table || strings.HasPrefix(step, "SCAN "+table+" ") || step == "USE TEMP B-TREE FOR ORDER BY" {
					t.Errorf("%s: %s", name, step)
				}
			}
			return err
		})
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestClosingLetsWaitingWritesFinish(t *testing.T) {
	db, err := Open(t.Context(), Options{Path: filepath.Join(t.TempDir(), "balasan.db"), Keys: testKeys})
	if err != nil {
		t.Fatal(err)
	}
	entered, block, waiting := make(chan struct{}), make(chan struct{}), make(chan error)
	go write(t.Context(), db, func(*writer) (nothing, error) { close(entered); <-block; return nothing{}, nil })
	<-entered
	go func() { waiting <- db.AddSite(t.Context(), moderation.Site{ID: "desa"}) }()
	for len(db.writer.jobs) == 0 {
		runtime.Gosched()
	}
	closed := make(chan error)
	go func() { closed <- db.Close() }()
	<-db.writer.quit
	close(block)
	if err := <-waiting; err != nil {
		t.Errorf("the waiting one hears %v", err)
	}
	if err := <-closed; err != nil {
		t.Error(err)
	}
	wantUnavailable(t, db.AddSite(t.Context(), moderation.Site{ID: "kota"}))
}
