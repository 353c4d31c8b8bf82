package moderation

import (
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// played is a comment as an editor would remember it: what stands is a stack, and each entry of
// the log keeps the stack that it found.
type played struct {
	stack  []State
	before [][]State
	log    []Decision
}

func (p *played) state() State {
	if len(p.stack) == 0 {
		return Pending
	}
	return p.stack[len(p.stack)-1]
}

func (p *played) push(stack []State, undoes string) {
	from := p.state()
	p.before, p.stack = append(p.before, p.stack), stack
	p.log = append(p.log, Decision{From: from, To: p.state(), Undoes: undoes})
}

// play decides and undoes at random, and writes notes in between.
func play(random *rand.Rand) (p played, noted []Decision) {
	for range random.IntN(9) {
		to := []State{Pending, Approved, IsSpam, Trashed}[random.IntN(4)]
		switch last := len(p.before) - 1; {
		case last >= 0 && random.IntN(2) == 0:
			p.push(p.before[last], fmt.Sprint(last))
		case to != p.state():
			p.push(append(slices.Clone(p.stack), to), "")
		default:
			continue
		}
		noted = append(noted, p.log[len(p.log)-1])
		for range random.IntN(2) {
			noted = append(noted, Decision{From: p.state(), To: p.state(), Undoes: []string{"", "an edit"}[random.IntN(2)]})
		}
	}
	return p, noted
}

func TestWhatStandsIsWhatAnEditorWouldSay(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 5000 {
		p, noted := play(random)
		s := storyOf(noted)
		var standing []State
		for i, d := range s.acts {
			if s.stands[i] {
				standing = append(standing, d.To)
			}
		}
		if !slices.Equal(standing, p.stack) || s.undone != (len(standing) < len(s.acts)) {
			t.Fatalf("%+v: stands %v, want %v", noted, standing, p.stack)
		}
		if want := p.state(); len(p.stack) > 0 && s.last != want || len(p.stack) == 0 && s.last != "" {
			t.Fatalf("%+v: last is %q, want %q", noted, s.last, want)
		}
	}
}

var noon = time.Date(2026, 11, 23, 5, 0, 0, 0, time.UTC)

func decided(by string, after time.Duration, from, to State) Decision {
	return Decision{By: by, From: from, To: to, At: noon.Add(after)}
}

func TestOneCommentCountsForWhatCameOfIt(t *testing.T) {
	c := Comment{Blind: true, Submission: Submission{Site: "desa", At: noon}, Verdict: Verdict{Outcome: Spam, Signals: []Signal{
		{Rule: "links", Score: 6}, {Rule: "links", Score: 6}, {Rule: "known", Score: -2}, {Rule: "new", Score: 4, Shadow: true}}}}
	log := []Decision{decided("Sari", time.Minute, Pending, IsSpam), decided("Budi", 20*time.Hour, IsSpam, Approved)}
	tallying := Tallying{Zone: time.FixedZone("WIB", 7*60*60), Chance: func(Verdict) (float64, bool) { return 0.93, true }}
	want := map[Cell]int{
		{"desa", "2026-11-23", CountCame, "", PartReceived}: 1, {"desa", "2026-11-23", CountCame, "", PartHeld}: 1,
		{"desa", "2026-11-23", CountNow, "", PartApproved}:          1,
		{"desa", "2026-11-23", CountAgainst, "links", PartHits}:     1,
		{"desa", "2026-11-23", CountAgainst, "links", PartGood}:     1,
		{"desa", "2026-11-23", CountAgainst, "links", PartReversed}: 1,
		{"desa", "2026-11-23", CountFor, "known", PartHits}:         1,
		{"desa", "2026-11-23", CountFor, "known", PartGood}:         1,
		{"desa", "2026-11-23", CountFor, "known", PartReversed}:     1,
		{"desa", "2026-11-23", CountShadow, "new", PartHits}:        1,
		{"desa", "2026-11-23", CountShadow, "new", PartGood}:        1,
		{"desa", "2026-11-23", CountShadow, "new", PartReversed}:    1,
		{"desa", "2026-11-23", CountChance, "9", PartGood}:          1, {"desa", "2026-11-23", CountChance, "9", "sum"}: 930,
		{"desa", "2026-11-23", CountBlind, "", PartShown}: 1, {"desa", "2026-11-23", CountBlind, "", PartGood}: 1,
		{"desa", "2026-11-23", CountWork, "Sari", "12"}: 1, {"desa", "2026-11-24", CountWork, "Budi", "08"}: 1,
		{"desa", "2026-11-23", CountWait, "", "12"}: 1,
	}
	got := tallying.Of(c, Pending, log)
	for cell := range got {
		if got[cell] != want[cell] {
			t.Errorf("%v is %d, want %d", cell, got[cell], want[cell])
		}
	}
	if len(got) != len(want) {
		t.Errorf("%d counts, want %d: %v", len(got), len(want), got)
	}
	c.Staff = true
	if got := tallying.Of(c, Pending, log); len(got) > 0 {
		t.Errorf("an editor's own words count %v", got)
	}
}

func TestAnUndoTakesBackWhatItUndid(t *testing.T) {
	c := Comment{Submission: Submission{Site: "desa", At: noon}, Verdict: Verdict{Outcome: Hold, Signals: []Signal{{Rule: "links", Score: 6}}}}
	undone := []Decision{decided("Sari", time.Minute, Pending, IsSpam), {By: "Sari", From: IsSpam, To: Pending, Undoes: "b1", At: noon.Add(time.Hour)}}
	before, after := Tallying{}.Of(c, Pending, nil), Tallying{}.Of(c, Pending, undone)
	after.Add(before, -1)
	want := map[Cell]int{{"desa", "2026-11-23", CountUndone, "", ""}: 1, {"desa", "2026-11-23", CountAgainst, "links", PartReversed}: 1}
	if fmt.Sprint(map[Cell]int(after)) != fmt.Sprint(want) {
		t.Errorf("left is %v", after)
	}
	again := append(undone, Decision{By: "Sari", From: Pending, To: IsSpam, Undoes: "b2", At: noon.Add(2 * time.Hour)})
	if got, want := (Tallying{}).Of(c, Pending, again), (Tallying{}).Of(c, Pending, undone[:1]); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("undone twice is %v, want %v", got, want)
	}
}

