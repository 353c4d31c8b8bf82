package learn

import (
	"math"

	"balasan/moderation"
)

// Chance is the probability of spam that the shipped model's signal in a verdict stands for;
// false where it did not speak. At the ends of the signal's range it is the range's own.
func Chance(v moderation.Verdict) (spam float64, ok bool) {
	for _, s := range v.Signals {
		if s.Rule == "learn.prior" {
			return 1 / (1 + math.Exp(1-s.Score)), true
		}
	}
	return 0, false
}
