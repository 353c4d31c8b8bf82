package store

import (
	"cmp"
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"strings"
	"syscall"
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
	url         string
	crowd       int // writers that run side by side
	connections int // of both pools together
	settings    map[string]string
}

const (
	crowdSize     = 16 // writers that run side by side unless told otherwise
	besideCrowd   = 3  // connections of the writers' pool for who must be alone and for migrations
	connectionsOf = 48 // one program unless told otherwise
	// connectionPatience is how long a reader waits for a free connection.
	connectionPatience = time.Second
	// writeLock is the advisory lock of all replicas: shared by what may run side by side, held
	// alone by what may not. migrateLock is held while the schema changes.
	writeLock   = 0x62616c6173616e
	migrateLock = writeLock + 1
)

// newPostgres never makes more writers side by side than the writers' half of the connections carries.
func newPostgres(o Options) postgres {
	p := postgres{url: o.URL, connections: cmp.Or(o.Connections, connectionsOf)}
	p.crowd = cmp.Or(o.Crowd, max(1, min(crowdSize, p.connections/2-besideCrowd)))
	p.settings = map[string]string{ // what every session begins with unless the URL says otherwise
		"application_name":                    "balasan",
		"statement_timeout":                   milliseconds(cmp.Or(o.StatementTimeout, 1500*time.Millisecond)),
		"lock_timeout":                        milliseconds(cmp.Or(o.LockTimeout, 500*time.Millisecond)),
		"idle_in_transaction_session_timeout": "5s",
	}
	return p
}

func milliseconds(d time.Duration) string { return fmt.Sprintf("%dms", d.Milliseconds()) }

func (p postgres) open() (writers, readers *sql.DB, err error) {
	config, err := p.config(p.url)
	if err != nil {
		return nil, nil, err
	}
	return p.pool(config, p.connections-p.reading()), p.pool(config, p.reading()), nil
}

// reading is how many of the connections read.
func (p postgres) reading() int { return p.connections / 2 }

// still keeps every other process from writing to the database until what it returns ends.
func (p postgres) still(ctx context.Context, writers *sql.DB) (*sql.Tx, error) {
	tx, err := writers.BeginTx(ctx, nil)
	if err != nil {
		return nil, unavailable(err)
	}
	for _, statement := range []string{`SET LOCAL idle_in_transaction_session_timeout = 0`, `SET LOCAL lock_timeout = '5s'`,
		`SET LOCAL statement_timeout = '6s'`, fmt.Sprintf(`SELECT pg_advisory_xact_lock(%d)`, writeLock)} {
		if _, err := tx.ExecContext(ctx, statement); err != nil {
			return nil, errors.Join(fmt.Errorf("something else writes to the target: %w", err), tx.Rollback())
		}
	}
	return tx, nil
}

// ReadURL tells what is wrong with the address of a PostgreSQL, without its password. An empty one is right.
func ReadURL(url string) error {
	if url == "" {
		return nil
	}
	_, err := pgx.ParseConfig(url)
	return err
}

func (p postgres) config(url string) (*pgx.ConnConfig, error) {
	config, err := pgx.ParseConfig(url)
	if err != nil {
		return nil, err
	}
	for key, value := range p.settings {
		if _, set := config.RuntimeParams[key]; !set {
			config.RuntimeParams[key] = value
		}
	}
	if config.ConnectTimeout == 0 {
		config.ConnectTimeout = 2 * time.Second
	}
	return config, nil
}

func (postgres) pool(config *pgx.ConnConfig, most int) *sql.DB {
	pool := stdlib.OpenDB(*config)
	pool.SetMaxOpenConns(most)
	pool.SetMaxIdleConns(most)
	pool.SetConnMaxLifetime(time.Hour)
	return pool
}

func (p postgres) writers() (alone, side turns) {
	begin := func(how string) []string {
		return []string{`BEGIN`, fmt.Sprintf(`SELECT pg_advisory_xact_lock%s(%d)`, how, writeLock)}
	}
	return turns{count: 1, begin: begin(""), most: maxBatch}, turns{count: p.crowd, begin: begin("_shared"), most: 1}
}

