package configs

import "balasan/moderation/rules"

// suggest is “; did you mean "listen"?” when one of the words is close to what was written.
func suggest(written string, words []string) string {
	best, least := "", max(2, len(written)/3)+1
	for _, word := range words {
		if d := rules.Edits(written, word); d < least {
			best, least = word, d
		}
	}
	if best == "" {
		return ""
	}
	return `; did you mean "` + best + `"?`
}
