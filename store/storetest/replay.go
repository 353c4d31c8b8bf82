package storetest

import (
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"balasan/moderation"
	"balasan/store/memory"
)

// replays rules and undoes at random on the backend and on the model in memory: both must say,
// hold and teach the same, and each comment's log must lead to its state.
func replays(t *testing.T, b *bench) {
	model := newBench(t, onlyModel{Model: memory.New()})
	round, lessons := 0, int64(0)
	rapid.Check(t, func(rt *rapid.T) {
		round++
		r := run{rt: rt, both: []*bench{b, model}, prefix: strconv.Itoa(round) + ".", lessons: &lessons}
		for n := range 4 {
			c := Comment(round*4 + n)
			c.Page = "halaman-" + strconv.Itoa(round)
			c.Text = uint64(2*round + n%2)
			c.State = rapid.SampledFrom([]moderation.State{moderation.Pending, moderation.Approved, moderation.IsSpam}).Draw(rt, "born")
			r.page, r.all, r.born = c.Page, append(r.all, c.ID), append(r.born, c.State)
			b.keep(c)
			model.keep(c)
		}
		rt.Repeat(map[string]func(*rapid.T){"rule": r.rule, "undo": r.undo, "": r.same})
	})
}

// run is one random sequence.
type run struct {
	rt      *rapid.T
	both    []*bench
	prefix  string
	page    string
	all     []string
	born    []moderation.State
	batches int
	lessons *int64 // those that were compared
}

var states = []moderation.State{moderation.Pending, moderation.Approved, moderation.IsSpam, moderation.Trashed}

func (r *run) batch(n int) string { return r.prefix + strconv.Itoa(n) }

func (r *run) rule(rt *rapid.T) {
	ruling := moderation.Ruling{To: rapid.SampledFrom(states).Draw(rt, "to"),
		From: rapid.SampledFrom(append([]moderation.State{""}, states...)).Draw(rt, "from"),
		IDs:  rapid.SliceOfN(rapid.SampledFrom(r.all), 1, 5).Draw(rt, "ids")}
	r.decide(rt, func(b *bench, batch string, at time.Time) (moderation.Settled, error) {
		return b.Rule(b.ctx, ruling, sari, batch, nil, at)
	})
}

func (r *run) undo(rt *rapid.T) {
	undone := r.batch(rapid.IntRange(0, r.batches).Draw(rt, "batch"))
	r.decide(rt, func(b *bench, batch string, at time.Time) (moderation.Settled, error) {
		return b.Undo(b.ctx, undone, budi, batch, nil, at)
	})
}

func (r *run) decide(rt *rapid.T, act func(b *bench, batch string, at time.Time) (moderation.Settled, error)) {
	r.batches++
	var settled [2]moderation.Settled
	for i, b := range r.both {
		var err error
		if settled[i], err = act(b, r.batch(r.batches), Start.Add(time.Duration(r.batches)*time.Second)); err != nil {
			rt.Fatal(err)
		}
	}
	if diff := cmp.Diff(settled[1], settled[0]); diff != "" {
		rt.Fatalf("settled otherwise than the model: %s", diff)
	}
}

func (r *run) same(rt *rapid.T) {
	want, _ := r.both[1].learned(*r.lessons)
	got, last := r.both[0].learned(*r.lessons)
	if *r.lessons = last; !cmp.Equal(got, want) {
		rt.Fatalf("learned %q, the model %q", got, want)
	}
	var public [2]moderation.ThreadPage
	for i, b := range r.both {
		var err error
		if public[i], err = b.ThreadPage(b.ctx, "desa", r.page, moderation.NewestFirst, "", 10); err != nil {
			rt.Fatal(err)
		}
	}
	if public[0].Count != public[1].Count || !cmp.Equal(ids(public[0]), ids(public[1])) {
		rt.Fatalf("public %v, the model says %v", ids(public[0]), ids(public[1]))
	}
	for n, id := range r.all {
		got, err := r.both[0].Entry(r.both[0].ctx, id, nil)
		if err != nil {
			rt.Fatal(err)
		}
		want := r.both[1].state(id)
		replayed := r.born[n]
		for i := len(got.Decided) - 1; i >= 0; i-- {
			if got.Decided[i].From != replayed {
				rt.Fatalf("the log of %s breaks at %+v", id, got.Decided[i])
			}
			replayed = got.Decided[i].To
		}
		if got.State != want || replayed != want || got.Version != len(got.Decided) {
			rt.Fatalf("state %s, model %s, replayed %s, version %d of %d", got.State, want, replayed, got.Version, len(got.Decided))
		}
	}
}
