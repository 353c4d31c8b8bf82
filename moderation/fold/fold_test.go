package fold_test

import (
	"strings"
	"testing"

	"balasan/moderation/fold"
)

// techniques are disguises that were met; squash is set where the word is spelt out.
var techniques = []struct {
	name, text   string
	fold, squash string
	kind         fold.Kind
}{
	{"mathematical letters one by one", "𝐃 𝐎 𝙍 𝘈 𝟽 7", "d o r a 7 7", "dora77", fold.Styled},
	{"stacked marks", "P͓̽U͓̽L͓̽A͓̽U͓̽7͓̽7͓̽7͓̽", "pulau777", "", fold.Stacked},
	{"Cyrillic millions signs over letters", "P҉U҉L҉A҉U҉", "pulau", "", fold.Stacked},
	{"full width syllables", "ＧＡ Ｒ Ｕ ＤＡ ＨＯ ＫＩ", "ga r u da ho ki", "garudahoki", fold.Styled},
	{"dingbat digits", "BTV❶❻❽", "btv168", "", fold.Styled},
	{"squared letters, some as emoji", "🅿️🆄🅻🅰️🆄777", "pulau777", "", fold.Styled},
	{"circled letters and digits", "ⒺⓂⓅⓊ①③⑧", "empu138", "", fold.Styled},
	{"small capitals", "ᴘʀᴏʙᴇᴛ855", "probet855", "", fold.Styled},
	{"Greek and other alphabets mixed", "ρüℓAυ777", "pulau777", "", fold.Lookalike},
	{"double-struck letters", "𝕁ℙ𝕋𝕆𝔾𝔼𝕃77", "jptogel77", "", fold.Styled},
	{"Canadian syllabics", "ᑭᑌᒪᗩᑌᗯIᑎ", "pulauwin", "", fold.Lookalike},
	{"subscripts", "ₚᵤₗₐᵤ₇₇₇", "pulau777", "", fold.Styled},
	{"zero-width joiners between letters", "P\u200dU\u200dL\u200dA\u200dU\u200d777", "pulau777", "", fold.Invisible},
	{"letters on their own", "⭐ A L E X I S 1 7 ⭐", "⭐ a l e x i s 1 7 ⭐", "alexis17", fold.Spaced},
	{"zeros for letters", "KUSUMAT0T0", "kusumat0t0", "", fold.Leet},
	{"digits for letters", "m4xw1n", "m4xw1n", "", fold.Leet},
	{"Cyrillic inside Latin words", "bаndоt mаxwin Яaja", "bandot maxwin raja", "", fold.Lookalike},
	{"Cyrillic and mathematical letters on their own", "A Е 𝘙 О 𝟪 𝟪", "a e r o 8 8", "aero88", fold.Lookalike},
	{"letters that lost their plane", "퐀퐋퐄퐗퐈퐒17", "alexis17", "", fold.LostPlane},
	{"one letter that lost its plane", "gac허r ab퐢s", "gacor abis", "", fold.LostPlane},
	{"keycaps", "Q1️⃣3️⃣8️⃣", "q138", "", fold.Styled},
	{"regional indicators that are no flags", "🇸🇱🇴🇹", "slot", "", fold.Styled},
	{"letters in brackets", "⒮⒧⒪⒯ ⑺", "slot 7", "", fold.Styled},
	{"small capitals in the middle", "ᴍᴀɴᴅᴀʟɪᴋᴀ77", "mandalika77", "", fold.Styled},
}

func TestEveryTechniqueIsUndone(t *testing.T) {
	for _, c := range techniques {
		t.Run(c.name, func(t *testing.T) {
			var text fold.Text
			text.Reset(c.text)
			if got := text.Channel(fold.Fold); got != c.fold {
				t.Errorf("fold of %q is %q, want %q", c.text, got, c.fold)
			}
			if !text.Disguise().Has(c.kind) {
				t.Errorf("%q is not noticed as %v: %+v", c.text, c.kind, text.Disguise())
			}
			if c.squash != "" && !finds(&text, c.squash) {
				t.Errorf("%q does not find %q in squash %q", c.text, c.squash, text.Channel(fold.Squash))
			}
			bare := strings.Map(func(r rune) rune {
				if r == ' ' || r == '⭐' {
					return -1
				}
				return r
			}, c.fold)
			if c.squash != "" && c.squash != bare {
				t.Fatalf("the case contradicts itself: %q, %q", c.squash, bare)
			}
		})
	}
}

