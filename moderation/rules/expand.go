package rules

import (
	"errors"
	"fmt"
	"strings"
)

// maxSpellings is how many spellings one term may stand for.
const maxSpellings = 500

// expand spells out a term with alternatives in braces, as the templates of comment spam are
// written themselves: “{love|like} your {blog|site}” is four spellings. An alternative may be
// empty; braces do not nest.
func expand(text string) ([]string, error) {
	out := []string{""}
	for text != "" {
		before, rest, open := strings.Cut(text, "{")
		choice, after, closed := strings.Cut(rest, "}")
		if open && !closed || strings.Contains(before, "}") || strings.Contains(choice, "{") {
			return nil, errors.New("Alternatives are written {so|or so}; here a brace is missing or stands inside another")
		}
		alternatives := []string{""}
		if open {
			alternatives = strings.Split(choice, "|")
		}
		if len(out)*len(alternatives) > maxSpellings {
			return nil, fmt.Errorf("This term has more than %d spellings; make several terms of it", maxSpellings)
		}
		out = times(out, before, alternatives)
		text = after
	}
	return out, nil
}

// times is every beginning, then the middle, then every end.
func times(beginnings []string, middle string, ends []string) []string {
	out := make([]string, 0, len(beginnings)*len(ends))
	for _, b := range beginnings {
		for _, e := range ends {
			out = append(out, b+middle+e)
		}
	}
	return out
}
