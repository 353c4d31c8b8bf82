package storetest

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"balasan/moderation"
)

// deskContract is what serves the desk.
var deskContract = map[string]func(*testing.T, *bench){
	"look-alikes are refused where and while that holds":        standingAlike,
	"a banned sender is known by keyed hashes":                  standingBan,
	"standing decisions are listed, those in force first":       standingList,
	"what a standing decision stopped is counted and listed":    standingStopped,
	"what editors refused of a batch or a campaign":             standingRefused,
	"there is an end to standing decisions":                     standingRoom,
	"a bit that honest people use refuses nobody":               standingCommon,
	"a comment waits in the lane of its verdict":                laneOfVerdict,
	"what a campaign holds waits in its lane":                   laneOfCampaign,
	"what is taken out of a campaign waits alone for good":      laneApart,
	"good comments come in strips, oldest first":                laneStrips,
	"the surest campaigns come before bigger ones":              laneSurest,
	"pages of lanes are complete and without doubles":           lanePages,
	"a group is read by any of its comments":                    groupOfComment,
	"an editor's lanes are those of their sites":                laneSites,
	"one decision settles a campaign but the spared and unseen": settled,
	"a sweep of many is one batch and one undo":                 sweep,
	"the second editor gets the first one's name":               lease,
	"a decision ends the lease of who made it":                  leaseDecided,
	"a search finds by every key, in every state":               search,
	"a blind check hides among what is doubted":                 blindHidden,
	"a search looks at a window and goes on":                    searchOn,
	"the most read pages come first and cool down":              laneHeat,
	"a text is changed, kept, and brought back":                 editUndone,
	"an edit is lost to who changed text or state first":        editLost,
	"a remark changes nothing and hinders no undo":              remarkUndo,
	"edits and remarks teach nothing and prove nobody":          editTeaches,
	"any sequence of deeds replays to the states and texts":     deeds,
	"a sender's comments are found by address and network":      senderStory,
	"what all editors did is listed by site":                    pastOfSites,
	"the desk asks the roles first":                             deskRoles,
	"facts are read in order and tell what was done":            factLog,
}

func (b *bench) lane(f moderation.LaneFilter) moderation.GroupPage {
	b.t.Helper()
	if f.Limit == 0 {
		f.Limit = 50
	}
	page, err := b.Groups(b.ctx, f)
	must(b.t, err)
	return page
}

// shown is each group of a lane as the numbers of its members.
func (b *bench) shown(f moderation.LaneFilter) string {
	b.t.Helper()
	var groups []string
	for _, g := range b.lane(f).Groups {
		groups = append(groups, numbers(g.Members))
	}
	return strings.Join(groups, " | ")
}

func numbers(entries []moderation.Entry) string {
	var all []string
	for _, e := range entries {
		all = append(all, fmt.Sprint(slices.Index(manyIDs, e.ID)))
	}
	return strings.Join(all, " ")
}

func (b *bench) wantLanes(campaign, doubt, good string) {
	b.t.Helper()
	for lane, want := range map[moderation.Lane]string{moderation.InCampaign: campaign, moderation.InDoubt: doubt, moderation.LooksGood: good} {
		if got := b.shown(moderation.LaneFilter{Lane: lane}); got != want {
			b.t.Errorf("%s: %q, want %q", lane, got, want)
		}
	}
}

// good is a comment that the judge would approve.
func good(n int) moderation.Comment {
	c := Comment(n)
	c.Verdict.Outcome, c.Verdict.Score = moderation.Approve, 0
	return c
}

func laneOfVerdict(t *testing.T, b *bench) {
	spam := Comment(3)
	spam.Verdict.Outcome = moderation.Spam
	b.keep(Comment(1), good(2), spam, good(4))
	b.wantLanes("", "1 | 3", "2 4")
	counts, err := b.LaneCounts(b.ctx, nil)
	if must(t, err); counts != (moderation.LaneCounts{Doubt: 2, Good: 2}) {
		t.Errorf("counts %+v", counts)
	}
	batch := b.rule(moderation.IsSpam, NewID(1), NewID(2)).Batch
	b.wantLanes("", "3", "4")
	b.undo(batch)
	b.wantLanes("", "1 | 3", "2 4")
}

