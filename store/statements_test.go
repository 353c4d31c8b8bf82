package store

import (
	"errors"
	"slices"
	"testing"

	"balasan/store/storetest"
)

// TestWhatFailsLateFailsItsOwnJob puts three jobs into one transaction, the second of which fails by a statement
// whose answer it does not look at.
func TestWhatFailsLateFailsItsOwnJob(t *testing.T) {
	for name, db := range map[string]*DB{"SQLite": openSite(t), "PostgreSQL": postgresSite(t)} {
		block, entered := make(chan struct{}), make(chan struct{})
		go write(t.Context(), db, func(*writer) (nothing, error) { close(entered); <-block; return nothing{}, nil })
		<-entered
		lease := `INSERT INTO lease (group_id, editor, name, until) VALUES ($1, '', '', 1)`
		jobs := []struct {
			run   func(*writer) error
			fails bool
		}{
			{func(w *writer) error { return w.exec(lease, "a") }, false},
			{func(w *writer) error { return errors.Join(w.exec(lease, "b"), w.exec(lease, "a")) }, true},
			{func(w *writer) error { return errors.Join(w.exec(lease, "c"), errors.New("after all not")) }, true},
			{func(w *writer) error { return w.exec(lease, "d") }, false},
		}
		var all []*job
		for _, is := range jobs {
			j := &job{ctx: t.Context(), run: is.run, done: make(chan error, 1)}
			all = append(all, j)
			db.writer.jobs <- j
		}
		close(block)
		for i, j := range all {
			if err := <-j.done; (err != nil) != jobs[i].fails {
				t.Errorf("%s: job %d: %v", name, i, err)
			}
		}
		leases, err := db.Leases(t.Context(), storetest.Start.AddDate(-100, 0, 0))
		if err != nil {
			t.Fatal(err)
		}
		var kept []string
		for _, l := range leases {
			kept = append(kept, l.Group)
		}
		if !slices.Equal(kept, []string{"a", "d"}) {
			t.Errorf("%s: kept %v", name, kept)
		}
	}
}

// TestWhatFailedIsNeverAcknowledged lets a job pass over its own error: PostgreSQL then answers COMMIT with a
// ROLLBACK that is no error.
func TestWhatFailedIsNeverAcknowledged(t *testing.T) {
	db := postgresSite(t)
	_, err := beside(t.Context(), db, func(w *writer) (nothing, error) {
		_, _ = w.changed(`SELECT 1 / 0`)
		return nothing{}, nil
	})
	if err == nil {
		t.Error("acknowledged")
	}
	keep(t, db, storetest.Comment(1)) // the next one is not disturbed
}
