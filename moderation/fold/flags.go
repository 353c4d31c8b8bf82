package fold

import (
	"strings"
	"unicode/utf8"
)

const regionalA = 0x1F1E6

// regional keeps regional indicators that pair up into flags; a row of others is letters.
func (t *Text) regional(i int) int {
	row, ok := indicators(t.original[i:])
	for end := i + row; i < end; i += utf8.UTFMax {
		if ok {
			t.finish(i)
			t.keep(i, utf8.UTFMax)
		} else {
			c, _ := indicator(t.original[i:])
			t.letter(i).styles[drawn]++
			t.foldSteps.add(len(t.fold), i, false)
			t.fold = append(t.fold, c)
		}
	}
	return i
}

// indicators measures the row of regional indicators that s begins with, and says whether it
// is flags throughout.
func indicators(s string) (length int, flags bool) {
	flags = true
	for {
		a, n := indicator(s[length:])
		if n == 0 {
			return length, flags
		}
		b, m := indicator(s[length+n:])
		flags = flags && m > 0 && isFlag(a, b)
		length += n + m
	}
}

// indicator is the letter of the regional indicator that s begins with, and its length.
func indicator(s string) (byte, int) {
	r, n := utf8.DecodeRuneInString(s)
	if r < regionalA || r > regionalA+25 {
		return 0, 0
	}
	return byte('a' + r - regionalA), n
}

func isFlag(a, b byte) bool {
	at := strings.IndexByte(flags, a-'a'+'A')
	row := flags[at+1:]
	if end := strings.IndexFunc(row, func(r rune) bool { return r < 'a' }); end >= 0 {
		row = row[:end]
	}
	return strings.IndexByte(row, b) >= 0
}

// flags are the regions that have an emoji flag: the first letter, then the second ones.
const flags = "AcdefgilmoqrstuwxzBabdefghijlmnoqrstvwyzCacdfghiklmnopruvwxyzDegjkmozEaceghrstu" +
	"FijkmorGabdefghilmnpqrstuwyHkmnrtuIcdelmnoqrstJemopKeghimnprwyzLabcikrstuvy" +
	"MacdefghklmnopqrstuvwxyzNacefgilopruzOmPaefghklmnrstwyQaReosuwSabcdeghijklmnorstvxyz" +
	"TacdfghjklmnortvwzUagmnsyzVaceginuWfsXkYetZamw"
