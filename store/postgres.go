package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"

	"balasan/store/migrations"
)

// postgres is PostgreSQL's engine. Nothing that it does outlives a transaction, so that a pooler
// in transaction mode may stand in between; such a pooler wants default_query_exec_mode=exec in the
// URL, since it does not keep prepared statements.
type postgres struct {
	url   string
	crowd int // writers that run side by side
}

const (
	crowdSize    = 16 // writers that run side by side unless told otherwise
	postgresMost = 24 // connections of each pool
	// writeLock is the advisory lock of all replicas: shared by what may run side by side, held
	// alone by what may not. migrateLock is held while the schema changes.
	writeLock   = 0x62616c6173616e
	migrateLock = writeLock + 1
)

// settings are what every session begins with unless the URL says otherwise.
var settings = map[string]string{
	"application_name":                    "balasan",
	"statement_timeout":                   "1500ms",
	"lock_timeout":                        "500ms",
	"idle_in_transaction_session_timeout": "5s",
}

func (p postgres) open() (writers, readers *sql.DB, err error) {
	config, err := pgx.ParseConfig(p.url)
	if err != nil {
		return nil, nil, err
	}
	for key, value := range settings {
		if _, set := config.RuntimeParams[key]; !set {
			config.RuntimeParams[key] = value
		}
	}
	if config.ConnectTimeout == 0 {
		config.ConnectTimeout = 2 * time.Second
	}
	writers, readers = stdlib.OpenDB(*config), stdlib.OpenDB(*config)
	for _, pool := range []*sql.DB{writers, readers} {
		pool.SetMaxOpenConns(postgresMost)
		pool.SetMaxIdleConns(postgresMost)
		pool.SetConnMaxLifetime(time.Hour)
	}
	return writers, readers, nil
}

func (p postgres) writers() (alone, side turns) {
	lock := func(how string) string { return fmt.Sprintf(`SELECT pg_advisory_xact_lock%s(%d)`, how, writeLock) }
	return turns{count: 1, begin: []string{`BEGIN`, lock("")}, most: maxBatch},
		turns{count: p.crowd, begin: []string{`BEGIN`, lock("_shared")}, most: 1}
}

func (postgres) migrations() (goose.Dialect, fs.FS) {
	return goose.DialectPostgres, migrations.Postgres
}

// once holds a lock meanwhile. A migration may take longer than a request should.
func (postgres) once(ctx context.Context, pool *sql.DB, work func(context.Context) error) error {
	tx, err := pool.BeginTx(ctx, nil)
	if err != nil {
		return unavailable(err)
	}
	defer tx.Rollback() // ends the lock
	for _, statement := range []string{`SET LOCAL statement_timeout = 0`, `SET LOCAL lock_timeout = 0`,
		`SET LOCAL idle_in_transaction_session_timeout = 0`, fmt.Sprintf(`SELECT pg_advisory_xact_lock(%d)`, migrateLock)} {
		if _, err := tx.ExecContext(ctx, statement); err != nil {
			return unavailable(err)
		}
	}
	return work(ctx)
}

// transaction gives up on a server that answers nothing at all; the settings bound the rest.
func (postgres) transaction() (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.Background(), 5*time.Second)
}

func (postgres) prepares() bool { return false }
func (postgres) name() string   { return "PostgreSQL" }

func (postgres) checks() []invariant { return nil }

// dialect knows the one type that queries must name.
func (postgres) dialect(query string) string {
	return strings.ReplaceAll(query, " AS BLOB)", " AS BYTEA)")
}

// broken tells whether the connection is gone, rather than refused something.
func (postgres) broken(err error) bool {
	_, refused := errors.AsType[*pgconn.PgError](err)
	return !refused
}

// isPassingPostgres tells what another try may cure: no connection, a server that stops or starts,
// no room, too many at once, a lock or a statement that took too long.
func isPassingPostgres(err error) bool {
	if fault, ok := errors.AsType[*pgconn.PgError](err); ok {
		switch fault.Code[:2] {
		case "08", "53", "57", "58", "40":
			return true
		}
		return fault.Code == "55P03" || fault.Code == "25006"
	}
	_, unconnected := errors.AsType[*pgconn.ConnectError](err)
	return unconnected || pgconn.SafeToRetry(err) || pgconn.Timeout(err)
}

func isDoublePostgres(err error) bool {
	fault, ok := errors.AsType[*pgconn.PgError](err)
	return ok && fault.Code == "23505"
}
