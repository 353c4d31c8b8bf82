package storetest

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"balasan/moderation"
)

// find lists a search's hits as numbers, page after page of two.
func (b *bench) find(q string, f moderation.Filter) string {
	b.t.Helper()
	var err error
	f.Search, err = moderation.ParseSearch(q)
	must(b.t, err)
	f.Limit, f.At = 2, Start.Add(time.Hour)
	if f.State == "" {
		f.State = moderation.Pending
	}
	var all []string
	for range 500 {
		l, err := b.List(b.ctx, f)
		must(b.t, err)
		if len(l.Entries) > 2 || l.More && l.Next == "" {
			b.t.Fatalf("a page of %d, more %v, next %q", len(l.Entries), l.More, l.Next)
		}
		for _, e := range l.Entries {
			all = append(all, fmt.Sprint(slices.Index(manyIDs, e.ID)))
		}
		if f.Cursor = l.Next; f.Cursor == "" {
			break
		}
	}
	return strings.Join(all, " ")
}

func search(t *testing.T, b *bench) {
	slot, there, late := Comment(2), Comment(3), Comment(4)
	slot.Body, slot.Name, slot.Addr = "main di SL0T lewat raja.xyz", "Pak Budi", netip.MustParseAddr("203.0.113.9")
	slot.Verdict.Signals[0].Rule, slot.Verdict.Signals[0].Reason.EN = "judol.brand", "Names a site"
	there.Site, there.Addr, there.PageTitle, there.Page = "kota", slot.Addr, "Harga pasar", "https://kota.id/pasar"
	late.ID = NewID(120)
	late.Root = late.ID
	late.Name = "Pak Budi"
	b.keep(Comment(1), slot, there, late)
	reads := strings.NewReplacer("SL0T", "slot").Replace
	for q, want := range map[string]string{
		"komentar": "1 3 120", "komentar 3": "3", "slot": "2", "slot pasar": "", "budi": "2 120", `name:"pak budi" lewat`: "2",
		"site:kota": "3", "site:kota site:desa": "", "page:PASAR": "3", "page:desa.id": "1 2 120", "domain:raja.xyz": "2", "domain:contoh.id": "1 2 3 120",
		"network:203.0.113.200": "2 3", "network:203.0.113.0/24 site:kota": "3", "network:198.51.100.1": "",
		"rule:judol": "2", "reason:tautan": "1 2 3 120", "reason:names": "2", "age:>1h": "", "age:<2h": "1 2 3 120",
	} {
		if got := b.find(q, moderation.Filter{Reads: reads}); got != want {
			t.Errorf("%s finds %q, want %q", q, got, want)
		}
	}
	if got := b.find("komentar", moderation.Filter{Sites: []string{"kota"}}); got != "3" {
		t.Errorf("outside of the editor's sites: %q", got)
	}
	if got := b.find("komentar", moderation.Filter{Page: "pasar"}); got != "3" {
		t.Errorf("with a part of a page: %q", got)
	}
	b.rule(moderation.IsSpam, NewID(1), NewID(2), NewID(120))
	if got := b.find("network:203.0.113.1", moderation.Filter{State: moderation.IsSpam}); got != "2" {
		t.Errorf("among spam: %q", got)
	}
	if got := b.find("domain:contoh.id", moderation.Filter{State: moderation.IsSpam}); got != "120 2 1" {
		t.Errorf("newest first: %q", got)
	}
	for at, want := range map[int]string{60: "1 2", 200: "1 2 120"} { // IDs of these tests are milliseconds apart
		f := moderation.Filter{State: moderation.IsSpam, Limit: 9, At: Start.Add(time.Hour + time.Duration(at)*time.Millisecond)}
		f.Search.Older = time.Hour
		l, err := b.List(b.ctx, f)
		must(t, err)
		slices.Reverse(l.Entries)
		if got := numbers(l.Entries); got != want {
			t.Errorf("older than %d ms: %q, want %q", at, got, want)
		}
	}
}

func searchOn(t *testing.T, b *bench) {
	b.keepMany(3100, func(n int) moderation.Comment { // more than one look at two sites takes in
		c := Comment(n)
		c.ID = fmt.Sprintf("%s%04x", NewID(0)[:32], n)
		c.Root, c.Body, c.Site = c.ID, "biasa", []string{"desa", "kota"}[n/1550]
		if n%1550 == 1520 || n == 3 {
			c.Body = "dicari"
		}
		return c
	})
	f := moderation.Filter{State: moderation.Pending, Limit: 2, Search: moderation.Search{Words: []string{"dicari"}}}
	for page, want := range []struct {
		hits int
		more bool
	}{{1, true}, {1, true}, {1, false}} {
		l, err := b.List(b.ctx, f)
		must(t, err)
		if len(l.Entries) != want.hits || l.More != want.more || (l.Next == "") == want.more {
			t.Errorf("page %d: %d hits, more %v, next %q", page, len(l.Entries), l.More, l.Next)
		}
		f.Cursor = l.Next
	}
}
