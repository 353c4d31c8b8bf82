package web

import (
	"regexp"
	"slices"
	"strings"
	"testing"
)

var verbs = regexp.MustCompile(`%[a-z]`)

func TestEveryTextStandsInEveryLanguage(t *testing.T) {
	for _, lang := range languages {
		for key, text := range texts()[lang] {
			if strings.TrimSpace(text) == "" {
				t.Errorf("%s is empty in %s", key, lang)
			}
			for _, other := range languages {
				twin, ok := lookup(other, key)
				if !ok {
					t.Errorf("%s is missing in %s", key, other)
				} else if !slices.Equal(verbs.FindAllString(text, -1), verbs.FindAllString(twin, -1)) {
					t.Errorf("%s takes other arguments in %s than in %s", key, other, lang)
				}
			}
		}
	}
}

func TestEveryProblemHasItsStatusAndWords(t *testing.T) {
	for code, number := range status {
		if number < 400 || number > 599 {
			t.Errorf("%s answers %d", code, number)
		}
		for _, key := range []string{"problem." + string(code), "problem." + string(code) + ".title"} {
			if _, ok := lookup("en", key); !ok {
				t.Errorf("%s has no words", key)
			}
		}
	}
}
