package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"balasan/moderation"
)

const (
	maxBatch = 256  // jobs that share one fsync
	maxQueue = 1024 // jobs that wait; one more is refused at once
)

// writer is a goroutine that writes. It takes what waits, up to most jobs, into one transaction,
// so that a storm of writers pays for few fsyncs. Each job has its own savepoint: one that fails
// is taken back and its neighbours stand.
//
// What it runs has the database for itself: on SQLite since there is no other writer, on PostgreSQL
// since begin takes a lock that all replicas share.
type writer struct {
	engine  engine
	pool    *sql.DB
	begin   []string
	most    int
	conn    *sql.Conn       // nil after it broke
	ctx     context.Context // of the present transaction, never a caller's: one who leaves must not break the batch
	jobs    chan *job
	quit    chan struct{}
	stopped chan struct{}
	stmts   map[string]*sql.Stmt
	later   []statement       // that nobody waits for yet
	mark    int               // how many of them came before the present job
	batches func(size int)    // told the size of each committed batch; nil tells nobody
	hints   []moderation.Hint // what the present transaction may have changed, even by a job that was taken back
	told    func([]moderation.Hint)
	failed  *atomic.Bool // that of all writers: something since Writable last looked
}

// job is one caller's work. It runs at most once.
type job struct {
	ctx  context.Context
	run  func(*writer) error
	err  error
	done chan error
}

// newWriter is one that has not begun and takes its work from a queue.
func (db *DB) newWriter(t turns, queue chan *job) *writer {
	return &writer{engine: db.engine, pool: db.writers, begin: t.begin, most: t.most, told: db.tell, jobs: queue, failed: &db.failed,
		quit: make(chan struct{}), stopped: make(chan struct{}), stmts: make(map[string]*sql.Stmt)}
}

func (w *writer) close() error {
	close(w.quit)
	<-w.stopped
	return w.disconnect()
}

// disconnect lets go of the connection and of what was prepared on it.
func (w *writer) disconnect() error {
	var faults []error
	for query, stmt := range w.stmts {
		faults = append(faults, stmt.Close())
		delete(w.stmts, query)
	}
	if w.conn != nil {
		faults = append(faults, w.conn.Close())
		w.conn = nil
	}
	return errors.Join(faults...)
}

// connect makes a connection where there is none yet, or none any more.
func (w *writer) connect() error {
	if w.conn != nil {
		return nil
	}
	return w.reconnect()
}

// reconnect takes another connection; the one before stays when there is none.
func (w *writer) reconnect() error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	conn, err := w.pool.Conn(ctx)
	if err == nil {
		_ = w.disconnect() // it was gone already
		w.conn = conn
	}
	return err
}

// write runs fn on the writer and returns its answer once the transaction is on disk. A caller
// whose context ends first hears Unavailable, while its work may still be kept.
func write[T any](ctx context.Context, db *DB, fn func(*writer) (T, error)) (T, error) {
	return writeWith(ctx, db.writer, fn)
}

func writeWith[T any](ctx context.Context, by *writer, fn func(*writer) (T, error)) (T, error) {
	var answer, none T
	j := &job{ctx: ctx, done: make(chan error, 1)}
	j.run = func(w *writer) (err error) {
		answer, err = fn(w)
		return err
	}
	if err := by.do(j); err != nil {
		return none, unavailable(err)
	}
	return answer, nil
}

// changeOr is write for one statement: of all who try one succeeds, and who finds no row to change hears none.
func (db *DB) changeOr(ctx context.Context, none moderation.Code, query string, args ...any) error {
	n, err := write(ctx, db, func(w *writer) (int64, error) { return w.changed(query, args...) })
	if err == nil && n == 0 {
		return &moderation.Problem{Code: none}
	}
	return err
}

// beside is write for work that is right whatever runs at the same moment: on PostgreSQL it does
// not wait for its turn. The last of the crowd is the one to ask: Close leaves to it what waits still.
func beside[T any](ctx context.Context, db *DB, fn func(*writer) (T, error)) (T, error) {
	return writeWith(ctx, db.crowd[len(db.crowd)-1], fn)
}

