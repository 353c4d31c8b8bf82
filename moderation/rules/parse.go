package rules

import (
	"maps"
	"math"
	"slices"
	"strconv"
	"time"

	"balasan/moderation"
)

// Status says how far a rule has come.
type Status string

const (
	Draft  Status = "draft"  // checked and tested, never run
	Shadow Status = "shadow" // runs and is shown, adds nothing
	On     Status = "live"
	Off    Status = "off"
)

var statuses = []string{string(Draft), string(Shadow), string(On), string(Off)}

// source is a rule as written, each part with its place.
type source struct {
	file    string
	at      place
	id      string
	status  Status
	expires time.Time // first moment at which it no longer counts; zero is never
	sites   []string  // it counts on these alone; none is all
	score   float64
	group   string
	groupAt place
	action  moderation.Outcome
	reason  moderation.Text
	match   []pair
	cond    *node
	tests   []Test

	override  override
	changedIn string // the file that changes a rule which another one ships
	changedAt place
}

// listSource is a list as written.
type listSource struct {
	file  string
	at    place
	match listKind
	terms []term
}

type groupSource struct {
	file string
	at   place
	max  float64
}

// change is what an operator alters of a rule that another file ships.
type change struct {
	file string
	pair
}

// pack is all that the files of one load say.
type pack struct {
	faults  *Faults
	open    func(name string) ([]byte, error)
	lists   map[string]listSource
	groups  map[string]groupSource
	rules   []source
	ids     map[string]int // of rules
	changes []change
}

type section map[string]func(*node)

// keys hands each value of a mapping to its reader and names the keys that it does not know.
func (p *pack) keys(file, what string, n *node, readers section) {
	if n.kind != mapping {
		p.faults.add(file, n.at, "%s should be a list of “key: value” lines", what)
		return
	}
	for _, pair := range n.pairs {
		read, known := readers[pair.key]
		if !known {
			p.faults.add(file, pair.at, "“%s” is not a key of %s%s", pair.key, what, meant(pair.key, slices.Sorted(maps.Keys(readers))))
			continue
		}
		read(pair.value)
	}
}

func (p *pack) file(name string, data []byte) {
	root := parseYAML(name, data, p.faults)
	if root == nil {
		return
	}
	versioned := false
	p.keys(name, "a rule file", root, section{
		"version": func(n *node) {
			versioned = true
			if n.text != "1" {
				p.faults.add(name, n.at, "The version of the rule language is 1")
			}
		},
		"lists":  func(n *node) { p.each(name, "lists", n, p.list) },
		"groups": func(n *node) { p.each(name, "groups", n, p.group) },
		"rules":  func(n *node) { p.readRules(name, n) },
		"change": func(n *node) {
			p.each(name, "change", n, func(file string, c pair) { p.changes = append(p.changes, change{file, c}) })
		},
	})
	if !versioned && root.kind == mapping {
		p.faults.add(name, root.at, "The file should begin with “version: 1”")
	}
}

func (p *pack) each(file, what string, n *node, read func(string, pair)) {
	if n.typed == "nothing" {
		return
	}
	if n.kind != mapping {
		p.faults.add(file, n.at, "“%s” should hold names with their settings below them", what)
		return
	}
	for _, pair := range n.pairs {
		read(file, pair)
	}
}

func (p *pack) group(file string, g pair) {
	if first, taken := p.groups[g.key]; taken {
		p.faults.add(file, g.at, "The group “%s” is already there (%s line %d)", g.key, first.file, first.at.line)
		return
	}
	out := groupSource{file: file, at: g.at, max: math.Inf(1)}
	p.keys(file, "a group", g.value, section{"max": func(n *node) { out.max = p.number(file, "max", n) }})
	p.groups[g.key] = out
}

func (p *pack) readRules(file string, n *node) {
	if n.typed == "nothing" {
		return
	}
	if n.kind != sequence {
		p.faults.add(file, n.at, "“rules” should be a list: each rule begins with “- id: …”")
		return
	}
	for _, item := range n.items {
		p.rule(file, item)
	}
}

