package store

import (
	"context"
	"database/sql/driver"
	"errors"
	"io"
	"strings"
	"time"
	"unicode/utf8"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"balasan/moderation"
)

// retryAfter is what a caller is told when the database cannot be written or read now.
const retryAfter = 2 * time.Second

// unavailable makes a Problem of what another try may cure: a full disk, a lock held elsewhere,
// a disk that fails, a deadline that has passed. Other errors come back as they are.
func unavailable(err error) error {
	if err == nil {
		return nil
	}
	if p, ok := errors.AsType[*moderation.Problem](err); ok {
		return p
	}
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) || isPassing(err) {
		return &moderation.Problem{Code: moderation.Unavailable, After: retryAfter, Err: err}
	}
	return err
}

func isPassing(err error) bool {
	if errors.Is(err, driver.ErrBadConn) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return true
	}
	fault, ok := errors.AsType[*sqlite.Error](err)
	if !ok {
		return isPassingPostgres(err)
	}
	switch fault.Code() & 0xff {
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR,
		sqlite3.SQLITE_READONLY, sqlite3.SQLITE_INTERRUPT, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_NOMEM:
		return true
	}
	return false
}

// isDouble tells whether err is the violation of a unique column.
func isDouble(err error) bool {
	fault, ok := errors.AsType[*sqlite.Error](err)
	return isDoublePostgres(err) || ok && (fault.Code() == sqlite3.SQLITE_CONSTRAINT_UNIQUE || fault.Code() == sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY)
}

// clean refuses what PostgreSQL would refuse and SQLite would keep: NUL and invalid UTF-8.
func clean(texts ...string) error {
	for _, s := range texts {
		if strings.IndexByte(s, 0) >= 0 || !utf8.ValidString(s) {
			return moderation.Refuse(moderation.Malformed, errors.New("text with NUL or invalid UTF-8"))
		}
	}
	return nil
}

func invalid(field string, fault moderation.Fault) error {
	return &moderation.Problem{Code: moderation.Invalid, Fields: []moderation.FieldFault{{Field: field, Fault: fault}}}
}
