package rules_test

import (
	"strings"
	"testing"

	"balasan/moderation"
	"balasan/moderation/rules"
)

func TestAnImportedListWorks(t *testing.T) {
	wordpress := "viagra\n\nslot \"gacor\"\njahat-sekali.com\n203.0.113.0/24\nspammer@jahat.com\n***\n"
	discourse := "word,replacement,action\nviagra,,block\nkasino*,,flag\nslot,,censor\nlink,https://x.example,link\n"
	for name, tc := range map[string]struct {
		imported func() (rules.Imported, error)
		body     string
		terms    int
		left     int
		want     moderation.Outcome
	}{
		"a WordPress word is spam":  {func() (rules.Imported, error) { return rules.FromWordPress(strings.NewReader(wordpress)) }, "buy V1AGRA", 4, 2, moderation.Spam},
		"a Discourse block is spam": {func() (rules.Imported, error) { return rules.FromDiscourse(strings.NewReader(discourse)) }, "viagra", 2, 2, moderation.Spam},
		"a Discourse flag waits":    {func() (rules.Imported, error) { return rules.FromDiscourse(strings.NewReader(discourse)) }, "kasinonya", 2, 2, moderation.Hold},
		"a header names the columns": {func() (rules.Imported, error) {
			return rules.FromDiscourse(strings.NewReader("Action,Word,case_sensitive\nflag,kasino,false\ncensor,x,true\n"))
		}, "kasino", 1, 1, moderation.Hold},
		"a word alone is blocked":          {func() (rules.Imported, error) { return rules.FromDiscourse(strings.NewReader("word\nviagra\n")) }, "viagra", 1, 0, moderation.Spam},
		"what was left out does not count": {func() (rules.Imported, error) { return rules.FromDiscourse(strings.NewReader(discourse)) }, "slot", 2, 2, ""},
	} {
		t.Run(name, func(t *testing.T) {
			in, err := tc.imported()
			if err != nil || in.Terms != tc.terms || len(in.Left) != tc.left {
				t.Fatalf("%d terms, left %v, error %v", in.Terms, in.Left, err)
			}
			c := comment(tc.body)
			c.Submission.Addr = c.Submission.Addr.Next().Next()
			var got moderation.Outcome
			for _, s := range must(t, strings.ReplaceAll(in.YAML, "203.0.113.0/24", "198.51.100.0/24")).Weigh(c).Signals {
				got = s.Force
				if !s.Shadow {
					t.Errorf("%s does not begin as a shadow", s.Rule)
				}
			}
			if got != tc.want {
				t.Errorf("forces %q, want %q\n%s", got, tc.want, in.YAML)
			}
		})
	}
}

func FuzzImport(f *testing.F) {
	f.Add("viagra\n\"a,b\",,block\n203.0.113.1\n")
	f.Fuzz(func(t *testing.T, text string) {
		wordpress, _ := rules.FromWordPress(strings.NewReader(text))
		discourse, err := rules.FromDiscourse(strings.NewReader(text))
		for _, in := range []rules.Imported{wordpress, discourse} {
			if in.Terms > 0 {
				if _, loaded := load(in.YAML); loaded != nil {
					t.Errorf("%v (import: %v)\n%s", loaded, err, in.YAML)
				}
			}
		}
	})
}
