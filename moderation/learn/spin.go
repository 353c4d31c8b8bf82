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
	//go:embed phrases/slots.txt
	slotLines string
)

// slot is a word in capitals that stands for one of many. Slots are filled in the order of their
// file: one may contain those below it.
type slot struct {
	name string
	ways []string
}

func readSlots(text string) (all []slot) {
	for line := range strings.Lines(text) {
		name, ways, _ := strings.Cut(strings.TrimSpace(line), " ")
		all = append(all, slot{name, strings.Split(ways, "|")})
	}
	return all
}

// fill puts one of its ways in each slot's place.
func fill(rng *rand.Rand, slots []slot, text string) string {
	for _, s := range slots {
		for strings.Contains(text, s.name) {
			text = strings.Replace(text, s.name, pick(rng, s.ways), 1)
		}
	}
	return text
}

// book is a phrase book that texts of one label are made from.
type book struct {
	lines []string
	spam  bool
	count int // texts to make
	most  int // phrases in one text
	slots []slot
}

func books() []book {
	slots := readSlots(slotLines)
	return []book{
		{strings.Split(strings.TrimSpace(spamEnglish), "\n"), true, 3600, 2, slots},
		{strings.Split(strings.TrimSpace(hamEnglish), "\n"), false, 6500, 5, slots},
		{strings.Split(strings.TrimSpace(spamIndonesian), "\n"), true, 2400, 1, slots},
		{strings.Split(strings.TrimSpace(hamIndonesian), "\n"), false, 3000, 2, slots},
	}
}

// write makes one text of the book.
func (b book) write(rng *rand.Rand) string {
	parts := make([]string, 1+rng.IntN(b.most))
	for i := range parts {
		parts[i] = strings.TrimSpace(spin(rng, pick(rng, b.lines)))
	}
	text := fill(rng, b.slots, strings.Join(parts, " "))
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
