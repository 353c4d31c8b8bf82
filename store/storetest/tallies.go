package storetest

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"pgregory.net/rapid"

	"balasan/moderation"
	"balasan/store/memory"
)

// jakarta is seven hours ahead: the evening of one day is the next one there.
var jakarta = moderation.Tallying{Zone: time.FixedZone("WIB", 7*60*60),
	Chance: func(v moderation.Verdict) (float64, bool) { return v.Score / 12, v.Score > 0 }}

// tallied follows the outbox to its end and reads all counts.
func (b *bench) tallied(sites []string) moderation.Tally {
	b.t.Helper()
	for n := 1; n > 0; {
		var err error
		n, err = b.Tally(b.ctx, jakarta)
		must(b.t, err)
	}
	all, err := b.Tallies(b.ctx, sites, "2026-01-01", "2027-12-31")
	must(b.t, err)
	return all
}

// tallyReplays: what was counted in any order and in any steps is what
// counting everything anew comes to.
func tallyReplays(t *testing.T, b *bench) {
	model := newBench(t, onlyModel{Model: memory.New()})
	round := 0
	rapid.Check(t, func(rt *rapid.T) {
		round++
		both := []*bench{b, model}
		var all, batches []string
		keep := func(rt *rapid.T) {
			c := Comment(1000*round + len(all))
			c.ID = uuid.NewString()
			c.Root, c.Page = c.ID, fmt.Sprint("halaman-", round)
			c.Site = rapid.SampledFrom([]string{"desa", "kota"}).Draw(rt, "site")
			c.State = rapid.SampledFrom([]moderation.State{moderation.Pending, moderation.Pending, moderation.Approved, moderation.IsSpam}).Draw(rt, "born")
			c.Verdict.Outcome = map[moderation.State]moderation.Outcome{moderation.Pending: moderation.Hold, moderation.Approved: moderation.Approve, moderation.IsSpam: moderation.Spam}[c.State]
			c.Blind = c.State == moderation.Pending && rapid.Bool().Draw(rt, "blind")
			c.Staff = rapid.IntRange(0, 9).Draw(rt, "staff") == 0
			c.Verdict.Score = float64(rapid.IntRange(-2, 14).Draw(rt, "score"))
			c.Verdict.Signals = append(c.Verdict.Signals, moderation.Signal{Rule: "watcher", Shadow: true, Score: 3}, moderation.Signal{Rule: "friend", Score: -1})
			c.At = Start.Add(time.Duration(rapid.IntRange(0, 200).Draw(rt, "hour")) * time.Hour)
			all = append(all, c.ID)
			for _, one := range both {
				one.keep(c)
			}
		}
		rule := func(rt *rapid.T) {
			if len(all) == 0 {
				return
			}
			batch := uuid.NewString()
			states := []moderation.State{moderation.Pending, moderation.Approved, moderation.IsSpam, moderation.Trashed}
			r := moderation.Ruling{IDs: rapid.SliceOfNDistinct(rapid.SampledFrom(all), 1, len(all), rapid.ID).Draw(rt, "ids"),
				From: rapid.SampledFrom(states).Draw(rt, "from"), To: rapid.SampledFrom(states).Draw(rt, "to")}
			at := Start.Add(time.Duration(rapid.IntRange(200, 300).Draw(rt, "at")) * time.Hour)
			by := rapid.SampledFrom([]moderation.Editor{sari, budi}).Draw(rt, "by")
			for _, one := range both {
				_, err := one.Rule(one.ctx, r, by, batch, nil, at)
				must(t, err)
			}
			batches = append(batches, batch)
		}
		undo := func(rt *rapid.T) {
			if len(batches) == 0 {
				return
			}
			undone, batch := rapid.SampledFrom(batches).Draw(rt, "undone"), uuid.NewString()
			for _, one := range both {
				_, err := one.Undo(one.ctx, undone, sari, batch, nil, Start.Add(301*time.Hour))
				must(t, err)
			}
			batches = append(batches, batch)
		}
		step := func(*rapid.T) {
			_, err := b.Tally(b.ctx, jakarta)
			must(t, err)
		}
		rt.Repeat(map[string]func(*rapid.T){"keep": keep, "rule": rule, "undo": undo, "step": step})
		for _, sites := range [][]string{nil, {"kota"}} {
			if diff := cmp.Diff(model.tallied(sites), b.tallied(sites)); diff != "" {
				rt.Fatalf("counted anew (-) and step by step (+) on %v:\n%s", sites, diff)
			}
		}
	})
}

