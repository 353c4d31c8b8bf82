package rules

import (
	"slices"
	"strings"

	"github.com/expr-lang/expr/vm"

	"balasan/moderation"
	"balasan/moderation/fold"
)

// maxSpans is how many places one signal points at.
const maxSpans = 8

// hit is a term found in a field; start and end are bytes of the original.
type hit struct {
	list       int
	term       int
	in         where
	start, end int
}

// weighing holds the buffers of one weighing; a set pools them.
type weighing struct {
	set    *Set
	texts  [fieldCount]string
	folded [fieldCount]fold.Text
	words  words
	hits   []hit
	facts  Facts
	recent moderation.Recent
	vm     vm.VM
	seen   []int
}

func newWeighing(set *Set) *weighing {
	w := &weighing{set: set}
	w.vm.MemoryBudget = maxMemory
	w.facts.Recent, w.facts.Hits = w.recently, w.countHits
	return w
}

// read folds the case's texts, finds all terms and gathers the facts.
func (w *weighing) read(c moderation.Case) {
	s := &c.Submission
	w.texts = [fieldCount]string{s.Body, s.Name, s.Website, s.Email.Domain(), s.Page}
	w.hits = w.hits[:0]
	for i := range w.texts {
		w.folded[i].Reset(w.texts[i])
		w.search(i)
	}
	w.gather(c)
	w.lookUp(c)
}

// search runs the automata over one field.
func (w *weighing) search(field int) {
	if w.texts[field] == "" {
		return
	}
	for _, c := range []channel{foldChannel, classChannel} {
		if len(w.set.owners[c]) == 0 {
			continue
		}
		w.words.read(w.folded[field].Channel(c))
		w.set.automata[c].walk(w.words.text, func(p int32, end int) {
			start := end - w.set.automata[c].length[p]
			if w.words.bounded(start, end) {
				w.found(field, c, p, w.words.begin(start), w.words.end(end))
			}
		})
	}
	w.set.automata[squashChannel].walk([]byte(w.folded[field].Channel(squashChannel)), func(p int32, end int) {
		start := end - w.set.automata[squashChannel].length[p]
		if w.folded[field].Whole(squashChannel, start, end) {
			w.found(field, squashChannel, p, start, end)
		}
	})
}

// found notes a pattern for each list that asks about this field.
func (w *weighing) found(field int, c channel, p int32, start, end int) {
	in := where(1 << field)
	mapped := false
	for _, o := range w.set.owners[c][p] {
		if w.set.lists[o.list].in&in == 0 {
			continue
		}
		if !mapped {
			start, end = w.folded[field].Span(c, start, end)
			mapped = true
		}
		h := hit{int(o.list), int(o.term), in, start, end}
		if !slices.Contains(w.hits, h) {
			w.hits = append(w.hits, h)
		}
	}
}

// lookUp finds what is not searched as text: domains, networks and regexes.
func (w *weighing) lookUp(c moderation.Case) {
	for i, l := range w.set.lists {
		switch l.kind {
		case byDomain:
			w.domains(i, l)
		case byNetwork:
			for k, n := range l.networks {
				if n.Contains(c.Submission.Addr) {
					w.hits = append(w.hits, hit{list: i, term: k, in: inNetwork})
				}
			}
		case byRegex:
			w.regexes(i, l)
		}
	}
}

func (w *weighing) domains(i int, l *list) {
	look := func(host string, in where, start, end int) {
		for host != "" && l.in&in != 0 {
			if name, ok := l.domains[host]; ok {
				w.hits = append(w.hits, hit{i, slices.Index(l.terms, name), in, start, end})
				return
			}
			_, host, _ = strings.Cut(host, ".")
		}
	}
	for _, host := range w.facts.Links.Hosts {
		start, end := w.linkTo(host)
		look(host, inBody, start, end)
	}
	look(w.facts.Website.Host, inWebsite, 0, len(w.texts[2]))
	look(w.facts.Email.Domain, inEmail, 0, len(w.texts[3]))
}

// linkTo is where the original leads to a host; nowhere when it is spelt out (“name dot com”).
func (w *weighing) linkTo(host string) (start, end int) {
	i := slices.IndexFunc(w.facts.Links.found, func(l link) bool { return l.host == host })
	if i < 0 {
		return 0, 0
	}
	return w.folded[0].Span(foldChannel, w.facts.Links.found[i].from, w.facts.Links.found[i].till)
}

func (w *weighing) regexes(i int, l *list) {
	for field := range w.texts {
		if l.in&(1<<field) == 0 || w.texts[field] == "" {
			continue
		}
		for n, pattern := range l.regexes {
			if at := pattern.FindStringIndex(w.folded[field].Channel(foldChannel)); at != nil {
				start, end := w.folded[field].Span(foldChannel, at[0], at[1])
				w.hits = append(w.hits, hit{i, n, 1 << field, start, end})
			}
		}
	}
}

// countHits answers hits(list): how many different terms of it stand in text and name.
func (w *weighing) countHits(name string) int {
	w.seen = w.seen[:0]
	for _, h := range w.hits {
		if w.set.lists[h.list].name == name && h.in&(inBody|inName) != 0 && !slices.Contains(w.seen, h.term) {
			w.seen = append(w.seen, h.term)
		}
	}
	return len(w.seen)
}

func (e *expression) holds(w *weighing) bool {
	out, err := w.vm.Run(e.program, &w.facts)
	yes, _ := out.(bool)
	return err == nil && yes
}
