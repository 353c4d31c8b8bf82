package storetest

import (
	"fmt"
	"net/netip"
	"slices"
	"testing"
	"time"

	"balasan/moderation"
)

func laneHeat(t *testing.T, b *bench) {
	pages := []string{Page, "https://desa.id/panas", "https://desa.id/hangat"}
	for n := range 6 {
		c := Comment(n)
		c.Page = pages[n%3]
		b.keep(c)
	}
	read := func(panas, hangat int, at time.Time) {
		t.Helper()
		must(t, b.CountReads(b.ctx, []moderation.PageReads{{Site: "desa", Page: pages[1], Reads: panas}, {Site: "desa", Page: pages[2], Reads: hangat},
			{Site: "desa", Page: "https://desa.id/entah", Reads: 99}}, at))
	}
	b.wantLanes("", "0 | 1 | 2 | 3 | 4 | 5", "")
	read(500, 20, Start)
	b.wantLanes("", "1 | 4 | 2 | 5 | 0 | 3", "")
	late, liked := Comment(7), good(8)
	late.Page, liked.Page = pages[1], pages[1]
	b.keep(late, liked)
	b.wantLanes("", "1 | 4 | 7 | 2 | 5 | 0 | 3", "8")
	ruled := b.rule(moderation.IsSpam, NewID(4))
	read(0, 3000, Start.Add(20*24*time.Hour))
	b.undo(ruled.Batch)
	b.wantLanes("", "2 | 5 | 0 | 1 | 3 | 4 | 7", "8")
}

func senderStory(t *testing.T, b *bench) {
	me := Comment(1)
	me.Addr = netip.MustParseAddr("203.0.113.7")
	family := map[int]func(c *moderation.Comment){
		2: func(c *moderation.Comment) { c.Email = me.Email },
		3: func(c *moderation.Comment) { c.Addr = netip.MustParseAddr("203.0.113.200") },
		4: func(c *moderation.Comment) { c.Email, c.Addr, c.Site = me.Email, me.Addr, "kota" },
		5: func(*moderation.Comment) {},
	}
	b.keep(me)
	for n := 2; n <= 5; n++ {
		c := Comment(n)
		family[n](&c)
		b.keep(c)
	}
	b.rule(moderation.IsSpam, NewID(2))
	told := func(sites []string, limit int) string {
		t.Helper()
		story, err := b.SenderStory(b.ctx, NewID(1), sites, limit)
		must(t, err)
		words := ""
		for _, k := range story.Comments {
			words += fmt.Sprintf("%d %v %v, ", slices.Index(manyIDs, k.ID), k.SameEmail, k.SameNetwork)
		}
		return words + fmt.Sprint(story.Counts[moderation.Pending], story.Counts[moderation.IsSpam], story.Counts[moderation.Approved])
	}
	if got := told(nil, 10); got != "4 true true, 3 false true, 2 true false, 2 1 0" {
		t.Errorf("on all sites: %s", got)
	}
	if got := told([]string{"desa"}, 1); got != "3 false true, 1 1 0" {
		t.Errorf("on one site, one of them: %s", got)
	}
	_, err := b.SenderStory(b.ctx, NewID(1), []string{"kota"}, 10)
	wantCode(t, err, moderation.NotFound)
	_, err = b.SenderStory(b.ctx, NewID(99), nil, 10)
	wantCode(t, err, moderation.NotFound)
}

func pastOfSites(t *testing.T, b *bench) {
	long, there := Comment(1), Comment(2)
	long.Body = string(slices.Repeat([]rune("é"), moderation.SampleRunes+1))
	there.Site = "kota"
	b.keep(long, there, Comment(3))
	must2 := func(s moderation.Settled, err error) moderation.Settled { t.Helper(); must(t, err); return s }
	ruling := func(to moderation.State, ids ...string) moderation.Ruling { return moderation.Ruling{IDs: ids, To: to} }
	must2(b.Rule(b.ctx, ruling(moderation.IsSpam, NewID(1), NewID(2)), sari, "b1", nil, Start))
	must2(b.Rule(b.ctx, ruling(moderation.Approved, NewID(3)), budi, "b2", nil, Start.Add(time.Minute)))
	must2(b.Undo(b.ctx, "b2", sari, "b3", nil, Start.Add(2*time.Minute)))
	must2(b.Remark(b.ctx, NewID(2), "judi", budi, "b4", nil, Start.Add(2*time.Minute)))
	told := func(sites []string, limit int) (words []string) {
		t.Helper()
		cursor := ""
		for {
			page, err := b.History(b.ctx, sites, cursor, limit)
			must(t, err)
			for _, p := range page.Batches {
				words = append(words, fmt.Sprint(p.ID, " ", p.By, " ", p.Count, " ", p.To, " ", p.Deed, p.Undone, " ", slices.Index(manyIDs, p.Sample.ID)))
			}
			if cursor = page.Next; cursor == "" {
				return words
			}
		}
	}
	all := []string{"b4 Budi 1 spam remarkedfalse 2", "b3 Sari 1 pending false 3", "b2 Budi 1 approved true 3", "b1 Sari 2 spam false 1"}
	for limit := 1; limit <= 5; limit++ {
		if got := told(nil, limit); !slices.Equal(got, all) {
			t.Errorf("by %d: %q", limit, got)
		}
	}
	if got := told([]string{"kota"}, 1); !slices.Equal(got, []string{all[0], "b1 Sari 1 spam false 2"}) {
		t.Errorf("of one site: %q", got)
	}
	if got := told([]string{}, 5); len(got) > 0 {
		t.Errorf("of no site: %q", got)
	}
	page, err := b.History(b.ctx, []string{"desa"}, "", 9)
	must(t, err)
	if s := page.Batches[len(page.Batches)-1].Sample; s.Excerpt != long.Body[:2*moderation.SampleRunes] || s.Name != long.Name || s.Site != "desa" {
		t.Errorf("sample %+v", s)
	}
	for _, cursor := range []string{"x", "1e9.b", ".", "1.\x00"} {
		_, err := b.History(b.ctx, nil, cursor, 9)
		wantCode(t, err, moderation.Malformed)
	}
}

