package rules_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"
	"unicode"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"balasan/moderation"
	"balasan/moderation/rules"
)

// harmless are refusals of the rule language that no form can foresee.
var harmless = regexp.MustCompile(`holds no letter|Alternatives are written|more than 500|stands for too|would match|is not valid UTF-8`)

// desk is a file with rules that must survive whatever is written beside them.
const desk = `# kepala berkas: "jangan hilang"
version: 1
groups: {pests: {max: 8}}
rules:
# by Sari, 2026-11-25, from comment 1
- id: desk.a   # yang pertama
  status: shadow
  match: {body: [slot, gacor]}
  score: 3
- {id: desk.b, match: {name: 'bos "besar"'}, score: 2}
`

func noControl(r rune) rune {
	if unicode.Is(unicode.Cc, r) || unicode.In(r, unicode.Mn, unicode.Me) {
		return -1
	}
	return r
}

func hostLike(r rune) rune {
	if unicode.IsSpace(r) || strings.ContainsRune("/:@?#*{}|.", r) {
		return '-'
	}
	return r
}

func named(t *rapid.T) rules.Named {
	nasty := rapid.StringOfN(rapid.OneOf(rapid.SampledFrom([]rune("\"'\\#:-{}[]|>*&!%@`,~ \u00a0\u2028\ufeff\u202e\u200b\U000e0041⭐𝐒éa0")), rapid.Rune()), 1, 40, -1)
	visible := rapid.Map(nasty, func(s string) string { return "a" + strings.Map(noControl, s) })
	terms := map[moderation.RuleWay]*rapid.Generator[string]{
		moderation.ByDomain: rapid.Map(visible, func(s string) string { return strings.Map(hostLike, s) + ".example" }),
		moderation.ByHandle: rapid.SampledFrom([]string{"wa:6281234567890", "tg:bosgacor"}),
	}
	way := rapid.SampledFrom(moderation.RuleWays).Draw(t, "way")
	term := terms[way]
	if term == nil {
		term = rapid.Map(visible, func(s string) string { return strings.NewReplacer("{", "", "}", "").Replace(s) })
	}
	n := rules.Named{ID: "desk.2026-11-25.x", Status: rapid.SampledFrom([]moderation.RuleStatus{moderation.RuleShadow, moderation.RuleLive, moderation.RuleOff}).Draw(t, "status"),
		Made: nasty.Draw(t, "made"),
		RuleDraft: moderation.RuleDraft{Terms: rapid.SliceOfN(term, 1, 4).Draw(t, "terms"), Way: way,
			In:     []moderation.Field{moderation.FieldBody, moderation.FieldName},
			Sites:  rapid.SliceOfN(nasty, 0, 2).Draw(t, "sites"),
			Score:  float64(rapid.IntRange(1, 1000).Draw(t, "score")) / 10,
			Reason: moderation.Text{ID: visible.Draw(t, "id"), EN: visible.Draw(t, "en")}, Example: strings.ReplaceAll(visible.Draw(t, "example"), "@", "")}}
	if n.Way == moderation.ByHandle || rapid.Bool().Draw(t, "body alone") {
		n.In = n.In[:1]
	}
	if rapid.Bool().Draw(t, "grouped") {
		n.Group = "pests"
	}
	if rapid.Bool().Draw(t, "ends") {
		n.Until = time.Date(2027, 1, 31, 0, 0, 0, 0, time.UTC)
	}
	if why := nasty.Draw(t, "why"); strings.TrimSpace(why) != "" {
		n.Override = "Sari, 2026-11-25, " + why
	}
	return n
}

// Whatever people type, what is read back is what was meant, and no other rule has changed.
func TestAWrittenRuleIsReadAsItWasMeant(t *testing.T) {
	before := must(t, desk)
	rapid.Check(t, func(t *rapid.T) {
		n := named(t)
		if len(n.Check()) > 0 {
			t.Skip("refused before it is written")
		}
		file, err := rules.Append([]byte(desk), n.YAML())
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(string(file), desk) {
			t.Fatalf("what stood there has changed:\n%s", file)
		}
		after, err := load(string(file))
		if err != nil {
			if strings.Contains(err.Error(), "yaml:") && !harmless.MatchString(err.Error()) {
				t.Fatalf("%v\n%s", err, file)
			}
			t.Skip("the rule language refuses the term")
		}
		if got := after.Differs(before); !slices.Equal(got, []string{n.ID}) {
			t.Fatalf("changed: %v\n%s", got, file)
		}
		if !n.StandsIn(after) {
			t.Fatalf("%s\n%s", cmp.Diff(n.Info(), after.List()), file)
		}
	})
}

