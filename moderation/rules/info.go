package rules

import (
	"fmt"
	"slices"
	"time"

	"balasan/moderation"
)

// RuleInfo is a rule as it stands in a file, for lists and for comparing.
type RuleInfo struct {
	ID       string
	Status   Status
	Group    string
	Score    float64
	Action   moderation.Outcome
	Reason   moderation.Text
	Sites    []string // none is all
	Looks    []Look
	If       string
	Until    time.Time // the last day on which it counts; zero is never
	Override string
	File     string
	Line     int
	Tests    int
}

// Look is one line of match.
type Look struct {
	Key    string
	Values []string
}

// List tells all rules in the order in which they are evaluated.
func (s *Set) List() []RuleInfo {
	out := make([]RuleInfo, len(s.rules))
	for i := range s.rules {
		out[i] = s.rules[i].info()
	}
	return out
}

func (r *rule) info() RuleInfo {
	out := RuleInfo{ID: r.id, Status: r.status, Group: r.group, Score: r.score, Action: r.action, Reason: r.reason,
		Sites: r.sites, Override: r.override.text, File: r.file, Line: r.at.line, Tests: len(r.tests)}
	if !r.expires.IsZero() {
		out.Until = r.expires.AddDate(0, 0, -1)
	}
	if r.cond != nil {
		out.If = r.cond.text
	}
	for _, m := range r.match {
		look := Look{Key: m.key}
		for _, item := range m.value.items {
			look.Values = append(look.Values, item.text)
		}
		if m.value.kind == scalar {
			look.Values = []string{m.value.text}
		}
		out.Looks = append(out.Looks, look)
	}
	return out
}

// Differs names the rules that are not the same in another set, wherever they stand: those that
// one of them lacks, and those that look for something else or count otherwise.
func (s *Set) Differs(other *Set) []string {
	mine, theirs := s.digests(), other.digests()
	var out []string
	for id, digest := range mine {
		if theirs[id] != digest {
			out = append(out, id)
		}
	}
	for id := range theirs {
		if _, known := mine[id]; !known {
			out = append(out, id)
		}
	}
	slices.Sort(out)
	return out
}

// digests are all that matters of each rule, its examples included.
func (s *Set) digests() map[string]string {
	out := map[string]string{}
	for i := range s.rules {
		r, info := &s.rules[i], s.rules[i].info()
		info.File, info.Line = "", 0
		out[r.id] = fmt.Sprintf("%q %s %v", fmt.Sprint(info), s.looksFor(r), s.caps[r.group])
		for _, t := range r.tests {
			out[r.id] += fmt.Sprintf(" %v %q", t.spam, fmt.Sprint(t.c))
		}
	}
	return out
}
