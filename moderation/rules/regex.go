package rules

import (
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"
)

// regex is a pattern of a list, with what every text that it matches contains.
type regex struct {
	*regexp.Regexp
	needs []string // one of these; nil when nothing is known
}

func compileRegex(text string) (regex, error) {
	compiled, err := regexp.Compile(text)
	if err != nil {
		return regex{}, err
	}
	tree, err := syntax.Parse(text, syntax.Perl)
	if err != nil {
		return regex{}, err
	}
	return regex{compiled, needed(tree)}, nil
}

// FindStringIndex is that of the pattern, but a text without any needed literal costs no matching.
func (r regex) FindStringIndex(text string) []int {
	if r.needs != nil && !slices.ContainsFunc(r.needs, func(literal string) bool { return strings.Contains(text, literal) }) {
		return nil
	}
	return r.Regexp.FindStringIndex(text)
}

// needed returns literals of which every match contains one, or nil. Of several such sets in a
// row it takes the one whose shortest literal is longest: it lets the fewest texts through.
func needed(re *syntax.Regexp) (best []string) {
	switch re.Op {
	case syntax.OpLiteral:
		if re.Flags&syntax.FoldCase == 0 {
			return []string{string(re.Rune)}
		}
	case syntax.OpCapture, syntax.OpPlus:
		return needed(re.Sub[0])
	case syntax.OpRepeat:
		if re.Min > 0 {
			return needed(re.Sub[0])
		}
	case syntax.OpConcat:
		for _, sub := range re.Sub {
			if set := needed(sub); shortest(set) > shortest(best) {
				best = set
			}
		}
	case syntax.OpAlternate:
		for _, sub := range re.Sub {
			set := needed(sub)
			if set == nil {
				return nil
			}
			best = append(best, set...)
		}
	}
	return best
}

func shortest(set []string) int {
	if len(set) == 0 {
		return 0
	}
	return len(slices.MinFunc(set, func(a, b string) int { return len(a) - len(b) }))
}
