package rules

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"balasan/moderation"
)

// Named is a draft with all that a file says of a rule besides.
type Named struct {
	moderation.RuleDraft
	ID       string
	Status   moderation.RuleStatus
	Override string // "who, day, why"; may be empty
	Made     string // remark above the rule: who made it, and when
}

// YAML is the rule as an item of “rules:”, not indented. Every word that came from people is
// quoted, so that none of them can end its line.
func (n Named) YAML() string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	if n.Made != "" {
		line("# %s", oneLine(n.Made))
	}
	line("- id: %s", n.ID)
	line("  status: %s", n.Status)
	if len(n.Sites) > 0 {
		line("  sites: %s", quotedAll(n.Sites))
	}
	if !n.Until.IsZero() {
		line("  expires: %s", n.Until.Format(time.DateOnly))
	}
	if n.Way == moderation.ByHandle {
		line("  if: %s", quoted(n.condition()))
	} else {
		line("  match:")
		line("    %s: %s", n.key(), quotedAll(n.Terms))
	}
	line("  score: %s", strconv.FormatFloat(n.Score, 'f', -1, 64))
	if n.Group != "" {
		line("  group: %s", quoted(n.Group))
	}
	line("  reason:")
	line("    id: %s", quoted(n.Reason.ID))
	line("    en: %s", quoted(n.Reason.EN))
	if n.Example != "" {
		line("  tests:")
		line("    spam: [%s]", n.example())
	}
	if n.Override != "" {
		line("  override: %s", quoted(n.Override))
	}
	return b.String()
}

// key is the left side of the line of match.
func (n Named) key() string {
	names := make([]string, len(n.In))
	for i, f := range n.In {
		names[i] = string(f)
	}
	return strings.Join(names, "+") + " (" + string(n.Way) + ")"
}

func (n Named) condition() string { return "any(links.handles, # in " + quotedAll(n.Terms) + ")" }

// example is the excerpt in the first field that the rule looks at.
func (n Named) example() string {
	if n.In[0] == moderation.FieldBody {
		return quoted(n.Example)
	}
	return "{body: \"–\", " + string(n.In[0]) + ": " + quoted(n.Example) + "}"
}

// Info is what a file that holds the rule must come to when it is read.
func (n Named) Info() RuleInfo {
	out := RuleInfo{ID: n.ID, Status: Status(n.Status), Group: n.Group, Score: n.Score, Reason: n.Reason,
		Sites: append([]string(nil), n.Sites...), Until: n.Until, Override: n.Override}
	if n.Example != "" {
		out.Tests = 1
	}
	if n.Way == moderation.ByHandle {
		out.If = n.condition()
	} else {
		out.Looks = []Look{{n.key(), n.Terms}}
	}
	return out
}

// StandsIn tells whether a set that was read from files holds the rule just as it was meant.
func (n Named) StandsIn(set *Set) bool {
	return slices.ContainsFunc(set.List(), func(got RuleInfo) bool {
		got.File, got.Line = "", 0
		return got.ID == n.ID && reflect.DeepEqual(n.Info(), got)
	})
}

func quotedAll(texts []string) string {
	all := make([]string, len(texts))
	for i, text := range texts {
		all[i] = quoted(text)
	}
	return "[" + strings.Join(all, ", ") + "]"
}

// quoted is a text between double quotes (YAML 1.2, 7.3.1), readable where that is safe.
func quoted(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == ' ' || unicode.IsGraphic(r) && !unicode.IsSpace(r):
			b.WriteRune(r)
		case r < 1<<16:
			fmt.Fprintf(&b, `\u%04X`, r)
		default:
			fmt.Fprintf(&b, `\U%08X`, r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// oneLine keeps of a text what can stand in a remark and ends no line.
func oneLine(s string) string {
	s = strings.Map(func(r rune) rune {
		if !unicode.IsGraphic(r) || unicode.IsSpace(r) {
			return ' '
		}
		return r
	}, s)
	return strings.Join(strings.Fields(s), " ")
}
