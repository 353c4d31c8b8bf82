package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

// copyRows are how many rows one transaction takes over.
const copyRows = 1000

// Copied is how far the copying of a table is.
type Copied struct {
	Table       string
	Done, Total int64
}

// CopyTo takes everything over from SQLite into PostgreSQL, which must be empty or hold what an
// earlier CopyTo of the same database left when it was interrupted: then it goes on from there.
// At the end both are read and compared row by row; of a target that is whole already that is all. Nobody
// else can write to either meanwhile. Progress may be nil.
//
// Errors: [ErrCopied], [ErrNotEmpty], and what stopped it; every other one but a difference may be tried again.
func (db *DB) CopyTo(ctx context.Context, to *DB, progress func(Copied)) error {
	if progress == nil {
		progress = func(Copied) {}
	}
	source, held, err := db.engine.(sqliteFile).still(ctx)
	if err != nil {
		return err
	}
	defer source.Close()
	defer held.Rollback() // it only read
	alone, err := to.engine.(postgres).still(ctx, to.writers)
	if err != nil {
		return err
	}
	defer alone.Rollback() // it only locks
	c := copying{from: held, to: to.writers, progress: progress}
	if err := c.begin(ctx); err != nil {
		if errors.Is(err, ErrNotEmpty) {
			if _, strange := to.Sites(ctx); strange == nil { // the keys in hand open them
				err = c.again(ctx)
			}
		}
		return err
	}
	return goesOn(ctx, c.run(ctx))
}

const copyAgain = "run balasan db copy again, it goes on where it stopped"

// goesOn tells what to do about a copy that was stopped.
func goesOn(ctx context.Context, err error) error {
	_, other := errors.AsType[differs](err)
	switch {
	case err == nil:
		return nil
	case other:
		return fmt.Errorf("%w: drop the target and copy again", err)
	case ctx.Err() != nil:
		return fmt.Errorf("stopped: %s (%w)", copyAgain, ctx.Err())
	}
	return fmt.Errorf("%w; %s", err, copyAgain)
}

// run takes over every table, then compares them all.
func (c copying) run(ctx context.Context) error {
	tables, err := c.tables(ctx)
	if err != nil {
		return err
	}
	for _, t := range tables {
		if err := c.copy(ctx, t); err != nil {
			return fmt.Errorf("copy table %s: %w", t.name, err)
		}
	}
	if err := c.compare(ctx, tables); err != nil {
		return err
	}
	return c.end(ctx, tables)
}

// again looks whether a copy that is whole is still the same.
func (c copying) again(ctx context.Context) error {
	tables, err := c.tables(ctx)
	if err == nil {
		err = c.compare(ctx, tables)
	}
	if d, other := errors.AsType[differs](err); other {
		err = fmt.Errorf("%w (%s)", ErrCopied, d)
	}
	return err
}

// copying is one run of CopyTo.
type copying struct {
	from     *sql.Tx
	to       *sql.DB
	progress func(Copied)
}

// table is one table as both databases have it.
type table struct {
	name    string
	columns []column
}

type column struct {
	name, kind string // kind is PostgreSQL's
	identity   bool
}

// ErrNotEmpty says that the target of a copy holds something else.
var ErrNotEmpty = errors.New("the target holds data that no copy left there: name an empty database")

// ErrCopied says that the target opens with the same keys and is not the same: it has gone on since it was copied, or the
// source has, or it was served before it was ever copied to.
var ErrCopied = errors.New("the target is in use with these keys and differs: a copy from before, if one of the two has gone on since, or a server that was started on it too early; serve the one that is right, or name an empty database")

// ErrHalfCopied says that CopyTo has begun here and not ended.
var ErrHalfCopied = errors.New("the database holds a part of an installation: " + copyAgain + " unless the source has changed meanwhile")

// whole refuses what CopyTo has not finished.
func (db *DB) whole(ctx context.Context) error {
	var halfway bool
	err := db.readers.QueryRowContext(ctx, `SELECT to_regclass('copied') IS NOT NULL`).Scan(&halfway)
	if err == nil && halfway {
		err = ErrHalfCopied
	}
	return unavailable(err)
}

// begin refuses a target that is in use, and marks an empty one.
func (c copying) begin(ctx context.Context) error {
	var marked, used bool
	err := c.to.QueryRowContext(ctx, `SELECT to_regclass('copied') IS NOT NULL, EXISTS (SELECT 1 FROM site)`).Scan(&marked, &used)
	switch {
	case err != nil:
		return unavailable(err)
	case used && !marked:
		return ErrNotEmpty
	}
	_, err = c.to.ExecContext(ctx, `CREATE TABLE IF NOT EXISTS copied (name TEXT PRIMARY KEY, upto BIGINT NOT NULL)`)
	return err
}

// end lets new rows be numbered behind the copied ones and removes the marks.
func (c copying) end(ctx context.Context, tables []table) error {
	for _, t := range tables {
		for _, col := range t.columns {
			if !col.identity {
				continue
			}
			_, err := c.to.ExecContext(ctx, fmt.Sprintf(`SELECT setval(pg_get_serial_sequence('%s', '%s'), coalesce(max(%s), 0) + 1, FALSE) FROM %s`,
				t.name, col.name, col.name, t.name))
			if err != nil {
				return err
			}
		}
	}
	_, err := c.to.ExecContext(ctx, `DROP TABLE copied`)
	return err
}

