package captcha

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"image/png"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"balasan/moderation"
)

func open(t testing.TB, c Challenges) (token, answer string) {
	t.Helper()
	token = c.Issue(place, time.Now()).Token
	answer, err := c.Keys.Answer(token)
	if err != nil {
		t.Fatal(err)
	}
	return token, answer
}

func TestPictureIsOpaqueAndCarriesNothingElse(t *testing.T) {
	token, answer := open(t, testChallenges())
	data, err := NewStudio(StudioOptions{Keys: testKeys()}).Picture(t.Context(), token)
	if err != nil {
		t.Fatal(err)
	}
	keepForEyes(t, "picture.png", data)
	picture, err := png.Decode(bytes.NewReader(data))
	if err != nil || picture.Bounds().Dx() != width || picture.Bounds().Dy() != height {
		t.Fatalf("%v, %v", picture.Bounds(), err)
	}
	white := 0
	for x := range width {
		for y := range height {
			r, g, b, a := picture.At(x, y).RGBA()
			if a != 0xffff {
				t.Fatalf("(%d, %d) shines through", x, y)
			}
			if r&g&b == 0xffff {
				white++
			}
		}
	}
	if white < width*height/2 || white > width*height*95/100 {
		t.Errorf("%d white points of %d: nothing to read", white, width*height)
	}
	if bytes.Contains(data, []byte(answer)) {
		t.Error("the answer is in the file as text")
	}
	for rest := data[8:]; len(rest) > 0; {
		n, chunk := binary.BigEndian.Uint32(rest), string(rest[4:8])
		if chunk != "IHDR" && chunk != "PLTE" && chunk != "IDAT" && chunk != "IEND" {
			t.Errorf("chunk %s", chunk)
		}
		rest = rest[12+n:]
	}
}

func TestVoices(t *testing.T) {
	token, answer := open(t, testChallenges())
	studio := NewStudio(StudioOptions{Keys: testKeys()})
	for _, lang := range []string{"id", "en"} {
		data, err := studio.Voice(t.Context(), token, lang)
		if err != nil {
			t.Fatal(err)
		}
		keepForEyes(t, "voice-"+lang+".wav", data)
		if string(data[:4]) != "RIFF" || string(data[8:12]) != "WAVE" || binary.LittleEndian.Uint32(data[24:]) != hertz {
			t.Errorf("%s: header %q", lang, data[:44])
		}
		if seconds := len(data) / hertz; seconds < 6 || seconds > 40 {
			t.Errorf("%s: %d s long", lang, seconds)
		}
		if bytes.Contains(data, []byte(answer)) {
			t.Errorf("%s: the answer is in the file as text", lang)
		}
	}
}

func TestIndonesianVoiceIsNotClipped(t *testing.T) {
	for seed := range 20 {
		data := indonesian(fmt.Sprint("seed", seed), []byte{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}[seed%5:seed%5+6])
		clipped := 0
		for _, sample := range data[44:] {
			if sample <= 1 || sample == 255 {
				clipped++
			}
		}
		if clipped > len(data)/10_000 {
			t.Errorf("seed %d: %d of %d samples at the rail", seed, clipped, len(data))
		}
	}
}

// TestTheTenSoundsDiffer compares what tells vowels apart, how often the sign changes, and the
// length; it would find a sound that is missing, silent or there twice.
func TestTheTenSoundsDiffer(t *testing.T) {
	type shape struct{ length, loud, turns int }
	seen := map[shape]int{}
	for d, sound := range splitVoice(idVoice) {
		var s shape
		s.length = len(sound) / 80
		for i := 1; i < len(sound); i++ {
			if sound[i]*sound[i-1] < 0 {
				s.turns++
			}
			if sound[i] > 0.25 || sound[i] < -0.25 {
				s.loud++
			}
		}
		if s.length < 25 || s.length > 100 || s.loud < 100 {
			t.Errorf("digit %d: %+v is no word", d, s)
		}
		if other, twice := seen[s]; twice {
			t.Errorf("digits %d and %d sound alike: %+v", d, other, s)
		}
		seen[s] = d
	}
}

func TestGettingChangesNothing(t *testing.T) {
	token, _ := open(t, testChallenges())
	studio := NewStudio(StudioOptions{Keys: testKeys()})
	first, err := studio.Picture(t.Context(), token)
	for range 10 {
		if again, err2 := studio.Picture(t.Context(), token); err != nil || err2 != nil || !bytes.Equal(first, again) {
			t.Fatal("another picture of the same challenge", err, err2)
		}
	}
}

