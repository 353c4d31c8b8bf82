package main

import (
	"context"
	"database/sql"

	"github.com/rogpeppe/go-internal/testscript"
)

type held struct{} // the key of a script's *lock

// lock is another program that writes to a database and does not end.
type lock struct{ conn *sql.Conn }

// cmdLock is "lock FILE": holds the write lock of a database until unlock.
func cmdLock(ts *testscript.TestScript, _ bool, args []string) {
	db, err := sql.Open("sqlite", ts.MkAbs(args[0]))
	ts.Check(err)
	ts.Defer(func() { db.Close() })
	conn, err := db.Conn(context.Background())
	ts.Check(err)
	_, err = conn.ExecContext(context.Background(), "PRAGMA busy_timeout=5000; BEGIN IMMEDIATE")
	ts.Check(err)
	ts.Defer(func() { conn.Close() })
	ts.Value(held{}).(*lock).conn = conn
}

// cmdUnlock is "unlock": lets go of it.
func cmdUnlock(ts *testscript.TestScript, _ bool, _ []string) {
	_, err := ts.Value(held{}).(*lock).conn.ExecContext(context.Background(), "ROLLBACK")
	ts.Check(err)
}
