package main

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestFaultsOfOneKindAreCounted(t *testing.T) {
	faults := []string{"damaged file: page 3"}
	for i := range 52 {
		faults = append(faults, fmt.Sprintf("a comment that does not open: %d", i))
	}
	want := []string{"damaged file: page 3", "a comment that does not open: 0", "a comment that does not open: 1",
		"a comment that does not open: 2", "a comment that does not open: and 49 more"}
	if diff := cmp.Diff(want, grouped(faults)); diff != "" {
		t.Error(diff)
	}
}
