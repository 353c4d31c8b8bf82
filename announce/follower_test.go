package announce

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"balasan/moderation"
	"balasan/store"
	"balasan/store/storetest"
)

var sari = moderation.Editor{ID: "e1", Name: "Sari", Roles: map[string]moderation.Role{moderation.AllSites: moderation.Owner}}

// desk is a real store with a follower that tells everything to the target "hook".
type desk struct {
	*store.DB
	Follower
	t  *testing.T
	at time.Time
}

const window = 10 * time.Minute

var silent = slog.New(slog.DiscardHandler)

func newDesk(t *testing.T) *desk {
	t.Helper()
	key := bytes.Repeat([]byte{7}, 32)
	db, err := store.Open(t.Context(), store.Options{Path: filepath.Join(t.TempDir(), "balasan.db"),
		Keys: store.Keys{Current: store.Named("k"), Master: func(string) ([]byte, bool) { return key, true }}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	must(t, db.AddSite(t.Context(), moderation.Site{ID: "desa", Name: "Desa Kita", Language: "id", Policy: moderation.DefaultPolicy()}))
	d := &desk{DB: db, t: t, at: storetest.Start.Add(time.Hour)}
	d.Follower = Follower{Name: "webhook", Outbox: db, Kinds: []moderation.FactKind{moderation.FactReceived, moderation.FactDecided}, Wait: window,
		Plan: func(_ context.Context, f moderation.Fact) ([]moderation.Delivery, error) {
			return []moderation.Delivery{{Target: "hook", Event: newID()}}, nil
		}}
	d.follow()
	return d
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func newID() string { return uuid.Must(uuid.NewV7()).String() }

func (d *desk) comment(n int) string {
	d.t.Helper()
	c := storetest.Comment(n)
	c.At = d.at
	_, err := d.Keep(d.t.Context(), c)
	must(d.t, err)
	return c.ID
}

func (d *desk) rule(to moderation.State, ids ...string) (batch string) {
	d.t.Helper()
	return d.ruleFrom("", to, ids...)
}

func (d *desk) ruleFrom(from, to moderation.State, ids ...string) (batch string) {
	d.t.Helper()
	settled, err := d.Rule(d.t.Context(), moderation.Ruling{IDs: ids, From: from, To: to}, sari, uuid.NewString(), nil, d.at)
	must(d.t, err)
	return settled.Batch
}

func (d *desk) undo(batch string) {
	d.t.Helper()
	_, err := d.Undo(d.t.Context(), batch, sari, uuid.NewString(), nil, d.at)
	must(d.t, err)
}

func (d *desk) pass(t time.Duration) { d.at = d.at.Add(t) }

// follow takes steps until nothing is old enough.
func (d *desk) follow() {
	d.t.Helper()
	for n := 1; n > 0; {
		var err error
		n, err = d.Follower.Step(d.t.Context(), d.at)
		must(d.t, err)
	}
}

// told empties the list of deliveries and says which states it told.
func (d *desk) told() (states []string) {
	d.t.Helper()
	d.follow()
	s := &Sender{Target: "hook", Post: d.DB, Log: silent, Send: func(_ context.Context, all []moderation.Delivery, _ time.Time) error {
		states = append(states, string(all[0].Fact.To))
		return nil
	}}
	for n := 1; n > 0; {
		var err error
		n, err = s.Step(d.t.Context(), d.at)
		must(d.t, err)
	}
	return states
}

func (d *desk) wants(states ...string) {
	d.t.Helper()
	if diff := cmp.Diff(states, d.told()); diff != "" {
		d.t.Error(diff)
	}
}

func TestADecisionIsToldWhenItsWindowHasClosed(t *testing.T) {
	d := newDesk(t)
	id := d.comment(1)
	d.pass(window)
	d.wants("pending")
	d.rule(moderation.Approved, id)
	d.pass(window - time.Microsecond)
	d.wants()
	d.pass(time.Microsecond)
	d.wants("approved")
	d.pass(time.Hour)
	d.wants()
}

func TestWhatNoLongerStandsIsNotTold(t *testing.T) {
	for name, test := range map[string]struct {
		do   func(d *desk, id string)
		want []string
	}{
		"an undo within the window: nobody hears of either": {func(d *desk, id string) {
			batch := d.rule(moderation.Approved, id)
			d.pass(time.Minute)
			d.undo(batch)
		}, nil},
		"an undo after the window is news": {func(d *desk, id string) {
			batch := d.rule(moderation.Approved, id)
			d.pass(window)
			d.follow()
			d.undo(batch)
		}, []string{"approved", "pending"}},
		"overruled within the window: the last word alone": {func(d *desk, id string) {
			undone := d.rule(moderation.IsSpam, id)
			d.pass(time.Minute)
			d.undo(undone)
			d.rule(moderation.Approved, id)
		}, []string{"approved"}},
		"away and back within the window of each, beginning with what was told": {func(d *desk, id string) {
			batch := d.rule(moderation.Approved, id)
			d.pass(window)
			d.follow()
			d.undo(batch)
			d.pass(time.Minute)
			d.rule(moderation.Approved, id)
		}, []string{"approved"}},
		"a chain whose links are each within a window ends where it began": {func(d *desk, id string) {
			for range 2 {
				batch := d.rule(moderation.Trashed, id)
				d.pass(window - time.Second)
				d.undo(batch)
				d.pass(window - time.Second)
			}
		}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			id := d.comment(1)
			d.pass(window)
			d.wants("pending")
			test.do(d, id)
			d.pass(window)
			d.wants(test.want...)
		})
	}
}

func TestANoteDoesNotOverrule(t *testing.T) {
	at := storetest.Start
	log := []moderation.Decision{
		{Batch: "note", From: moderation.Approved, To: moderation.Approved, At: at.Add(time.Minute)},
		{Batch: "b", From: moderation.Pending, To: moderation.Approved, At: at},
	}
	if !Stands(log, "b", window) || Stands(log, "note", window) {
		t.Error("the approval stands and the note is none")
	}
}

func TestAFollowerGoesOnWhereItStopped(t *testing.T) {
	d := newDesk(t)
	for n := range followFacts + 3 {
		d.comment(n)
	}
	d.pass(window)
	n, err := d.Step(t.Context(), d.at)
	if err != nil || n != followFacts {
		t.Fatalf("followed %d %v", n, err)
	}
	d.Follower = Follower{Name: d.Name, Outbox: d.DB, Kinds: d.Kinds, Wait: d.Wait, Plan: d.Plan} // a new process
	if told := d.told(); len(told) != followFacts+3 {
		t.Errorf("told %d", len(told))
	}
}

func TestAPlanThatFails(t *testing.T) {
	d := newDesk(t)
	plan := d.Plan
	d.comment(1)
	d.comment(2)
	d.pass(window)
	d.Plan = func(context.Context, moderation.Fact) ([]moderation.Delivery, error) {
		return nil, &moderation.Problem{Code: moderation.Unavailable}
	}
	if _, err := d.Step(t.Context(), d.at); err == nil {
		t.Error("no word of the database being away")
	}
	calls := 0
	d.Plan = func(ctx context.Context, f moderation.Fact) ([]moderation.Delivery, error) {
		if calls++; calls == 1 {
			return nil, errors.New("broken")
		}
		return plan(ctx, f)
	}
	d.wants("pending") // the broken one is passed over
}
