package learn

import (
	"bytes"
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"balasan/moderation"
)

// steps are random lessons; what is taken back was taught before.
func steps(t *rapid.T) (all []moderation.Lesson) {
	var stand []moderation.Lesson
	for range rapid.IntRange(0, 40).Draw(t, "steps") {
		if n := len(stand); n > 0 && rapid.IntRange(0, 2).Draw(t, "back") == 0 {
			i := rapid.IntRange(0, n-1).Draw(t, "which")
			step := stand[i]
			step.Back = true
			stand = append(stand[:i], stand[i+1:]...)
			all = append(all, step)
			continue
		}
		step := moderation.Lesson{Site: rapid.SampledFrom([]string{"desa", "kota"}).Draw(t, "site"), Share: rapid.IntRange(1, 5).Draw(t, "share"),
			Spam: rapid.Bool().Draw(t, "spam"), Text: rapid.SampledFrom([]string{"mantap min", "main di raja88"}).Draw(t, "text") + rapid.String().Draw(t, "rest")}
		stand = append(stand, step)
		all = append(all, step)
	}
	for i := range all {
		all[i].ID = int64(i + 1)
	}
	return all
}

func same(a, b *Sites) bool {
	for _, id := range []string{"desa", "kota"} {
		x, y := a.Site(id), b.Site(id)
		if (x == nil) != (y == nil) || x != nil && !bytes.Equal(x.Snapshot(), y.Snapshot()) {
			return false
		}
	}
	return a.Last() == b.Last()
}

func TestFollowersAgreeHoweverTheyRead(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := steps(t)
		var whole, pieces, resumed Sites
		whole.Follow(all)
		kept := map[string][]byte{}
		summarize := func(s *Sites) {
			for _, one := range s.Summarize() {
				kept[one.Site] = one.Bytes
			}
			s.Kept()
		}
		for rest := all; len(rest) > 0; {
			n := rapid.IntRange(1, len(rest)).Draw(t, "piece")
			pieces.Follow(rest[:n])
			rest = rest[n:]
			summarize(&pieces)
			if rapid.Bool().Draw(t, "stop") {
				break
			}
		}
		var summaries []Summary
		for site, b := range kept {
			summaries = append(summaries, Summary{site, b})
		}
		if err := resumed.Resume(pieces.Last(), summaries); err != nil {
			t.Fatal(err)
		}
		if !same(&pieces, &resumed) {
			t.Fatal("a summary differs from what it sums up")
		}
		resumed.Follow(all[resumed.Last():])
		if !same(&whole, &resumed) {
			t.Fatal("going on differs from reading all")
		}
	})
}

func TestASummaryThatDoesNotFitIsRefused(t *testing.T) {
	var s Sites
	if err := s.Resume(7, []Summary{{"desa", []byte("of another version")}}); err == nil || s.Last() != 0 || s.Site("desa") != nil {
		t.Errorf("resumed at %d: %v", s.Last(), err)
	}
}

func TestWhatWasNeverMetSaysNothing(t *testing.T) {
	var s Site
	for i := range 1000 {
		s.Teach(Lesson{Text: fmt.Sprint("kabar baik warga ", i)})
	}
	for i := range 60 {
		s.Teach(Lesson{Text: fmt.Sprint("zuvoli pratim ", i), Spam: true})
	}
	r := &reader{}
	if score, _, _, _ := s.voice(r, "sesuatu lain samasekali berbeda"); score != 0 {
		t.Errorf("a strange text gets %v where there is more ham", score)
	}
	score, _, words, spans := s.voice(r, "beli 𝐙𝐔𝐕𝐎𝐋𝐈 pratim sekarang")
	if score < 1 || words != "zuvoli … pratim" || len(spans) != 2 || spans[0].Start != 5 {
		t.Errorf("score %v for %q at %v", score, words, spans)
	}
}

func TestReadingLongDoesNotChangeFeatures(t *testing.T) {
	first, used := &reader{}, &reader{known: func(uint32) bool { return true }}
	want := append([]uint32(nil), first.coarse("main di raja88 sekarang juga")...)
	for i := range 3 * 4096 {
		used.coarse(fmt.Sprint("kata ", i))
		if got := used.coarse("main di raja88 sekarang juga"); len(got) != len(want) {
			t.Fatalf("after %d texts: %d features, want %d", i, len(got), len(want))
		}
	}
}

func TestPackedWordsTeachWhatTheirTextDid(t *testing.T) {
	texts := []string{"main di raja88 sekarang juga", "", "terima kasih, infonya berguna; terima kasih"}
	for _, text := range texts {
		var whole, packed Site
		whole.Teach(Lesson{Text: text, Spam: true})
		packed.Teach(Lesson{Words: Words(text), Spam: true})
		if whole.Version() != packed.Version() || string(whole.Snapshot()) != string(packed.Snapshot()) {
			t.Errorf("%q teaches something else when only its words are left", text)
		}
		if packed.Unteach(Lesson{Text: text, Spam: true}); packed.Version() != new(Site).Version() {
			t.Errorf("%q leaves a trace", text)
		}
	}
}
