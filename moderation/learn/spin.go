package learn

import (
	_ "embed"
	"math/rand/v2"
	"strings"
)

// The phrase books hold turns of phrase with {one|or the other}. They stand in for kinds of
// text that no free collection has: flattery under English blogs, loan and cure-all
// advertisements, and the innocent talk and abuse around them.
var (
	//go:embed phrases/spam.en.txt
	spamEnglish string
	//go:embed phrases/ham.en.txt
	hamEnglish string
	//go:embed phrases/spam.id.txt
	spamIndonesian string
	//go:embed phrases/ham.id.txt
	hamIndonesian string
)

// book is a phrase book that texts of one label are made from.
type book struct {
	lines []string
	spam  bool
	count int // texts to make
	most  int // phrases in one text
}

func books() []book {
	return []book{
		{strings.Split(strings.TrimSpace(spamEnglish), "\n"), true, 3000, 2},
		{strings.Split(strings.TrimSpace(hamEnglish), "\n"), false, 4000, 4},
		{strings.Split(strings.TrimSpace(spamIndonesian), "\n"), true, 1600, 1},
		{strings.Split(strings.TrimSpace(hamIndonesian), "\n"), false, 1600, 2},
	}
}

// write makes one text of the book.
func (b book) write(rng *rand.Rand) string {
	parts := make([]string, 1+rng.IntN(b.most))
	for i := range parts {
		parts[i] = strings.TrimSpace(spin(rng, pick(rng, b.lines)))
	}
	text := strings.Join(parts, " ")
	if strings.Contains(text, "BRAND") {
		name := casing(rng, inventBrand(rng))
		if rng.IntN(2) == 0 {
			name = dress(rng, name)
		}
		text = strings.ReplaceAll(text, "BRAND", name)
	}
	if rng.IntN(4) == 0 {
		text = strings.ToLower(text)
	}
	return text
}

// spin picks one way through each group, inner groups included.
func spin(rng *rand.Rand, s string) string {
	var b strings.Builder
	for {
		open := strings.IndexByte(s, '{')
		if open < 0 {
			b.WriteString(s)
			return b.String()
		}
		ways, end := group(s[open:])
		b.WriteString(s[:open])
		b.WriteString(spin(rng, pick(rng, ways)))
		s = s[open+end:]
	}
}

// group reads a group's ways and where it ends; s begins with its brace.
func group(s string) (ways []string, end int) {
	depth, from := 0, 1
	for i := range len(s) {
		switch s[i] {
		case '{':
			depth++
		case '|':
			if depth == 1 {
				ways = append(ways, s[from:i])
				from = i + 1
			}
		case '}':
			if depth--; depth == 0 {
				return append(ways, s[from:i]), i + 1
			}
		}
	}
	return append(ways, s[from:]), len(s)
}