func TestRulesAreAddedToWhateverStandsThere(t *testing.T) {
	n := rules.Named{ID: "desk.new", Status: moderation.RuleShadow, RuleDraft: moderation.RuleDraft{Terms: []string{"kupon"}, Way: moderation.ByWord,
		In: []moderation.Field{moderation.FieldBody}, Score: 3, Reason: moderation.Text{ID: "a", EN: "b"}}}
	for name, file := range map[string]string{
		"nothing":             "",
		"a remark":            "# nanti\n",
		"no rules yet":        "version: 1\ngroups: {a: {max: 3}}",
		"rules without any":   "version: 1\nrules:\n",
		"no last line end":    "version: 1\nrules:\n- {id: a, match: {body: x}, score: 1}",
		"an indented list":    "version: 1\nrules:\n  - id: a\n    match: {body: x}\n    score: 1\n  # akhir\n",
		"something behind it": "version: 1\nrules:\n- {id: a, match: {body: x}, score: 1}\n\n# kelompok\ngroups:\n  b: {max: 2}\n",
	} {
		t.Run(name, func(t *testing.T) {
			out, err := rules.Append([]byte(file), n.YAML())
			if err != nil {
				t.Fatal(err)
			}
			set, err := load(string(out))
			if err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			if !slices.ContainsFunc(set.List(), func(r rules.RuleInfo) bool { return r.ID == "desk.new" }) {
				t.Errorf("the rule is not there:\n%s", out)
			}
			for line := range strings.Lines(file) {
				if !strings.Contains(string(out), line) {
					t.Errorf("lost %q:\n%s", line, out)
				}
			}
		})
	}
	for name, file := range map[string]string{"rules in one line": "version: 1\nrules: [{id: a, match: {body: x}, score: 1}]\n", "a list": "- a\n"} {
		if _, err := rules.Append([]byte(file), n.YAML()); err == nil {
			t.Errorf("%s was added to", name)
		}
	}
}

func TestAStatusChangesInItsPlace(t *testing.T) {
	file, err := rules.SetStatus([]byte(desk), "desk.a", rules.On, `Sari, 2026-11-26, "perlu" # betul`, "live: Budi\n- id: evil, 2026-11-26")
	if err != nil {
		t.Fatal(err)
	}
	want := strings.Replace(desk, "- id: desk.a   # yang pertama\n  status: shadow\n",
		"# live: Budi - id: evil, 2026-11-26\n- id: desk.a   # yang pertama\n  override: \"Sari, 2026-11-26, \\\"perlu\\\" # betul\"\n  status: live\n", 1)
	if diff := cmp.Diff(want, string(file)); diff != "" {
		t.Error(diff)
	}
	set := must(t, string(file))
	if got := set.List()[0]; got.Status != rules.On || got.Override != `Sari, 2026-11-26, "perlu" # betul` {
		t.Errorf("%+v", got)
	}
	if got := rules.MadeOf(file, set.List()[0].Line); !slices.Equal(got, []string{"by Sari, 2026-11-25, from comment 1", "live: Budi - id: evil, 2026-11-26"}) {
		t.Errorf("made %q", got)
	}
	again, err := rules.SetStatus(file, "desk.a", rules.Off, "Budi, 2026-11-27, lain", "off")
	if err != nil || !strings.Contains(string(again), "  override: \"Budi, 2026-11-27, lain\"\n  status: off\n") {
		t.Errorf("%v\n%s", err, again)
	}
	if _, err := rules.SetStatus([]byte(desk), "desk.b", rules.Off, "", "off"); err == nil {
		t.Error("a rule in one line got a second one")
	}
	if _, err := rules.SetStatus([]byte(desk), "desk.c", rules.Off, "", "off"); err == nil {
		t.Error("a rule that is not there was changed")
	}
}

func TestARuleCountsOnItsSites(t *testing.T) {
	set := must(t, "version: 1\nrules:\n- {id: a, sites: [warta], match: {body: slot}, score: 3, tests: {spam: [slot]}}\n")
	for site, want := range map[string]string{"warta": "a", "kampung": ""} {
		c := comment("main slot")
		c.Submission.Site = site
		if got := hits(set.Weigh(c)); got != want {
			t.Errorf("%s: %q", site, got)
		}
	}
	if got := set.Test(); !got[0].Pass {
		t.Error("its example is weighed on another site")
	}
	if _, err := load("version: 1\nrules:\n- {id: a, sites: warta, match: {body: slot}, score: 3}\n"); err == nil {
		t.Error("a site that is no list was taken")
	}
}

func TestATrialTellsWhatOneRuleChanges(t *testing.T) {
	set := must(t, "version: 1\nrules:\n  - {id: words, match: {body: slot}, score: 3}\n  - {id: rest, match: {body: kasih}, score: 3}\n")
	got := set.Trial("words", nil, slices.Values(past()))
	if got.Looked[moderation.Approved] != 2 || got.Hits[moderation.Approved] != 1 || got.Hits[moderation.IsSpam]+got.Hits[moderation.Trashed] != 2 ||
		got.Held != 4 || got.Spam != 0 || len(got.Approved) != 1 || len(got.Moved) != 1 || got.Approved[0].From != moderation.Approve || got.Approved[0].To != moderation.Hold {
		t.Errorf("%+v", got)
	}
	if precision, known := moderation.Precision(got.Hits); !known || precision < 0.66 || precision > 0.67 {
		t.Errorf("precision %v %v", precision, known)
	}
}

// A file that people or other programs have written may be anything.
func FuzzEditingAFile(f *testing.F) {
	f.Add([]byte(desk))
	f.Add([]byte("rules: [1, {id: desk.a}]\n"))
	f.Add([]byte("version: 1\nrules:\n- id: desk.a\n"))
	f.Add([]byte("a: &b c\n---\nd: *b\n"))
	f.Fuzz(func(t *testing.T, file []byte) {
		before, broken := rules.Load(fstest.MapFS{"rules/desk.yaml": {Data: file}})
		out, err := rules.SetStatus(file, "desk.a", rules.Off, "", "off")
		if broken != nil || err != nil {
			return
		}
		after, err := rules.Load(fstest.MapFS{"rules/desk.yaml": {Data: out}})
		if err == nil && len(after.Differs(before)) > 1 {
			t.Errorf("more has changed than one rule:\n%s\n%s", file, out)
		}
	})
}
