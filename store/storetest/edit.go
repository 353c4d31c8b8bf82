package storetest

import (
	"fmt"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"balasan/moderation"
)

func (b *bench) edit(n int, body string, version int) moderation.Settled {
	b.t.Helper()
	settled, err := b.Edit(b.ctx, NewID(n), body, version, budi, "edit "+body, nil, Start.Add(time.Hour))
	must(b.t, err)
	return settled
}

func (b *bench) remark(n int, note string) moderation.Settled {
	b.t.Helper()
	settled, err := b.Remark(b.ctx, NewID(n), note, budi, "note "+note, nil, Start.Add(time.Hour))
	must(b.t, err)
	return settled
}

func (b *bench) entry(n int) moderation.Entry {
	b.t.Helper()
	e, err := b.Entry(b.ctx, NewID(n), nil)
	must(b.t, err)
	return e
}

func editUndone(t *testing.T, b *bench) {
	c := Comment(1)
	c.State = moderation.Approved
	b.keep(c)
	version := func() int64 {
		v, err := b.ThreadVersion(b.ctx, "desa", Page)
		must(t, err)
		return v
	}
	before := version()
	if got := b.edit(1, "tanpa umpatan", 0); len(got.Changed) != 1 || got.Changed[0].Deed != moderation.Edited || got.Changed[0].To != moderation.Approved {
		t.Fatalf("settled %+v", got)
	}
	b.edit(1, "lebih baik lagi", 1)
	e := b.entry(1)
	want := []moderation.Edit{{Batch: "edit lebih baik lagi", By: "Budi", At: Start.Add(time.Hour), Before: "tanpa umpatan"},
		{Batch: "edit tanpa umpatan", By: "Budi", At: Start.Add(time.Hour), Before: c.Body}}
	if diff := cmp.Diff(want, e.Edits); diff != "" || e.Body != "lebih baik lagi" || e.State != moderation.Approved || e.Version != 2 {
		t.Errorf("entry %+v: %s", e, diff)
	}
	tp, err := b.ThreadPage(b.ctx, "desa", Page, moderation.NewestFirst, "", 10)
	if must(t, err); tp.Count != 1 || tp.Comments[0].Body != "lebih baik lagi" || version() <= before {
		t.Errorf("public %+v", tp)
	}
	if lost := b.undo("edit tanpa umpatan"); len(lost.Changed) > 0 || len(lost.Lost) != 1 || lost.Lost[0].By != "Budi" {
		t.Errorf("the older change was taken back below the newer: %+v", lost)
	}
	undone := b.undo("edit lebih baik lagi")
	if got := b.entry(1); got.Body != "tanpa umpatan" || len(got.Edits) != 3 || got.Decided[0].Undoes != "edit lebih baik lagi" {
		t.Errorf("undone to %+v", got)
	}
	b.undo(undone.Batch)
	if got := b.entry(1).Body; got != "lebih baik lagi" {
		t.Errorf("undone twice to %q", got)
	}
	before = version()
	b.remark(1, "tidak tampak")
	if version() != before {
		t.Error("a remark made a new version of the thread")
	}
	batches, err := b.Batches(b.ctx, "e2", 10)
	if must(t, err); len(batches) != 5 || !slices.ContainsFunc(batches, func(b moderation.Batch) bool { return b.Deed == moderation.Remarked && b.Note == "tidak tampak" }) {
		t.Errorf("batches %+v", batches)
	}
}

func editLost(t *testing.T, b *bench) {
	b.keep(Comment(1))
	b.remark(1, "menunggu kabar")
	b.edit(1, "satu", 0) // a remark is no change
	want := []moderation.Conflict{{ID: NewID(1), State: moderation.Pending, By: "Budi", Batch: "edit satu", At: Start.Add(time.Hour)}}
	if diff := cmp.Diff(want, b.edit(1, "dua", 1).Lost); diff != "" {
		t.Error(diff)
	}
	b.rule(moderation.IsSpam, NewID(1))
	if lost := b.edit(1, "tiga", 2).Lost; len(lost) != 1 || lost[0].By != "Sari" || lost[0].State != moderation.IsSpam {
		t.Errorf("lost %+v", lost)
	}
	if got := b.entry(1).Body; got != "satu" {
		t.Errorf("text %q", got)
	}
	for _, sites := range [][]string{{"kota"}, {}} {
		settled, err := b.Edit(b.ctx, NewID(1), "lain", 9, budi, "b9", sites, Start)
		if must(t, err); len(settled.Unknown) != 1 {
			t.Errorf("outside of the editor's sites: %+v", settled)
		}
	}
	_, err := b.Edit(b.ctx, NewID(1), "nul\x00", 9, budi, "b9", nil, Start)
	wantCode(t, err, moderation.Malformed)
	_, err = b.Remark(b.ctx, NewID(1), "\xff", budi, "b9", nil, Start)
	wantCode(t, err, moderation.Malformed)
}