func laneOfCampaign(t *testing.T, b *bench) {
	likely := good(2)
	likely.Body = "t:1"
	b.keep(likely)
	b.gather(3, "t:1", "t:2", "t:1")
	b.wantLanes("3 2 5", "4", "")
	b.rule(moderation.IsSpam, NewID(2), NewID(3))
	b.wantLanes("5", "4", "")
	g := b.lane(moderation.LaneFilter{Lane: moderation.InCampaign}).Groups[0]
	if g.Campaign.Refused != 2 || g.Pending != 1 || g.ID != NewID(2) || g.Campaign.Example.ID != NewID(5) {
		t.Errorf("group %+v of %+v", g, g.Campaign)
	}
	counts, err := b.LaneCounts(b.ctx, []string{"desa", "desa", "none"})
	if must(t, err); counts != (moderation.LaneCounts{Campaign: 1, Doubt: 1}) {
		t.Errorf("counts %+v", counts)
	}
}

func laneApart(t *testing.T, b *bench) {
	b.gather(1, "t:1 h:9", "t:1", "t:1", "h:9")
	quoting := good(5)
	quoting.Body = "t:1 t:3"
	b.keep(quoting)
	b.gatherAll()
	must(t, b.Apart(b.ctx, []string{NewID(1), NewID(5), NewID(77)}, []string{"kota"}))
	b.wantLanes("4 2 3 1 5", "", "")
	must(t, b.Apart(b.ctx, []string{NewID(1), NewID(5), NewID(77)}, []string{"desa"}))
	b.wantLanes("4 2 3", "1", "5")
	b.gather(6, "t:1", "h:9", "t:3")
	b.wantLanes("7 2 3 4 6", "1 | 8", "5")
	if g := b.lane(moderation.LaneFilter{Lane: moderation.InCampaign}).Groups[0]; g.ID != NewID(2) || g.Campaign.Size != 5 {
		t.Errorf("group %+v", g)
	}
	must(t, b.Apart(b.ctx, []string{NewID(2), NewID(3), NewID(4), NewID(6), NewID(7)}, nil))
	b.wantLanes("", "1 | 2 | 3 | 4 | 6 | 7 | 8", "5")
}

func laneStrips(t *testing.T, b *bench) {
	for n := range moderation.MaxStrip + 3 {
		b.keep(good(n))
	}
	first := b.lane(moderation.LaneFilter{Lane: moderation.LooksGood, Limit: 1})
	if len(first.Groups) != 1 || first.Groups[0].Pending != moderation.MaxStrip || first.Groups[0].ID != NewID(0) || first.Next == "" {
		t.Fatalf("first %+v", first)
	}
	b.keep(good(90))
	if got := b.shown(moderation.LaneFilter{Lane: moderation.LooksGood, Cursor: first.Next}); got != "20 21 22 90" {
		t.Errorf("then %q", got)
	}
}

func laneSurest(t *testing.T, b *bench) {
	b.gather(1, "t:1", "t:1", "t:1", "t:1", "t:1", "t:2", "t:2", "t:3", "t:3", "t:3")
	for n := range 2 {
		c := Comment(20 + n)
		c.Body, c.Verdict.Score = "t:4", 7
		b.keep(c)
	}
	b.gatherAll()
	b.rule(moderation.IsSpam, NewID(8))
	first := func() string {
		var ids []string
		for _, g := range b.lane(moderation.LaneFilter{Lane: moderation.InCampaign}).Groups {
			ids = append(ids, fmt.Sprint(slices.Index(manyIDs, g.ID)))
		}
		return strings.Join(ids, " ")
	}
	if got := first(); got != "8 20 1 6" {
		t.Errorf("campaigns in the order %s", got)
	}
	b.rule(moderation.Approved, NewID(20))
	b.ruleFrom(moderation.IsSpam, moderation.Pending, NewID(8))
	if got := first(); got != "20 1 6 8" {
		t.Errorf("then in the order %s", got)
	}
}

