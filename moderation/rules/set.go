package rules

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"maps"
	"math"
	"slices"
	"strings"
	"sync"
	"time"

	"balasan/moderation"
)

// Set is a compiled rule set. It never changes and serves any number of goroutines.
type Set struct {
	rules       []rule
	lists       []*list
	automata    [channelCount]*automaton
	owners      [channelCount][][]owner
	caps        map[string]float64
	fingerprint string
	pool        sync.Pool // of *weighing
}

type rule struct {
	source
	conditions []condition
	expression *expression
	links      bool // it asks for links, so its signal points at them
	disguises  bool // it asks for text.disguise, so its signal points at what is disguised
}

// Load reads rule files by name or pattern (rules/*.yaml when none is named), and the lists
// that they name, from one file system. Either the whole set is good or the error is Faults.
func Load(fsys fs.FS, names ...string) (*Set, error) {
	if len(names) == 0 {
		names = []string{"rules/*.yaml"}
	}
	var faults Faults
	digest, texts := sha256.New(), map[string][]byte{}
	open := func(name string) ([]byte, error) {
		data, err := fs.ReadFile(fsys, name)
		fmt.Fprintf(digest, "%q %d\n", name, len(data))
		digest.Write(data)
		texts[name] = data
		return data, err
	}
	p := &pack{faults: &faults, open: open, lists: map[string]listSource{}, groups: map[string]groupSource{}, ids: map[string]int{}}
	for _, name := range names {
		p.readAll(fsys, name)
	}
	p.apply()
	set := build(p)
	set.fingerprint = hex.EncodeToString(digest.Sum(nil)[:8])
	faults.quote(texts)
	if err := faults.err(); err != nil {
		return nil, err
	}
	return set, nil
}

func (p *pack) readAll(fsys fs.FS, glob string) {
	files, err := fs.Glob(fsys, glob)
	if err != nil || len(files) == 0 {
		p.faults.add(glob, place{}, "There is no such rule file")
		return
	}
	for _, name := range files {
		data, err := p.open(name)
		if err != nil {
			p.faults.add(name, place{}, "The file cannot be read: %v", err)
			continue
		}
		p.file(name, data)
	}
}

func build(p *pack) *Set {
	b := &builder{pack: p, used: map[string]int{}}
	set := &Set{caps: map[string]float64{}}
	for name, g := range p.groups {
		if !math.IsInf(g.max, 1) {
			set.caps[name] = g.max
		}
	}
	for i := range p.rules {
		set.rules = append(set.rules, b.rule(&p.rules[i]))
	}
	set.lists = b.compiled
	for c := range channelCount {
		set.automata[c], set.owners[c] = newAutomaton(b.patterns[c].texts), b.patterns[c].owners
	}
	set.pool.New = func() any { return newWeighing(set) }
	return set
}

func (b *builder) rule(s *source) rule {
	r := rule{source: *s}
	for _, m := range s.match {
		r.links = r.links || strings.HasPrefix(m.key, "links.")
		r.disguises = r.disguises || m.key == "text.disguise"
		if c, ok := b.line(s, m); ok {
			r.conditions = append(r.conditions, c)
		}
	}
	if s.cond != nil {
		r.links = r.links || strings.Contains(s.cond.text, "links.")
		r.expression, _ = b.compile(s)
	}
	if _, known := b.groups[s.group]; s.group != "" && !known {
		b.faults.add(s.file, s.groupAt, "There is no group “%s”%s", s.group, meant(s.group, b.groupNames()))
	}
	return r
}

// Fingerprint names the set: the digest of all files that it was loaded from.
func (s *Set) Fingerprint() string { return s.fingerprint }

// Caps are the most that each group may add.
func (s *Set) Caps() map[string]float64 { return maps.Clone(s.caps) }

// Weigh evaluates every rule, so that its opinion is a complete explanation.
func (s *Set) Weigh(c moderation.Case) moderation.Opinion {
	w := s.pool.Get().(*weighing)
	defer s.pool.Put(w)
	w.read(c)
	out := moderation.Opinion{Caps: s.caps, Version: s.fingerprint}
	for i := range s.rules {
		r := &s.rules[i]
		if r.runs(c.Submission.At) && r.covers(c.Submission.Site) && r.holds(w) {
			out.Signals = append(out.Signals, r.signal(w))
		}
	}
	return out
}

// runs tells whether the rule takes part on that day.
func (r *rule) runs(at time.Time) bool {
	return (r.status == On || r.status == Shadow) && (r.expires.IsZero() || at.Before(r.expires))
}

// covers tells whether the rule counts on a site.
func (r *rule) covers(site string) bool { return len(r.sites) == 0 || slices.Contains(r.sites, site) }

func (r *rule) holds(w *weighing) bool {
	for i := range r.conditions {
		if !r.conditions[i].holds(w) {
			return false
		}
	}
	return r.expression == nil || r.expression.holds(w)
}
