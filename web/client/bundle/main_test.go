package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

func TestTheCommittedAssetsAreFresh(t *testing.T) {
	files, err := build("..")
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range files {
		got, err := os.ReadFile(filepath.Join("../../assets", name))
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s is stale; run: go run ./web/client/bundle", name)
		}
	}
	committed, _ := filepath.Glob("../../assets/*.*")
	for _, name := range committed {
		if files[filepath.Base(name)] == nil {
			t.Errorf("%s is built from nothing; run: go run ./web/client/bundle", name)
		}
	}
}

func TestAFaultInASourceIsNamed(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "broken.ts"), []byte("let x: = 1"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := build(dir); err == nil || !bytes.Contains([]byte(err.Error()), []byte("broken.ts")) {
		t.Errorf("got %v", err)
	}
}