// tallyOnce counts each fact once, whoever counts.
func tallyOnce(t *testing.T, b *bench) {
	for n := range 300 {
		b.keep(Comment(n))
	}
	b.rule(moderation.IsSpam, NewID(1), NewID(2), NewID(3))
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for n := 1; n > 0; {
				n, _ = b.Tally(b.ctx, jakarta) // who comes second does nothing
			}
		})
	}
	all.Wait()
	counts := b.tallied(nil)
	for cell, want := range map[moderation.Cell]int{
		{Day: "2026-11-23", What: moderation.CountCame, Part: moderation.PartReceived}: 300,
		{Day: "2026-11-23", What: moderation.CountNow, Part: moderation.PartSpam}:      3,
		{Day: "2026-11-23", What: moderation.CountNow, Part: moderation.PartWaiting}:   297,
		{What: moderation.CountWork, Name: "Sari", Part: "17"}:                         3,
	} {
		if counts[cell] != want {
			t.Errorf("%v is %d, want %d", cell, counts[cell], want)
		}
	}
}

// tallyDays holds days apart where they begin in Jakarta.
func tallyDays(t *testing.T, b *bench) {
	late := Comment(1)
	late.At = time.Date(2026, 11, 23, 17, 30, 0, 0, time.UTC)
	b.keep(Comment(0), late)
	b.tallied(nil)
	for day, want := range map[string]int{"2026-11-22": 0, "2026-11-23": 1, "2026-11-24": 1} {
		counts, err := b.Tallies(b.ctx, []string{"desa"}, day, day)
		must(t, err)
		if got := counts[moderation.Cell{Day: day, What: moderation.CountCame, Part: moderation.PartReceived}]; got != want {
			t.Errorf("%s: %d, want %d", day, got, want)
		}
	}
}

func backlog(t *testing.T, b *bench) {
	if got, err := b.Backlog(b.ctx, nil); err != nil || got != (moderation.Backlog{}) {
		t.Errorf("empty: %+v %v", got, err)
	}
	b.keep(Comment(1), Comment(2), Comment(3))
	b.rule(moderation.Approved, NewID(1))
	if got, err := b.Backlog(b.ctx, []string{"desa"}); err != nil || got.Pending != 2 || !got.Oldest.Equal(Comment(2).At) {
		t.Errorf("%+v %v", got, err)
	}
	if got, err := b.Backlog(b.ctx, []string{"kota"}); err != nil || got.Pending != 0 || !got.Oldest.IsZero() {
		t.Errorf("another site: %+v %v", got, err)
	}
}

// blindKept remembers of a comment that it is a blind check.
func blindKept(t *testing.T, b *bench) {
	c, plain := Comment(1), Comment(2)
	c.Blind = true
	b.keep(c, plain)
	for id, want := range map[string]bool{c.ID: true, plain.ID: false} {
		e, err := b.Entry(b.ctx, id, nil)
		must(t, err)
		if e.Blind != want {
			t.Errorf("%s: blind is %v", id, e.Blind)
		}
	}
}

// blindHidden finds a blind check in no other way than what is doubted, until it is decided.
func blindHidden(t *testing.T, b *bench) {
	for n := range 3 { // one text, so that the others make a campaign
		c := Comment(n)
		c.Blind, c.Body = n == 1, "t:7"
		c.Verdict.Outcome, c.Verdict.Score = moderation.Spam, 14
		c.Verdict.Signals = append(c.Verdict.Signals, moderation.Signal{Rule: "judol.brand", Score: 11.5, Reason: moderation.Text{ID: "nama situs", EN: "a site"}})
		b.keep(c)
	}
	b.gatherAll()
	lane, err := b.Groups(b.ctx, moderation.LaneFilter{Lane: moderation.InDoubt, Limit: 9})
	must(t, err)
	if len(lane.Groups) != 1 || lane.Groups[0].ID != NewID(1) {
		t.Errorf("in the lane of doubts: %+v", lane.Groups)
	}
	for q, want := range map[string]string{"rule:links": "0 1 2", "rule:judol": "0 2", "reason:situs": "0 2"} {
		if got := b.find(q, moderation.Filter{}); got != want {
			t.Errorf("%s finds %q, want %q", q, got, want)
		}
	}
	b.rule(moderation.IsSpam, NewID(1))
	if got := b.find("rule:judol", moderation.Filter{State: moderation.IsSpam}); got != "1" {
		t.Errorf("after the decision: %q", got)
	}
}
