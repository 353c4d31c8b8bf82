package main

import (
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"sync"

	"balasan/configs"
	"balasan/moderation/fold"
	"balasan/moderation/rules"
)

// folded reuses the buffers of folding.
var folded = sync.Pool{New: func() any { return new(fold.Text) }}

// digest names a text by its fold, so that disguised repeats are repeats.
func digest(body string) uint64 {
	text := folded.Get().(*fold.Text)
	defer folded.Put(text)
	text.Reset(body)
	return text.Digest()
}

// loadRules reads the shipped packs and the operator's folder over them. Broken files are a
// fault of the configuration.
func loadRules(cfg configs.Rules) (*rules.Set, error) {
	return readRules(configs.RuleFiles(cfg.Dir), cfg.Dir)
}

// readRules reads rules of which those below own are the operator's.
func readRules(files fs.FS, own string) (*rules.Set, error) {
	set, err := rules.Load(files)
	broken, known := errors.AsType[rules.Faults](err)
	if !known {
		return set, err
	}
	faults := make(configs.Faults, len(broken))
	for i, f := range broken {
		faults[i] = configs.Fault{File: ruleFile(own, f.File), Line: f.Line, Column: f.Column, Source: f.Source, Text: f.Sentence}
	}
	return nil, faults
}

// ruleFile is where a rule file lies; a shipped one lies in the program.
func ruleFile(own, name string) string {
	path := filepath.Join(own, filepath.FromSlash(name))
	if _, err := os.Stat(path); own == "" || err != nil {
		return name
	}
	return path
}

// revised shows a folder of rules as if one of its files had other content, or were there.
type revised struct {
	fs.FS
	name string // slash-separated, such as rules/desk.yaml
	data []byte
}

// ReadFile reads what the file would hold.
func (r revised) ReadFile(name string) ([]byte, error) {
	if name == r.name {
		return slices.Clone(r.data), nil
	}
	return fs.ReadFile(r.FS, name)
}

// ReadDir lists the file where it would lie.
func (r revised) ReadDir(name string) ([]fs.DirEntry, error) {
	all, err := fs.ReadDir(r.FS, name)
	dir, base := path.Split(r.name)
	if err != nil || path.Clean(dir) != name || slices.ContainsFunc(all, func(e fs.DirEntry) bool { return e.Name() == base }) {
		return all, err
	}
	return append(all, planned(base)), nil
}

// planned is a file that is not there yet.
type planned string

func (p planned) Name() string               { return string(p) }
func (p planned) IsDir() bool                { return false }
func (p planned) Type() fs.FileMode          { return 0 }
func (p planned) Info() (fs.FileInfo, error) { return nil, fs.ErrNotExist }
