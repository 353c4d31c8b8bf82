package campaign

import (
	"hash/fnv"
	"math"

	"balasan/moderation"
)

const (
	bandRows  = 3
	bands     = len(moderation.Sketch{}) / bandRows
	minPairs  = 5 // word pairs below which a text is too short to resemble another
	nearly    = len(moderation.Sketch{}) / 2
	brandMark = 0x6272616e64 // stands for every brand, so that a template with another name is the same
)

// sketched sketches the pairs of neighbouring words, the ends of the text counted as words.
func sketched(words []word) (s moderation.Sketch, pairs int) {
	if len(words) == 0 {
		return s, 0
	}
	var least [len(s)]uint64
	for i := range least {
		least[i] = math.MaxUint64
	}
	before := uint64(1)
	put := func(next uint64) {
		pair := mix(before*0x9E3779B97F4A7C15 + next)
		for i := range least {
			least[i] = min(least[i], mix(pair+uint64(i)*0xD6E8FEB86659FD93))
		}
		before = next
		pairs++
	}
	for _, w := range words {
		put(masked(w))
	}
	put(2)
	for i, v := range least {
		s[i] = uint16(v) | 1 // never the zero value
	}
	return s, pairs
}

func masked(w word) uint64 {
	if w.brand != "" {
		return brandMark
	}
	return hash(w.text)
}

// band packs three places of a sketch and their number.
func band(s *moderation.Sketch, n int) uint64 {
	v := s[n*bandRows:]
	return uint64(n)<<48 | uint64(v[0])<<32 | uint64(v[1])<<16 | uint64(v[2])
}

// template is a hash of the words without the brands; 0 where there is no brand or little else.
func template(words []word) uint64 {
	h, brands := uint64(7), 0
	for _, w := range words {
		if w.brand != "" {
			brands++
		}
		h = mix(h*31 + masked(w))
	}
	if brands == 0 || len(words)-brands < minPairs {
		return 0
	}
	return h
}

func hash(s string) uint64 {
	h := fnv.New64a()
	h.Write([]byte(s))
	return mix(h.Sum64())
}

// mix is the finaliser of SplitMix64 (Steele, Lea and Flood, 2014).
func mix(x uint64) uint64 {
	x = (x ^ x>>30) * 0xBF58476D1CE4E5B9
	x = (x ^ x>>27) * 0x94D049BB133111EB
	return x ^ x>>31
}
