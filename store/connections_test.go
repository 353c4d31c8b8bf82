package store

import (
	"context"
	"database/sql"
	"fmt"
	"sync"
	"testing"
	"time"

	"balasan/internal/pgtest"
	"balasan/internal/reliability"
	"balasan/store/storetest"
)

// TestFaultConnectionsTaken holds every connection that reads.
func TestFaultConnectionsTaken(t *testing.T) {
	const connections = 12
	db := openWithOne(t, Options{URL: pgtest.Database(t, migrated), Connections: connections})
	release := occupied(t, db, connections/2)
	ctx, cancel := context.WithTimeout(t.Context(), 4*connectionPatience)
	defer cancel()
	began := time.Now()
	_, err := db.Entry(ctx, storetest.Comment(1).ID, nil)
	wantUnavailable(t, err)
	refused := time.Since(began)
	if ctx.Err() != nil {
		t.Error("it was refused at its caller's deadline alone")
	}
	_ = db.readers.QueryRowContext(ctx, `SELECT 1`).Scan(new(int)) // the control: without a bound of its own
	hung := time.Since(began)
	if ctx.Err() == nil {
		t.Error("the control: a reader without a bound got a connection")
	}
	release()
	if _, err := db.Entry(t.Context(), storetest.Comment(1).ID, nil); err != nil {
		t.Error("once they are free:", err)
	}
	reliability.Tell(t, reliability.Line{Area: reliability.PostgreSQL, Fault: "every connection that reads is taken", Promises: "P5",
		Seen:    fmt.Sprintf("who asks meanwhile hears 503 with Retry-After after %v; once they are free all goes on", refused.Round(10*time.Millisecond)),
		Control: fmt.Sprintf("without a bound on that wait it hung until its deadline, %v", hung.Round(100*time.Millisecond))})
}

// occupied takes n of the connections that read until they are released.
func occupied(t *testing.T, db *DB, n int) (release func()) {
	t.Helper()
	var taken, over sync.WaitGroup
	free := make(chan struct{})
	taken.Add(n)
	for range n {
		over.Go(func() {
			err := db.each(context.Background(), `SELECT 1`, nil, func(*sql.Rows) error { taken.Done(); <-free; return nil })
			if err != nil {
				t.Error(err)
			}
		})
	}
	taken.Wait()
	return func() { close(free); over.Wait() }
}
