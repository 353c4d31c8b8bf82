package rules

import (
	"time"

	"balasan/moderation"
)

// Test is an example beside a rule: a case that the rule must notice, or must not.
type Test struct {
	file string
	at   place
	spam bool
	c    moderation.Case
}

// TestResult is how one example came out.
type TestResult struct {
	Rule string
	File string
	Line int
	Text string
	Spam bool // what the example says of itself
	Pass bool
	Why  string // what went wrong, in one sentence
}

func (p *pack) tests(file string, n *node) []Test {
	var out []Test
	read := func(spam bool) func(*node) {
		return func(n *node) {
			if n.kind != sequence {
				p.faults.add(file, n.at, "Examples should be a list, such as [\"main slot di sini\"]")
				return
			}
			for _, item := range n.items {
				out = append(out, p.test(file, item, spam))
			}
		}
	}
	p.keys(file, "tests", n, section{"spam": read(true), "ham": read(false)})
	return out
}

// test reads an example: a text, or a mapping of whatever the rule looks at.
func (p *pack) test(file string, n *node, spam bool) Test {
	t := Test{file: file, at: n.at, spam: spam}
	s := &t.c.Submission
	*s = moderation.Submission{Name: "Pembaca", Page: "https://desa.example/berita/1", Form: moderation.Form{Signed: true, Age: time.Minute}}
	s.Email, _ = moderation.ParseEmail("pembaca@contoh.example")
	if n.kind == scalar {
		s.Body = n.text
		return t
	}
	text := func(to *string) func(*node) { return func(n *node) { *to = n.text } }
	count := func(to *int) func(*node) {
		return func(n *node) { *to = int(p.number(file, "a count", n)) }
	}
	h := &t.c.History
	p.keys(file, "an example", n, section{
		"body": text(&s.Body), "name": text(&s.Name), "website": text(&s.Website), "page": text(&s.Page),
		"email": func(n *node) {
			email, err := moderation.ParseEmail(n.text)
			if err != nil {
				p.faults.add(file, n.at, "“%s” is not an e-mail address", n.text)
			}
			s.Email = email
		},
		"form.age": func(n *node) {
			age, err := time.ParseDuration(n.text)
			if err != nil {
				p.faults.add(file, n.at, "“%s” is not a time such as “5s” or “2m”", n.text)
			}
			s.Form.Age = age
		},
		"form.signed":     func(n *node) { s.Form.Signed = n.text == "true" },
		"form.traps":      count(&s.Form.Traps),
		"sender.approved": count(&h.Approved), "sender.spam": count(&h.Spam),
		"text.repeats": count(&h.Repeats), "text.refused": count(&h.Refused),
		"campaign.size": count(&h.Campaign.Size), "campaign.refused": count(&h.Campaign.Refused), "campaign.hour": count(&h.Campaign.Hour),
		"recent.10m": count(&h.Network.Minutes10), "recent.1h": count(&h.Network.Hour), "recent.24h": count(&h.Network.Day),
	})
	return t
}

// Test runs every example against its own rule, drafts and shadows too: spam must be noticed,
// ham must not.
func (s *Set) Test() []TestResult {
	var out []TestResult
	w := newWeighing(s)
	for i := range s.rules {
		r := &s.rules[i]
		for _, t := range r.tests {
			w.read(t.c)
			hit := r.covers(t.c.Submission.Site) && r.holds(w)
			result := TestResult{Rule: r.id, File: t.file, Line: t.at.line, Text: t.c.Submission.Body, Spam: t.spam, Pass: hit == t.spam}
			switch {
			case t.spam && !hit:
				result.Why = "the rule should notice this and does not"
			case !t.spam && hit:
				result.Why = "the rule should leave this alone and does not"
			}
			out = append(out, result)
		}
	}
	return out
}