// finds searches the squash as callers do.
func finds(text *fold.Text, term string) bool {
	term = fold.Term(fold.Squash, term)
	at := strings.Index(text.Channel(fold.Squash), term)
	return at >= 0 && text.Whole(fold.Squash, at, at+len(term))
}

func TestNumberWordsAreDigits(t *testing.T) {
	var text fold.Text
	text.Reset("Ayo Pu Lau Tujuh Tujuh Tujuh gaskeun")
	if got, want := text.Channel(fold.Class), "ayo pu iau t t t gaskeun"; got != want {
		t.Errorf("class is %q, want %q", got, want)
	}
	if !finds(&text, "pulau777") {
		t.Errorf("pulau777 is not in squash %q", text.Channel(fold.Squash))
	}
}

func TestInnocentTextIsNoDisguise(t *testing.T) {
	for name, s := range map[string]string{
		"Russian":            "Привет, как дела? Я люблю Москву и YouTube",
		"Greek":              "Καλημέρα σε όλους, τι κάνετε; ωραία",
		"Arabic":             "السلام عليكم ورحمة الله وبركاته ٢٠٢٦",
		"Javanese":           "ꦱꦸꦒꦼꦁ ꦲꦺꦚ꧀ꦗꦁ",
		"Chinese":            "今天天气很好 山上有人",
		"Korean":             "하하하 한화 이글스 화이팅! 안녕하세요",
		"Korean laughter":    "하하하하 BTS화 호호",
		"Hebrew":             "שלום לכולם",
		"Thai":               "สวัสดีครับ",
		"Hindi":              "नमस्ते दोस्तों",
		"plural":             "hari² yang indah, teman² semua 10 m³",
		"accents":            "café naïve señor",
		"accents decomposed": "cafe\u0301 nai\u0308ve",
		"Vietnamese":         "Tiếng Việt rất hay",
		"emoji":              "keren 👨‍👩‍👧 ❤️ 👍🏽 🇮🇩 🏴󠁧󠁢󠁥󠁮󠁧󠁿 ☕️",
		"a list":             "1️⃣ makan 2️⃣ tidur ① satu ② dua",
		"symbols":            "info ℹ️ merek™ ©2026 20℃ ½ №5",
		"Turkish":            "ısıtıcı Iğdır",
	} {
		var text fold.Text
		text.Reset(s)
		if d := text.Disguise(); d.Inside() || d.Whole {
			t.Errorf("%s: %q counts as disguised: %+v", name, s, d)
		}
	}
}

func TestScriptsStayThemselves(t *testing.T) {
	for s, want := range map[string]string{
		"Привет мир, я тут":     "привет мир, я тут",
		"Καλημέρα":              "καλημερα",
		"今天天气很好":                "今天天气很好",
		"하하하 한화":                "하하하 한화",
		"👨‍👩‍👧 ❤️ 👍🏽 🇮🇩":        "👨‍👩‍👧 ❤️ 👍🏽 🇮🇩",
		"🏴󠁧󠁢󠁥󠁮󠁧󠁿":               "🏴󠁧󠁢󠁥󠁮󠁧󠁿",
		"السلام ٢٠٢٦":           "السلام 2026",
		"Сука нет в YouTube, я": "сука нет в youtube, я",
		"bad \xff\xfe bytes é":  "bad \xff\xfe bytes e",
		"hari²":                 "hari2",
		"Ｆｕｌｌ　ｗｉｄｔｈ":            "full width",
	} {
		if got := fold.String(s); got != want {
			t.Errorf("fold of %q is %q, want %q", s, got, want)
		}
	}
}