func lanePages(t *testing.T, b *bench) {
	n := 0
	for campaign := range 8 {
		for range 2 + campaign {
			c := Comment(n)
			c.Body, c.Site = fmt.Sprint("t:", campaign), []string{"desa", "kota"}[n%2]
			b.keep(c)
			n++
		}
	}
	for range 50 {
		c := []moderation.Comment{Comment(n), good(n)}[n%2]
		c.Site = []string{"desa", "kota"}[n%3%2]
		b.keep(c)
		n++
	}
	b.gatherAll()
	for lane, want := range map[moderation.Lane]int{moderation.InCampaign: 44, moderation.InDoubt: 25, moderation.LooksGood: 25} {
		seen := map[string]bool{}
		for f := (moderation.LaneFilter{Lane: lane, Limit: 3}); ; {
			page := b.lane(f)
			if len(page.Groups) > 3 {
				t.Errorf("%s: a page of %d", lane, len(page.Groups))
			}
			for _, g := range page.Groups {
				for _, e := range g.Members {
					if seen[e.ID] {
						t.Errorf("%s: %s twice", lane, e.ID)
					}
					seen[e.ID] = true
				}
			}
			if f.Cursor = page.Next; f.Cursor == "" {
				break
			}
		}
		if len(seen) != want {
			t.Errorf("%s: %d of %d", lane, len(seen), want)
		}
		for _, cursor := range []string{"x", "1", "1.x'", "\x00.1"} {
			_, err := b.Groups(b.ctx, moderation.LaneFilter{Lane: lane, Cursor: cursor, Limit: 5})
			wantCode(t, err, moderation.Malformed)
		}
	}
}

func groupOfComment(t *testing.T, b *bench) {
	b.gather(1, "t:1", "t:1", "t:2")
	b.keep(good(4))
	b.rule(moderation.IsSpam, NewID(1))
	for id, want := range map[int]string{1: "campaign 1 2", 2: "campaign 1 2", 3: "doubt 3 3", 4: "good 4 4"} {
		g, err := b.Group(b.ctx, NewID(id), nil)
		must(t, err)
		if got := fmt.Sprint(g.Lane, " ", slices.Index(manyIDs, g.ID), " ", numbers(g.Members)); got != want {
			t.Errorf("the group of %d: %s, want %s", id, got, want)
		}
	}
	b.rule(moderation.IsSpam, NewID(2), NewID(3))
	for _, id := range []string{NewID(1), NewID(3), NewID(99), "x"} {
		_, err := b.Group(b.ctx, id, nil)
		wantCode(t, err, moderation.NotFound)
	}
	for _, sites := range [][]string{{}, {"kota"}} {
		_, err := b.Group(b.ctx, NewID(4), sites)
		wantCode(t, err, moderation.NotFound)
	}
}

func laneSites(t *testing.T, b *bench) {
	there, strip := Comment(2), good(3)
	there.Site, strip.Site = "kota", "kota"
	b.keep(Comment(1), there, strip)
	for name, tc := range map[string]struct {
		f    moderation.LaneFilter
		want string
	}{
		"all":                    {moderation.LaneFilter{}, "1 | 2"},
		"the editor's":           {moderation.LaneFilter{Sites: []string{"kota"}}, "2"},
		"none":                   {moderation.LaneFilter{Sites: []string{}}, ""},
		"one of them":            {moderation.LaneFilter{Site: "desa"}, "1"},
		"one of somebody else's": {moderation.LaneFilter{Site: "desa", Sites: []string{"kota"}}, ""},
	} {
		tc.f.Lane = moderation.InDoubt
		if got := b.shown(tc.f); got != tc.want {
			t.Errorf("%s: %q, want %q", name, got, tc.want)
		}
	}
	if counts, err := b.LaneCounts(b.ctx, []string{"kota"}); err != nil || counts != (moderation.LaneCounts{Doubt: 1, Good: 1}) {
		t.Errorf("counts %+v %v", counts, err)
	}
}

