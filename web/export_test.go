package web

import (
	"maps"
	"slices"
)

// Codes are the words of all problems, sorted.
func Codes() (codes []string) {
	for _, code := range slices.Sorted(maps.Keys(status)) {
		codes = append(codes, string(code))
	}
	return codes
}
