package main

import (
	"errors"
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
	set, err := rules.Load(configs.RuleFiles(cfg.Dir))
	broken, known := errors.AsType[rules.Faults](err)
	if !known {
		return set, err
	}
	faults := make(configs.Faults, len(broken))
	for i, f := range broken {
		faults[i] = configs.Fault{File: f.File, Line: f.Line, Column: f.Column, Text: f.Sentence}
	}
	return nil, faults
}
