package rules

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"
	"time"

	"balasan/moderation"
)

// Standing is how a live rule counts: what it adds or forces, and a digest of what it looks for.
type Standing struct {
	Score  float64            `json:"score"`
	Action moderation.Outcome `json:"action,omitempty"`
	Digest string             `json:"digest"`
}

// InForce tells the standing of every live rule by its id. It can be kept, to see later which
// rules have become sterner.
func (s *Set) InForce() map[string]Standing {
	out := map[string]Standing{}
	for i := range s.rules {
		if r := &s.rules[i]; r.status == On {
			out[r.id] = Standing{r.score, r.action, s.looksFor(r)}
		}
	}
	return out
}

// looksFor is a digest of a rule's conditions with the terms of all lists that they name.
func (s *Set) looksFor(r *rule) string {
	h := sha256.New()
	for _, m := range r.match {
		fmt.Fprintf(h, "%q %q\n", m.key, m.value.text)
	}
	if len(r.sites) > 0 {
		fmt.Fprintf(h, "%q\n", r.sites)
	}
	if r.cond != nil {
		fmt.Fprintf(h, "%q\n", r.cond.text)
	}
	for _, number := range r.lists() {
		fmt.Fprintf(h, "%q\n", s.lists[number].terms)
	}
	return hex.EncodeToString(h.Sum(nil)[:8])
}

// lists are the numbers of all lists that the rule asks about.
func (r *rule) lists() (out []int) {
	for i := range r.conditions {
		out = append(out, r.conditions[i].lists...)
	}
	if r.expression != nil {
		out = append(out, r.expression.lists...)
	}
	return out
}

// override is an operator's word that a rule may stop what editors approved until a day.
type override struct {
	text  string
	until time.Time
}

func (p *pack) override(file string, n *node) override {
	parts := strings.SplitN(n.text, ",", 3)
	if len(parts) == 3 && strings.TrimSpace(parts[0]) != "" && strings.TrimSpace(parts[2]) != "" {
		if day, err := time.Parse(time.DateOnly, strings.TrimSpace(parts[1])); err == nil {
			return override{n.text, day.Add(36 * time.Hour)} // that day has ended everywhere
		}
	}
	p.faults.add(file, n.at, "“override” should say who, when and why, such as \"Sari, 2026-11-23, the campaign is worse\"")
	return override{}
}

// Guarded is a rule that needs an override before it may count.
type Guarded struct {
	Rule    string
	File    string
	Line    int
	Column  int
	Stopped []Stopped // newest first, no more than a report names
	Total   int
}

// Sterner names the live rules that were not in force before, or weigh more, force something
// else or look for something else than they did.
func (s *Set) Sterner(before map[string]Standing) []string {
	var out []string
	for id, now := range s.InForce() {
		if was, known := before[id]; !known || now.Score > was.Score || now.Action != was.Action || now.Digest != was.Digest {
			out = append(out, id)
		}
	}
	slices.Sort(out)
	return out
}

// Guard finds the sterner rules that would have stopped comments which editors approved, and
// that no override covers. A rule that was in force already answers only for what it lets
// through no more. The model may be nil.
func (s *Set) Guard(before map[string]Standing, model moderation.Weigher, replay iter.Seq[Stored]) []Guarded {
	g := guard{set: s, model: model, fresh: map[string]bool{}, found: map[string]*Guarded{}}
	for _, id := range s.Sterner(before) {
		_, known := before[id]
		g.fresh[id] = !known
	}
	if len(g.fresh) == 0 {
		return nil
	}
	for stored := range replay {
		if stored.State == moderation.Approved {
			g.weigh(stored)
		}
	}
	var out []Guarded
	for _, id := range slices.Sorted(maps.Keys(g.found)) {
		out = append(out, *g.found[id])
	}
	return out
}

// guard holds every sterner rule, by whether it was not in force at all, against the past.
type guard struct {
	set   *Set
	model moderation.Weigher
	fresh map[string]bool
	found map[string]*Guarded
}

// weigh compares the outcome with the sterner rules to the one without them.
func (g *guard) weigh(s Stored) {
	opinion := g.set.Weigh(s.Case)
	without := opinion
	without.Signals = slices.Clone(opinion.Signals)
	var stern []int
	for i, signal := range opinion.Signals {
		fresh, watched := g.fresh[signal.Rule]
		if !watched || signal.Score <= 0 && signal.Force == "" || g.set.rule(signal.Rule).override.until.After(s.At) {
			continue
		}
		if fresh || s.Before.Outcome == moderation.Approve {
			without.Signals[i].Shadow = true
			stern = append(stern, i)
		}
	}
	if len(stern) == 0 {
		return
	}
	model := said(g.model, s.Case)
	v := moderation.Judge{Rules: spoken(opinion), Model: model}.Weigh(s.Case, s.Policy)
	if !harsher(v.Outcome, moderation.Judge{Rules: spoken(without), Model: model}.Weigh(s.Case, s.Policy).Outcome) {
		return
	}
	for _, i := range stern {
		g.add(opinion.Signals[i].Rule, Stopped{ID: s.ID, At: s.At, Body: s.Case.Submission.Body, Outcome: v.Outcome,
			Score: v.Score, Rules: []string{opinion.Signals[i].Rule}})
	}
}

func (g *guard) add(id string, stopped Stopped) {
	found, known := g.found[id]
	if !known {
		r := g.set.rule(id)
		file, at := r.file, r.at
		if r.changedIn != "" {
			file, at = r.changedIn, r.changedAt
		}
		found = &Guarded{Rule: id, File: file, Line: at.line, Column: at.column}
		g.found[id] = found
	}
	found.Total++
	found.Stopped = newest(append(found.Stopped, stopped), func(s Stopped) time.Time { return s.At })
}

func (s *Set) rule(id string) *rule {
	return &s.rules[slices.IndexFunc(s.rules, func(r rule) bool { return r.id == id })]
}

var severity = map[moderation.Outcome]int{moderation.Approve: 0, moderation.Hold: 1, moderation.Spam: 2}

func harsher(a, b moderation.Outcome) bool { return severity[a] > severity[b] }

// spoken is an opinion that stands already.
type spoken moderation.Opinion

func (o spoken) Weigh(moderation.Case) moderation.Opinion { return moderation.Opinion(o) }

// said lets a model that may be nil weigh a case once for several judges.
func said(model moderation.Weigher, c moderation.Case) moderation.Weigher {
	if model == nil {
		return nil
	}
	return spoken(model.Weigh(c))
}

// InShadow is the same set with some of its rules as shadows, under a fingerprint of its own.
func (s *Set) InShadow(ids []string) *Set {
	digest := sha256.Sum256(fmt.Append(nil, s.fingerprint, ids))
	out := &Set{rules: slices.Clone(s.rules), lists: s.lists, automata: s.automata, owners: s.owners, caps: s.caps,
		fingerprint: hex.EncodeToString(digest[:8])}
	for i := range out.rules {
		if slices.Contains(ids, out.rules[i].id) {
			out.rules[i].status = Shadow
		}
	}
	out.pool.New = func() any { return newWeighing(out) }
	return out
}
