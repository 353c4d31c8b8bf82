package captcha

import (
	"strings"
	"unicode"
)

// readAnswer finds the digits in what a visitor typed. Spaces and separators between them do
// not count, and digits of any script are digits. It is false unless there are exactly six and
// nothing else.
func readAnswer(s string) (digits [Digits]byte, ok bool) {
	n := 0
	for _, r := range s {
		if unicode.IsSpace(r) || unicode.Is(unicode.Cf, r) || strings.ContainsRune(".,-–—_/·", r) {
			continue
		}
		value, isDigit := digitValue(r)
		if !isDigit || n == len(digits) {
			return digits, false
		}
		digits[n] = value
		n++
	}
	return digits, n == len(digits)
}

// digitValue relies on Unicode's promise that the decimal digits of a script are ten code
// points in a row (The Unicode Standard, 4.6), and that a range of Nd starts with a zero.
func digitValue(r rune) (byte, bool) {
	if !unicode.Is(unicode.Nd, r) {
		return 0, false
	}
	for _, span := range unicode.Nd.R16 {
		if lo, hi := rune(span.Lo), rune(span.Hi); lo <= r && r <= hi {
			return byte((r - lo) % 10), true
		}
	}
	for _, span := range unicode.Nd.R32 {
		if lo, hi := rune(span.Lo), rune(span.Hi); lo <= r && r <= hi {
			return byte((r - lo) % 10), true
		}
	}
	return 0, false
}
