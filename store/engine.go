package store

import (
	"context"
	"database/sql"
	"io/fs"

	"github.com/pressly/goose/v3"
)

// engine is what SQLite and PostgreSQL differ in. Every query stands once, in SQL that both
// understand.
type engine interface {
	// open makes the pools for writing and for reading.
	open() (writers, readers *sql.DB, err error)
	// writers says how to begin what must be alone and what may run side by side.
	writers() (alone, side turns)
	// migrations are the steps of the schema.
	migrations() (goose.Dialect, fs.FS)
	// transaction bounds how long one may take.
	transaction() (context.Context, context.CancelFunc)
	// once runs work that only one of several programs that start together may do at a time.
	once(ctx context.Context, pool *sql.DB, work func(context.Context) error) error
	// prepares tells whether statements are prepared here and run at once; the other driver prepares by itself,
	// and sends what can wait together.
	prepares() bool
	// dialect puts a query into the words of this engine.
	dialect(query string) string
	// afterwards is what a writer runs after each commit; may be empty.
	afterwards() string
	// scrub takes away what the engine still holds of rows that were erased or replaced.
	scrub(ctx context.Context, readers *sql.DB) error
	// checks are what Verify looks for besides; PostgreSQL keeps references and files itself.
	checks() []invariant
	// demands are the settings that Unsafe wants.
	demands() []demand
	// broken tells an error after which a connection is of no use.
	broken(error) bool
	// name is what operators read.
	name() string
}

// skipLocked, behind a query, passes over rows that another transaction has in hand, and locks the
// others until this one ends.
const skipLocked = ` FOR UPDATE SKIP LOCKED`

// turns are writers of one kind.
type turns struct {
	count int
	begin []string
	most  int // jobs of one transaction
}
