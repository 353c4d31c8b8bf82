package web

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"balasan/moderation"
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

// everyFault is what can be wrong with a field.
var everyFault = []moderation.Fault{moderation.FaultRequired, moderation.FaultTooLong, moderation.FaultTooShort,
	moderation.FaultFormat, moderation.FaultForbidden, moderation.FaultUnknown}

func TestEveryFaultOfEveryFieldIsAWholeSentence(t *testing.T) {
	for _, lang := range languages {
		for _, field := range []string{"body", "name", "email", "website", "page", "consent", "key", "parent", "ids", "note", "password", "present", "alike", "standing", "hours", "days", "what"} {
			for _, fault := range everyFault {
				for _, limit := range []int{0, 80} {
					text := sentence(lang, moderation.FieldFault{Field: field, Fault: fault, Limit: limit})
					if strings.Contains(text, "%") || strings.HasPrefix(text, "fault.") {
						t.Errorf("%s %s, limit %d, in %s: %q", field, fault, limit, lang, text)
					}
				}
			}
		}
	}
}

// said matches what sources write for a key, or for the beginning or end of one that they put together.
var said = regexp.MustCompile(`"(\.?[a-z][a-z0-9_]*(?:\.[a-z0-9_]+)*\.?)"`)

func TestEveryTextIsSaidSomewhere(t *testing.T) {
	literal := literals(t)
	for key := range texts()[languages[0]] {
		parts := strings.Split(strings.TrimSuffix(key, ".one"), ".")
		used := literal[key] || literal[strings.Join(parts, ".")] || literal["."+parts[len(parts)-1]]
		switch parts[0] {
		case "problem":
			_, known := status[moderation.Code(parts[1])]
			used = used || known && (len(parts) == 2 || parts[2] == "title" || literal["."+parts[2]])
		case "fault":
			last := moderation.Fault(parts[len(parts)-1])
			used = slices.Contains(everyFault, last)
		default:
			for n := 1; n < len(parts); n++ {
				used = used || literal[strings.Join(parts[:n], ".")+"."]
			}
		}
		if !used {
			t.Errorf("nobody says %s", key)
		}
	}
}

// literals are the strings of this room's sources that could be keys.
func literals(t *testing.T) map[string]bool {
	t.Helper()
	found := map[string]bool{}
	for _, pattern := range []string{"*.go", "views/*.html"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			raw, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, match := range said.FindAllSubmatch(raw, -1) {
				found[string(match[1])] = true
			}
		}
	}
	return found
}