func TestRenderingsOfOneTokenAreCapped(t *testing.T) {
	token, _ := open(t, testChallenges())
	studio := NewStudio(StudioOptions{Keys: testKeys(), Bytes: 1}) // a cache that holds nothing
	for i := range maxPictures + 2 {
		_, err := studio.Picture(t.Context(), token)
		if busy := codeOf(err) == moderation.CaptchaBusy; busy != (i >= maxPictures) {
			t.Errorf("picture %d: %v", i+1, err)
		}
	}
	for i, lang := range []string{"id", "en", "id"} {
		_, err := studio.Voice(t.Context(), token, lang)
		if busy := codeOf(err) == moderation.CaptchaBusy; busy != (i >= maxVoices) {
			t.Errorf("voice %d: %v", i+1, err)
		}
	}
}

func TestAFloodOfPicturesIsShed(t *testing.T) {
	studio := NewStudio(StudioOptions{Keys: testKeys(), Workers: 1})
	studio.workers <- struct{}{} // one that never ends
	c := testChallenges()
	var busy atomic.Int64
	var wg sync.WaitGroup
	for range 50 {
		token, _ := open(t, c)
		wg.Go(func() {
			_, err := studio.Picture(t.Context(), token)
			if p, ok := err.(*moderation.Problem); ok && p.Code == moderation.CaptchaBusy && p.After > 0 {
				busy.Add(1)
			}
		})
	}
	wg.Wait()
	if busy.Load() != 50 {
		t.Errorf("%d of 50 were told to come back", busy.Load())
	}
	<-studio.workers
	token, _ := open(t, c)
	if _, err := studio.Picture(t.Context(), token); err != nil {
		t.Errorf("after the flood: %v", err)
	}
}

func TestPicturesOfForgedAndExpiredTokens(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		studio := NewStudio(StudioOptions{Keys: testKeys()})
		token, _ := open(t, testChallenges())
		if _, err := studio.Picture(t.Context(), token[1:]); codeOf(err) != moderation.CaptchaInvalid {
			t.Errorf("forged: %v", err)
		}
		time.Sleep(DefaultLife)
		if _, err := studio.Voice(t.Context(), token, "id"); err != nil {
			t.Errorf("at 10m: %v", err)
		}
		time.Sleep(1)
		if _, err := studio.Voice(t.Context(), token, "id"); codeOf(err) != moderation.CaptchaExpired {
			t.Errorf("at 10m+1ns: %v", err)
		}
	})
}

func TestTheCacheStaysWithinItsBytes(t *testing.T) {
	c := cache{limit: 100}
	for i := range byte(50) {
		c.put(string(i), make([]byte, 30))
		c.get("\x00") // the first one is used all the time
	}
	if _, ok := c.get("\x00"); !ok || c.size > 100 || len(c.media) != 3 {
		t.Errorf("kept %v, %d bytes in %d", ok, c.size, len(c.media))
	}
}

// keepForEyes writes what people should look at or hear into $CAPTCHA_OUT.
func keepForEyes(t *testing.T, name string, data []byte) {
	if dir := os.Getenv("CAPTCHA_OUT"); dir != "" {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
			t.Error(err)
		}
	}
}

func BenchmarkIssue(b *testing.B) {
	c := testChallenges()
	for b.Loop() {
		c.Issue(place, at)
	}
}

func BenchmarkRedeem(b *testing.B) {
	c := testChallenges()
	c.Marks = &Memory{Cap: 1 << 30}
	for b.Loop() {
		if err := c.Redeem(b.Context(), place, c.Issue(place, at).Token, "000000", "", at); codeOf(err) == moderation.CaptchaInvalid {
			b.Fatal(err)
		}
	}
}

func BenchmarkPicture(b *testing.B) {
	for b.Loop() {
		draw("seed", []byte{1, 2, 3, 4, 5, 6})
	}
}

func BenchmarkVoice(b *testing.B) {
	for lang, speak := range map[string]work{"en": english, "id": indonesian} {
		b.Run(lang, func(b *testing.B) {
			for b.Loop() {
				speak("seed", []byte{1, 2, 3, 4, 5, 6})
			}
		})
	}
}
