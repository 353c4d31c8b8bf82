package learn

import (
	"bytes"
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"balasan/moderation"
)

func lessons(t *rapid.T) []Lesson {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Lesson {
		return Lesson{
			Text:  rapid.SampledFrom([]string{"mantap min", "main di raja88", "jual sepatu bekas", "selamat pagi"}).Draw(t, "text") + rapid.String().Draw(t, "rest"),
			Spam:  rapid.Bool().Draw(t, "spam"),
			Batch: rapid.IntRange(0, 600).Draw(t, "batch"),
		}
	}), 0, 12).Draw(t, "lessons")
}

func TestTakingALessonBackLeavesNoTrace(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var s Site
		for _, l := range lessons(t) {
			s.Teach(l)
		}
		before, extra := s.Snapshot(), lessons(t)
		for _, l := range extra {
			s.Teach(l)
		}
		for _, l := range extra {
			s.Unteach(l)
		}
		if !bytes.Equal(before, s.Snapshot()) {
			t.Fatal("the undone lessons left something behind")
		}
	})
}

func TestAnyOrderTeachesTheSame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := lessons(t)
		var a, b Site
		for _, l := range all {
			a.Teach(l)
		}
		for _, l := range rapid.Permutation(all).Draw(t, "order") {
			b.Teach(l)
		}
		if !bytes.Equal(a.Snapshot(), b.Snapshot()) || a.Version() != b.Version() {
			t.Fatal("two orders of the same lessons differ")
		}
	})
}

func TestASnapshotIsAShortcut(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		first, second := lessons(t), lessons(t)
		var whole Site
		for _, l := range append(first, second...) {
			whole.Teach(l)
		}
		var part Site
		for _, l := range first {
			part.Teach(l)
		}
		rest, err := Restore(part.Snapshot())
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range second {
			rest.Teach(l)
		}
		if !bytes.Equal(whole.Snapshot(), rest.Snapshot()) {
			t.Fatal("going on from a snapshot differs from starting over")
		}
	})
}

func FuzzRestore(f *testing.F) {
	var s Site
	s.Teach(Lesson{Text: "mantap", Spam: true})
	f.Add(s.Snapshot())
	f.Add([]byte(siteMagic))
	f.Fuzz(func(t *testing.T, b []byte) {
		if s, err := Restore(b); err == nil {
			s.Snapshot()
		}
	})
}

func TestASiteIsHeardAfterFiftyAndFifty(t *testing.T) {
	var s Site
	model := Taught{Prior: prior(t), Site: func(string) *Site { return &s }}
	signals := func(body string) []moderation.Signal {
		return model.Weigh(moderation.Case{Submission: moderation.Submission{Body: body}}).Signals
	}
	teach := func(n int) {
		for i := range n {
			s.Teach(Lesson{Text: fmt.Sprintf("jual obat rindu kiriman %d", i), Spam: true})
			s.Teach(Lesson{Text: fmt.Sprintf("terima kasih beritanya pak %d", i)})
		}
	}
	teach(49)
	if got := signals("jual obat rindu"); len(got) != 1 {
		t.Fatalf("heard after 49 and 49: %+v", got)
	}
	teach(101)
	if got := signals("jual obat rindu"); len(got) != 2 || got[1].Score < 1 || got[1].Score > siteMost {
		t.Errorf("what editors called spam: %+v", got)
	}
	if got := signals("terima kasih beritanya pak"); len(got) != 2 || got[1].Score > -1 {
		t.Errorf("what editors approved: %+v", got)
	}
}

func TestACampaignTeachesOnce(t *testing.T) {
	var s Site
	for range 100 {
		s.Teach(Lesson{Text: "main di raja88", Spam: true, Batch: 100})
	}
	if _, spam := s.Lessons(); spam > 1 {
		t.Errorf("one keystroke on a hundred copies taught %v lessons", spam)
	}
}
