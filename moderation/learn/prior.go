package learn

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math"
)

// priorBytes are the shipped weights: what `balasan train` made of comments-train.tsv and
// ham-reviews.tsv. NOTICE names their sources.
//
//go:embed prior.bin
var priorBytes []byte

const (
	priorMagic = "balasan prior 1\n"
	vocabBits  = 18
	vocabSize  = 1 << vocabBits / 8
	headSize   = len(priorMagic) + 4*4
	priorSize  = headSize + vocabSize + tableSize
)

// Model weighs a text by a linear model over hashed features. It is safe for concurrent use.
type Model struct {
	weights []int8
	vocab   []byte  // two bits for each word that innocents use
	scale   float32 // of the weights
	bias    float32
	slope   float32 // calibration: log-odds = slope·z + shift
	shift   float32
	version string
	readers readers
}

// Prior is the shipped model.
func Prior() (*Model, error) { return Decode(priorBytes) }

// Decode reads a model that Encode wrote.
func Decode(b []byte) (*Model, error) {
	if len(b) != priorSize || !bytes.HasPrefix(b, []byte(priorMagic)) {
		return nil, fmt.Errorf("not a model of this version: %d bytes, want %d", len(b), priorSize)
	}
	sum := sha256.Sum256(b)
	m := &Model{version: "prior-" + hex.EncodeToString(sum[:6])}
	at := len(priorMagic)
	for _, f := range []*float32{&m.scale, &m.bias, &m.slope, &m.shift} {
		*f = math.Float32frombits(binary.LittleEndian.Uint32(b[at:]))
		if math.IsNaN(float64(*f)) || math.IsInf(float64(*f), 0) {
			return nil, fmt.Errorf("not a model: a number in its head is none")
		}
		at += 4
	}
	m.vocab = b[at : at+vocabSize]
	m.weights = make([]int8, tableSize)
	for i, w := range b[at+vocabSize:] {
		m.weights[i] = int8(w)
	}
	return m, nil
}

// Encode writes the model: magic line, scale, bias, slope and shift as little-endian float32,
// the vocabulary's bits, one signed byte for each weight.
func (m *Model) Encode() []byte {
	b := make([]byte, 0, priorSize)
	b = append(b, priorMagic...)
	for _, f := range []float32{m.scale, m.bias, m.slope, m.shift} {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(f))
	}
	b = append(b, m.vocab...)
	for _, w := range m.weights {
		b = append(b, byte(w))
	}
	return b
}

// Version is a fingerprint of all weights.
func (m *Model) Version() string { return m.version }

// known asks the vocabulary, a Bloom filter of two bits a word: it takes about one strange
// word in a hundred for a known one.
func (m *Model) known(hash uint32) bool {
	a, b := vocabSlots(hash)
	return m.vocab[a>>3]&(1<<(a&7)) != 0 && m.vocab[b>>3]&(1<<(b&7)) != 0
}

func vocabSlots(hash uint32) (a, b uint32) {
	return mix(hash, 5) >> (32 - vocabBits), mix(hash>>16|hash<<16, 0x2545F491) >> (32 - vocabBits)
}
