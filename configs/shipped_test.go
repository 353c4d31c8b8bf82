package configs

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

func TestTheOperatorsFilesLieOverTheShippedOnes(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte(text), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	before, _ := fs.Glob(RuleFiles(""), "rules/*.yaml")
	write("rules/aaa.yaml", "version: 1\n")
	write(before[0], "mine")
	after, err := fs.Glob(RuleFiles(dir), "rules/*.yaml")
	if err != nil || len(after) != len(before)+1 || !slices.Contains(after, "rules/aaa.yaml") {
		t.Fatalf("before %v, after %v, %v", before, after, err)
	}
	if text, err := fs.ReadFile(RuleFiles(dir), before[0]); err != nil || string(text) != "mine" {
		t.Errorf("%s is %q, %v", before[0], text, err)
	}
	if text, err := fs.ReadFile(RuleFiles(dir), before[1]); err != nil || len(text) == 0 {
		t.Errorf("%s is %q, %v", before[1], text, err)
	}
}
