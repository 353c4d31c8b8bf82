package rules_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"balasan/moderation"
	"balasan/moderation/rules"
)

// past is what was decided about a few comments.
func past() []rules.Stored {
	var out []rules.Stored
	for i, c := range []struct {
		body  string
		state moderation.State
	}{
		{"slot gacor", moderation.IsSpam}, {"main slot", moderation.Trashed}, {"Slot Timur banjir", moderation.Approved},
		{"terima kasih", moderation.Approved}, {"slot lagi", moderation.Pending},
	} {
		s := rules.Stored{ID: fmt.Sprint(i), At: time.Date(2026, 11, 1, i, 0, 0, 0, time.UTC), Case: comment(c.body), State: c.state, Policy: moderation.DefaultPolicy()}
		s.Before.Signals = []moderation.Signal{{Rule: "words", Shadow: true}}
		out = append(out, s)
	}
	return out
}

func TestBacktest(t *testing.T) {
	set := must(t, "version: 1\nrules:\n  - {id: words, match: {body: slot}, score: 3}\n")
	old := must(t, "version: 1\nrules:\n  - {id: words, match: {body: gacor}, score: 3}\n")
	got := rules.Backtest(set, old, slices.Values(past()))
	tally := got.Rules[0]
	if tally.Hits != 4 || tally.Approved != 1 || tally.Refused != 2 || tally.Pending != 1 || tally.Precision() != 2.0/3 {
		t.Errorf("tally %+v precision %v", tally, tally.Precision())
	}
	if got.Seen != 5 || got.Held != 4 || got.StoppedTotal != 1 || got.Stopped[0].ID != "2" || got.Stopped[0].Rules[0] != "words" {
		t.Errorf("report %+v", got)
	}
	if got.ChangedTotal != 3 || got.Changed[0].ID != "4" || got.Changed[0].To != moderation.Hold {
		t.Errorf("changed %+v", got.Changed)
	}
}

func TestARuleThatWouldHaveStoppedApprovedCommentsIsGuarded(t *testing.T) {
	now := must(t, "version: 1\nrules:\n  - {id: words, status: shadow, match: {body: slot}, score: 3}\n  - {id: rest, match: {body: kasih}, score: 3}\n")
	for name, tc := range map[string]struct {
		next string
		want int
	}{
		"a shadow that goes live is named":             {"{id: words, match: {body: slot}, score: 3}", 1},
		"one that stays a shadow is not":               {"{id: words, status: shadow, match: {body: slot}, score: 3}", 0},
		"one that stops no approved comment is not":    {"{id: words, match: {body: gacor}, score: 3}", 0},
		"one whose score stays below the line is not":  {"{id: words, match: {body: slot}, score: 1}", 0},
		"a rule that was live before is not named":     {"{id: x, match: {body: qqq}, score: 1}", 0},
		"a forced hold is named, whatever it weighs":   {"{id: words, match: {body: slot}, action: hold}", 1},
		"a rule that nobody knew is named like others": {"{id: new, match: {body: banjir}, score: 9}", 1},
	} {
		t.Run(name, func(t *testing.T) {
			next := must(t, "version: 1\nrules:\n  - {id: rest, match: {body: kasih}, score: 3}\n  - "+tc.next+"\n")
			if got := rules.Guarded(next, now, slices.Values(past())); len(got) != tc.want {
				t.Errorf("guarded %v, want %d rules", got, tc.want)
			}
		})
	}
}

func TestShadowHitsStandBesideTheDecisions(t *testing.T) {
	set := must(t, "version: 1\nrules:\n  - {id: words, status: shadow, match: {body: slot}, score: 3}\n")
	got := rules.Hits(set, slices.Values(past()))
	if want := (rules.Tally{Rule: "words", Status: rules.Shadow, Hits: 5, Approved: 2, Refused: 2, Pending: 1}); got[0] != want {
		t.Errorf("got %+v, want %+v", got[0], want)
	}
}