// together runs statements in one way there and back, up to the first that fails, and tells how many rows the last
// one touched. An argument that has no place in its column fails all of them, before one is sent. A COMMIT of what has
// failed before is an error, which PostgreSQL itself answers with a mere ROLLBACK. The error is a [driver.ErrBadConn]
// too when the connection is gone.
func together(ctx context.Context, conn *sql.Conn, all []statement) (rows int64, err error) {
	var batch pgx.Batch
	for _, s := range all {
		batch.Queue(s.query, s.args...)
	}
	lost := conn.Raw(func(raw any) error {
		session := raw.(*stdlib.Conn).Conn()
		results := session.SendBatch(ctx, &batch)
		var tag pgconn.CommandTag
		for i := 0; i < len(all) && err == nil; i++ {
			tag, err = results.Exec()
		}
		if fault := results.Close(); err == nil {
			err = fault
		}
		if rows = tag.RowsAffected(); err == nil && all[len(all)-1].query == `COMMIT` && tag.String() != `COMMIT` {
			err = errors.New("a transaction that had failed cannot be committed")
		}
		if session.IsClosed() {
			return driver.ErrBadConn
		}
		return nil
	})
	if err != nil && lost != nil {
		return rows, fmt.Errorf("%w: %w", lost, err)
	}
	return rows, cmp.Or(err, lost)
}

func (postgres) migrations() (goose.Dialect, fs.FS) {
	return goose.DialectPostgres, migrations.Postgres
}

// once holds a lock meanwhile. Who does not get it asks again instead of waiting in the database: behind
// a pooler those who wait would take the connections that the work needs.
func (p postgres) once(ctx context.Context, pool *sql.DB, work func(context.Context) error) error {
	for {
		done, err := p.tryOnce(ctx, pool, work)
		if done || err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return unavailable(ctx.Err())
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// tryOnce works unless another holds the lock. A migration may take longer than a request should.
func (postgres) tryOnce(ctx context.Context, pool *sql.DB, work func(context.Context) error) (done bool, err error) {
	tx, err := pool.BeginTx(ctx, nil)
	if err != nil {
		return false, unavailable(err)
	}
	defer tx.Rollback() // ends the lock
	if err := tx.QueryRowContext(ctx, fmt.Sprintf(`SELECT pg_try_advisory_xact_lock(%d)`, migrateLock)).Scan(&done); err != nil || !done {
		return false, unavailable(err)
	}
	if _, err := tx.ExecContext(ctx, `SET LOCAL idle_in_transaction_session_timeout = 0`); err != nil {
		return false, unavailable(err)
	}
	return true, work(ctx)
}

// transaction gives up on a server that answers nothing at all; the settings bound the rest.
func (postgres) transaction() (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.Background(), 5*time.Second)
}

func (postgres) prepares() bool { return false }
func (postgres) name() string   { return "PostgreSQL" }

func (postgres) checks() []invariant { return nil }

func (postgres) demands() []demand {
	return []demand{
		{"fsync", `SHOW fsync`, []string{"on"}},
		{"synchronous_commit", `SHOW synchronous_commit`, []string{"on", "local", "remote_write", "remote_apply"}},
	}
}

// scrub leaves it to the server's own vacuum.
func (postgres) scrub(context.Context, *sql.DB) error { return nil }

func (postgres) afterwards() string { return "" }

// dialect knows the one type that queries must name.
func (postgres) dialect(query string) string {
	return strings.ReplaceAll(query, " AS BLOB)", " AS BYTEA)")
}

// broken tells whether the connection is gone, rather than refused something.
func (postgres) broken(err error) bool {
	_, refused := errors.AsType[*pgconn.PgError](err)
	return !refused || errors.Is(err, driver.ErrBadConn)
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
	_, network := errors.AsType[net.Error](err)
	return unconnected || network || pgconn.SafeToRetry(err) || pgconn.Timeout(err)
}

// lostPostgres tells that a session which stood was ended by its server, or its connection by the other side.
func lostPostgres(err error) bool {
	if fault, ok := errors.AsType[*pgconn.PgError](err); ok {
		return fault.Code == "57P01" || fault.Code == "57P02"
	}
	if _, never := errors.AsType[*pgconn.ConnectError](err); never {
		return false
	}
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE)
}

func isDoublePostgres(err error) bool {
	fault, ok := errors.AsType[*pgconn.PgError](err)
	return ok && fault.Code == "23505"
}
