package storetest

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"balasan/moderation"
)

// Tying reads ties off a body: “t:7” is a text, “n:7” a band, “h:7” a host, “s:40” a sketch that
// agrees with the full one in 40 places.
type Tying struct{}

func (Tying) Print(c moderation.Comment) moderation.Print {
	p := moderation.Print{Doubted: c.Verdict.Outcome != moderation.Approve}
	p.Excused = !p.Doubted
	same := len(p.Sketch)
	for _, word := range strings.Fields(c.Body) {
		kind, number, _ := strings.Cut(word, ":")
		n, _ := strconv.Atoi(number)
		switch kind {
		case "t":
			p.Ties = append(p.Ties, moderation.Tie{Kind: moderation.TieText, Hash: uint64(n)})
		case "n":
			p.Ties = append(p.Ties, moderation.Tie{Kind: moderation.TieNear, Hash: uint64(n)})
		case "h":
			p.Ties = append(p.Ties, moderation.Tie{Kind: moderation.TieHost, Hash: uint64(n)})
		case "s":
			same = n
		}
	}
	for i := range p.Sketch {
		p.Sketch[i] = uint16(1 + count(i >= same))
	}
	return p
}

func (Tying) Holds(p moderation.Print, f moderation.Found) bool {
	return !f.Tie.Kind.Shared() || p.Doubted && !f.Common()
}