func TestTheMedianWaitIsNear(t *testing.T) {
	for _, d := range []time.Duration{2 * time.Second, time.Minute, 47 * time.Minute, 9 * time.Hour, 30 * 24 * time.Hour} {
		bins := make([]int, maxWaitBin+1)
		bins[waitBin(d)]++
		if off := medianWait(bins).Seconds() / d.Seconds(); off < 0.8 || off > 1.25 {
			t.Errorf("%v reads as %v", d, medianWait(bins))
		}
	}
	if waitBin(-time.Hour) != 0 || waitBin(math.MaxInt64) > maxWaitBin || medianWait(make([]int, 3)) != 0 {
		t.Error("the ends do not hold")
	}
}

func TestAShareIsKnownOnlySoWell(t *testing.T) {
	for name, c := range map[string]struct {
		k, n      int
		low, high float64
	}{
		"nothing seen":          {0, 0, 0, 1},
		"none of 42":            {0, 42, 0, 0.0838},
		"half of ten":           {5, 10, 0.2366, 0.7634},
		"all of three":          {3, 3, 0.4385, 1},
		"a lot, and sure of it": {990_000, 1_000_000, 0.9898, 0.9902},
	} {
		if low, high := Wilson(c.k, c.n); math.Abs(low-c.low) > 1e-4 || math.Abs(high-c.high) > 1e-4 {
			t.Errorf("%s: %.4f to %.4f", name, low, high)
		}
	}
}

func TestWhatItsSenderErasesIsNoWordOfAnEditor(t *testing.T) {
	c := Comment{Submission: Submission{Site: "desa", At: noon}, Verdict: Verdict{Outcome: Hold}}
	for name, log := range map[string][]Decision{
		"while it waits":      nil,
		"after an approval":   {decided("Sari", time.Minute, Pending, Approved)},
		"after it was undone": {decided("Sari", time.Minute, Pending, IsSpam), {From: IsSpam, To: Pending, Undoes: "x", At: noon}},
	} {
		erased := append(slices.Clone(log), Decision{From: Pending, To: Trashed, Deed: Erased, At: noon.Add(time.Hour)})
		want := Tallying{}.Of(c, Pending, log)
		now := Cell{Site: "desa", Day: "2026-11-23", What: CountNow}
		waiting, trashed := now, now
		waiting.Part, trashed.Part = PartWaiting, PartTrashed
		if want[waiting] > 0 {
			delete(want, waiting)
			want[trashed] = 1
		}
		if got := (Tallying{}).Of(c, Pending, erased); !maps.Equal(got, want) {
			t.Errorf("%s it counts %v, want %v", name, got, want)
		}
		said := Labels(erased)
		before := append([]State{""}, Labels(log)...)
		if got, want := said[len(said)-1], before[len(before)-1]; got != want {
			t.Errorf("%s it says %q, before %q", name, got, want)
		}
	}
}
