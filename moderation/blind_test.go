package moderation

import (
	"context"
	"fmt"
	"math"
	"testing"
)

func TestBlindChecksAreDrawnByTheirShare(t *testing.T) {
	b := BlindChecks{Key: []byte("a key of this instance"), Share: 0.01}
	other := BlindChecks{Key: []byte("the key of another one"), Share: 0.01}
	drawn, both := 0, 0
	for n := range 100_000 {
		c := Comment{ID: fmt.Sprint(n), Verdict: Verdict{Outcome: Spam}}
		if b.picks(c) {
			drawn++
			if other.picks(c) {
				both++
			}
			if !b.picks(c) {
				t.Fatal("the same comment is drawn and not drawn")
			}
		}
	}
	if math.Abs(float64(drawn)-1000) > 130 || both > 40 {
		t.Errorf("%d of 100000 drawn, %d of them by another key as well", drawn, both)
	}
}

func TestWhatIsNeverCheckedBlind(t *testing.T) {
	all := BlindChecks{Key: []byte("k"), Share: 1}
	for name, c := range map[string]struct {
		blind BlindChecks
		v     Verdict
		want  bool
	}{
		"what the machine refuses is":              {all, Verdict{Outcome: Spam}, true},
		"what it doubts is not":                    {all, Verdict{Outcome: Hold}, false},
		"what it lets pass is not":                 {all, Verdict{Outcome: Approve}, false},
		"nothing is when it is switched off":       {BlindChecks{Key: []byte("k")}, Verdict{Outcome: Spam}, false},
		"a text that editors refused is not":       {all, Verdict{Outcome: Spam, History: History{Refused: 1}}, false},
		"a campaign that editors refused is not":   {all, Verdict{Outcome: Spam, History: History{Campaign: Kin{Refused: 1}}}, false},
		"a campaign that nobody has looked at is":  {all, Verdict{Outcome: Spam, History: History{Campaign: Kin{Size: 9}}}, true},
		"a sender that editors refused before, is": {all, Verdict{Outcome: Spam, History: History{Spam: 9}}, true},
	} {
		if got := c.blind.picks(Comment{ID: "c", Verdict: c.v}); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestABlindCheckLooksDoubtful(t *testing.T) {
	signals := []Signal{{Rule: "a", Score: 6}, {Rule: "b", Score: 5}, {Rule: "c", Score: 2.5}, {Rule: "known", Score: -1},
		{Rule: "d", Score: 2}, {Rule: "list", Force: Spam}, {Rule: "new", Score: 9, Shadow: true}}
	for name, c := range map[string]struct {
		signals []Signal
		rules   string
		score   float64
	}{
		"reasons stop below the line":              {signals, "[a c known d new]", 9.5},
		"one heavy reason leaves none":             {[]Signal{{Rule: "heavy", Score: 100}}, "[]", 2},
		"what speaks for the sender stays":         {[]Signal{{Rule: "heavy", Score: 100}, {Rule: "known", Score: -2}}, "[known]", 2},
		"exactly the line is too much":             {[]Signal{{Rule: "x", Score: 10}}, "[]", 2},
		"what asked for an editor anyway is shown": {[]Signal{{Rule: "x", Score: 10}, {Rule: "challenge.unsolved", Force: Hold}}, "[challenge.unsolved]", 2},
	} {
		t.Run(name, func(t *testing.T) {
			e := Entry{Level: LikelySpam, Comment: Comment{Blind: true, State: Pending,
				Verdict: Verdict{Outcome: Spam, Score: 14.5, Approve: 2, Spam: 10, Signals: c.signals}}}
			seen := e.Shown()
			var rules []string
			for _, s := range seen.Verdict.Signals {
				rules = append(rules, s.Rule)
			}
			if fmt.Sprint(rules) != c.rules || seen.Verdict.Score != c.score || seen.Level != Doubtful || seen.Verdict.Level() != Doubtful || seen.Blind {
				t.Errorf("shown are %v, %v, %s", rules, seen.Verdict.Score, seen.Level)
			}
			if e.State = IsSpam; len(e.Shown().Verdict.Signals) != len(c.signals) || !e.Shown().Blind {
				t.Error("after the decision something is still hidden")
			}
		})
	}
}

func TestABlindCheckIsPublicNowhere(t *testing.T) {
	for _, mode := range []Mode{HoldAll, HoldDoubtful, Publish} {
		for _, spam := range []float64{1, 2} { // the room's judge always says 1
			r := newRoom()
			r.site.Policy.Mode, r.site.Policy.Approve, r.site.Policy.Spam = mode, -1, spam
			in := r.intake()
			in.Blind = BlindChecks{Key: []byte("k"), Share: 1}
			if _, err := in.Receive(t.Context(), good()); err != nil {
				t.Fatal(err)
			}
			c := r.kept[0]
			if refused := spam == 1; c.Blind != refused || refused && (c.State != Pending || c.Verdict.Outcome != Spam) {
				t.Errorf("%s, line %v: blind %v, %s, %s", mode, spam, c.Blind, c.State, c.Verdict.Outcome)
			}
		}
	}
}

// refusing is a standing decision of an editor.
type refusing []Signal

func (r refusing) Stops(context.Context, Comment) []Signal { return r }

func TestWhatEditorsRefuseForAWhileIsNoBlindCheck(t *testing.T) {
	for name, c := range map[string]struct {
		stops refusing
		blind bool
	}{"nothing stands against it": {nil, true}, "its sender is banned": {refusing{{Rule: "standing.ban", Force: Spam}}, false}} {
		r := newRoom()
		r.site.Policy.Approve, r.site.Policy.Spam = -1, 1
		in := r.intake()
		in.Blind, in.Standing = BlindChecks{Key: []byte("k"), Share: 1}, c.stops
		if _, err := in.Receive(t.Context(), good()); err != nil {
			t.Fatal(err)
		}
		if kept := r.kept[0]; kept.Blind != c.blind || kept.Blind != (kept.State == Pending) || len(kept.Verdict.Signals) != 1 {
			t.Errorf("%s: blind %v, %s, %v", name, kept.Blind, kept.State, kept.Verdict.Signals)
		}
	}
}
