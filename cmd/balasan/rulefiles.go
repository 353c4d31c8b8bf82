package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
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
