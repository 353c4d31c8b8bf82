package web

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// grouped writes a number as the language does: 1.234 or 1,234.
func grouped(lang string, n int) string {
	digits := strconv.Itoa(n)
	sign := ""
	if n < 0 {
		sign, digits = "−", digits[1:]
	}
	dot := "."
	if lang == "en" {
		dot = ","
	}
	var out strings.Builder
	out.WriteString(sign)
	for i, d := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			out.WriteString(dot)
		}
		out.WriteRune(d)
	}
	return out.String()
}

// percent writes a share in whole percent; what is neither none nor all never reads as that.
func percent(lang string, share float64) string {
	n := int(math.Round(100 * share))
	switch {
	case share > 0 && n == 0:
		n = 1
	case share < 1 && n == 100:
		n = 99
	}
	if lang == "en" {
		return strconv.Itoa(n) + "%"
	}
	return strconv.Itoa(n) + "\u00a0%"
}

// lasting says about how long something takes, in its widest whole unit.
func lasting(lang string, d time.Duration) string {
	for _, s := range steps[2:] {
		if n := int(math.Round(float64(d) / float64(s.unit))); n > 1 || d >= s.unit {
			return trn(lang, "over.lasting."+s.key, n)
		}
	}
	return trn(lang, "over.lasting.second", 1)
}

var shortMonths = [...]string{"Jan", "Feb", "Mar", "Apr", "Mei", "Jun", "Jul", "Agu", "Sep", "Okt", "Nov", "Des"}

// dayText writes a day such as 2026-11-23 as 23 Nov.
func dayText(lang, day string) string {
	at, err := time.Parse(time.DateOnly, day)
	switch {
	case err != nil:
		return day
	case lang == "en":
		return at.Format("2 Jan")
	default:
		return at.Format("2 ") + shortMonths[at.Month()-1]
	}
}