func (b *bench) desk() moderation.Desk {
	return moderation.Desk{Ledger: b, NewID: func() string { return uuid.Must(uuid.NewV7()).String() }}
}

func settled(t *testing.T, b *bench) {
	b.gather(1, "t:1", "t:1", "t:1", "t:1", "t:1")
	desk, w := b.desk(), moderation.Sweep{Group: NewID(1), To: moderation.IsSpam, Spared: []string{NewID(1)}, Seen: NewID(4)}
	done, left, err := desk.Settle(b.ctx, sari, w)
	if must(t, err); len(done.Changed) != 3 || left != 1 {
		t.Errorf("settled %+v, %d left", done, left)
	}
	b.wantLanes("5", "1", "")
	b.undo(done.Batch)
	b.wantLanes("2 3 4 5", "1", "")
	if _, _, err := desk.Settle(b.ctx, sari, moderation.Sweep{Group: NewID(2), To: moderation.IsSpam, Seen: NewID(0)}); moderation.CodeOf(err) != moderation.NotFound {
		t.Errorf("nothing that was seen: %v", err)
	}
	_, _, err = desk.Settle(b.ctx, moderation.Editor{ID: "e9"}, w)
	wantCode(t, err, moderation.Forbidden)
	w.Group = NewID(180)
	_, _, err = desk.Settle(b.ctx, sari, w)
	wantCode(t, err, moderation.NotFound)
	done, left, err = desk.Settle(b.ctx, sari, moderation.Sweep{Group: NewID(5), To: moderation.IsSpam, Spared: []string{NewID(2), NewID(3), NewID(4), NewID(5)}})
	if err != nil || len(done.Changed) > 0 || left != 0 {
		t.Errorf("all spared: %+v, %d left, %v", done, left, err)
	}
	b.wantLanes("", "1 | 2 | 3 | 4 | 5", "")
}

func sweep(t *testing.T, b *bench) {
	const n = 2*moderation.MaxBatch + 20
	many := make([]moderation.Comment, n)
	for i := range many {
		c := Comment(i)
		c.ID = uuid.Must(uuid.NewV7()).String()
		c.Root, c.Body, c.Text = c.ID, "t:1", uint64(i)+1
		many[i] = c
	}
	b.keepMany(n, func(i int) moderation.Comment { return many[i] })
	first := many[0].ID
	b.gatherAll()
	done, left, err := b.desk().Settle(b.ctx, sari, moderation.Sweep{Group: first, To: moderation.IsSpam, Spared: []string{first}, Note: "judi"})
	if must(t, err); len(done.Changed) != n-1 || left != 0 {
		t.Fatalf("settled %d, %d left", len(done.Changed), left)
	}
	batches, err := b.Batches(b.ctx, "e1", 10)
	if must(t, err); len(batches) != 1 || batches[0].Count != n-1 || batches[0].Note != "judi" {
		t.Errorf("batches %+v", batches)
	}
	words, _ := b.learned(0)
	if share := moderation.ShareOf(n); !strings.HasPrefix(words[0], fmt.Sprintf("+spam/%d ", share)) {
		t.Errorf("the first of a sweep of %d teaches %q", n, words[0])
	}
	if undone := b.undo(done.Batch); len(undone.Changed) != n-1 || len(undone.Lost) > 0 {
		t.Errorf("undone %d, lost %d", len(undone.Changed), len(undone.Lost))
	}
	if counts, err := b.LaneCounts(b.ctx, nil); err != nil || counts != (moderation.LaneCounts{Campaign: 1, Doubt: 1}) {
		t.Errorf("counts %+v %v", counts, err)
	}
}

