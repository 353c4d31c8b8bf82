package rules

import (
	"errors"
	"io/fs"
	"maps"
	"net/netip"
	"path"
	"slices"
	"strings"
)

// listKind is how the terms of a list are compared.
type listKind string

const (
	byWord      listKind = "word"       // whole words of the folded text
	byPhrase    listKind = "phrase"     // the same; reads better for several words
	byClassWord listKind = "class-word" // whole words with 0/o, 4/a, 1/i … taken as one, spaced letters joined
	byRegex     listKind = "regex"      // RE2, on the folded text
	byDomain    listKind = "domain"     // a host and all below it
	byNetwork   listKind = "cidr"       // the sender's address
)

var listKinds = []string{string(byWord), string(byPhrase), string(byClassWord), string(byRegex), string(byDomain), string(byNetwork)}

// maxTerms bounds all lists together.
const maxTerms = 200_000

type term struct {
	text string
	file string
	at   place
}

func (p *pack) list(file string, l pair) {
	if first, taken := p.lists[l.key]; taken {
		p.faults.add(file, l.at, "The list “%s” is already there (%s line %d)", l.key, first.file, first.at.line)
		return
	}
	out := listSource{file: file, at: l.at, match: byWord}
	p.keys(file, "a list", l.value, section{
		"match": func(n *node) { out.match = p.kind(file, n) },
		"file":  func(n *node) { out.terms = append(out.terms, p.termFile(file, n)...) },
		"terms": func(n *node) { out.terms = append(out.terms, p.terms(file, n)...) },
	})
	if len(out.terms) > maxTerms {
		p.faults.add(file, l.at, "The list “%s” has more than %d terms", l.key, maxTerms)
		out.terms = nil
	}
	p.lists[l.key] = out
}

func (p *pack) kind(file string, n *node) listKind {
	if !slices.Contains(listKinds, n.text) {
		p.faults.add(file, n.at, "“%s” is not a way to match%s", n.text, meant(n.text, listKinds))
		return byWord
	}
	return listKind(n.text)
}

func (p *pack) terms(file string, n *node) []term {
	if n.kind != sequence {
		p.faults.add(file, n.at, "“terms” should be a list, such as [slot, gacor]")
		return nil
	}
	var out []term
	for _, item := range n.items {
		if item.kind != scalar || item.text == "" {
			p.faults.add(file, item.at, "A term should be a word or a phrase")
			continue
		}
		out = append(out, term{item.text, file, item.at})
	}
	return out
}

// termFile reads one term per line; what follows a # at the beginning or behind a space is a remark.
func (p *pack) termFile(file string, n *node) []term {
	name := path.Clean(n.text)
	data, err := p.open(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		p.faults.add(file, n.at, "The list file “%s” is not there", n.text)
		return nil
	case err != nil:
		p.faults.add(file, n.at, "The list file “%s” cannot be read: %v", n.text, err)
		return nil
	}
	var out []term
	line := 0
	for text := range strings.Lines(string(data)) {
		line++
		if hash := strings.Index(text, " #"); hash >= 0 {
			text = text[:hash]
		}
		if text = strings.TrimSpace(text); text != "" && text[0] != '#' {
			out = append(out, term{text, name, place{line, 1}})
		}
	}
	return out
}

// domains and networks are compared by lookup, regexes one by one.
type lookup struct {
	domains  map[string]string // host → term
	networks []netip.Prefix
	regexes  []regex
}

func (p *pack) lookup(l listSource) lookup {
	out := lookup{domains: map[string]string{}}
	for _, t := range l.terms {
		var err error
		switch l.match {
		case byDomain:
			out.domains[strings.TrimPrefix(strings.ToLower(strings.TrimPrefix(t.text, "*.")), ".")] = t.text
		case byNetwork:
			err = out.network(t.text)
		case byRegex:
			err = out.regex(t.text)
		}
		if err != nil {
			p.faults.add(t.file, t.at, "%s", err)
		}
	}
	return out
}

func (l *lookup) network(text string) error {
	prefix, ok := prefixOf(text)
	if !ok {
		return errors.New("“" + text + "” is not a network such as 203.0.113.0/24 or 2001:db8::/48")
	}
	l.networks = append(l.networks, prefix)
	return nil
}

// prefixOf reads a network or a single address.
func prefixOf(text string) (netip.Prefix, bool) {
	if prefix, err := netip.ParsePrefix(text); err == nil {
		return prefix.Masked(), true
	}
	addr, err := netip.ParseAddr(text)
	if err != nil {
		return netip.Prefix{}, false
	}
	return netip.PrefixFrom(addr, addr.BitLen()), true
}

func (l *lookup) regex(text string) error {
	if len(text) > maxSource {
		return errors.New("This pattern is too long")
	}
	compiled, err := compileRegex(text)
	if err != nil {
		return errors.New("“" + text + "” is not a valid pattern: " + plainRegexError(err))
	}
	if compiled.MatchString("") {
		return errors.New("The pattern “" + text + "” matches everything, even an empty text")
	}
	l.regexes = append(l.regexes, compiled)
	return nil
}

func plainRegexError(err error) string {
	text := strings.TrimPrefix(err.Error(), "error parsing regexp: ")
	if strings.Contains(text, "(?=") || strings.Contains(text, "(?!") || strings.Contains(text, "(?<") {
		text += " (looking ahead or behind is not available; patterns are RE2)"
	}
	return text
}

func (p *pack) listNames() []string { return slices.Sorted(maps.Keys(p.lists)) }

func (p *pack) groupNames() []string { return slices.Sorted(maps.Keys(p.groups)) }
