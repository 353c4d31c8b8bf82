package store

import (
	"context"
	"database/sql"
	"fmt"
	"hash/fnv"
	"math"
	"strings"
)

// sum is a table's rows added up, in whatever order they come.
type sum struct {
	rows int64
	hash uint64
}

// differs says where the two are not the same.
type differs string

func (d differs) Error() string { return string(d) }

// compare reads all tables on both sides.
func (c copying) compare(ctx context.Context, tables []table) error {
	for _, t := range tables {
		if err := c.same(ctx, t); err != nil {
			return err
		}
	}
	return nil
}

// same reads a table on both sides.
func (c copying) same(ctx context.Context, t table) error {
	query := `SELECT "` + strings.Join(t.names(), `", "`) + `" FROM "` + t.name + `"`
	here, err := summed(ctx, c.from, t, query)
	if err != nil {
		return err
	}
	tx, err := c.to.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return unavailable(err)
	}
	defer tx.Rollback() // it only read
	if _, err := tx.ExecContext(ctx, `SET LOCAL statement_timeout = 0`); err != nil {
		return err
	}
	there, err := summed(ctx, tx, t, query)
	switch {
	case err != nil:
		return err
	case here.rows != there.rows:
		return differs(fmt.Sprintf("table %s has %d rows here and %d in the target", t.name, here.rows, there.rows))
	case here.hash != there.hash:
		return differs(fmt.Sprintf("table %s holds other values in the target", t.name))
	}
	return nil
}

func summed(ctx context.Context, tx *sql.Tx, t table, query string) (s sum, err error) {
	rows, err := tx.QueryContext(ctx, query)
	if err != nil {
		return s, err
	}
	return s, eachRow(rows, func(rows *sql.Rows) error {
		row, err := t.scan(rows)
		s.rows++
		s.hash += hashed(row)
		return err
	})
}

// hashed is FNV-1a of a row's values, each with its kind and length.
func hashed(row []any) uint64 {
	h := fnv.New64a()
	for _, v := range row {
		switch value := v.(type) {
		case []byte:
			fmt.Fprintf(h, "%d:", len(value))
			h.Write(value)
		case string:
			fmt.Fprintf(h, "%d:%s", len(value), value)
		case float64:
			fmt.Fprintf(h, "f%d", math.Float64bits(value))
		default:
			fmt.Fprintf(h, "%T%v", v, v)
		}
	}
	return h.Sum64()
}
