package captcha

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/binary"
	"math"
	"math/rand/v2"

	dchest "github.com/dchest/captcha"
)

// english is dchest's own voice and noise.
func english(seed string, digits []byte) []byte {
	audio := dchest.NewAudio(seed, digits, "en")
	var out bytes.Buffer
	out.Grow(audio.EncodedLen() + 1)
	audio.WriteTo(&out) // a bytes.Buffer takes everything
	return out.Bytes()
}

//go:embed voices/id.pcm
var idVoice []byte // see voices/README.md

const hertz = 8000

// indonesian speaks our own digits: three beeps, the digits with gaps of one to two seconds,
// each a little faster or slower and louder or softer, over hiss and a babble of digits spoken
// backwards, one beep.
func indonesian(seed string, digits []byte) []byte {
	rng := rand.New(rand.NewChaCha8(sha256.Sum256([]byte(seed))))
	sounds := splitVoice(idVoice)
	speech := silence(between(rng, 0.6, 1.2))
	for _, d := range digits {
		said := stretch(sounds[d], between(rng, 0.92, 1.18))
		speech = append(speech, scale(said, between(rng, 0.8, 1))...)
		speech = append(speech, silence(between(rng, 1, 2))...)
	}
	babble(rng, speech, sounds)
	for i := range speech {
		speech[i] += between(rng, -0.02, 0.02)
	}
	start, end := beep(700, 0.12), beep(980, 0.12)
	whole := append([]float64(nil), silence(0.1)...)
	for range 3 {
		whole = append(append(whole, start...), silence(0.2)...)
	}
	return wav(append(append(whole, speech...), end...))
}

// splitVoice reads ten sounds, each after its length; samples are from -1 to 1.
func splitVoice(raw []byte) (sounds [10][]float64) {
	for d := range sounds {
		n := int(binary.BigEndian.Uint16(raw))
		sounds[d] = make([]float64, n)
		for i, sample := range raw[2 : 2+n] {
			sounds[d][i] = (float64(sample) - 128) / 128
		}
		raw = raw[2+n:]
	}
	return sounds
}

// babble mixes digits spoken backwards into speech, softly, about six a second.
func babble(rng *rand.Rand, speech []float64, sounds [10][]float64) {
	for range len(speech) / hertz * 6 {
		sound := scale(stretch(sounds[rng.IntN(10)], between(rng, 0.8, 1.4)), between(rng, 0.05, 0.12))
		at := rng.IntN(len(speech) - len(sound))
		for i, sample := range sound {
			speech[at+len(sound)-1-i] += sample
		}
	}
}

func between(rng *rand.Rand, from, to float64) float64 { return from + rng.Float64()*(to-from) }

func silence(seconds float64) []float64 { return make([]float64, int(seconds*hertz)) }

func beep(frequency, seconds float64) []float64 {
	sound := silence(seconds)
	for i := range sound {
		swell := math.Sin(math.Pi * float64(i) / float64(len(sound)))
		sound[i] = 0.4 * swell * math.Sin(2*math.Pi*frequency*float64(i)/hertz)
	}
	return sound
}

func scale(sound []float64, by float64) []float64 {
	for i := range sound {
		sound[i] *= by
	}
	return sound
}

// stretch makes a copy that lasts by times as long, and is as much deeper.
func stretch(sound []float64, by float64) []float64 {
	out := make([]float64, int(float64(len(sound)-1)*by))
	for i := range out {
		at := float64(i) / by
		whole := int(at)
		part := at - float64(whole)
		out[i] = sound[whole]*(1-part) + sound[whole+1]*part
	}
	return out
}

// wav wraps samples as RIFF WAVE, PCM, 8 bit unsigned (Microsoft's Multimedia Programming
// Interface and Data Specifications 1.0).
func wav(samples []float64) []byte {
	samples = samples[:len(samples)&^1] // chunks have even length
	out := make([]byte, 0, 44+len(samples))
	out = append(out, "RIFF"...)
	out = binary.LittleEndian.AppendUint32(out, uint32(36+len(samples)))
	out = append(out, "WAVEfmt "...)
	out = binary.LittleEndian.AppendUint32(out, 16)
	for _, field := range []uint16{1, 1} { // PCM, mono
		out = binary.LittleEndian.AppendUint16(out, field)
	}
	out = binary.LittleEndian.AppendUint32(out, hertz)
	out = binary.LittleEndian.AppendUint32(out, hertz) // bytes a second
	for _, field := range []uint16{1, 8} {             // bytes and bits a sample
		out = binary.LittleEndian.AppendUint16(out, field)
	}
	out = append(out, "data"...)
	out = binary.LittleEndian.AppendUint32(out, uint32(len(samples)))
	for _, sample := range samples {
		out = append(out, byte(128+127*min(max(sample, -1), 1)))
	}
	return out
}
