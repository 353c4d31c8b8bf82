package fold_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"balasan/moderation/fold"
	"pgregory.net/rapid"
)

// pieces are what disguised comments are made of, so that random texts meet every rule.
var pieces = []string{"slot", "A", "а", "Е", "я", "щ", "ω", "Η", "𝐃", "𝟽", "ᴘ", "ⓔ", "①", "²", "🅿️", "7️⃣", "퐀", "허", "가",
	"\u0489", "\u035b", "\u0301", "\u200d", "\u200b", "🇮🇩", "🇸", "👨‍👩‍👧", "❤️", "🏴", "\U000E0067", "ᑭ", "Ꭰ", "卂", "山",
	"ا", "\xff", "\xed\xa0", " ", "  ", "\n", "!", "$", "@", "0", "7", "tujuh", "satu", "dua", "ß", "İ", "ﷺ", "㎡", "½", "Ⅷ", "ｶﾞ", "が", "\u3164"}

var texts = rapid.Custom(func(t *rapid.T) string {
	return strings.Join(rapid.SliceOfN(rapid.OneOf(rapid.SampledFrom(pieces), rapid.String()), 0, 20).Draw(t, "pieces"), "")
})

func TestFoldingTwiceEqualsOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := texts.Draw(t, "text")
		once := fold.String(s)
		if twice := fold.String(once); twice != once {
			t.Fatalf("%q folds to %+q, then to %+q", s, once, twice)
		}
	})
}

func TestAResetLeavesNothingBehind(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var used, fresh fold.Text
		used.Reset(texts.Draw(t, "before"))
		used.Disguise()
		s := texts.Draw(t, "text")
		used.Reset(s)
		fresh.Reset(s)
		for _, c := range []fold.Channel{fold.Fold, fold.Class, fold.Squash} {
			if used.Channel(c) != fresh.Channel(c) {
				t.Fatalf("channel %d is %q, fresh %q", c, used.Channel(c), fresh.Channel(c))
			}
		}
		if used.Digest() != fresh.Digest() || used.Disguise().Whole != fresh.Disguise().Whole {
			t.Fatal("digest or disguise differ")
		}
	})
}

func FuzzText(f *testing.F) {
	for _, c := range techniques {
		f.Add(c.text)
	}
	f.Add(strings.Join(pieces, ""))
	f.Fuzz(func(t *testing.T, s string) { checkSpans(t, s) })
}

func TestSpansOfRandomTexts(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) { checkSpans(r, texts.Draw(r, "text")) })
}

type failer interface{ Fatalf(string, ...any) }

// checkSpans wants every span in range, on rune borders and in order.
func checkSpans(t failer, s string) {
	var text fold.Text
	text.Reset(s)
	for _, c := range []fold.Channel{fold.Fold, fold.Class, fold.Squash} {
		out, lastFrom, lastTo := text.Channel(c), 0, 0
		for i := 0; i <= len(out); i++ {
			from, to := text.Span(c, i, min(i+1, len(out)))
			if from < lastFrom || to < lastTo || to < from || to > len(s) {
				t.Fatalf("channel %d of %+q: byte %d is %d to %d after %d to %d", c, s, i, from, to, lastFrom, lastTo)
			}
			if !onBorder(s, from) || !onBorder(s, to) {
				t.Fatalf("channel %d of %+q: byte %d is %d to %d, inside a rune", c, s, i, from, to)
			}
			text.Whole(c, i, len(out))
			lastFrom, lastTo = from, to
		}
	}
	for _, m := range text.Disguise().Spans() {
		if m.From < 0 || m.To <= m.From || m.To > len(s) || !onBorder(s, m.From) || !onBorder(s, m.To) {
			t.Fatalf("%v of %+q is %d to %d", m.Kind, s, m.From, m.To)
		}
	}
}

// onBorder is true between runes; each byte of invalid UTF-8 is a rune of its own.
func onBorder(s string, at int) bool {
	i := 0
	for i < at {
		_, size := utf8.DecodeRuneInString(s[i:])
		i += size
	}
	return i == at
}

func TestSpansLeadBackToTheOriginal(t *testing.T) {
	for _, c := range []struct {
		name, text, term string
		channel          fold.Channel
		want             string
	}{
		{"a styled word", "main di 𝙎𝙂𝙄88 aja", "sgi88", fold.Fold, "𝙎𝙂𝙄88"},
		{"a word under marks", "ke P҉U҉L҉A҉U҉ yuk", "pulau", fold.Fold, "P҉U҉L҉A҉U҉"},
		{"squeezed letters", "ke gacoooor yuk", "gacoor", fold.Class, "gacoooor"},
		{"number words", "di Tujuh aja", "7", fold.Class, "Tujuh"},
		{"letters on their own", "ke ⭐ A L E X I S 1 7 ⭐ yuk", "alexis17", fold.Squash, "A L E X I S 1 7"},
		{"digits in words", "Pu Lau Tujuh Tujuh", "pulau77", fold.Squash, "Pu Lau Tujuh Tujuh"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var text fold.Text
			text.Reset(c.text)
			term := fold.Term(c.channel, c.term)
			if c.name == "number words" {
				term = "t"
			}
			at := strings.Index(text.Channel(c.channel), term)
			if at < 0 {
				t.Fatalf("%q is not in %q", term, text.Channel(c.channel))
			}
			if c.name == "number words" {
				at = strings.Index(text.Channel(c.channel), " t ") + 1
			}
			from, to := text.Span(c.channel, at, at+len(term))
			if got := strings.TrimSpace(c.text[from:to]); got != c.want {
				t.Errorf("%q is at %q, want %q", c.term, c.text[from:to], c.want)
			}
		})
	}
}

func TestDigest(t *testing.T) {
	digest := func(s string) uint64 {
		var text fold.Text
		text.Reset(s)
		return text.Digest()
	}
	if digest("mantap min") != 0 {
		t.Error("a short greeting ties to something")
	}
	a := digest("Ayo main di 𝐏𝐔𝐋𝐀𝐔𝟕𝟕𝟕!!")
	if a == 0 || a != digest("ayo, main di pulau777 ⭐") {
		t.Error("two disguises of one text do not tie")
	}
	if a == digest("ayo main di mandalika777") {
		t.Error("two texts tie")
	}
}

func TestWordsDoNotCollideAcrossBorders(t *testing.T) {
	for _, s := range []string{"warga dari pulau itu", "kita ke sini dia ada", "sudah baik hari ini slot"} {
		var text fold.Text
		text.Reset(s)
		if got := text.Channel(fold.Squash); got != "" {
			t.Errorf("squash of %q is %q", s, got)
		}
	}
	var text fold.Text
	text.Reset("ma nd al ik a7 7")
	if at := strings.Index(text.Channel(fold.Squash), "andai"); at < 0 || text.Whole(fold.Squash, at, at+5) {
		t.Error("a term that begins inside a token counts as whole")
	}
}
