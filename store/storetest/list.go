package storetest

import (
	"math/rand/v2"
	"slices"
	"testing"

	"balasan/moderation"
)

func versions(t *testing.T, b *bench) {
	version := func() int64 {
		v, err := b.ThreadVersion(b.ctx, "desa", Page)
		must(t, err)
		return v
	}
	if version() != 0 {
		t.Error("an unknown thread has a version")
	}
	b.keep(Comment(1), Comment(2))
	before := version()
	b.keep(Comment(3))
	b.rule(moderation.IsSpam, NewID(2))
	if version() != before {
		t.Error("a change that nobody can see made a new version")
	}
	settled := b.rule(moderation.Approved, NewID(1))
	approved := version()
	b.undo(settled.Batch)
	published := Comment(4)
	published.State = moderation.Approved
	undone := version()
	b.keep(published)
	if !(before < approved && approved < undone && undone < version()) {
		t.Errorf("versions %d, %d, %d, %d do not grow", before, approved, undone, version())
	}
}

// branches keeps approved tops with replies between pending ones, in any order of arrival, and
// returns the IDs in reading order.
func branches(b *bench, order moderation.Order) []string {
	b.t.Helper()
	var tops []moderation.Comment
	below := map[string][]string{}
	rng := rand.New(rand.NewPCG(1, 2))
	for n := range 150 {
		c := Comment(n)
		if n > 5 && rng.IntN(2) == 0 {
			c = Below(tops[rng.IntN(len(tops))], c)
		}
		c.State = moderation.Approved
		if c.Parent != "" && rng.IntN(4) == 0 {
			c.State = moderation.Pending
		}
		b.keep(c)
		if c.Parent == "" {
			tops = append(tops, c)
		}
		if c.State == moderation.Approved {
			below[c.Root] = append(below[c.Root], c.ID)
		}
	}
	if order == moderation.NewestFirst {
		slices.Reverse(tops)
	}
	var want []string
	for _, top := range tops {
		want = append(want, below[top.ID]...)
	}
	return want
}

func threadPages(t *testing.T, b *bench) {
	want := branches(b, moderation.NewestFirst)
	newest := readAll(b, moderation.NewestFirst)
	if !slices.Equal(newest, want) {
		t.Errorf("newest first: %v, want %v", newest, want)
	}
	oldest := readAll(b, moderation.OldestFirst)
	if sorted := slices.Sorted(slices.Values(oldest)); !slices.Equal(sorted, slices.Sorted(slices.Values(want))) || slices.Equal(oldest, newest) {
		t.Errorf("oldest first: %v", oldest)
	}
	if oldest[0] != NewID(0) {
		t.Errorf("oldest first begins with %s", oldest[0])
	}
}

func readAll(b *bench, order moderation.Order) []string {
	b.t.Helper()
	var all []string
	for cursor := ""; ; {
		tp, err := b.ThreadPage(b.ctx, "desa", Page, order, cursor, 7)
		must(b.t, err)
		if len(tp.Comments) > 7 {
			b.t.Fatalf("a page of %d", len(tp.Comments))
		}
		all = append(all, ids(tp)...)
		if tp.Next == "" {
			if tp.Count != len(all) {
				b.t.Errorf("count %d, read %d", tp.Count, len(all))
			}
			return all
		}
		cursor = tp.Next
	}
}

func badCursor(t *testing.T, b *bench) {
	b.keep(Comment(1))
	for _, cursor := range []string{"x", ".", NewID(1), NewID(1) + ".", NewID(1) + ".' OR 1", "\x00.\xff"} {
		_, err := b.ThreadPage(b.ctx, "desa", Page, moderation.NewestFirst, cursor, 10)
		wantCode(t, err, moderation.Malformed)
		_, err = b.List(b.ctx, moderation.Filter{State: moderation.Pending, Cursor: cursor + "'", Limit: 10})
		wantCode(t, err, moderation.Malformed)
	}
}

func listed(l moderation.Listing) (all []string) {
	for _, e := range l.Entries {
		all = append(all, e.ID)
	}
	return all
}

func queueCursor(t *testing.T, b *bench) {
	for n := range 9 {
		c := Comment(n)
		c.Site = []string{"desa", "kota"}[n%2]
		b.keep(c)
	}
	f := moderation.Filter{State: moderation.Pending, Limit: 3}
	first, err := b.List(b.ctx, f)
	must(t, err)
	b.rule(moderation.IsSpam, NewID(1), NewID(4)) // one read, one to come
	b.keep(Comment(10))
	f.Cursor = first.Next
	second, err := b.List(b.ctx, f)
	must(t, err)
	f.Cursor = second.Next
	third, err := b.List(b.ctx, f)
	must(t, err)
	got := slices.Concat(listed(first), listed(second), listed(third))
	want := []string{NewID(0), NewID(1), NewID(2), NewID(3), NewID(5), NewID(6), NewID(7), NewID(8), NewID(10)}
	if !slices.Equal(got, want) || third.Next != "" || second.Total != 8 {
		t.Errorf("read %v, want %v; next %q, total %d", got, want, third.Next, second.Total)
	}
	b.rule(moderation.IsSpam, NewID(0))
	spam, err := b.List(b.ctx, moderation.Filter{State: moderation.IsSpam, Limit: 2})
	must(t, err)
	if !slices.Equal(listed(spam), []string{NewID(4), NewID(1)}) || spam.Next != NewID(1) || spam.Total != 3 {
		t.Errorf("spam %v, next %q, total %d", listed(spam), spam.Next, spam.Total)
	}
}

func queueFilter(t *testing.T, b *bench) {
	other, there := Comment(2), Comment(3)
	other.Page, other.PageTitle = "https://desa.id/Pasar_100%", "Harga pasar"
	there.Site = "kota"
	b.keep(Comment(1), other, there)
	for name, tc := range map[string]struct {
		filter moderation.Filter
		want   []string
	}{
		"all sites":              {moderation.Filter{}, []string{NewID(1), NewID(2), NewID(3)}},
		"the editor's sites":     {moderation.Filter{Sites: []string{"kota"}}, []string{NewID(3)}},
		"no site":                {moderation.Filter{Sites: []string{}}, nil},
		"one site":               {moderation.Filter{Site: "desa"}, []string{NewID(1), NewID(2)}},
		"a site out of bounds":   {moderation.Filter{Site: "desa", Sites: []string{"kota"}}, nil},
		"an unknown site":        {moderation.Filter{Site: "entah"}, nil},
		"a part of the address":  {moderation.Filter{Page: "pasar_1"}, []string{NewID(2)}},
		"a part of the title":    {moderation.Filter{Page: "HARGA"}, []string{NewID(2)}},
		"wildcards mean nothing": {moderation.Filter{Page: "b_rita"}, nil},
		"percent means itself":   {moderation.Filter{Page: "100%"}, []string{NewID(2)}},
	} {
		tc.filter.State, tc.filter.Limit = moderation.Pending, 10
		l, err := b.List(b.ctx, tc.filter)
		must(t, err)
		if !slices.Equal(listed(l), tc.want) || l.Total != len(tc.want) {
			t.Errorf("%s: %v (%d), want %v", name, listed(l), l.Total, tc.want)
		}
	}
	for _, tc := range []struct {
		sites []string
		want  int
	}{{nil, 3}, {[]string{"desa"}, 2}, {[]string{}, 0}} {
		if n, err := b.Pending(b.ctx, tc.sites); err != nil || n != tc.want {
			t.Errorf("%d pending on %v, want %d (%v)", n, tc.sites, tc.want, err)
		}
	}
}
