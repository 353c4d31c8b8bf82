package campaign

import (
	"fmt"
	"testing"

	"balasan/moderation"
)

func TestBitsAreWhatCommentsShare(t *testing.T) {
	entry := func(name, body string) moderation.Entry {
		return moderation.Entry{Comment: moderation.Comment{Submission: moderation.Submission{Site: "desa", Page: "https://desa.id/a", Name: name, Body: body}}}
	}
	for name, tc := range map[string]struct {
		entries []moderation.Entry
		want    string
	}{
		"brands in other disguises are one": {[]moderation.Entry{entry("A", "gas ke 𝐏𝐔𝐋𝐀𝐔𝟕𝟕𝟕"), entry("B", "PULAU777 paling top"), entry("C", "buka https://beli.xyz")},
			"[{phrase pulau777 2}]"},
		"all of one that is alone": {[]moderation.Entry{entry("A", "buka https://beli.xyz atau wa 0812-3345-7788")}, "[{domain beli.xyz 1} {handle wa:6281233457788 1}]"},
		"common hosts say nothing": {[]moderation.Entry{entry("A", "lihat https://youtube.com/x"), entry("B", "https://youtube.com/y")}, "[]"},
		"a brand in the name":      {[]moderation.Entry{entry("RAJATOTO", "mantap"), entry("RAJATOTO", "keren")}, "[{phrase rajatoto 2}]"},
	} {
		if got := fmt.Sprint(ties().Bits(tc.entries)); got != tc.want {
			t.Errorf("%s: %s, want %s", name, got, tc.want)
		}
	}
}
