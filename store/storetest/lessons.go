package storetest

import (
	"fmt"
	"slices"
	"sync"
	"testing"

	"balasan/moderation"
)

// learned studies all decisions and lists what they taught since: “+spam” and “-good” with the
// text, and the share unless it is a whole lesson.
func (b *bench) learned(after int64) (words []string, last int64) {
	b.t.Helper()
	for n := 1; n > 0; {
		var err error
		n, err = b.Study(b.ctx)
		must(b.t, err)
	}
	last = after
	for {
		steps, err := b.Lessons(b.ctx, last, 7)
		must(b.t, err)
		if len(steps) == 0 {
			return words, last
		}
		for _, l := range steps {
			if l.ID <= last {
				b.t.Fatalf("step %d after %d", l.ID, last)
			}
			last = l.ID
			words = append(words, spoken(l))
		}
	}
}

func spoken(l moderation.Lesson) string {
	sign, label, share := "+", "good", ""
	if l.Back {
		sign = "-"
	}
	if l.Spam {
		label = "spam"
	}
	if l.Share != 1 {
		share = fmt.Sprint("/", l.Share)
	}
	return sign + label + share + " " + l.Site + " " + l.Text
}

func (b *bench) wantLearned(after int64, want ...string) int64 {
	b.t.Helper()
	got, last := b.learned(after)
	if !slices.Equal(got, want) {
		b.t.Errorf("learned %q, want %q", got, want)
	}
	return last
}

// twins are three comments with one text, the last on another site.
func (b *bench) twins() {
	b.t.Helper()
	for n := 1; n <= 3; n++ {
		c := Comment(n)
		c.Text = 7
		if n == 3 {
			c.Site = "kota"
		}
		b.keep(c)
	}
}

func lessonOnce(t *testing.T, b *bench) {
	b.twins()
	b.rule(moderation.IsSpam, NewID(1))
	at := b.wantLearned(0, "+spam desa Komentar 1")
	b.rule(moderation.IsSpam, NewID(2), NewID(3))
	at = b.wantLearned(at, "+spam kota Komentar 3")
	b.ruleFrom(moderation.IsSpam, moderation.Approved, NewID(1))
	at = b.wantLearned(at, "+good desa Komentar 1")
	b.ruleFrom(moderation.IsSpam, moderation.Approved, NewID(2))
	at = b.wantLearned(at, "-spam desa Komentar 1")
	b.ruleFrom(moderation.Approved, moderation.Trashed, NewID(1))
	b.ruleFrom(moderation.Approved, moderation.Pending, NewID(2))
	b.wantLearned(at, "-good desa Komentar 1")
}

func (b *bench) ruleFrom(from, to moderation.State, ids ...string) {
	b.t.Helper()
	_, err := b.Rule(b.ctx, moderation.Ruling{IDs: ids, From: from, To: to}, sari, fmt.Sprint(from, to, ids), nil, Start)
	must(b.t, err)
}

func lessonUndo(t *testing.T, b *bench) {
	born := Comment(1)
	born.State = moderation.Approved
	b.keep(born, Comment(2))
	b.ruleFrom(moderation.Approved, moderation.IsSpam, NewID(1))
	first := b.rule(moderation.Approved, NewID(2))
	at := b.wantLearned(0, "+spam desa Komentar 1", "+good desa Komentar 2")
	undone := b.undo(fmt.Sprint(moderation.Approved, moderation.IsSpam, []string{NewID(1)}))
	at = b.wantLearned(at, "-spam desa Komentar 1")
	b.undo(undone.Batch)
	b.undo(first.Batch)
	b.wantLearned(at, "+spam desa Komentar 1", "-good desa Komentar 2")
}

func lessonNone(t *testing.T, b *bench) {
	public, refused := Comment(2), Comment(3)
	public.State, refused.State = moderation.Approved, moderation.IsSpam
	b.keep(Comment(1), public, refused, Comment(4))
	b.rule(moderation.Trashed, NewID(1))
	_, err := b.answerTo(Comment(4), 5)
	must(t, err)
	b.wantLearned(0, "+good desa Komentar 4")
}

func lessonShare(t *testing.T, b *bench) {
	var all []string
	for n := range moderation.MostLessons + 1 {
		c := Comment(n)
		if n == 0 {
			c.Text = 0 // ties to nothing and still teaches
		}
		b.keep(c)
		all = append(all, c.ID)
	}
	many := b.rule(moderation.IsSpam, all...)
	words, at := b.learned(0)
	if len(words) != len(all) || words[0] != "+spam/2 desa Komentar 0" {
		t.Fatalf("learned %d, first %q", len(words), words[0])
	}
	b.undo(many.Batch)
	back, _ := b.learned(at)
	if len(back) != len(all) || back[0] != "-spam/2 desa Komentar 0" {
		t.Errorf("took %d back, first %q", len(back), back[0])
	}
}

func lessonPlaces(t *testing.T, b *bench) {
	for n := range 20 {
		b.keep(Comment(n))
		b.rule(moderation.Approved, NewID(n))
	}
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for n := 1; n > 0; {
				n, _ = b.Study(b.ctx) // who comes second does nothing
			}
		})
	}
	all.Wait()
	words, last := b.learned(0)
	if len(words) != 20 {
		t.Fatalf("%d lessons", len(words))
	}
	for n := int64(0); n < last; n++ {
		if rest, _ := b.learned(n); !slices.Equal(rest, words[n:]) {
			t.Errorf("after %d: %q", n, rest)
		}
	}
}