func lease(t *testing.T, b *bench) {
	group, at := NewID(1), Start
	take := func(by moderation.Editor, after time.Duration) moderation.Lease {
		t.Helper()
		l, err := b.TakeLease(b.ctx, group, by, at.Add(after))
		must(t, err)
		return l
	}
	want := moderation.Lease{Group: group, Editor: "e1", By: "Sari", Until: at.Add(moderation.LeaseLife)}
	for _, got := range []moderation.Lease{take(sari, 0), take(budi, time.Second)} {
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	}
	if l := take(sari, 30*time.Second); !l.Until.Equal(at.Add(90 * time.Second)) {
		t.Errorf("prolonged until %s", l.Until)
	}
	if l := take(budi, 90*time.Second-time.Microsecond); l.By != "Sari" {
		t.Errorf("%s has what is still Sari's", l.By)
	}
	if l := take(budi, 90*time.Second); l.By != "Budi" {
		t.Errorf("%s has what nobody has any more", l.By)
	}
	must(t, b.DropLease(b.ctx, group, sari))
	all, err := b.Leases(b.ctx, at.Add(2*time.Minute))
	if must(t, err); len(all) != 1 || all[0].By != "Budi" {
		t.Errorf("leases %+v", all)
	}
	must(t, b.DropLease(b.ctx, group, budi))
	if all, err := b.Leases(b.ctx, at); err != nil || len(all) > 0 {
		t.Errorf("leases %+v %v", all, err)
	}
	_, err = b.TakeLease(b.ctx, "x", sari, at)
	wantCode(t, err, moderation.NotFound)
}

func leaseDecided(t *testing.T, b *bench) {
	b.gather(1, "t:1", "t:1", "t:2", "t:3")
	for n, by := range map[int]moderation.Editor{1: sari, 3: sari, 4: budi} {
		_, err := b.TakeLease(b.ctx, NewID(n), by, Start)
		must(t, err)
	}
	groups := func() (all []string) {
		leases, err := b.Leases(b.ctx, Start)
		must(t, err)
		for _, l := range leases {
			all = append(all, l.Group)
		}
		return all
	}
	b.rule(moderation.IsSpam, NewID(2), NewID(4))
	if got := groups(); !slices.Equal(got, []string{NewID(3), NewID(4)}) {
		t.Errorf("after a campaign was settled: %v", got)
	}
	b.rule(moderation.IsSpam, NewID(3))
	if got := groups(); !slices.Equal(got, []string{NewID(4)}) {
		t.Errorf("after a single was decided: %v", got)
	}
	_, err := b.TakeLease(b.ctx, NewID(1), sari, Start)
	must(t, err)
	_, err = b.Rule(b.ctx, moderation.Ruling{To: moderation.IsSpam, Apart: []string{NewID(1)}}, sari, "b9", nil, Start)
	must(t, err)
	if got := groups(); !slices.Equal(got, []string{NewID(4)}) {
		t.Errorf("after the one that named it was spared: %v", got)
	}
}

func factLog(t *testing.T, b *bench) {
	if last, err := b.LastFact(b.ctx); err != nil || last != 0 {
		t.Errorf("before the first: %d %v", last, err)
	}
	b.keep(Comment(1))
	b.rule(moderation.Approved, NewID(1))
	_, err := b.Remark(b.ctx, NewID(1), "sudah dicek", budi, "b2", nil, Start)
	must(t, err)
	all, err := b.Facts(b.ctx, 0, 10)
	must(t, err)
	var got []string
	for _, f := range all {
		got = append(got, fmt.Sprint(f.Kind, " ", f.By, " ", f.To))
	}
	if want := []string{"received  pending", "decided Sari approved", "decided Budi approved"}; !slices.Equal(got, want) {
		t.Errorf("facts %q, want %q", got, want)
	}
	last, err := b.LastFact(b.ctx)
	if must(t, err); last != all[2].ID {
		t.Errorf("last %d of %+v", last, all)
	}
	if rest, err := b.Facts(b.ctx, all[1].ID, 10); err != nil || len(rest) != 1 || rest[0].Batch != "b2" {
		t.Errorf("the rest: %+v %v", rest, err)
	}
}
