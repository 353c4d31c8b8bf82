package storetest

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"balasan/moderation"
)

// stand keeps the nth standing decision, an hour long from its minute on.
func (b *bench) stand(n int, kind moderation.StandingKind, t moderation.Traits, sites ...string) moderation.Standing {
	b.t.Helper()
	at := Start.Add(time.Duration(n) * time.Minute)
	s := moderation.Standing{ID: NewID(n), Kind: kind, Sites: sites, Of: fmt.Sprint("b", n), About: "hubungi kami", Note: "lagi", Editor: sari.ID, By: sari.Name,
		At: at, Until: at.Add(time.Hour)}
	must(b.t, b.Stand(b.ctx, s, t))
	return s
}

// stops tells the rules and standing decisions that refuse c.
func (b *bench) stops(c moderation.Comment) (all []string) {
	for _, s := range (moderation.Doorkeeper{Register: b, Tying: Tying{}}).Stops(b.ctx, c) {
		all = append(all, fmt.Sprint(s.Rule, " ", slices.Index(manyIDs, s.Term)))
	}
	return all
}

func (b *bench) wantStops(c moderation.Comment, want ...string) {
	b.t.Helper()
	if got := b.stops(c); !slices.Equal(got, want) {
		b.t.Errorf("%s at %s: stopped by %q, want %q", c.Body, c.At.Format("15:04"), got, want)
	}
}

func saying(n int, body string) moderation.Comment {
	c := Comment(n)
	c.Body = body
	return c
}

// likeness is of the texts that [Tying] reads off these bodies.
func likeness(bodies ...string) moderation.Traits {
	var prints []moderation.Print
	for _, body := range bodies {
		prints = append(prints, Tying{}.Print(saying(0, body)))
	}
	l, _ := moderation.LikenessOf(prints)
	return moderation.Traits{Likeness: l}
}

func standingAlike(t *testing.T, b *bench) {
	s := b.stand(1, moderation.RefuseAlike, likeness("t:7 n:8 h:9"), "desa")
	b.wantStops(saying(2, "t:7"), "standing.alike 1")
	b.wantStops(saying(2, "n:8"), "standing.alike 1")
	b.wantStops(saying(2, "h:9"), "standing.alike 1")
	b.wantStops(saying(2, "t:8 n:7 h:7"))
	other := saying(2, "t:7")
	other.Site = "kota"
	b.wantStops(other)
	good := saying(2, "h:9")
	good.Verdict.Outcome = moderation.Approve
	b.wantStops(good)
	end := saying(2, "t:7")
	end.At = s.Until.Add(-time.Microsecond)
	b.wantStops(end, "standing.alike 1")
	end.At = s.Until
	b.wantStops(end)
	everywhere := b.stand(3, moderation.RefuseAlike, likeness("t:7"), moderation.AllSites)
	b.wantStops(other, "standing.alike 3")
	b.wantStops(saying(4, "t:7"), "standing.alike 1", "standing.alike 3")
	must(t, b.Revoke(b.ctx, everywhere.ID, budi, Start.Add(4*time.Minute)))
	b.wantStops(saying(4, "t:7"), "standing.alike 1")
	wantCode(t, b.Revoke(b.ctx, NewID(99), budi, Start), moderation.NotFound)
}

func standingBan(t *testing.T, b *bench) {
	six := Comment(1)
	six.Addr = netip.MustParseAddr("2001:db8:1:2::1")
	b.stand(1, moderation.RefuseSender, moderation.Traits{Email: six.Email}, "desa")
	b.stand(2, moderation.RefuseSender, moderation.Traits{Addr: six.Addr}, "desa")
	b.stand(3, moderation.RefuseSender, moderation.Traits{Email: Comment(5).Email, Addr: Comment(5).Addr}, "desa")
	b.wantStops(six, "standing.ban 1", "standing.ban 2")
	near := Comment(8)
	near.Addr = netip.MustParseAddr("2001:db8:1:2:ffff::9")
	b.wantStops(near, "standing.ban 2")
	near.Addr = netip.MustParseAddr("2001:db8:1:3::1")
	b.wantStops(near)
	same := Comment(9)
	same.Email, _ = moderation.ParseEmail("pembaca5@CONTOH.id")
	b.wantStops(same, "standing.ban 3")
	beside := Comment(6) // in the same /24
	b.wantStops(beside)
	beside.Addr = Comment(5).Addr
	b.wantStops(beside, "standing.ban 3")
	elsewhere := Comment(5)
	elsewhere.Site = "kota"
	b.wantStops(elsewhere)
}

