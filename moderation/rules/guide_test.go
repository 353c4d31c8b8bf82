package rules

import (
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// The operator's guide, docs/rules.md, names what there is and its examples hold.
func guide(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../../docs/rules.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestTheGuideNamesEveryFact(t *testing.T) {
	var named []string
	for _, m := range regexp.MustCompile("(?m)^\\| `([a-z]+\\.[a-z_]+)` \\|").FindAllStringSubmatch(guide(t), -1) {
		named = append(named, m[1])
	}
	slices.Sort(named)
	if want := slices.Sorted(maps.Keys(numbers)); !slices.Equal(named, want) {
		t.Errorf("the guide names %v\nthe language has %v", named, want)
	}
}

func TestTheGuidesExamplesHold(t *testing.T) {
	shipped, err := shippedFiles("../../configs")
	if err != nil {
		t.Fatal(err)
	}
	blocks := strings.Split(guide(t), "```yaml\n")[1:]
	if len(blocks) < 3 {
		t.Fatalf("%d examples in the guide", len(blocks))
	}
	for _, block := range blocks {
		text, _, _ := strings.Cut(block, "```")
		shipped["rules/guide.yaml"] = &fstest.MapFile{Data: []byte(text)}
		set, err := Load(shipped)
		if err != nil {
			t.Errorf("%v\n%s", err, text)
			continue
		}
		for _, r := range set.Test() {
			if !r.Pass {
				t.Errorf("%s:%d: %s: %q", r.File, r.Line, r.Why, r.Text)
			}
		}
	}
}

// shippedFiles copies rules and lists of a folder, so that one file more can lie beside them.
func shippedFiles(dir string) (fstest.MapFS, error) {
	out := fstest.MapFS{}
	for _, part := range []string{"rules", "lists"} {
		entries, err := os.ReadDir(dir + "/" + part)
		if err != nil {
			return nil, err
		}
		for _, e := range entries {
			data, err := os.ReadFile(dir + "/" + part + "/" + e.Name())
			if err != nil {
				return nil, err
			}
			out[part+"/"+e.Name()] = &fstest.MapFile{Data: data}
		}
	}
	return out, nil
}
