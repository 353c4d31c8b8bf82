package rules

import (
	"regexp"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestARegexNeedsItsLiterals(t *testing.T) {
	for text, want := range map[string][]string{
		`slot`:                    {"slot"},
		`\b(slot|gacor)\b.*77`:    {"slot", "gacor"},
		`\b(m4in|m4xw1n)\b`:       {"m4"},
		`(jp|maxwin)+\d`:          {"jp", "maxwin"},
		`(slot){2,}`:              {"slot"},
		`(slot)?gacor`:            {"gacor"},
		`(slot|\d+)`:              nil,
		`(?i)slot`:                nil,
		`(slot)*\d`:               nil,
		`depo(sit)?.*withdraw|wd`: {"withdraw", "wd"},
	} {
		r, err := compileRegex(text)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(r.needs, want) {
			t.Errorf("%s needs %q, not %q", text, r.needs, want)
		}
	}
}

func TestARegexFindsWhatItFindsWithoutItsLiterals(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`(\(([ab]|bc|[ab]*)(\|(a|cb|b+))?\)[?*+]?|ab|c\?|\.|a\{1,2\}){1,4}`).Draw(t, "pattern")
		r, err := compileRegex(text)
		if err != nil {
			t.Skip("two repeats in a row")
		}
		in := rapid.StringMatching(`[abc]{0,12}`).Draw(t, "text")
		if got, want := r.FindStringIndex(in), regexp.MustCompile(text).FindStringIndex(in); !slices.Equal(got, want) {
			t.Errorf("%s in %q: %v, not %v", text, in, got, want)
		}
	})
}
