package fold

import (
	"strings"
	"unicode"
)

// Reading is what a person would read in a disguised text: its fold, with digits that stand for
// letters read as letters. A digit does when it stands alone between two letters; then single
// digits of the same word do too. “alexis17” and “rt 04” stay as they are.
func Reading(s string) string {
	words := strings.Split(String(s), " ")
	for i, word := range words {
		words[i] = readWord([]rune(word))
	}
	return strings.Join(words, " ")
}

var letterOf = map[rune]rune{'0': 'o', '1': 'i', '3': 'e', '4': 'a', '5': 's', '7': 't', '8': 'b', '9': 'g'}

func readWord(word []rune) string {
	alone := func(i int) bool {
		return unicode.IsDigit(word[i]) && (i == 0 || !unicode.IsDigit(word[i-1])) && (i+1 == len(word) || !unicode.IsDigit(word[i+1]))
	}
	leet := false
	for i := 1; i+1 < len(word); i++ {
		leet = leet || alone(i) && unicode.IsLetter(word[i-1]) && unicode.IsLetter(word[i+1])
	}
	if !leet {
		return string(word)
	}
	read := make([]rune, len(word))
	for i, r := range word {
		read[i] = r
		if letter, ok := letterOf[r]; ok && alone(i) {
			read[i] = letter
		}
	}
	return string(read)
}
