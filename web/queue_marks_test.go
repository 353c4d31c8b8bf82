package web

import (
	"strings"
	"testing"
)

// shown writes pieces as one line: <script:…> and [U+…].
func shown(pieces []piece) string {
	var out strings.Builder
	for _, p := range pieces {
		switch {
		case p.Hidden != "":
			out.WriteString("[" + p.Hidden + "]")
		case p.Script != "":
			out.WriteString("<" + p.Script + ":" + p.Text + ">")
		default:
			out.WriteString(p.Text)
		}
	}
	return out.String()
}

func TestSwitchesOfScriptAreMarked(t *testing.T) {
	for text, want := range map[string]string{
		"main di PULАU777 ya":     "main di PUL<cyrillic:А>U777 ya",
		"ρulau":                   "<greek:ρ>ulau",
		"Привет semua":            "Привет semua", // a word of its own script is honest
		"ꦗꦮ dan العربية":          "ꦗꦮ dan العربية",
		"sl\u200bot ga\u00adcor":  "sl[U+200B]ot ga[U+00AD]cor",
		"\u202ekebalik":           "[U+202E]kebalik",
		"👨‍👩‍👧 keluarga":          "👨‍👩‍👧 keluarga", // joiners of an emoji stay
		"":                        "",
		"SLОТ оnline dan biasa":   "SL<cyrillic:ОТ> <cyrillic:о>nline dan biasa",
		"n\u0303ame with a tilde": "n\u0303ame with a tilde",
	} {
		if got := shown(switched(piece{Text: text})); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}