// tables lists all tables, those that others point to first.
func (c copying) tables(ctx context.Context) ([]table, error) {
	names, err := texts(ctx, c.from, `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name <> 'goose_db_version' ORDER BY name`)
	if err != nil {
		return nil, err
	}
	var all []table
	done := map[string]bool{}
	var add func(name string) error
	add = func(name string) error {
		if done[name] {
			return nil
		}
		done[name] = true
		before, err := texts(ctx, c.from, `SELECT "table" FROM pragma_foreign_key_list('`+name+`')`)
		for _, other := range before {
			if err == nil {
				err = add(other)
			}
		}
		if err != nil {
			return err
		}
		t, err := c.table(ctx, name)
		all = append(all, t)
		return err
	}
	for _, name := range names {
		if err := add(name); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// table reads the columns that both have; what is computed from others is not copied.
func (c copying) table(ctx context.Context, name string) (table, error) {
	t := table{name: name}
	here, err := texts(ctx, c.from, `SELECT name FROM pragma_table_xinfo('`+name+`') WHERE hidden = 0`)
	if err != nil {
		return t, err
	}
	rows, err := c.to.QueryContext(ctx, `SELECT column_name, data_type, is_identity = 'YES' FROM information_schema.columns
		WHERE table_schema = current_schema() AND table_name = $1 ORDER BY ordinal_position`, name)
	if err != nil {
		return t, unavailable(err)
	}
	err = eachRow(rows, func(rows *sql.Rows) error {
		var col column
		err := rows.Scan(&col.name, &col.kind, &col.identity)
		if slices.Contains(here, col.name) {
			t.columns = append(t.columns, col)
		}
		return err
	})
	if err == nil && len(t.columns) != len(here) {
		err = fmt.Errorf("%s has other columns in the target", name)
	}
	return t, err
}

func (t table) names() []string {
	names := make([]string, len(t.columns))
	for i, col := range t.columns {
		names[i] = col.name
	}
	return names
}

// copy takes a table over from where an earlier run ended.
func (c copying) copy(ctx context.Context, t table) error {
	at := Copied{Table: t.name}
	if err := c.from.QueryRowContext(ctx, `SELECT count(*) FROM "`+t.name+`"`).Scan(&at.Total); err != nil {
		return err
	}
	var upto int64
	err := c.to.QueryRowContext(ctx, `SELECT upto FROM copied WHERE name = $1`, t.name).Scan(&upto)
	if errors.Is(err, sql.ErrNoRows) { // what the migrations put into it comes with the copy
		upto, err = 0, nil
		_, err = c.to.ExecContext(ctx, `DELETE FROM `+t.name)
	}
	if err != nil {
		return err
	}
	if err := c.from.QueryRowContext(ctx, `SELECT count(*) FROM "`+t.name+`" WHERE rowid <= $1`, upto).Scan(&at.Done); err != nil {
		return err
	}
	for c.progress(at); ; c.progress(at) {
		some, last, err := c.next(ctx, t, upto)
		if err != nil || len(some) == 0 {
			return err
		}
		if err := c.insert(ctx, t, some, last); err != nil {
			return err
		}
		upto = last
		at.Done += int64(len(some))
	}
}

// next reads the rows after one.
func (c copying) next(ctx context.Context, t table, after int64) (some [][]any, last int64, err error) {
	rows, err := c.from.QueryContext(ctx, `SELECT rowid, "`+strings.Join(t.names(), `", "`)+`" FROM "`+t.name+`" WHERE rowid > $1 ORDER BY rowid LIMIT $2`, after, copyRows)
	if err != nil {
		return nil, 0, err
	}
	err = eachRow(rows, func(rows *sql.Rows) error {
		row, err := t.scan(rows, &last)
		some = append(some, row)
		return err
	})
	return some, last, err
}

// scan reads a row as PostgreSQL's kinds want it; into are further columns in front.
func (t table) scan(rows *sql.Rows, into ...any) ([]any, error) {
	row := make([]any, len(t.columns))
	for i := range row {
		into = append(into, &row[i])
	}
	if err := rows.Scan(into...); err != nil {
		return nil, err
	}
	for i, col := range t.columns {
		row[i] = col.as(row[i])
	}
	return row, nil
}

// as is a value of SQLite in PostgreSQL's kind.
func (col column) as(v any) any {
	switch value := v.(type) {
	case int64:
		switch col.kind {
		case "boolean":
			return value != 0
		case "double precision":
			return float64(value)
		}
	case []byte:
		if col.kind == "text" {
			return string(value)
		}
	case string:
		if col.kind == "bytea" {
			return []byte(value)
		}
	}
	return v
}

// insert keeps some rows together with the mark of how far it is.
func (c copying) insert(ctx context.Context, t table, some [][]any, last int64) error {
	conn, err := c.to.Conn(ctx)
	if err != nil {
		return unavailable(err)
	}
	defer conn.Close()
	return conn.Raw(func(driver any) error {
		direct := driver.(*stdlib.Conn).Conn()
		tx, err := direct.Begin(ctx)
		if err != nil {
			return err
		}
		defer tx.Rollback(ctx) // nothing is left of it after the commit
		if _, err := tx.CopyFrom(ctx, pgx.Identifier{t.name}, t.names(), pgx.CopyFromRows(some)); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `INSERT INTO copied (name, upto) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET upto = excluded.upto`, t.name, last)
		if err != nil {
			return err
		}
		return tx.Commit(ctx)
	})
}

func texts(ctx context.Context, tx *sql.Tx, query string) (all []string, err error) {
	rows, err := tx.QueryContext(ctx, query)
	if err != nil {
		return nil, err
	}
	return all, eachRow(rows, func(rows *sql.Rows) error { return scanInto(rows, &all) })
}
