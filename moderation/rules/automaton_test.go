package rules

import (
	"cmp"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// Every occurrence is found, whether its states have rows or not.
func TestTheAutomatonFindsWhatASearchFinds(t *testing.T) {
	words := rapid.StringOfN(rapid.SampledFrom([]rune("ab ")), 1, 6, -1)
	rapid.Check(t, func(t *rapid.T) {
		patterns := rapid.SliceOfNDistinct(words, 0, 30, rapid.ID[string]).Draw(t, "patterns")
		text := rapid.StringOf(rapid.SampledFrom([]rune("ab x"))).Draw(t, "text")
		a := newAutomaton(patterns)
		a.dense = min(a.dense, rapid.Int32Range(1, 40).Draw(t, "rows"))
		type occurrence struct{ pattern, end int }
		var got, want []occurrence
		a.walk([]byte(text), func(p int32, end int) { got = append(got, occurrence{int(p), end}) })
		for end := 1; end <= len(text); end++ {
			for i, p := range patterns {
				if strings.HasSuffix(text[:end], p) {
					want = append(want, occurrence{i, end})
				}
			}
		}
		order := func(a, b occurrence) int { return cmp.Or(a.end-b.end, a.pattern-b.pattern) }
		slices.SortFunc(got, order)
		slices.SortFunc(want, order)
		if !slices.Equal(got, want) {
			t.Errorf("%q in %q: %v, want %v", patterns, text, got, want)
		}
	})
}