func deskRoles(t *testing.T, b *bench) {
	there := Comment(2)
	there.Site = "kota"
	b.keep(Comment(1), there)
	desk, ctx := b.desk(), b.ctx
	viewer := moderation.Editor{ID: "e3", Name: "Tamu", Roles: map[string]moderation.Role{"desa": moderation.Viewer}}
	calls := map[string]func(by moderation.Editor, id string) error{
		"edit": func(by moderation.Editor, id string) error {
			_, err := desk.Edit(ctx, by, id, "teks baru", 9)
			return err
		},
		"remark":  func(by moderation.Editor, id string) error { _, err := desk.Remark(ctx, by, id, "catatan"); return err },
		"lease":   func(by moderation.Editor, id string) error { _, err := desk.Lease(ctx, by, id); return err },
		"release": func(by moderation.Editor, id string) error { return desk.Release(ctx, by, id) },
		"group":   func(by moderation.Editor, id string) error { _, err := desk.Group(ctx, by, id); return err },
		"sender":  func(by moderation.Editor, id string) error { _, err := desk.Sender(ctx, by, id); return err },
		"leases":  func(by moderation.Editor, _ string) error { _, err := desk.Leases(ctx, by); return err },
		"history": func(by moderation.Editor, _ string) error { _, err := desk.History(ctx, by, "", 10); return err },
		"lane": func(by moderation.Editor, _ string) error {
			_, err := desk.Lane(ctx, by, moderation.LaneFilter{Lane: moderation.InDoubt})
			return err
		},
		"counts": func(by moderation.Editor, _ string) error { _, err := desk.LaneCounts(ctx, by, ""); return err },
	}
	reads := []string{"group", "sender", "leases", "history", "lane", "counts"}
	for name, call := range calls {
		wantCode(t, call(moderation.Editor{ID: "e9"}, NewID(1)), moderation.Forbidden)
		must(t, call(budi, NewID(1)))
		if err := call(viewer, NewID(1)); slices.Contains(reads, name) {
			must(t, err)
		} else {
			wantCode(t, err, moderation.Forbidden)
		}
		if err := call(budi, NewID(2)); slices.Contains([]string{"edit", "remark", "group", "sender"}, name) {
			wantCode(t, err, moderation.NotFound)
		}
	}
	_, err := desk.LaneCounts(ctx, budi, "kota")
	wantCode(t, err, moderation.Forbidden)
	_, err = desk.Lane(ctx, budi, moderation.LaneFilter{Lane: "spam"})
	wantCode(t, err, moderation.Invalid)
	_, err = desk.Edit(ctx, budi, NewID(1), " \n ", 9)
	wantCode(t, err, moderation.Invalid)
	_, err = desk.Remark(ctx, budi, NewID(1), "")
	wantCode(t, err, moderation.Invalid)
	if same, err := desk.Edit(ctx, budi, NewID(1), "teks baru", 9); err != nil || len(same.Changed) > 0 {
		t.Errorf("the same text again: %+v %v", same, err)
	}
	_, err = desk.Edit(ctx, budi, NewID(1), "lain", 0)
	wantCode(t, err, moderation.Decided)
	for _, by := range []moderation.Editor{budi, sari} {
		_, err = desk.Lease(ctx, by, NewID(1))
		must(t, err)
	}
	g, err := desk.Group(ctx, budi, NewID(1))
	if must(t, err); g.Lease != nil {
		t.Errorf("Budi had it first: %+v", g.Lease)
	}
	if g, err = desk.Group(ctx, sari, NewID(1)); err != nil || g.Lease == nil || g.Lease.By != "Budi" {
		t.Errorf("Sari sees %+v %v", g.Lease, err)
	}
}
