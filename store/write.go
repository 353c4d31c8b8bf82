package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"balasan/moderation"
)

const (
	maxBatch = 256  // jobs that share one fsync
	maxQueue = 1024 // jobs that wait; one more is refused at once
)

// writer is the one goroutine that writes. It takes what waits, up to maxBatch jobs, into one
// transaction, so that a storm of writers pays for few fsyncs. Each job has its own savepoint:
// one that fails is taken back and its neighbours stand.
type writer struct {
	conn    *sql.Conn
	jobs    chan *job
	quit    chan struct{}
	stopped chan struct{}
	stmts   map[string]*sql.Stmt
	batches func(size int) // told the size of each committed batch; nil tells nobody
}

// job is one caller's work. It runs at most once.
type job struct {
	ctx  context.Context
	run  func(*writer) error
	err  error
	done chan error
}

func startWriter(conn *sql.Conn) *writer {
	w := &writer{conn: conn, jobs: make(chan *job, maxQueue), quit: make(chan struct{}),
		stopped: make(chan struct{}), stmts: make(map[string]*sql.Stmt)}
	go w.loop()
	return w
}

func (w *writer) close() error {
	close(w.quit)
	<-w.stopped
	var faults []error
	for _, stmt := range w.stmts {
		faults = append(faults, stmt.Close())
	}
	return errors.Join(append(faults, w.conn.Close())...)
}

// write runs fn on the writer and returns its answer once the transaction is on disk. A caller
// whose context ends first hears Unavailable, while its work may still be kept.
func write[T any](ctx context.Context, db *DB, fn func(*writer) (T, error)) (T, error) {
	var answer, none T
	j := &job{ctx: ctx, done: make(chan error, 1)}
	j.run = func(w *writer) (err error) {
		answer, err = fn(w)
		return err
	}
	if err := db.writer.do(j); err != nil {
		return none, unavailable(err)
	}
	return answer, nil
}

// Writable tells whether a write could begin and end now; it changes nothing and costs no fsync.
// Unavailable when not.
func (db *DB) Writable(ctx context.Context) error {
	_, err := write(ctx, db, func(*writer) (nothing, error) { return nothing{}, nil })
	return err
}

// do queues the job and waits for its end, or for its caller to leave.
func (w *writer) do(j *job) error {
	select {
	case <-w.quit:
		return errClosed()
	default:
	}
	select {
	case w.jobs <- j:
	default:
		return &moderation.Problem{Code: moderation.Overloaded, After: time.Second, Err: errors.New("too many writes wait")}
	}
	select {
	case err := <-j.done:
		return err
	case <-j.ctx.Done():
		return j.ctx.Err()
	case <-w.stopped:
	}
	select {
	case err := <-j.done: // it was the last of them
		return err
	default:
		return errClosed()
	}
}

func errClosed() error {
	return &moderation.Problem{Code: moderation.Unavailable, After: retryAfter, Err: errors.New("the store is closed")}
}

func (w *writer) loop() {
	defer close(w.stopped)
	batch := make([]*job, 0, maxBatch)
	for {
		select {
		case j := <-w.jobs:
			batch = w.fill(append(batch[:0], j))
		case <-w.quit:
			if batch = w.fill(batch[:0]); len(batch) == 0 {
				return
			}
		}
		w.commit(batch)
		clear(batch)
	}
}

// fill adds what already waits.
func (w *writer) fill(batch []*job) []*job {
	for len(batch) < maxBatch {
		select {
		case j := <-w.jobs:
			batch = append(batch, j)
		default:
			return batch
		}
	}
	return batch
}

// commit runs the jobs in one transaction and tells each of them what came of it.
func (w *writer) commit(batch []*job) {
	fault := w.exec(`BEGIN IMMEDIATE`)
	for _, j := range batch {
		if fault == nil {
			fault = w.try(j)
		}
	}
	if fault == nil {
		fault = w.exec(`COMMIT`)
	}
	if fault != nil {
		_ = w.exec(`ROLLBACK`) // SQLite may have done so itself
	} else if w.batches != nil {
		w.batches(len(batch))
	}
	for _, j := range batch {
		if fault != nil {
			j.err = fault
		}
		j.done <- j.err
	}
}

// try runs one job in its savepoint. The error it returns is one of the whole transaction: after
// some faults, a full disk among them, SQLite has rolled everything back.
func (w *writer) try(j *job) error {
	if j.err = j.ctx.Err(); j.err != nil {
		return nil
	}
	if err := w.exec(`SAVEPOINT job`); err != nil {
		return err
	}
	if j.err = j.run(w); j.err != nil {
		if err := w.exec(`ROLLBACK TO job`); err != nil {
			return fmt.Errorf("%w (taking it back: %v)", j.err, err)
		}
	}
	return w.exec(`RELEASE job`)
}

// stmt returns the statement, prepared once. No caller's context reaches the writer's
// connection: one who leaves must not break the batch.
func (w *writer) stmt(query string) (*sql.Stmt, error) {
	if stmt, ok := w.stmts[query]; ok {
		return stmt, nil
	}
	stmt, err := w.conn.PrepareContext(context.Background(), query)
	if err == nil {
		w.stmts[query] = stmt
	}
	return stmt, err
}

func (w *writer) exec(query string, args ...any) error {
	_, err := w.changed(query, args...)
	return err
}

// changed tells how many rows the statement touched.
func (w *writer) changed(query string, args ...any) (int64, error) {
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

func (w *writer) row(query string, args []any, into ...any) error {
	stmt, err := w.stmt(query)
	if err != nil {
		return err
	}
	return stmt.QueryRow(args...).Scan(into...)
}

func (w *writer) each(query string, args []any, scan func(*sql.Rows) error) error {
	stmt, err := w.stmt(query)
	if err != nil {
		return err
	}
	rows, err := stmt.Query(args...)
	if err != nil {
		return err
	}
	return eachRow(rows, scan)
}
