package rules_test

import (
	"slices"
	"testing"

	"balasan/moderation"
)

func TestARuleThatWouldHaveStoppedApprovedCommentsIsGuarded(t *testing.T) {
	now := must(t, "version: 1\nrules:\n  - {id: words, status: shadow, match: {body: slot}, score: 3}\n  - {id: rest, match: {body: kasih}, score: 3}\n")
	for name, tc := range map[string]struct {
		next string
		want int
	}{
		"a shadow that goes live is named":                {"{id: words, match: {body: slot}, score: 3}", 1},
		"one that stays a shadow is not":                  {"{id: words, status: shadow, match: {body: slot}, score: 3}", 0},
		"one that stops no approved comment is not":       {"{id: words, match: {body: gacor}, score: 3}", 0},
		"one whose score stays below the line is not":     {"{id: words, match: {body: slot}, score: 1}", 0},
		"a rule that was live before is not named":        {"{id: x, match: {body: qqq}, score: 1}", 0},
		"a forced hold is named, whatever it weighs":      {"{id: words, match: {body: slot}, action: hold}", 1},
		"a rule that nobody knew is named like others":    {"{id: new, match: {body: banjir}, score: 9}", 1},
		"an override covers what was approved until then": {"{id: words, match: {body: slot}, score: 3, override: \"Sari, 2026-11-01, kampanye\"}", 0},
		"an older override does not":                      {"{id: words, match: {body: slot}, score: 3, override: \"Sari, 2026-10-30, kampanye\"}", 1},
	} {
		t.Run(name, func(t *testing.T) {
			next := must(t, "version: 1\nrules:\n  - {id: rest, match: {body: kasih}, score: 3}\n  - "+tc.next+"\n")
			if got := next.Guard(now.InForce(), nil, slices.Values(past())); len(got) != tc.want {
				t.Errorf("guarded %v, want %d rules", got, tc.want)
			}
		})
	}
}

// A live rule answers only for what it lets through no more: what it has always held, and
// editors approved one by one, is no news.
func TestALiveRuleThatLooksForMoreIsGuardedForWhatIsNew(t *testing.T) {
	was := must(t, "version: 1\nrules:\n  - {id: words, match: {body: [slot]}, score: 3}\n")
	next := must(t, "version: 1\nrules:\n  - {id: words, match: {body: [slot, kasih]}, score: 3}\n")
	stored := past()
	for i := range stored {
		stored[i].Before = moderation.Judge{Rules: was}.Weigh(stored[i].Case, stored[i].Policy)
	}
	got := next.Guard(was.InForce(), nil, slices.Values(stored))
	if len(got) != 1 || got[0].Total != 1 || got[0].Stopped[0].Body != "terima kasih" {
		t.Errorf("guarded %+v, want “terima kasih” alone", got)
	}
	if again := was.Guard(was.InForce(), nil, slices.Values(stored)); again != nil {
		t.Errorf("the same set again: %+v", again)
	}
}

func TestAGuardedRuleThatAFileChangesIsNamedThere(t *testing.T) {
	now := must(t, "version: 1\nrules:\n  - {id: words, status: shadow, match: {body: slot}, score: 3}\n")
	next := must(t, "version: 1\nrules:\n  - {id: words, status: shadow, match: {body: slot}, score: 3}\nchange:\n  words: {status: live}\n")
	got := next.Guard(now.InForce(), nil, slices.Values(past()))
	if len(got) != 1 || got[0].Line != 5 || got[0].Column != 3 {
		t.Errorf("got %+v, want line 5", got)
	}
}

func TestTheModelCountsForTheGuard(t *testing.T) {
	now, next := must(t, "version: 1\nrules: []\n"), must(t, "version: 1\nrules:\n  - {id: words, match: {body: slot}, score: 1.5}\n")
	model := model(1)
	if got := next.Guard(now.InForce(), model, slices.Values(past())); len(got) != 1 {
		t.Errorf("guarded %+v, want one: 1.5 and the model's 1 are over the line of 2", got)
	}
}

type model float64

func (m model) Weigh(moderation.Case) moderation.Opinion {
	return moderation.Opinion{Signals: []moderation.Signal{{Rule: "model", Score: float64(m)}}, Version: "m"}
}

func TestARuleThatIsPutIntoShadowAddsNothing(t *testing.T) {
	set := must(t, "version: 1\nrules:\n  - {id: a, match: {body: slot}, score: 3}\n  - {id: b, match: {body: slot}, score: 2}\n")
	calm := set.InShadow([]string{"a"})
	v := moderation.Judge{Rules: calm}.Weigh(comment("slot"), moderation.DefaultPolicy())
	if v.Score != 2 || !v.Signals[0].Shadow || calm.Fingerprint() == set.Fingerprint() {
		t.Errorf("%+v", v)
	}
	if v := (moderation.Judge{Rules: set}).Weigh(comment("slot"), moderation.DefaultPolicy()); v.Score != 5 {
		t.Errorf("the set itself has changed: %+v", v)
	}
}
