package storetest

import (
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"balasan/moderation"
)

func twoEditors(t *testing.T, b *bench) {
	b.keep(Comment(1))
	var both sync.WaitGroup
	settled, faults := make([]moderation.Settled, 2), make([]error, 2)
	for i, by := range []moderation.Editor{sari, budi} {
		both.Go(func() {
			to := []moderation.State{moderation.Approved, moderation.IsSpam}[i]
			settled[i], faults[i] = b.Rule(b.ctx, moderation.Ruling{IDs: []string{NewID(1)}, To: to}, by, by.Name, nil, Start.Add(time.Hour))
		})
	}
	both.Wait()
	must(t, faults[0])
	must(t, faults[1])
	winner, loser := settled[0], settled[1]
	if len(winner.Changed) == 0 {
		winner, loser = loser, winner
	}
	if len(winner.Changed) != 1 || len(loser.Changed) != 0 || len(loser.Lost) != 1 {
		t.Fatalf("settled %+v and %+v", winner, loser)
	}
	won := winner.Changed[0]
	want := moderation.Conflict{ID: NewID(1), State: won.To, By: won.By, Batch: won.Batch, At: Start.Add(time.Hour)}
	if diff := cmp.Diff(want, loser.Lost[0]); diff != "" {
		t.Error(diff)
	}
}

func outside(t *testing.T, b *bench) {
	there := Comment(2)
	there.Site = "kota"
	b.keep(Comment(1), there)
	r := moderation.Ruling{IDs: []string{NewID(1), NewID(2), NewID(3), NewID(1)}, To: moderation.Approved}
	settled, err := b.Rule(b.ctx, r, budi, "b1", []string{"desa"}, Start)
	must(t, err)
	if len(settled.Changed) != 1 || !slices.Equal(settled.Unknown, []string{NewID(2), NewID(3)}) || len(settled.Lost) != 0 {
		t.Errorf("settled %+v", settled)
	}
	if undone, err := b.Undo(b.ctx, "b1", budi, "b2", []string{"kota"}, Start); err != nil || len(undone.Changed) > 0 {
		t.Errorf("undone outside: %+v %v", undone, err)
	}
	_, err = b.Entry(b.ctx, NewID(2), []string{"desa"})
	wantCode(t, err, moderation.NotFound)
}

func undoRestores(t *testing.T, b *bench) {
	var all []string
	for i := range 20 {
		b.keep(Comment(i))
		all = append(all, NewID(i))
	}
	settled := b.rule(moderation.Approved, all...)
	if got := b.public(moderation.OldestFirst); !slices.Equal(got, all) {
		t.Fatalf("public %v", got)
	}
	undone := b.undo(settled.Batch)
	if len(undone.Changed) != 20 || undone.Changed[0].Undoes != settled.Batch || undone.Changed[0].To != moderation.Pending {
		t.Errorf("undone %+v", undone)
	}
	if got := b.public(moderation.OldestFirst); len(got) > 0 {
		t.Errorf("still public: %v", got)
	}
	if again := b.undo(settled.Batch); len(again.Changed) > 0 || len(again.Lost) != 20 {
		t.Errorf("undone twice: %+v", again)
	}
}

func undoSpares(t *testing.T, b *bench) {
	b.keep(Comment(1), Comment(2))
	settled := b.rule(moderation.Approved, NewID(1), NewID(2))
	r := moderation.Ruling{IDs: []string{NewID(2)}, From: moderation.Approved, To: moderation.IsSpam}
	_, err := b.Rule(b.ctx, r, budi, "b2", nil, Start.Add(90*time.Minute))
	must(t, err)
	undone := b.undo(settled.Batch)
	want := []moderation.Conflict{{ID: NewID(2), State: moderation.IsSpam, By: "Budi", Batch: "b2", At: Start.Add(90 * time.Minute)}}
	if diff := cmp.Diff(want, undone.Lost); diff != "" || len(undone.Changed) != 1 {
		t.Errorf("undone %+v: %s", undone, diff)
	}
	if b.state(NewID(1)) != moderation.Pending || b.state(NewID(2)) != moderation.IsSpam {
		t.Error("the wrong one was put back")
	}
}

func undoUndone(t *testing.T, b *bench) {
	b.keep(Comment(1))
	undone := b.undo(b.rule(moderation.IsSpam, NewID(1)).Batch)
	b.undo(undone.Batch)
	if got := b.state(NewID(1)); got != moderation.IsSpam {
		t.Errorf("state %s", got)
	}
}

