package rules

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Fault is one mistake in a rule file, in a sentence that an operator understands.
type Fault struct {
	File         string
	Line, Column int // both from 1; 0 when the file as a whole is meant
	Sentence     string
	Source       string // the line itself
}

func (f Fault) String() string {
	if f.Line == 0 {
		return f.File + ": " + f.Sentence
	}
	return fmt.Sprintf("%s:%d:%d: %s", f.File, f.Line, f.Column, f.Sentence)
}

// Faults are all mistakes of a load at once.
type Faults []Fault

func (f Faults) Error() string {
	lines := make([]string, len(f))
	for i, fault := range f {
		lines[i] = fault.String()
	}
	return strings.Join(lines, "\n")
}

func (f *Faults) add(file string, at place, format string, args ...any) {
	*f = append(*f, Fault{File: file, Line: at.line, Column: at.column, Sentence: fmt.Sprintf(format, args...)})
}

// quote shows each fault's line, up to what fits on a screen.
func (f Faults) quote(texts map[string][]byte) {
	for i := range f {
		lines := bytes.SplitN(texts[f[i].File], []byte("\n"), f[i].Line+1)
		if f[i].Line < 1 || f[i].Line > len(lines) {
			continue
		}
		source := []rune(strings.TrimRight(string(lines[f[i].Line-1]), " \r"))
		f[i].Source = string(source[:min(len(source), 160)])
	}
}

func (f Faults) err() error {
	if len(f) == 0 {
		return nil
	}
	slices.SortStableFunc(f, func(a, b Fault) int {
		return cmp.Or(strings.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return f
}

// meant suggests the known word nearest to what was written, or lists the few there are.
func meant(word string, known []string) string {
	best, distance := "", max(2, len(word)/3)+1
	for _, k := range known {
		if d := Edits(strings.ToLower(word), k); d < distance {
			best, distance = k, d
		}
	}
	switch {
	case best != "":
		return fmt.Sprintf("; did you mean “%s”?", best)
	case len(known) > 0 && len(known) <= 12:
		return "; known are: " + strings.Join(known, ", ")
	}
	return ""
}

// meantOrAll suggests the nearest word, or lists them all, however many.
func meantOrAll(word string, known []string) string {
	if near := meant(word, known); near != "" {
		return near
	}
	return "; known are: " + strings.Join(known, ", ")
}

// Edits counts the bytes to insert, drop, change or swap with a neighbour to make b of a: the
// optimal string alignment form of Damerau-Levenshtein.
func Edits(a, b string) int {
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := range len(a) {
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			row[j+1] = min(last[j+1]+1, row[j]+1, last[j]+cost)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}