func (p *pack) rule(file string, n *node) {
	s, before := source{file: file, at: n.at, status: On}, len(*p.faults)
	p.keys(file, "a rule", n, section{
		"id":      func(n *node) { s.id, s.at = n.text, n.at },
		"status":  func(n *node) { s.status = p.status(file, n) },
		"expires": func(n *node) { s.expires = p.date(file, n) },
		"sites":   func(n *node) { s.sites = p.sites(file, n) },
		"match":   func(n *node) { p.each(file, "match", n, func(_ string, m pair) { s.match = append(s.match, m) }) },
		"if":      func(n *node) { s.cond = p.condition(file, n) },
		"score":   func(n *node) { s.score = p.number(file, "score", n) },
		"group":   func(n *node) { s.group, s.groupAt = n.text, n.at },
		"action":  func(n *node) { s.action = p.action(file, n) },
		"reason":  func(n *node) { s.reason = p.reason(file, n) },
		"tests":   func(n *node) { s.tests = p.tests(file, n) },

		"override": func(n *node) { s.override = p.override(file, n) },
	})
	if n.kind != mapping || !p.named(s) {
		return
	}
	whole := len(*p.faults) == before // what is missing may stand there misspelt
	if whole && len(s.match) == 0 && s.cond == nil {
		p.faults.add(file, s.at, "The rule “%s” has no condition; give it “match:” or “if:”", s.id)
	}
	if whole && s.score == 0 && s.action == "" {
		p.faults.add(file, s.at, "The rule “%s” does nothing; give it a “score:” or an “action:”", s.id)
	}
	for i := range s.tests {
		if len(s.sites) > 0 {
			s.tests[i].c.Submission.Site = s.sites[0]
		}
	}
	p.ids[s.id] = len(p.rules)
	p.rules = append(p.rules, s)
}

func (p *pack) named(s source) bool {
	if s.id == "" {
		p.faults.add(s.file, s.at, "This rule has no “id:”; every rule needs a name of its own, such as “links.many”")
		return false
	}
	if first, taken := p.ids[s.id]; taken {
		p.faults.add(s.file, s.at, "The id “%s” is already taken (%s line %d); every rule needs its own",
			s.id, p.rules[first].file, p.rules[first].at.line)
		return false
	}
	return true
}

func (p *pack) condition(file string, n *node) *node {
	if n.kind != scalar || n.typed != "string" {
		p.faults.add(file, n.at, "“if:” should be one condition in quotes, such as 'links.count > 2'")
		return nil
	}
	return n
}

func (p *pack) status(file string, n *node) Status {
	if !slices.Contains(statuses, n.text) {
		p.faults.add(file, n.at, "“%s” is not a status%s", n.text, meant(n.text, statuses))
		return Off
	}
	return Status(n.text)
}

func (p *pack) action(file string, n *node) moderation.Outcome {
	known := []string{string(moderation.Hold), string(moderation.Spam), string(moderation.Approve)}
	if !slices.Contains(known, n.text) {
		p.faults.add(file, n.at, "“%s” is not an action%s", n.text, meant(n.text, known))
		return ""
	}
	return moderation.Outcome(n.text)
}

func (p *pack) number(file, what string, n *node) float64 {
	v, err := strconv.ParseFloat(n.text, 64)
	if n.kind != scalar || err != nil || math.IsNaN(v) || math.Abs(v) > 100 {
		p.faults.add(file, n.at, "“%s” should be a number between -100 and 100, such as 2.5, not “%s”", what, n.text)
		return 1
	}
	return v
}

func (p *pack) date(file string, n *node) time.Time {
	day, err := time.Parse(time.DateOnly, n.text)
	if err != nil {
		p.faults.add(file, n.at, "“expires” should be a day such as 2027-01-31, not “%s”", n.text)
		return time.Time{}
	}
	return day.AddDate(0, 0, 1) // the rule counts through its last day
}

func (p *pack) sites(file string, n *node) (out []string) {
	if n.kind != sequence || len(n.items) == 0 {
		p.faults.add(file, n.at, "“sites” should be a list of portals, such as [demo]; leave it out for all of them")
		return nil
	}
	for _, item := range n.items {
		if item.kind != scalar || item.text == "" {
			p.faults.add(file, item.at, "A site should be the id of a portal")
			continue
		}
		out = append(out, item.text)
	}
	return out
}

func (p *pack) reason(file string, n *node) moderation.Text {
	var out moderation.Text
	if n.kind == scalar && n.typed == "string" {
		return moderation.Text{ID: n.text, EN: n.text}
	}
	p.keys(file, "a reason", n, section{
		"id": func(n *node) { out.ID = n.text },
		"en": func(n *node) { out.EN = n.text },
	})
	if out.ID == "" || out.EN == "" {
		p.faults.add(file, n.at, "A reason needs a sentence in Indonesian (id:) and one in English (en:)")
	}
	return out
}

// apply lays an operator's changes over the rules that other files ship.
func (p *pack) apply() {
	for _, c := range p.changes {
		i, known := p.ids[c.key]
		if !known {
			p.faults.add(c.file, c.at, "There is no rule “%s” to change%s", c.key, meant(c.key, slices.Sorted(maps.Keys(p.ids))))
			continue
		}
		s := &p.rules[i]
		s.changedIn, s.changedAt = c.file, c.at
		p.keys(c.file, "a change", c.value, section{
			"status":  func(n *node) { s.status = p.status(c.file, n) },
			"score":   func(n *node) { s.score = p.number(c.file, "score", n) },
			"expires": func(n *node) { s.expires = p.date(c.file, n) },
			"action":  func(n *node) { s.action = p.action(c.file, n) },

			"override": func(n *node) { s.override = p.override(c.file, n) },
		})
	}
}
