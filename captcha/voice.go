package captcha

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/binary"
	"math"
	"math/rand/v2"
	"sync"

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

// idSounds are the ten digits, samples from -1 to 1.
var idSounds = sync.OnceValue(func() [10][]float32 { return splitVoice(idVoice) })

// splitVoice reads ten sounds, each after its length.
func splitVoice(raw []byte) (sounds [10][]float32) {
	for d := range sounds {
		n := int(binary.BigEndian.Uint16(raw))
		sounds[d] = make([]float32, n)
		for i, sample := range raw[2 : 2+n] {
			sounds[d][i] = (float32(sample) - 128) / 128
		}
		raw = raw[2+n:]
	}
	return sounds
}

// said is one sound as it will be heard. With longer it lasts that many times as long and is
// as much deeper; backwards it only babbles.
type said struct {
	sound        []float32
	longer, loud float64
	backwards    bool
}

// indonesian speaks our own digits: three beeps, the digits with gaps of one to two seconds,
// each a little faster or slower and louder or softer, over hiss and a babble of digits spoken
// backwards, one beep.
func indonesian(seed string, digits []byte) []byte {
	rng := rand.New(rand.NewChaCha8(sha256.Sum256([]byte(seed))))
	words, starts, length := make([]said, len(digits)), make([]int, len(digits)), samples(between(rng, 0.6, 1.2))
	for i, d := range digits {
		words[i] = said{sound: idSounds()[d], longer: between(rng, 0.92, 1.18), loud: between(rng, 0.8, 1)}
		starts[i] = length
		length += words[i].len() + samples(between(rng, 1, 2))
	}
	out := beeps(length)
	speech := out[len(out):][:length]
	hiss(rng, speech)
	for i, word := range words {
		word.mix(speech[starts[i]:])
	}
	babble(rng, speech)
	return wav(beep(out[:len(out)+length], 980))
}

// hiss is white noise, 34 dB below the loudest.
func hiss(rng *rand.Rand, speech []float32) {
	for i := range speech {
		speech[i] = (rng.Float32() - 0.5) * 0.04
	}
}

// babble mixes digits spoken backwards into speech, softly, six a second.
func babble(rng *rand.Rand, speech []float32) {
	for range len(speech) / hertz * 6 {
		noise := said{sound: idSounds()[rng.IntN(10)], longer: between(rng, 0.8, 1.4),
			loud: between(rng, 0.05, 0.12), backwards: true}
		noise.mix(speech[rng.IntN(len(speech)-noise.len()):])
	}
}

func (s said) len() int { return int(float64(len(s.sound)-1) * s.longer) }

// mix adds s to the beginning of onto, between two samples in a straight line.
func (s said) mix(onto []float32) {
	n := s.len()
	step, loud := 1/s.longer, float32(s.loud)
	for i := range n {
		at := float64(i) * step
		whole := int(at)
		part := float32(at - float64(whole))
		sample := s.sound[whole]*(1-part) + s.sound[whole+1]*part
		to := i
		if s.backwards {
			to = n - 1 - i
		}
		onto[to] += sample * loud
	}
}

func between(rng *rand.Rand, from, to float64) float64 { return from + rng.Float64()*(to-from) }

func samples(seconds float64) int { return int(seconds * hertz) }

// beeps are the three that come first, with room for what follows.
func beeps(room int) []float32 {
	out := make([]float32, samples(0.1), room+2*hertz)
	for range 3 {
		out = beep(out, 700)
		out = append(out, make([]float32, samples(0.2))...)
	}
	return out
}

// beep adds an eighth of a second of a tone that swells and fades.
func beep(out []float32, tone float64) []float32 {
	const length = hertz / 8
	for i := range length {
		swell := math.Sin(math.Pi * float64(i) / length)
		out = append(out, float32(0.4*swell*math.Sin(2*math.Pi*tone*float64(i)/hertz)))
	}
	return out
}

// wav wraps sound as RIFF WAVE, PCM, 8 bit unsigned (Microsoft's Multimedia Programming
// Interface and Data Specifications 1.0).
func wav(sound []float32) []byte {
	sound = sound[:len(sound)&^1] // chunks have even length
	out := make([]byte, 0, 44+len(sound))
	out = append(out, "RIFF"...)
	out = binary.LittleEndian.AppendUint32(out, uint32(36+len(sound)))
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
	out = binary.LittleEndian.AppendUint32(out, uint32(len(sound)))
	for _, sample := range sound {
		out = append(out, byte(128+127*min(max(sample, -1), 1)))
	}
	return out
}
