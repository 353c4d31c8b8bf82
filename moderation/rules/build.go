package rules

import (
	"slices"
	"strings"
	"unicode/utf8"

	"balasan/moderation/fold"
)

// minSquash is the shortest term, in bytes, that is looked for across separators: shorter ones
// collide with the ends and beginnings of ordinary words.
const minSquash = 5

// builder turns a pack into a set.
type builder struct {
	*pack
	used     map[string]int // list and kind → number
	compiled []*list
	patterns [channelCount]patterns
}

// list is a compiled list.
type list struct {
	name  string
	kind  listKind
	terms []string
	lookup
	in where // all fields that any rule asks about
}

// owner is a term of a list.
type owner struct{ list, term int32 }

// patterns collects what one automaton looks for; equal terms of several lists share a pattern.
type patterns struct {
	texts  []string
	known  map[string]int
	owners [][]owner
}

func (p *patterns) add(text string, o owner) {
	if p.known == nil {
		p.known = map[string]int{}
	}
	i, met := p.known[text]
	if !met {
		i = len(p.texts)
		p.known[text] = i
		p.texts = append(p.texts, text)
		p.owners = append(p.owners, nil)
	}
	if !slices.ContainsFunc(p.owners[i], func(other owner) bool { return other.list == o.list }) {
		p.owners[i] = append(p.owners[i], o) // two spellings that fold to one count once
	}
}

// use compiles a list for one way of matching, once, and notes where it is looked for.
func (b *builder) use(name string, l listSource, kind listKind, in where) int {
	if kind != "" {
		l.match = kind
	}
	key := name + "\x00" + string(l.match)
	number, met := b.used[key]
	if !met {
		number = len(b.compiled)
		b.used[key] = number
		b.compiled = append(b.compiled, b.compileList(name, l, number))
	}
	b.compiled[number].in |= in
	return number
}

func (b *builder) compileList(name string, l listSource, number int) *list {
	out := &list{name: name, kind: l.match, lookup: b.lookup(l)}
	for i, t := range l.terms {
		out.terms = append(out.terms, t.text)
		b.spell(l.match, t, owner{int32(number), int32(i)})
	}
	return out
}

// spell adds all spellings of a term.
func (b *builder) spell(kind listKind, t term, o owner) {
	if kind != byWord && kind != byPhrase && kind != byClassWord {
		return
	}
	spellings, err := expand(t.text)
	if err != nil {
		b.faults.add(t.file, t.at, "%s", err)
		return
	}
	for _, text := range spellings {
		t.text = text
		if kind == byClassWord {
			b.term(classChannel, t, o)
			b.squash(text, o)
		} else {
			b.term(foldChannel, t, o)
		}
	}
}

func (b *builder) term(c channel, t term, o owner) {
	if !utf8.ValidString(t.text) {
		b.faults.add(t.file, t.at, "This term is not valid UTF-8 text")
		return
	}
	text := pattern(t.text, func(s string) string { return fold.Term(c, s) })
	if text == "" {
		b.faults.add(t.file, t.at, "The term “%s” holds no letter and no digit, so no word can match it", t.text)
		return
	}
	b.patterns[c].add(text, o)
}

func (b *builder) squash(text string, o owner) {
	text = fold.Term(squashChannel, strings.Trim(text, "*"))
	if len(text) >= minSquash {
		b.patterns[squashChannel].add(text, o)
	}
}