// Writable tells whether a write could begin and end now; it changes nothing and costs no fsync. After one that
// failed it writes a row and takes it away, since to begin and end alone goes well on a disk that takes nothing.
// Unavailable when not.
func (db *DB) Writable(ctx context.Context) error {
	_, err := write(ctx, db, func(w *writer) (nothing, error) {
		if !w.failed.Load() {
			return nothing{}, nil
		}
		if err := w.exec(`INSERT INTO spent (id, spender, spent, wrong, expires_at) VALUES ('probe', '', FALSE, 0, 0)`); err != nil {
			return nothing{}, err
		}
		return nothing{}, w.exec(`DELETE FROM spent WHERE id = 'probe'`)
	})
	if err == nil {
		db.failed.Store(false)
	}
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
	for len(batch) < w.most {
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
	ctx, cancel := w.engine.transaction()
	defer cancel()
	w.ctx, w.hints = ctx, nil
	fault := w.connect()
	for _, statement := range w.begin {
		if fault == nil {
			fault = w.exec(statement)
		}
	}
	for _, j := range batch {
		if fault == nil {
			fault = w.try(j)
		}
	}
	if fault == nil {
		fault = w.tried(`COMMIT`)
	}
	if fault != nil {
		w.giveUp()
	} else {
		w.committed(len(batch))
	}
	for _, j := range batch {
		if fault != nil {
			j.err = fault
		}
		if isPassing(j.err) {
			w.failed.Store(true)
		}
		j.done <- j.err
	}
	if fault == nil && w.engine.afterwards() != "" {
		_ = w.exec(w.engine.afterwards()) // readers who do it themselves tell what fails
	}
}

// committed tells who wants to know.
func (w *writer) committed(size int) {
	if w.batches != nil {
		w.batches(size)
	}
	if len(w.hints) > 0 {
		w.told(w.hints)
	}
}

// OnChange has changed told, after each commit and before its writers hear of it, of threads that may have
// changed. It must not wait. What other programs commit, it does not hear.
func (db *DB) OnChange(changed func([]moderation.Hint)) { db.changed.Store(&changed) }

func (db *DB) tell(hints []moderation.Hint) {
	if changed := db.changed.Load(); changed != nil {
		(*changed)(hints)
	}
}

// hint notes that a thread may have changed, for when the transaction is committed.
func (w *writer) hint(site, page string) {
	w.hints = append(w.hints, moderation.Hint{Site: site, Page: page})
}

// giveUp ends a transaction that failed. SQLite may have done so itself; a server that is gone
// takes its connection along.
func (w *writer) giveUp() {
	w.later = w.later[:0]
	if w.conn == nil {
		return
	}
	if err := w.tried(`ROLLBACK`); err != nil && w.engine.broken(err) {
		_ = w.disconnect()
	}
}

// try runs one job in its savepoint. The error it returns is one of the whole transaction: after
// some faults, a full disk among them, SQLite has rolled everything back.
func (w *writer) try(j *job) error {
	if j.err = j.ctx.Err(); j.err != nil {
		return nil
	}
	if w.most == 1 {
		return j.run(w) // the transaction is its savepoint
	}
	if err := w.exec(`SAVEPOINT job`); err != nil {
		return err
	}
	w.mark = len(w.later)
	if j.err = j.run(w); j.err == nil {
		j.err = w.tried(`RELEASE job`)
	}
	if j.err == nil {
		return nil
	}
	w.later = w.later[:w.mark] // what it left there; all of it was sent already where mark is 0
	switch err := w.tried(`ROLLBACK TO job`); {
	case err == nil:
		return w.exec(`RELEASE job`)
	case isPassing(j.err): // it took the transaction along
		return j.err
	default:
		return fmt.Errorf("%v: take it back: %w", j.err, err)
	}
}
