package store

import (
	"database/sql"
	"encoding/hex"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pressly/goose/v3"

	"balasan/moderation"
	"balasan/store/migrations"
	"balasan/store/storetest"
)

// olderCopy makes a file of an older schema with what db holds of its tables.
func olderCopy(t *testing.T, db *DB, schema int64) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "old.db")
	old, err := sql.Open("sqlite", dsn(path, false))
	if err != nil {
		t.Fatal(err)
	}
	defer old.Close()
	old.SetMaxOpenConns(1)
	steps, err := goose.NewProvider(goose.DialectSQLite3, old, migrations.Files, goose.WithDisableGlobalRegistry(true))
	if err == nil {
		_, err = steps.UpTo(t.Context(), schema)
	}
	if err == nil {
		_, err = old.ExecContext(t.Context(), `PRAGMA foreign_keys = OFF; ATTACH '`+string(db.engine.(sqliteFile))+`' AS now`)
	}
	if err != nil {
		t.Fatal(err)
	}
	rows, err := old.QueryContext(t.Context(), `SELECT m.name, group_concat(c.name, ', ') FROM main.sqlite_schema m, pragma_table_info(m.name, 'main') c
		WHERE m.type = 'table' AND m.name NOT LIKE 'goose%' AND m.name NOT LIKE 'sqlite%' GROUP BY m.name`)
	if err != nil {
		t.Fatal(err)
	}
	var copies []string
	err = eachRow(rows, func(r *sql.Rows) error {
		var table, columns string
		err := r.Scan(&table, &columns)
		copies = append(copies, fmt.Sprintf(`DELETE FROM main.%s; INSERT INTO main.%s (%s) SELECT %s FROM now.%s`, table, table, columns, columns, table))
		return err
	})
	for _, one := range copies {
		if err == nil {
			_, err = old.ExecContext(t.Context(), one)
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func TestWhatWasThereBeforeTheDeskIsInItsLaneAfterwards(t *testing.T) {
	db, ctx := openSite(t), t.Context()
	keepBodies(t, db, 0, "t:1", "t:1", "t:1", "t:2", "t:3")
	good := storetest.Comment(7)
	good.Verdict.Outcome = moderation.Approve
	keep(t, db, good)
	gatherAll(t, db)
	rule := func(batch string, to moderation.State, n int) {
		t.Helper()
		if _, err := db.Rule(ctx, moderation.Ruling{IDs: []string{storetest.NewID(n)}, To: to}, owner, batch, nil, storetest.Start); err != nil {
			t.Fatal(err)
		}
	}
	rule("b1", moderation.IsSpam, 0)
	rule("b2", moderation.Approved, 3)
	if _, err := db.Undo(ctx, "b2", owner, "b3", nil, storetest.Start); err != nil {
		t.Fatal(err)
	}
	told := func(db *DB) string {
		t.Helper()
		var words []string
		for _, lane := range moderation.Lanes {
			page, err := db.Groups(ctx, moderation.LaneFilter{Lane: lane, Limit: 9})
			if err != nil {
				t.Fatal(err)
			}
			for _, g := range page.Groups {
				words = append(words, fmt.Sprint(lane, g.ID, len(g.Members)))
			}
		}
		past, err := db.History(ctx, nil, "", 9)
		if err != nil {
			t.Fatal(err)
		}
		for _, b := range past.Batches {
			words = append(words, fmt.Sprint(b.ID, b.By, b.Count, b.Sample.ID))
		}
		return strings.Join(words, "\n")
	}
	want := told(db)
	migrated, err := Open(ctx, Options{Path: olderCopy(t, db, 3), Keys: testKeys})
	if err != nil {
		t.Fatal(err)
	}
	defer migrated.Close()
	if got := told(migrated); got != want || strings.Count(got, "\n") != 6 {
		t.Errorf("afterwards:\n%s\nwant:\n%s", got, want)
	}
	if faults, err := migrated.Verify(ctx, nil); err != nil || len(faults) > 0 {
		t.Errorf("%q %v", faults, err)
	}
}

// TestWhoSpentAChallengeIsTextAfterwards opens a file of the release that kept who spent a challenge in bytes.
func TestWhoSpentAChallengeIsTextAfterwards(t *testing.T) {
	db, ctx := openSite(t), t.Context()
	c := storetest.Comment(1)
	c.Key = "kunci"
	raw, err := hex.DecodeString(c.Spender())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Spend(ctx, [12]byte{1}, string(raw), true, storetest.Start); err != nil {
		t.Fatal(err)
	}
	now, err := Open(ctx, Options{Path: olderCopy(t, db, 102), Keys: testKeys})
	if err != nil {
		t.Fatal(err)
	}
	defer now.Close()
	for spender, want := range map[string]moderation.Code{c.Spender(): "", "another": moderation.CaptchaReused} {
		if code, err := now.Spend(ctx, [12]byte{1}, spender, true, storetest.Start); err != nil || code != want {
			t.Errorf("%s hears %q %v", spender, code, err)
		}
	}
	if err := now.CopyTo(ctx, openPostgres(t), nil); err != nil {
		t.Error(err)
	}
}
