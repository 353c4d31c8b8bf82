package learn

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"balasan/moderation"
)

func prior(t testing.TB) *Model {
	t.Helper()
	m, err := Prior()
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func weigh(t testing.TB, body string) moderation.Signal {
	t.Helper()
	o := prior(t).Weigh(moderation.Case{Submission: moderation.Submission{Body: body}})
	if len(o.Signals) != 1 || o.Version == "" {
		t.Fatalf("got %+v", o)
	}
	return o.Signals[0]
}

func TestTheShippedModel(t *testing.T) {
	for name, tc := range map[string]struct {
		body string
		spam bool
	}{
		"a praised gambling site waits":      {"Baru gabung langsung jackpot di 𝗥𝗔𝗝𝗔𝗪𝗜𝗡𝟴𝟴, gacor banget!", true},
		"a site spelt apart waits":           {"main di ⭐ R A J A 1 7 ⭐ auto maxwin terus bosku", true},
		"English flattery waits":             {"Hello! I do believe this is an excellent website. I stumbledupon it and will revisit since I bookmarked it.", true},
		"a plain thank-you passes":           {"mantap bang, ditunggu video berikutnya", false},
		"a fancy font passes":                {"𝓶𝓪𝓷𝓽𝓪𝓹 𝓫𝓪𝓷𝓰, 𝓭𝓲𝓽𝓾𝓷𝓰𝓰𝓾 𝓿𝓲𝓭𝓮𝓸 𝓫𝓮𝓻𝓲𝓴𝓾𝓽𝓷𝔂𝓪", false},
		"a complaint about gambling passes":  {"tolong pak polisi berantas judi online, suami tetangga saya habis rumahnya", false},
		"abuse is not spam":                  {"dasar goblok, mulut kayak sampah", false},
		"a question about a product passes":  {"harga hp samsung a52s bekas berapa ya kak?", false},
		"a genuine English comment passes":   {"I disagree with the second point, the numbers are from 2009.", false},
		"a singing bird passes":              {"burung murai saya gacor sekali pagi ini om", false},
		"nothing to read passes":             {"…", false},
		"bytes that are no text do no harm":  {"\xff\xfe\x00", false},
		"a very long innocent text is quick": {strings.Repeat("terima kasih pak atas beritanya ", 2000), false},
	} {
		t.Run(name, func(t *testing.T) {
			if s := weigh(t, tc.body); (s.Score >= 2) != tc.spam {
				t.Errorf("score %v (%s), want spam %v", s.Score, s.Reason.EN, tc.spam)
			}
		})
	}
}

func TestAFancyNameIsReadToo(t *testing.T) {
	o := prior(t).Weigh(moderation.Case{Submission: moderation.Submission{Name: "Jackpot gacor RAJAWIN88 maxwin", Body: "mantap"}})
	if s := o.Signals[0]; s.Score < 2 || len(s.Spans) == 0 || s.Spans[0].Field != moderation.FieldName {
		t.Errorf("got %+v", s)
	}
}

func TestSpansLieInTheText(t *testing.T) {
	m := prior(t)
	rapid.Check(t, func(t *rapid.T) {
		body := "jackpot gacor maxwin " + rapid.String().Draw(t, "body") + " di 𝗥𝗔𝗝𝗔𝗪𝗜𝗡𝟴𝟴"
		for _, s := range m.Weigh(moderation.Case{Submission: moderation.Submission{Body: body}}).Signals {
			if s.Score < least || s.Score > most || !utf8.ValidString(s.Reason.ID) {
				t.Fatalf("signal %+v", s)
			}
			for _, p := range s.Spans {
				if p.Start < 0 || p.End < p.Start || p.End > len(body) {
					t.Fatalf("span %+v of %d bytes", p, len(body))
				}
			}
		}
	})
}

func TestStyleNeverDecidesAlone(t *testing.T) {
	m := prior(t)
	rng := rand.New(rand.NewPCG(3, 3))
	for _, text := range []string{"selamat pagi semuanya", "cantik sekali kak risma hari ini", "semoga cepat sembuh ya bu", "this made my day, thank you"} {
		for range 200 {
			if styled := dressAll(rng, text, rng.Float64()); m.Probability(styled) >= Threshold {
				t.Errorf("%q has probability %.2f", styled, m.Probability(styled))
			}
		}
	}
}

func TestAModelSurvivesItsFile(t *testing.T) {
	m := prior(t)
	if !bytes.Equal(m.Encode(), priorBytes) || len(priorBytes) > 1_000_000 {
		t.Errorf("%d bytes, equal %v", len(priorBytes), bytes.Equal(m.Encode(), priorBytes))
	}
	for _, bad := range [][]byte{nil, priorBytes[1:], append([]byte("x"), priorBytes[1:]...)} {
		if _, err := Decode(bad); err == nil {
			t.Error("a broken file was taken for a model")
		}
	}
}

func TestTrainingTwiceGivesTheSameBytes(t *testing.T) {
	if testing.Short() {
		t.Skip("trains twice")
	}
	var rows []Row
	for i, b := range books() {
		rng := rand.New(rand.NewPCG(9, uint64(i)))
		for range 40 {
			rows = append(rows, Row{Spam: b.spam, Text: b.write(rng)})
		}
	}
	a, b := newTrainer(rows).model().Encode(), newTrainer(rows).model().Encode()
	if !bytes.Equal(a, b) {
		t.Error("two trainings of the same rows differ")
	}
}

func TestRowsAreReadLeniently(t *testing.T) {
	rows, err := ReadRows("x.tsv", strings.NewReader("label\tlang\ttext\nSPAM\tid\ta\\tb\n0\tplain text\n\nham\ten\tline\\nbreak\\\\\n"))
	if err != nil || len(rows) != 3 || !rows[0].Spam || rows[0].Text != "a\tb" || rows[0].Language != "id" ||
		rows[1].Text != "plain text" || rows[2].Text != "line\nbreak\\" || rows[2].Line != 5 {
		t.Errorf("got %+v, %v", rows, err)
	}
	if _, err := ReadRows("x.tsv", strings.NewReader("ham\tid\tok\nmaybe\tid\tx\n")); err == nil || !strings.HasPrefix(err.Error(), "x.tsv:2: ") {
		t.Errorf("got %v", err)
	}
}

func BenchmarkProbability(b *testing.B) {
	m := prior(b)
	texts := []string{"mantap bang, ditunggu video berikutnya", "Baru gabung langsung jackpot di 𝗥𝗔𝗝𝗔𝗪𝗜𝗡𝟴𝟴, gacor banget!",
		"Yg bangun tidur langsung di ajakin tempur", "sama sama kak, semoga sehat selalu dan rezekinya lancar terus ya"}
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		m.Probability(texts[i&3])
		i++
	}
}
