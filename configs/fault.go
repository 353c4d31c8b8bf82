package configs

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Fault is one thing that is wrong, in a sentence for the operator.
type Fault struct {
	File   string // or the name of an environment variable
	Line   int    // from 1; 0 for a variable
	Column int    // from 1, in characters
	Source string // the line itself; empty when it may hold a secret
	Text   string
}

// String is "file:line:col: text" and, below it, the line with a mark under the place.
func (f Fault) String() string {
	if f.Line == 0 {
		return f.File + ": " + f.Text
	}
	head := fmt.Sprintf("%s:%d:%d: %s", f.File, f.Line, f.Column, f.Text)
	if f.Source == "" {
		return head
	}
	number := fmt.Sprint(f.Line)
	return fmt.Sprintf("%s\n  %s | %s\n  %*s | %*s", head, number, f.Source, len(number), "", f.Column, "^")
}

// Faults are all that is wrong with a set, in the order of the files' lines.
type Faults []Fault

func (f Faults) Error() string {
	lines := make([]string, len(f))
	for i, fault := range f {
		lines[i] = fault.String()
	}
	return strings.Join(lines, "\n")
}

// Err is the sorted list, or nil without faults.
func (f Faults) Err() error {
	if len(f) == 0 {
		return nil
	}
	slices.SortStableFunc(f, func(a, b Fault) int {
		return cmp.Or(cmp.Compare(min(a.Line, 1), min(b.Line, 1))*-1, cmp.Compare(a.File, b.File),
			cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return f
}
