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
	got := rules.Backtest(set, old, nil, slices.Values(past()))
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

func TestShadowHitsStandBesideTheDecisions(t *testing.T) {
	set := must(t, "version: 1\nrules:\n  - {id: words, status: shadow, match: {body: slot}, score: 3}\n")
	got := rules.Hits(set, slices.Values(past()))
	if want := (rules.Tally{Rule: "words", Status: rules.Shadow, Hits: 5, Approved: 2, Refused: 2, Pending: 1}); got[0] != want {
		t.Errorf("got %+v, want %+v", got[0], want)
	}
}
