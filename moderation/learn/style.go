package learn

import (
	"math/rand/v2"
	"strings"
	"unicode"
)

// fancy dresses one letter or digit up; it answers r where a style has no such sign.
type fancy func(r rune) rune

// block is a style whose capitals, small letters and digits lie in rows of Unicode; 0 means
// the style has none.
func block(upper, lower, digit rune) fancy {
	return func(r rune) rune {
		switch {
		case 'A' <= r && r <= 'Z' && upper != 0:
			return upper + r - 'A'
		case 'a' <= r && r <= 'z' && lower != 0:
			return lower + r - 'a'
		case 'a' <= r && r <= 'z' && upper != 0:
			return upper + r - 'a'
		case '0' <= r && r <= '9' && digit != 0:
			return digit + r - '0'
		}
		return r
	}
}

// pairs is a style given as from-to pairs of signs.
func pairs(s string) fancy {
	m := map[rune]rune{}
	rs := []rune(s)
	for i := 0; i+1 < len(rs); i += 2 {
		m[rs[i]] = rs[i+1]
	}
	return func(r rune) rune {
		if to, ok := m[unicode.ToLower(r)]; ok {
			return to
		}
		return r
	}
}

var fonts = []fancy{
	block(0x1D400, 0x1D41A, 0x1D7CE), // bold
	block(0x1D468, 0x1D482, 0x1D7CE), // bold italic
	block(0x1D4D0, 0x1D4EA, 0),       // bold script
	block(0x1D56C, 0x1D586, 0),       // bold fraktur
	block(0x1D5A0, 0x1D5BA, 0x1D7E2), // sans
	block(0x1D5D4, 0x1D5EE, 0x1D7EC), // sans bold
	block(0x1D608, 0x1D622, 0x1D7E2), // sans italic
	block(0x1D63C, 0x1D656, 0x1D7EC), // sans bold italic
	block(0x1D670, 0x1D68A, 0x1D7F6), // monospace
	block(0xFF21, 0xFF41, 0xFF10),    // full width
	block(0x24B6, 0x24D0, 0),         // circled
	block(0x1F130, 0, 0),             // squared
	block(0x1F150, 0, 0),             // negative circled
	block(0x1F170, 0, 0),             // negative squared
	pairs("aᴀbʙcᴄdᴅeᴇfꜰgɢhʜiɪjᴊkᴋlʟmᴍnɴoᴏpᴘrʀsꜱtᴛuᴜvᴠwᴡyʏzᴢ"),
	pairs("aаeеoоpрcсyуxхiі"), // Cyrillic inside Latin words
	pairs("aαpρuυoοwωiιnη"),
}

// marks that people hang on letters, one kind for a word.
var hung = []string{"\u0332", "\u0336", "\u035f", "\u0353\u033d", "\u0489", "\u034e", "\u0305", "\u200d", "\u200b"}

var digitsFor = strings.NewReplacer("a", "4", "A", "4", "o", "0", "O", "0", "i", "1", "I", "1", "e", "3", "E", "3", "s", "5", "S", "5")

func (f fancy) word(s string) string { return strings.Map(f, s) }

func hang(s, mark string) string {
	var b strings.Builder
	for _, r := range s {
		b.WriteRune(r)
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			b.WriteString(mark)
		}
	}
	return b.String()
}

// dress disguises one word in one of the ways that are seen in the wild.
func dress(rng *rand.Rand, s string) string {
	switch n := rng.IntN(14); {
	case n < 7:
		return fonts[rng.IntN(len(fonts))].word(s)
	case n < 8: // several fonts in one word
		return strings.Map(func(r rune) rune { return fonts[rng.IntN(9)](r) }, s)
	case n < 10:
		return hang(s, hung[rng.IntN(len(hung))])
	case n < 12:
		return spaced(fonts[rng.IntN(9)].word(strings.ToUpper(s)), " ")
	case n < 13:
		return spaced(strings.ToUpper(s), []string{" ", ".", "-", "_", "*"}[rng.IntN(5)])
	default:
		return digitsFor.Replace(s)
	}
}

func spaced(s, gap string) string {
	return strings.Join(strings.Split(s, ""), gap)
}

// dressAll puts a whole text, or each word of it by chance, into one font.
func dressAll(rng *rand.Rand, s string, chance float64) string {
	font := fonts[rng.IntN(15)]
	mark := ""
	if rng.IntN(6) == 0 {
		mark = hung[rng.IntN(len(hung))]
	}
	words := strings.SplitAfter(s, " ")
	for i, w := range words {
		if rng.Float64() < chance {
			if mark != "" {
				words[i] = hang(w, mark)
			} else {
				words[i] = font.word(w)
			}
		}
	}
	return strings.Join(words, "")
}