func count(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

// gather keeps the nth comments with these bodies and gathers them.
func (b *bench) gather(first int, bodies ...string) {
	b.t.Helper()
	for n, body := range bodies {
		c := Comment(first + n)
		c.Body = body
		b.keep(c)
	}
	b.gatherAll()
}

func (b *bench) gatherAll() {
	b.t.Helper()
	for {
		n, err := b.Gather(b.ctx, Tying{})
		must(b.t, err)
		if n == 0 {
			return
		}
	}
}

func (b *bench) campaigns(f moderation.CampaignFilter) moderation.CampaignPage {
	b.t.Helper()
	f.Limit = max(f.Limit, 1)
	page, err := b.Campaigns(b.ctx, f)
	must(b.t, err)
	return page
}

// only is the one campaign that waits, as “id size pending refused”.
func (b *bench) only(f moderation.CampaignFilter) string {
	b.t.Helper()
	f.Limit = 10
	page := b.campaigns(f)
	if len(page.Campaigns) == 0 {
		return "none"
	}
	if len(page.Campaigns) > 1 || page.Next != "" {
		b.t.Errorf("%d campaigns, next %q", len(page.Campaigns), page.Next)
	}
	c := page.Campaigns[0]
	return fmt.Sprint(slices.Index(manyIDs, c.ID), c.Size, c.Pending, c.Refused)
}

var manyIDs = func() (ids []string) {
	for n := range 200 {
		ids = append(ids, NewID(n))
	}
	return ids
}()

func campaignOne(t *testing.T, b *bench) {
	other := Comment(9)
	other.Body, other.Site, other.Page, other.Name = "t:1", "kota", "https://desa.id/berita/2", "Budi"
	b.keep(other)
	b.gather(1, "t:1", "t:1", "t:2", "", "nothing ties this")
	if got := b.only(moderation.CampaignFilter{}); got != "1 3 3 0" {
		t.Errorf("campaign %s", got)
	}
	c := b.campaigns(moderation.CampaignFilter{}).Campaigns[0]
	if c.Sites != 2 || c.Pages != 2 || c.Names != 2 || c.Networks != 2 || !c.LastAt.Equal(other.At) || c.Example.Body != "t:1" {
		t.Errorf("campaign %+v", c)
	}
	_, err := b.Members(b.ctx, NewID(3), nil, "", 10)
	wantCode(t, err, moderation.NotFound)
	_, err = b.Members(b.ctx, "nobody", nil, "", 10)
	wantCode(t, err, moderation.NotFound)
}

func campaignMerge(t *testing.T, b *bench) {
	b.gather(1, "t:1", "t:2", "t:2", "t:1", "t:2", "t:1 h:9")
	if page := b.campaigns(moderation.CampaignFilter{Limit: 5}); len(page.Campaigns) != 2 {
		t.Errorf("campaigns %+v", page)
	}
	b.rule(moderation.IsSpam, NewID(1), NewID(2))
	b.gather(7, "t:2 h:9")
	if got := b.only(moderation.CampaignFilter{}); got != "1 7 5 2" {
		t.Errorf("merged into %s", got)
	}
	for n := 1; n <= 7; n++ {
		if l, err := b.Members(b.ctx, NewID(n), nil, "", 10); err != nil || len(l.Entries) != 5 || l.Total != 5 {
			t.Errorf("by its member %d it has %d of %d: %v", n, len(l.Entries), l.Total, err)
		}
	}
}

func campaignDecided(t *testing.T, b *bench) {
	b.gather(1, "t:1", "t:1", "t:1", "t:1")
	spam := b.rule(moderation.IsSpam, NewID(1), NewID(2))
	b.rule(moderation.Approved, NewID(3))
	if got := b.only(moderation.CampaignFilter{}); got != "1 4 1 2" {
		t.Errorf("after a ruling: %s", got)
	}
	b.rule(moderation.IsSpam, NewID(4))
	if got := b.only(moderation.CampaignFilter{}); got != "none" {
		t.Errorf("after all is decided: %s", got)
	}
	b.undo(spam.Batch)
	if got := b.only(moderation.CampaignFilter{}); got != "1 4 2 1" {
		t.Errorf("after an undo: %s", got)
	}
	machine := Comment(5)
	machine.Body, machine.State = "t:1", moderation.IsSpam
	b.keep(machine)
	b.gatherAll()
	if got := b.only(moderation.CampaignFilter{}); got != "1 5 2 1" {
		t.Errorf("the machine's word counts as an editor's: %s", got)
	}
	b.rule(moderation.Pending, NewID(5))
	if got := b.only(moderation.CampaignFilter{}); got != "1 5 3 1" {
		t.Errorf("after an editor took it back: %s", got)
	}
}

func campaignSites(t *testing.T, b *bench) {
	for n := range 3 {
		c := Comment(10 + n)
		c.Site, c.Body = "kota", "t:1"
		b.keep(c)
	}
	b.gather(1, "t:1", "t:2", "t:2")
	for name, tc := range map[string]struct {
		f    moderation.CampaignFilter
		want string
	}{
		"the part on one site":       {moderation.CampaignFilter{Site: "kota"}, "1 3 3 0"},
		"the part of an editor":      {moderation.CampaignFilter{Sites: []string{"kota"}}, "1 3 3 0"},
		"a site of somebody else":    {moderation.CampaignFilter{Sites: []string{"kota"}, Site: "desa"}, "none"},
		"no site":                    {moderation.CampaignFilter{Sites: []string{}}, "none"},
		"a site that does not exist": {moderation.CampaignFilter{Site: "pulau"}, "none"},
	} {
		if got := b.only(tc.f); got != tc.want {
			t.Errorf("%s: %s, want %s", name, got, tc.want)
		}
	}
	if l, err := b.Members(b.ctx, NewID(1), []string{"kota"}, "", 10); err != nil || len(l.Entries) != 3 || l.Total != 3 {
		t.Errorf("members %d of %d: %v", len(l.Entries), l.Total, err)
	}
	_, err := b.Members(b.ctx, NewID(2), []string{"kota"}, "", 10)
	wantCode(t, err, moderation.NotFound)
	all := b.campaigns(moderation.CampaignFilter{Limit: 5}).Campaigns
	if len(all) != 2 || all[0].Size+all[1].Size != 6 {
		t.Errorf("on all sites: %+v", all)
	}
}

func campaignStrangers(t *testing.T, b *bench) {
	excused := Comment(9)
	excused.Body, excused.Verdict.Outcome = "n:1", moderation.Approve
	b.keep(excused)
	b.gather(1, "n:1", "n:1", "n:1", "n:1 s:20", "t:5 n:1", "t:5 n:1", "n:1 s:30", "n:1")
	b.rule(moderation.IsSpam, NewID(2))
	var got []string
	cursor := ""
	for {
		l, err := b.Members(b.ctx, NewID(1), nil, cursor, 3)
		must(t, err)
		got = append(got, listed(l)...)
		if l.Total != 8 {
			t.Errorf("total %d", l.Total)
		}
		if cursor = l.Next; cursor == "" {
			break
		}
	}
	want := []string{NewID(9), NewID(4), NewID(7), NewID(1), NewID(3), NewID(8), NewID(5), NewID(6)}
	if !slices.Equal(got, want) {
		t.Errorf("members %v, want %v", got, want)
	}
	waiting, err := b.Waiting(b.ctx, NewID(1), nil, "", 3)
	must(t, err)
	if !slices.Equal(waiting, want[:3]) {
		t.Errorf("waiting %v, want %v", waiting, want[:3])
	}
	for _, cursor := range []string{"x", "1.", "x." + NewID(1) + "'", "\x00"} {
		_, err := b.Members(b.ctx, NewID(1), nil, cursor, 3)
		wantCode(t, err, moderation.Malformed)
	}
}

func campaignSettled(t *testing.T, b *bench) {
	b.gather(1, "t:1", "t:1", "t:1", "t:1", "t:1")
	settled := func(sites []string) []moderation.Conflict {
		t.Helper()
		last, err := b.LastSettled(b.ctx, NewID(1), sites)
		must(t, err)
		slices.SortFunc(last, func(x, y moderation.Conflict) int { return strings.Compare(x.ID, y.ID) })
		return last
	}
	if last := settled(nil); len(last) > 0 {
		t.Errorf("nobody decided, but %+v", last)
	}
	var want []moderation.Conflict
	for i, r := range []moderation.Ruling{{IDs: []string{NewID(2)}, To: moderation.Approved}, {IDs: []string{NewID(1), NewID(3), NewID(4)}, To: moderation.IsSpam}} {
		done, err := b.Rule(b.ctx, r, sari, fmt.Sprint("batch ", i), nil, Start.Add(time.Duration(1+i)*time.Hour))
		must(t, err)
		want = want[:0]
		for _, d := range done.Changed {
			want = append(want, moderation.Conflict{ID: d.Comment, State: d.To, By: d.By, Batch: d.Batch, At: d.At})
		}
	}
	if diff := cmp.Diff(want, settled(nil)); diff != "" {
		t.Error(diff)
	}
	if last := settled([]string{"entah"}); len(last) > 0 {
		t.Errorf("of other sites %+v", last)
	}
}

func campaignPages(t *testing.T, b *bench) {
	n := 0
	for campaign := range 25 {
		for range 2 + campaign {
			c := Comment(n)
			c.Body, c.Site = fmt.Sprint("t:", campaign), []string{"desa", "kota"}[n%2]
			b.keep(c)
			n++
		}
	}
	b.gatherAll()
	var sizes []int
	seen := map[string]bool{}
	cursor := ""
	for {
		page := b.campaigns(moderation.CampaignFilter{Cursor: cursor, Limit: 7})
		for _, c := range page.Campaigns {
			if seen[c.ID] {
				t.Errorf("%s twice", c.ID)
			}
			seen[c.ID] = true
			sizes = append(sizes, c.Pending)
		}
		if cursor = page.Next; cursor == "" {
			break
		}
	}
	if len(seen) != 25 || slices.Min(sizes[:3]) < slices.Max(sizes[22:]) {
		t.Errorf("%d campaigns of %v", len(seen), sizes)
	}
	for _, cursor := range []string{"x", "1", "1.x'", "\x00.1"} {
		_, err := b.Campaigns(b.ctx, moderation.CampaignFilter{Cursor: cursor, Limit: 5})
		wantCode(t, err, moderation.Malformed)
	}
}

func campaignRecall(t *testing.T, b *bench) {
	host := []moderation.Tie{{Kind: moderation.TieHost, Hash: 9}}
	text := []moderation.Tie{{Kind: moderation.TieText, Hash: 1}}
	kin := func(ties []moderation.Tie, at time.Time) moderation.Kin {
		t.Helper()
		known, err := b.Recall(b.ctx, moderation.Query{Site: "kota", Ties: ties, At: at})
		must(t, err)
		return known.History.Campaign
	}
	b.gather(1, "t:1 h:9")
	if got := kin(text, Start.Add(time.Hour)); got != (moderation.Kin{}) {
		t.Errorf("one comment is a campaign: %+v", got)
	}
	b.gather(2, "t:1 h:9", "t:2 h:9")
	b.rule(moderation.IsSpam, NewID(1))
	for _, ties := range [][]moderation.Tie{text, host, {{Kind: moderation.TieBrand, Hash: 4}, text[0]}} {
		if got := kin(ties, Start.Add(time.Hour)); got != (moderation.Kin{Size: 3, Refused: 1, Hour: 3}) {
			t.Errorf("by %v: %+v", ties, got)
		}
	}
	if got := kin(host, Start.Add(2*time.Hour)); got.Hour != 0 || got.Size != 3 {
		t.Errorf("an hour later: %+v", got)
	}
	for n := range moderation.CommonTie {
		c := Comment(20 + n)
		c.Body, c.Verdict.Outcome = "h:9", moderation.Approve
		b.keep(c)
	}
	b.gatherAll()
	if got := kin(host, Start.Add(time.Hour)); got != (moderation.Kin{}) {
		t.Errorf("a bit that honest people use leads to %+v", got)
	}
	for n := range moderation.HistoryCap {
		b.gather(30+n, "t:1")
	}
	if got := kin(text, Start.Add(81*time.Minute)); got.Size != moderation.HistoryCap || got.Hour != moderation.HistoryCap {
		t.Errorf("beyond the cap: %+v", got)
	}
}

func campaignOnce(t *testing.T, b *bench) {
	for n := range 150 {
		c := Comment(n)
		c.Body = "t:1"
		b.keep(c)
	}
	var all sync.WaitGroup
	for range 4 {
		all.Go(b.gatherAll)
	}
	all.Wait()
	b.gatherAll()
	if got := b.only(moderation.CampaignFilter{}); got != "0 150 150 0" {
		t.Errorf("four gatherers made %s", got)
	}
}
