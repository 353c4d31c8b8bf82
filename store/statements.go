package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
)

// mostLater are the statements that are sent without somebody waiting for them.
const mostLater = 100

// statement is SQL on its way, in the words of the engine.
type statement struct {
	query string
	args  []any
}

// exec runs a statement of which only the success matters. On PostgreSQL it travels with the next one that
// somebody waits for, at the latest with the end of the job, and so does its error: who wants to know what
// failed uses tried.
func (w *writer) exec(query string, args ...any) error {
	if w.engine.prepares() {
		return w.tried(query, args...)
	}
	w.later = append(w.later, statement{w.engine.dialect(query), args})
	if len(w.later) < mostLater {
		return nil
	}
	return w.settle()
}

// tried runs a statement at once, for who looks at its error.
func (w *writer) tried(query string, args ...any) error {
	_, err := w.changed(query, args...)
	return err
}

// settle sends what waits.
func (w *writer) settle() error {
	if len(w.later) == 0 {
		return nil
	}
	_, err := w.send()
	return err
}

// send lets nothing end a transaction in the same breath in which it begins: until the end is sent none of it can
// stand, so that the beginning may be sent again by a new connection when the one that was kept turns out to be gone.
func (w *writer) send() (rows int64, err error) {
	all := w.later
	w.later, w.mark = w.later[:0], 0
	defer clear(all)
	if all[0].query != w.begin[0] {
		return together(w.ctx, w.conn, all)
	}
	begun, end := all, len(all)-1
	if all[end].query == `COMMIT` {
		begun = all[:end]
	}
	rows, err = together(w.ctx, w.conn, begun)
	if errors.Is(err, driver.ErrBadConn) && w.ctx.Err() == nil && w.reconnect() == nil {
		rows, err = together(w.ctx, w.conn, begun)
	}
	if err != nil || len(begun) == len(all) {
		return rows, err
	}
	return together(w.ctx, w.conn, all[end:])
}

// changed tells how many rows the statement touched.
func (w *writer) changed(query string, args ...any) (int64, error) {
	if !w.engine.prepares() {
		w.later = append(w.later, statement{w.engine.dialect(query), args})
		return w.send()
	}
	stmt, err := w.stmt(query)
	if err != nil {
		return 0, err
	}
	result, err := stmt.Exec(args...)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

// stmt returns the statement, prepared once.
func (w *writer) stmt(query string) (*sql.Stmt, error) {
	if stmt, ok := w.stmts[query]; ok {
		return stmt, nil
	}
	stmt, err := w.conn.PrepareContext(context.Background(), w.engine.dialect(query))
	if err == nil {
		w.stmts[query] = stmt
	}
	return stmt, err
}

func (w *writer) row(query string, args []any, into ...any) error {
	if !w.engine.prepares() {
		if err := w.settle(); err != nil {
			return err
		}
		return w.conn.QueryRowContext(w.ctx, w.engine.dialect(query), args...).Scan(into...)
	}
	stmt, err := w.stmt(query)
	if err != nil {
		return err
	}
	return stmt.QueryRow(args...).Scan(into...)
}

func (w *writer) each(query string, args []any, scan func(*sql.Rows) error) error {
	rows, err := w.query(query, args)
	if err != nil {
		return err
	}
	return eachRow(rows, scan)
}

func (w *writer) query(query string, args []any) (*sql.Rows, error) {
	if !w.engine.prepares() {
		if err := w.settle(); err != nil {
			return nil, err
		}
		return w.conn.QueryContext(w.ctx, w.engine.dialect(query), args...)
	}
	stmt, err := w.stmt(query)
	if err != nil {
		return nil, err
	}
	return stmt.Query(args...)
}