func standingList(t *testing.T, b *bench) {
	for n, sites := range map[int][]string{1: {"desa"}, 2: {"kota"}, 3: {"desa", "kota"}, 4: {moderation.AllSites}, 5: {"desa"}} {
		b.stand(n, moderation.RefuseAlike, likeness(fmt.Sprint("t:", n)), sites...)
	}
	must(t, b.Revoke(b.ctx, NewID(5), budi, Start.Add(6*time.Minute)))
	must(t, b.Revoke(b.ctx, NewID(5), sari, Start.Add(7*time.Minute)))
	for sites, want := range map[string][]int{"": {4, 3, 2, 1, 5}, "desa": {4, 3, 1, 5}, "kota": {4, 3, 2}} {
		var within []string
		if sites != "" {
			within = []string{sites}
		}
		var got []int
		cursor := ""
		for {
			page, err := b.Standings(b.ctx, within, cursor, 2)
			must(t, err)
			for _, s := range page.Standing {
				got = append(got, slices.Index(manyIDs, s.ID))
			}
			if cursor = page.Next; cursor == "" {
				break
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("on %q: %v, want %v", sites, got, want)
		}
	}
	got, err := b.Standing(b.ctx, NewID(5), []string{"desa"})
	must(t, err)
	want := moderation.Standing{ID: NewID(5), Kind: moderation.RefuseAlike, Sites: []string{"desa"}, Of: "b5", About: "hubungi kami", Note: "lagi", Editor: sari.ID,
		By: sari.Name, At: Start.Add(5 * time.Minute), Until: Start.Add(65 * time.Minute), RevokedAt: Start.Add(6 * time.Minute), RevokedBy: budi.Name}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	_, err = b.Standing(b.ctx, NewID(2), []string{"desa"})
	wantCode(t, err, moderation.NotFound)
	for of, want := range map[string]int{"b4": 1, "b5": 0, "b9": 0} {
		if all, err := b.StandingsOf(b.ctx, of, Start.Add(7*time.Minute)); err != nil || len(all) != want {
			t.Errorf("of %s: %v, %v", of, all, err)
		}
	}
	_, err = b.Standings(b.ctx, nil, "x", 2)
	wantCode(t, err, moderation.Malformed)
}

func standingStopped(t *testing.T, b *bench) {
	b.stand(1, moderation.RefuseAlike, likeness("t:7"), moderation.AllSites)
	for n := 2; n <= 6; n++ {
		c := Comment(n)
		c.State, c.Key = moderation.IsSpam, fmt.Sprint("k", n)
		c.Verdict.Outcome = moderation.Spam
		c.Verdict.Signals = append(c.Verdict.Signals, moderation.Signal{Rule: moderation.RuleAlike, Term: NewID(1), Force: moderation.Spam})
		if n == 6 {
			c.Site = "kota"
		}
		b.keep(c, c) // the second is a retry
	}
	b.rule(moderation.Pending, NewID(3))
	list := func(sites []string, cursor string) moderation.Listing {
		l, err := b.Stopped(b.ctx, NewID(1), sites, cursor, 2)
		must(t, err)
		return l
	}
	desa := []string{"desa"}
	first := list(desa, "")
	second := list(desa, first.Next)
	if first.Total != 4 || entryIDs(first) != "5 4" || entryIDs(second) != "3 2" || second.Next != "" {
		t.Errorf("%s and %s of %d, then %q", entryIDs(first), entryIDs(second), first.Total, second.Next)
	}
	if l := list(nil, ""); l.Total != 5 || entryIDs(l) != "6 5" {
		t.Errorf("everywhere %s of %d", entryIDs(l), l.Total)
	}
	still, err := b.StoppedStill(b.ctx, NewID(1), desa, 2)
	must(t, err)
	if !slices.Equal(still, []string{NewID(5), NewID(4)}) {
		t.Errorf("still there %v", still)
	}
	if still, _ = b.StoppedStill(b.ctx, NewID(1), desa, 9); !slices.Equal(still, []string{NewID(5), NewID(4), NewID(2)}) {
		t.Errorf("all that is still there %v", still)
	}
	if s, err := b.Standing(b.ctx, NewID(1), desa); err != nil || s.Stopped != 4 {
		t.Errorf("it counts %d, %v", s.Stopped, err)
	}
}

func entryIDs(l moderation.Listing) string {
	var all []int
	for _, e := range l.Entries {
		all = append(all, slices.Index(manyIDs, e.ID))
	}
	text := fmt.Sprint(all)
	return text[1 : len(text)-1]
}

func standingRefused(t *testing.T, b *bench) {
	b.gather(1, "t:1", "t:1", "t:1", "t:2", "t:1")
	batch := b.rule(moderation.IsSpam, NewID(1), NewID(3), NewID(4)).Batch
	refused := func(of string, sites ...string) string {
		all, err := b.Refused(b.ctx, of, sites, 10)
		if err != nil {
			return string(moderation.CodeOf(err))
		}
		var l moderation.Listing
		for _, c := range all {
			l.Entries = append(l.Entries, moderation.Entry{Comment: c})
		}
		return entryIDs(l)
	}
	for of, want := range map[string]string{batch: "4 3 1", NewID(2): "3 1", NewID(4): "4", NewID(5): "3 1", NewID(9): "not_found", "?": "not_found"} {
		if got := refused(of, "desa"); got != want {
			t.Errorf("of %s: %s, want %s", of, got, want)
		}
	}
	if got := refused(batch, "kota"); got != "not_found" {
		t.Errorf("on another site: %s", got)
	}
	b.undo(batch)
	if got := refused(batch, "desa"); got != "not_found" {
		t.Errorf("after undo: %s", got)
	}
}

func standingRoom(t *testing.T, b *bench) {
	for n := range moderation.MaxAlikes {
		b.stand(n, moderation.RefuseAlike, likeness("t:1"), "desa")
	}
	late := moderation.Standing{ID: NewID(150), Kind: moderation.RefuseAlike, Sites: []string{"desa"}, At: Start.Add(59 * time.Minute), Until: Start.Add(2 * time.Hour)}
	wantCode(t, b.Stand(b.ctx, late, likeness("t:1")), moderation.Invalid)
	b.stand(151, moderation.RefuseSender, moderation.Traits{Email: Comment(1).Email}, "desa")
	late.At = Start.Add(61 * time.Minute) // two have ended
	must(t, b.Stand(b.ctx, late, likeness("t:1")))
}

// standingCommon needs the campaigns' own count of who used a bit.
func standingCommon(t *testing.T, b *bench) {
	b.gather(1, "h:9")
	b.stand(1, moderation.RefuseAlike, likeness("h:9 t:1"), "desa")
	b.wantStops(saying(2, "h:9"), "standing.alike 1")
	for n := range moderation.CommonTie {
		c := saying(10+n, "h:9")
		c.Verdict.Outcome = moderation.Approve
		b.keep(c)
	}
	b.gatherAll()
	must(t, b.RefreshStanding(context.WithoutCancel(b.ctx), Start.Add(30*time.Minute)))
	b.wantStops(saying(2, "h:9"))
	b.wantStops(saying(2, "t:1"), "standing.alike 1")
}