func remarkUndo(t *testing.T, b *bench) {
	b.keep(Comment(1))
	ruled := b.rule(moderation.Approved, NewID(1))
	b.remark(1, "kata Pak RT benar")
	b.edit(1, "disunting", 2)
	if undone := b.undo(ruled.Batch); len(undone.Changed) != 1 || len(undone.Lost) > 0 {
		t.Errorf("undone %+v", undone)
	}
	if e := b.entry(1); e.State != moderation.Pending || e.Body != "disunting" || e.Version != 4 || len(e.Decided) != 4 || e.Decided[2].Note != "kata Pak RT benar" {
		t.Errorf("entry %+v", e)
	}
	if undone := b.undo("note kata Pak RT benar"); len(undone.Changed) != 1 || undone.Changed[0].Deed != moderation.Remarked {
		t.Errorf("a remark was not withdrawn: %+v", undone)
	}
	if again := b.undo("note kata Pak RT benar"); len(again.Changed) > 0 || len(again.Lost) != 1 {
		t.Errorf("withdrawn twice: %+v", again)
	}
	late := b.rule(moderation.IsSpam, NewID(1))
	if lost, err := b.Rule(b.ctx, moderation.Ruling{IDs: []string{NewID(1)}, To: moderation.Approved}, budi, "b9", nil, Start); err != nil || len(lost.Lost) != 1 || lost.Lost[0].By != "Sari" {
		t.Errorf("lost %+v %v", lost, err)
	}
	b.remark(1, "setuju")
	b.undo(late.Batch)
	if got := b.state(NewID(1)); got != moderation.Pending {
		t.Errorf("after all it is %s", got)
	}
}

func editTeaches(t *testing.T, b *bench) {
	machine, doubted := Comment(1), Comment(2)
	machine.State = moderation.Approved
	b.keep(machine, doubted)
	b.remark(1, "bagus")
	b.edit(1, "lebih bagus", 1)
	b.wantLearned(0)
	known, err := b.Recall(b.ctx, moderation.Query{Site: "desa", Email: machine.Email, Addr: machine.Addr, At: Start.Add(2 * time.Hour)})
	if must(t, err); known.History.Approved != 0 {
		t.Error("a remark on what the machine approved proves its sender")
	}
	first := b.rule(moderation.IsSpam, NewID(2))
	b.edit(2, "disensor", 1)
	b.remark(2, "judi")
	at := b.wantLearned(0, "+spam desa Komentar 2")
	b.undo(first.Batch)
	at = b.wantLearned(at, "-spam desa Komentar 2")
	b.undo("edit disensor")
	b.undo("note judi")
	b.wantLearned(at)
}

// deeds rules, edits, remarks and undoes at random. A plain model of states and texts must come to
// the same, and so must a replay of each comment's log.
func deeds(t *testing.T, b *bench) {
	round := 0
	rapid.Check(t, func(rt *rapid.T) {
		round++
		d := &deedRun{b: b, prefix: strconv.Itoa(round) + ".", deeds: map[string]*deed{}}
		for n := range 3 {
			c := Comment(10*round + n)
			c.State = rapid.SampledFrom([]moderation.State{moderation.Pending, moderation.Approved, moderation.IsSpam}).Draw(rt, "born")
			b.keep(c)
			d.all = append(d.all, &deedModel{id: c.ID, born: c.State, sent: c.Body, state: c.State, body: c.Body})
		}
		rt.Repeat(map[string]func(*rapid.T){"rule": d.rule, "edit": d.edit, "remark": d.remark, "undo": d.undo, "": d.same})
	})
}

// deedModel is a comment as the model knows it; ruled and edited name the last deed on its state
// and on its text.
type deedModel struct {
	id            string
	born, state   moderation.State
	sent, body    string
	ruled, edited string
	version       int
}

