package moderation

import (
	"errors"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

const (
	MaxSearch      = 300 // runes
	MaxSearchTerms = 12
)

// Search is what an editor looks for; a comment must meet every term. Texts are compared without
// regard to case.
type Search struct {
	Words    []string       // part of the text or of the name
	Sites    []string       // exactly
	Pages    []string       // part of the page's address or title
	Names    []string       // part of the name
	Domains  []string       // of a link in text or website, or a domain above it
	Reasons  []string       // part of a signal's reason or term
	Rules    []string       // part of a rule's name
	Networks []netip.Prefix // as wide as networks are kept, see [Network]
	Older    time.Duration  // at least; 0 is any
	Younger  time.Duration  // at most; 0 is any
}

// IsZero tells whether nothing is looked for.
func (s Search) IsZero() bool {
	return len(slices.Concat(s.Words, s.Sites, s.Pages, s.Names, s.Domains, s.Reasons, s.Rules)) == 0 &&
		len(s.Networks) == 0 && s.Older == 0 && s.Younger == 0
}

// ParseSearch reads words and key:value terms, either in quotes where they hold spaces. What looks
// like a term of an unknown key is a word. Its faults are of the field "q": too long (in runes or
// terms), format (a quote that does not end, a term without a value, what is no age and no
// network), forbidden, or unknown (a network wider than what is kept of addresses: Limit is its bits).
func ParseSearch(text string) (Search, error) {
	if utf8.RuneCountInString(text) > MaxSearch {
		return Search{}, &Problem{Code: Invalid, Fields: []FieldFault{{"q", FaultTooLong, MaxSearch}}}
	}
	if hasForbidden(text, "\n\t") {
		return Search{}, fault("q", FaultForbidden)
	}
	terms, err := splitTerms(text)
	if err != nil {
		return Search{}, err
	}
	if len(terms) > MaxSearchTerms {
		return Search{}, &Problem{Code: Invalid, Fields: []FieldFault{{"q", FaultTooLong, MaxSearchTerms}}}
	}
	var s Search
	for _, t := range terms {
		if err := s.add(t); err != nil {
			return Search{}, err
		}
	}
	return s, nil
}

// term is a word, or with a key a term.
type term struct{ key, value string }

// searchKeys are the keys of terms.
var searchKeys = []string{"site", "page", "name", "network", "domain", "reason", "rule", "age"}

// splitTerms cuts at space outside of quotes.
func splitTerms(text string) (terms []term, err error) {
	for text = strings.TrimSpace(text); text != ""; text = strings.TrimLeftFunc(text, unicode.IsSpace) {
		var t term
		if key, rest, found := strings.Cut(text, ":"); found && slices.Contains(searchKeys, strings.ToLower(key)) {
			t.key, text = strings.ToLower(key), rest
		}
		if quoted, begins := strings.CutPrefix(text, `"`); begins {
			var ends bool
			if t.value, text, ends = strings.Cut(quoted, `"`); !ends {
				return nil, fault("q", FaultFormat)
			}
		} else if end := strings.IndexFunc(text, unicode.IsSpace); end >= 0 {
			t.value, text = text[:end], text[end:]
		} else {
			t.value, text = text, ""
		}
		if t.value = strings.ToLower(strings.TrimSpace(t.value)); t.value == "" {
			return nil, fault("q", FaultFormat)
		}
		terms = append(terms, t)
	}
	return terms, nil
}

func (s *Search) add(t term) error {
	for key, list := range map[string]*[]string{"": &s.Words, "site": &s.Sites, "page": &s.Pages, "name": &s.Names,
		"domain": &s.Domains, "reason": &s.Reasons, "rule": &s.Rules} {
		if key == t.key {
			*list = append(*list, t.value)
			return nil
		}
	}
	if t.key == "network" {
		return s.addNetwork(t.value)
	}
	return s.addAge(t.value)
}

// addNetwork takes an address or a prefix that is no wider than what is kept of addresses.
func (s *Search) addNetwork(value string) error {
	prefix, err := netip.ParsePrefix(value)
	if err != nil {
		addr, notAddr := netip.ParseAddr(value)
		if notAddr != nil || addr.Zone() != "" {
			return fault("q", FaultFormat)
		}
		prefix = netip.PrefixFrom(addr, addr.BitLen())
	}
	if prefix.Addr().Is4In6() {
		prefix = netip.PrefixFrom(prefix.Addr().Unmap(), max(0, prefix.Bits()-96))
	}
	kept := Network(prefix.Addr())
	if prefix.Bits() < kept.Bits() {
		return &Problem{Code: Invalid, Fields: []FieldFault{{"q", FaultUnknown, kept.Bits()}},
			Err: errors.New("a network wider than what is kept of addresses")}
	}
	s.Networks = append(s.Networks, kept)
	return nil
}

// ageUnits are minutes, hours, days and weeks.
var ageUnits = map[string]time.Duration{"m": time.Minute, "h": time.Hour, "d": 24 * time.Hour, "w": 7 * 24 * time.Hour}

// maxAge keeps ages within what a duration can hold: ten years.
const maxAge = 10 * 365 * 24 * time.Hour

// addAge takes “>2d” for at least and “<3h” for at most; of several the narrowest counts.
func (s *Search) addAge(value string) error {
	sign, rest := value[:1], value[1:]
	unit, known := ageUnits[rest[max(0, len(rest)-1):]]
	n, err := strconv.Atoi(rest[:max(0, len(rest)-1)])
	if !known || err != nil || n < 1 || n > int(maxAge/unit) {
		return fault("q", FaultFormat)
	}
	switch age := time.Duration(n) * unit; {
	case sign == ">":
		s.Older = max(s.Older, age)
	case sign != "<":
		return fault("q", FaultFormat)
	case s.Younger == 0:
		s.Younger = age
	default:
		s.Younger = min(s.Younger, age)
	}
	return nil
}

// Matches tells whether a comment meets the terms on its texts and its verdict; sites, networks
// and ages are the store's, which knows them without reading. Reading undoes disguises: a term is
// found in what a text shows and in what it says; nil reads nothing.
func (s Search) Matches(c Comment, reading func(string) string) bool {
	name, body := &shown{text: c.Name, reading: reading}, &shown{text: c.Body, reading: reading}
	var rules, reasons []*shown
	for _, signal := range c.Verdict.Signals {
		rules = append(rules, &shown{text: signal.Rule})
		reasons = append(reasons, &shown{text: signal.Reason.ID}, &shown{text: signal.Reason.EN}, &shown{text: signal.Term})
	}
	return found(s.Words, body, name) && found(s.Names, name) && found(s.Pages, &shown{text: c.Page}, &shown{text: c.PageTitle}) &&
		found(s.Rules, rules...) && found(s.Reasons, reasons...) &&
		!slices.ContainsFunc(s.Domains, func(d string) bool { return !hasDomain(c.Body, d) && !hasDomain(c.Website, d) })
}

// found tells whether each of the terms is in one of the texts.
func found(terms []string, texts ...*shown) bool {
	return !slices.ContainsFunc(terms, func(term string) bool {
		return !slices.ContainsFunc(texts, func(t *shown) bool { return t.has(term) })
	})
}

// shown is a text in lower case and as it reads, each made at most once.
type shown struct {
	text, lower, reads string
	reading            func(string) string // nil once it was asked
}

func (t *shown) has(term string) bool {
	if t.lower == "" {
		t.lower = strings.ToLower(t.text)
	}
	if strings.Contains(t.lower, term) {
		return true
	}
	if t.reading != nil {
		t.reads, t.reading = strings.ToLower(t.reading(t.text)), nil
	}
	return strings.Contains(t.reads, term)
}

// hasDomain finds a domain, or one below it, where no longer name begins or ends around it.
func hasDomain(text, domain string) bool {
	text = strings.ToLower(text)
	for at := 0; ; at++ {
		next := strings.Index(text[at:], domain)
		if next < 0 {
			return false
		}
		at += next
		before, _ := utf8.DecodeLastRuneInString(text[:at])
		after := text[at+len(domain):]
		first, _ := utf8.DecodeRuneInString(after)
		if !inName(before) && !inName(first) && !continues(after) {
			return true
		}
	}
}

func inName(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) || r == '-' }

// continues tells whether a name goes on after a dot: “contoh.id” is not in “contoh.id.evil.com”.
func continues(after string) bool {
	rest, dot := strings.CutPrefix(after, ".")
	r, _ := utf8.DecodeRuneInString(rest)
	return dot && (unicode.IsLetter(r) || unicode.IsDigit(r))
}