func (b *bench) answerTo(c moderation.Comment, n int) (moderation.Settled, error) {
	reply := Below(c, moderation.Comment{ID: NewID(n), Staff: true, State: moderation.Approved,
		Submission: moderation.Submission{Site: c.Site, Page: c.Page, Name: "Sari", Body: "Terima kasih.", At: Start.Add(time.Hour)}})
	return b.Answer(b.ctx, reply, sari, "jawab "+reply.ID)
}

func answer(t *testing.T, b *bench) {
	b.keep(Comment(1))
	settled, err := b.answerTo(Comment(1), 2)
	must(t, err)
	if len(settled.Changed) != 2 {
		t.Fatalf("settled %+v", settled)
	}
	tp, err := b.ThreadPage(b.ctx, "desa", Page, moderation.NewestFirst, "", 10)
	must(t, err)
	if !slices.Equal(ids(tp), []string{NewID(1), NewID(2)}) || !tp.Comments[1].Staff || tp.Count != 2 {
		t.Errorf("thread %+v", tp)
	}
	if again, err := b.answerTo(Comment(1), 3); err != nil || len(again.Changed) != 1 {
		t.Errorf("below an approved one: %+v %v", again, err)
	}
	b.undo("jawab " + NewID(3))
	b.undo("jawab " + NewID(2))
	if b.state(NewID(1)) != moderation.Pending || b.state(NewID(2)) != moderation.Trashed || b.state(NewID(3)) != moderation.Trashed {
		t.Error("undo left the answer standing")
	}
}

func answerLost(t *testing.T, b *bench) {
	b.keep(Comment(1))
	b.rule(moderation.IsSpam, NewID(1))
	settled, err := b.answerTo(Comment(1), 2)
	must(t, err)
	if len(settled.Changed) > 0 || len(settled.Lost) != 1 || settled.Lost[0].By != "Sari" {
		t.Errorf("settled %+v", settled)
	}
	_, err = b.Entry(b.ctx, NewID(2), nil)
	wantCode(t, err, moderation.NotFound)
}

func wholeStory(t *testing.T, b *bench) {
	top := Comment(1)
	b.keep(top, Below(top, Comment(2)))
	b.undo(b.rule(moderation.IsSpam, NewID(2)).Batch)
	must(t, b.Looked(b.ctx, NewID(2), budi, Start))
	e, err := b.Entry(b.ctx, NewID(2), nil)
	must(t, err)
	if e.ParentName != top.Name || e.ParentBody != top.Body || e.Version != 2 || len(e.Decided) != 2 {
		t.Fatalf("entry %+v", e)
	}
	newest, oldest := e.Decided[0], e.Decided[1]
	if newest.By != "Budi" || newest.Undoes != oldest.Batch || oldest.To != moderation.IsSpam || oldest.Comment != NewID(2) {
		t.Errorf("decided %+v", e.Decided)
	}
	_, err = b.Entry(b.ctx, "x", nil)
	wantCode(t, err, moderation.NotFound)
}

func batches(t *testing.T, b *bench) {
	for n := range 3 {
		b.keep(Comment(n))
	}
	first := b.rule(moderation.IsSpam, NewID(0), NewID(1))
	_, err := b.Rule(b.ctx, moderation.Ruling{IDs: []string{NewID(2)}, To: moderation.Approved, Note: "sopan"}, sari, "b2", nil, Start.Add(3*time.Hour))
	must(t, err)
	undone := b.undo(first.Batch)
	b.rule(moderation.Approved, NewID(2)) // changes nothing, so it is no batch
	got, err := b.Batches(b.ctx, "e1", 10)
	must(t, err)
	want := []moderation.Batch{{ID: "b2", By: "Sari", To: moderation.Approved, Count: 1, Note: "sopan", At: Start.Add(3 * time.Hour)},
		{ID: first.Batch, By: "Sari", To: moderation.IsSpam, Count: 2, Undone: true, At: Start.Add(time.Hour)}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	got, err = b.Batches(b.ctx, "e2", 1)
	if err != nil || len(got) != 1 || got[0].ID != undone.Batch || got[0].Undoes != first.Batch {
		t.Errorf("Budi's: %+v %v", got, err)
	}
}