// deed is what one batch did to one comment, and what was there before.
type deed struct {
	kind      moderation.Deed
	of        *deedModel
	state     moderation.State
	body      string
	withdrawn bool
}

type deedRun struct {
	b      *bench
	prefix string
	all    []*deedModel
	deeds  map[string]*deed // by batch
	names  []string
}

func (d *deedRun) next() (batch string, at time.Time) {
	batch = d.prefix + strconv.Itoa(len(d.names))
	d.names = append(d.names, batch)
	return batch, Start.Add(time.Duration(len(d.names)) * time.Second)
}

func (d *deedRun) pick(rt *rapid.T) *deedModel { return rapid.SampledFrom(d.all).Draw(rt, "comment") }

// did notes a deed in the model if the store says that it was done.
func (d *deedRun) did(rt *rapid.T, batch string, kind moderation.Deed, m *deedModel, want bool, settled moderation.Settled, err error) bool {
	if err != nil || (len(settled.Changed) == 1) != want || len(settled.Changed)+len(settled.Lost) != 1 {
		rt.Fatalf("settled %+v, %v; want it done: %v", settled, err, want)
	}
	if want {
		d.deeds[batch] = &deed{kind: kind, of: m, state: m.state, body: m.body}
		m.version++
		switch kind {
		case moderation.Ruled:
			m.ruled = batch
		case moderation.Edited:
			m.edited = batch
		}
	}
	return want
}

func (d *deedRun) rule(rt *rapid.T) {
	m, to := d.pick(rt), rapid.SampledFrom(states).Draw(rt, "to")
	batch, at := d.next()
	r := moderation.Ruling{IDs: []string{m.id}, To: to}
	settled, err := d.b.Rule(d.b.ctx, r, sari, batch, nil, at)
	if d.did(rt, batch, moderation.Ruled, m, r.Expects(m.state) && m.state != to, settled, err) {
		m.state = to
	}
}

func (d *deedRun) edit(rt *rapid.T) {
	m := d.pick(rt)
	batch, at := d.next()
	settled, err := d.b.Edit(d.b.ctx, m.id, "teks "+batch, m.version, budi, batch, nil, at)
	if d.did(rt, batch, moderation.Edited, m, true, settled, err) {
		m.body = "teks " + batch
	}
}

func (d *deedRun) remark(rt *rapid.T) {
	m := d.pick(rt)
	batch, at := d.next()
	settled, err := d.b.Remark(d.b.ctx, m.id, "catatan", budi, batch, nil, at)
	d.did(rt, batch, moderation.Remarked, m, true, settled, err)
}

func (d *deedRun) undo(rt *rapid.T) {
	name := ""
	if len(d.names) > 0 {
		name = rapid.SampledFrom(d.names).Draw(rt, "undone")
	}
	u := d.deeds[name]
	if u == nil {
		return
	}
	batch, at := d.next()
	stands := map[moderation.Deed]bool{moderation.Ruled: u.of.ruled == name, moderation.Edited: u.of.edited == name, moderation.Remarked: !u.withdrawn}[u.kind]
	settled, err := d.b.Undo(d.b.ctx, name, sari, batch, nil, at)
	if !d.did(rt, batch, u.kind, u.of, stands, settled, err) {
		return
	}
	switch u.kind {
	case moderation.Ruled:
		u.of.state = u.state
	case moderation.Edited:
		u.of.body = u.body
	default:
		u.withdrawn = true
	}
}

func (d *deedRun) same(rt *rapid.T) {
	for _, m := range d.all {
		e, err := d.b.Entry(d.b.ctx, m.id, nil)
		if err != nil {
			rt.Fatal(err)
		}
		got := fmt.Sprint(e.State, e.Body, e.Version, len(e.Decided))
		if want := fmt.Sprint(m.state, m.body, m.version, m.version); got != want {
			rt.Fatalf("%s is %s, the model says %s", m.id, got, want)
		}
		state, sent := m.born, e.Body
		for i := range e.Decided {
			made := e.Decided[len(e.Decided)-1-i]
			if made.From != state || (made.Deed == moderation.Ruled) == (made.From == made.To) {
				rt.Fatalf("the log of %s breaks at %+v", m.id, made)
			}
			state = made.To
		}
		if len(e.Edits) > 0 {
			sent = e.Edits[len(e.Edits)-1].Before
		}
		if state != m.state || sent != m.sent {
			rt.Fatalf("the log of %s leads to %s from %q", m.id, state, sent)
		}
	}
}
