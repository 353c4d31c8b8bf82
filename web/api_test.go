package web_test

import (
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"balasan/web"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"
)

// described are the paths of docs/api.yaml with their methods, and the codes of problems.
func described(t *testing.T) (paths, codes []string) {
	t.Helper()
	raw, err := os.ReadFile("../docs/api.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Paths      map[string]map[string]any
		Components struct {
			Schemas struct {
				Problem struct {
					Properties struct{ Code struct{ Enum []string } }
				} `yaml:"Problem"`
			}
		}
	}
	if err := yaml.Unmarshal(raw, &doc); err != nil {
		t.Fatal(err)
	}
	for path, methods := range doc.Paths {
		for _, method := range []string{"get", "post"} {
			if _, ok := methods[method]; ok {
				paths = append(paths, strings.ToUpper(method)+" "+path)
			}
		}
	}
	return slices.Sorted(slices.Values(paths)), slices.Sorted(slices.Values(doc.Components.Schemas.Problem.Properties.Code.Enum))
}

var parameter = regexp.MustCompile(`:(\w+)`)

// severalFiles are routes whose last part names one of several files.
var severalFiles = map[string][]string{
	"GET /v1/challenges/{file}": {"GET /v1/challenges/{token}.png", "GET /v1/challenges/{token}.wav"},
	"GET /embed/{file}":         {"GET /embed/v1.css", "GET /embed/v1.js"},
}

// ownPages are for people only: nothing is promised to programs.
var ownPages = regexp.MustCompile(`^\w+ /((queue|assets|demo|\.wrong-method)(/|$)|$)`)

func TestTheRouterAndTheDescriptionSayTheSame(t *testing.T) {
	d := open(t, func(s *web.Server) { s.Queue.Accounts, s.Mail = nobody{}, noLetters{} })
	routed := map[string]bool{}
	for _, route := range d.app.GetRoutes(true) {
		name := route.Method + " " + parameter.ReplaceAllString(route.Path, "{$1}")
		if route.Method != "GET" && route.Method != "POST" || ownPages.MatchString(name) {
			continue
		}
		names := severalFiles[name]
		if names == nil {
			names = []string{name}
		}
		for _, name := range names {
			routed[name] = true
		}
	}
	paths, _ := described(t)
	if diff := cmp.Diff(paths, slices.Sorted(maps.Keys(routed))); diff != "" {
		t.Errorf("docs/api.yaml (-) and the router (+):\n%s", diff)
	}
}

type nobody struct{ web.Accounts }

type noLetters struct{ web.Mail }

func TestEveryCodeIsDescribedAndHasItsPage(t *testing.T) {
	_, codes := described(t)
	if diff := cmp.Diff(codes, web.Codes()); diff != "" {
		t.Errorf("docs/api.yaml (-) and the table of statuses (+):\n%s", diff)
	}
	for _, code := range web.Codes() {
		if _, err := os.Stat("../docs/problems/" + code + ".md"); err != nil {
			t.Error(err)
		}
	}
}

func TestEverySchemaThatIsNamedIsThere(t *testing.T) {
	raw, err := os.ReadFile("../docs/api.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var doc struct{ Components map[string]map[string]any }
	if err := yaml.Unmarshal(raw, &doc); err != nil {
		t.Fatal(err)
	}
	for _, named := range regexp.MustCompile(`#/components/(\w+)/(\w+)`).FindAllStringSubmatch(string(raw), -1) {
		if doc.Components[named[1]][named[2]] == nil {
			t.Errorf("no %s", named[0])
		}
	}
}

func TestEveryEditorsCallSaysWhatItAnswers(t *testing.T) {
	raw, err := os.ReadFile("../docs/api.yaml")
	if err != nil {
		t.Fatal(err)
	}
	_, calls, _ := strings.Cut(string(raw), "  /v1/editor/queue:")
	calls, _, _ = strings.Cut(calls, "\ncomponents:")
	for _, line := range strings.Split(calls, "\n") {
		if strings.Contains(line, `"200"`) && !strings.Contains(line, "#/components/schemas/") && !strings.Contains(line, "text/event-stream") {
			t.Errorf("no schema: %s", line)
		}
	}
}
