// Package arch keeps the house's doors shut: which room may open which, and what must not leave.
package arch

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "balasan"

// doors says which of our rooms a room may open; * is all of them. Files below a room belong to
// it unless they are a room of their own. Tests may open more: a contract test runs on real parts.
var doors = map[string][]string{
	"moderation":           {},
	"moderation/fold":      {},
	"moderation/learn":     {"moderation", "moderation/fold"},
	"moderation/campaign":  {"moderation", "moderation/fold"},
	"moderation/rules":     {"moderation", "moderation/fold"},
	"captcha":              {"moderation"},
	"limits":               {"moderation"},
	"fanout":               {"moderation"},
	"store":                {"moderation"},
	"announce":             {"moderation"},
	"editors":              {"moderation"},
	"configs":              {"moderation", "moderation/rules"},
	"web":                  {"moderation", "docs"}, // it serves docs/problems
	"docs":                 {},
	"internal/keys":        {},
	"internal/arch":        {},
	"internal/pgtest":      {},
	"internal/redistest":   {},
	"internal/mailtest":    {},
	"internal/program":     {},
	"internal/reliability": {},
	"faults":               {"internal/program", "internal/reliability", "internal/pgtest", "internal/redistest"},
	"faults/checker":       {},
	"load":                 {"internal/program", "internal/reliability", "internal/pgtest"},
	"cmd":                  {"*"},
}

// barred is what a room must not open of the outside; a prefix of the import path.
var barred = map[string][]string{
	"moderation":      {"net/http", "database/sql", "github.com/", "golang.org/", "modernc.org/"},
	"moderation/fold": {"net/http", "database/sql", "github.com/"},
}

// file is one Go file: where it lies, from the module's root, and what it imports.
type file struct {
	path    string
	imports []string
}

func TestEveryRoomOpensOnlyItsDoors(t *testing.T) {
	files := goFiles(t, root(t))
	if len(files) < 20 {
		t.Fatalf("found only %d files: the test looks in the wrong place", len(files))
	}
	for _, fault := range faults(files) {
		t.Error(fault)
	}
}

func TestAPlantedImportIsFound(t *testing.T) {
	for name, f := range map[string]file{
		"the core opens a room":          {"moderation/desk.go", []string{"balasan/store"}},
		"the core opens the web":         {"moderation/desk.go", []string{"net/http"}},
		"the front door opens the store": {"web/server.go", []string{"balasan/moderation", "balasan/store"}},
		"a room below opens too much":    {"store/memory/memory.go", []string{"balasan/limits"}},
		"a room that is not in the list": {"utils/x.go", nil},
		"a room opens the program":       {"editors/x.go", []string{"balasan/cmd/balasan"}},
	} {
		t.Run(name, func(t *testing.T) {
			if len(faults([]file{f})) == 0 {
				t.Error("not found")
			}
		})
	}
	if found := faults([]file{{"moderation/rules/x.go", []string{"balasan/moderation/fold", "github.com/expr-lang/expr"}}}); len(found) > 0 {
		t.Errorf("what is allowed was found: %v", found)
	}
}

// faults holds the files against the table.
func faults(files []file) []string {
	var found []string
	for _, f := range files {
		room := roomOf(f.path)
		if room == "" {
			found = append(found, f.path+" lies in no room of the table")
			continue
		}
		for _, opened := range f.imports {
			if !allowed(room, opened) {
				found = append(found, f.path+": "+room+" must not open "+opened)
			}
		}
	}
	return found
}

func allowed(room, opened string) bool {
	for _, prefix := range barred[room] {
		if strings.HasPrefix(opened, prefix) {
			return false
		}
	}
	inner, ours := strings.CutPrefix(opened, module+"/")
	other := roomOf(inner + "/x.go")
	return !ours || other == room || slices.Contains(doors[room], "*") || slices.Contains(doors[room], other)
}

// roomOf is the innermost room of the table that a file lies in; empty for none.
func roomOf(name string) string {
	for dir := path.Dir(name); dir != "."; dir = path.Dir(dir) {
		if _, known := doors[dir]; known {
			return dir
		}
	}
	return ""
}

// goFiles parses the imports of every file that is built, in this process: a test that asks the
// go command instead is answered from the test cache and misses what has changed.
func goFiles(t *testing.T, root string) []file {
	t.Helper()
	var files []file
	walk(t, root, func(name string, _ []byte) {
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") || strings.Contains(name, "storetest/") {
			return
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), filepath.Join(root, name), nil, parser.ImportsOnly)
		if err != nil {
			t.Error(err)
			return
		}
		f := file{path: name}
		for _, spec := range parsed.Imports {
			opened, _ := strconv.Unquote(spec.Path.Value)
			f.imports = append(f.imports, opened)
		}
		files = append(files, f)
	})
	return files
}

// walk shows every file that belongs to the project; names are relative to root.
func walk(t *testing.T, root string, show func(name string, text []byte)) {
	t.Helper()
	skipped := []string{".git", "node_modules", "testdata", "data", "dist", "tools"}
	err := filepath.WalkDir(root, func(full string, d fs.DirEntry, err error) error {
		name, _ := filepath.Rel(root, full)
		switch {
		case err != nil:
			return nil // a file that another process took away meanwhile
		case d.IsDir() && slices.Contains(skipped, d.Name()):
			return fs.SkipDir
		case d.IsDir() || !d.Type().IsRegular() || name == ".git":
			return nil
		}
		if text, err := os.ReadFile(full); err == nil {
			show(filepath.ToSlash(name), text)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// root is the module's folder: the one with go.mod above this test.
func root(t *testing.T) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for ; dir != "/"; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
	}
	t.Fatal("no go.mod above this test")
	return ""
}

func TestNoMachinePathsLeave(t *testing.T) {
	marks := []string{"/wo" + "rk/", "/tmp/" + "brief"}
	walk(t, root(t), func(name string, text []byte) {
		for _, mark := range marks {
			if strings.HasPrefix(name, "docs/") || strings.HasSuffix(name, ".test") || !strings.Contains(string(text), mark) {
				continue
			}
			t.Errorf("%s names a path of one machine: %s", name, mark)
		}
	})
}

func TestPinnedModules(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(root(t), "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	for _, pinned := range []string{
		"github.com/valyala/fasthttp v1.77.0", // older ones let request smuggling through
		"github.com/gofiber/fiber/v2 v2.52.15",
	} {
		if !strings.Contains(string(text), pinned) {
			t.Errorf("go.mod does not require %s", pinned)
		}
	}
}
