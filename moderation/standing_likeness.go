package moderation

import (
	"slices"
	"strings"
)

// Likeness is what look-alikes are known by.
type Likeness struct {
	Ties  []Tie  // whole texts, templates and shared bits
	Looks []Look // texts that others are compared with
}

// Look is one text that near ones resemble.
type Look struct {
	Bands  []Tie // a text that shares none of them is not compared
	Sketch Sketch
}

const (
	maxLooks     = 32  // texts of one standing decision that others are compared with
	maxWholes    = 400 // ties by the whole text
	maxBits      = 64  // shared bits
	coveredLooks = 36  // a text as alike as that to one that is taken adds nothing
)

// LikenessOf sums up what refused comments look like; model is which of them stands for the rest.
// What seems to complain about the spam that it quotes is known by its whole text alone.
func LikenessOf(prints []Print) (l Likeness, model int) {
	wholes, bits := 0, 0
	model = -1
	for i, p := range prints {
		for _, tie := range p.Ties {
			switch {
			case slices.Contains(l.Ties, tie):
			case tie.Kind.Whole() && wholes < maxWholes:
				l.Ties = append(l.Ties, tie)
				wholes++
			case tie.Kind.Shared() && !p.Objects && bits < maxBits:
				l.Ties = append(l.Ties, tie)
				bits++
			}
		}
		if p.Objects {
			continue
		}
		if model < 0 {
			model = i
		}
		l.look(p)
	}
	return l, max(model, 0)
}

// look takes a text to compare with, unless one that is taken does as well.
func (l *Likeness) look(p Print) {
	bands := slices.DeleteFunc(slices.Clone(p.Ties), func(t Tie) bool { return t.Kind != TieNear })
	covered := slices.ContainsFunc(l.Looks, func(k Look) bool { return k.Sketch.Alike(&p.Sketch) >= coveredLooks })
	if len(bands) > 0 && len(l.Looks) < maxLooks && !covered {
		l.Looks = append(l.Looks, Look{bands, p.Sketch})
	}
}

// maxAbout is how much of a text a standing decision is recognised by, in runes.
const maxAbout = 160

// beginning is one line of a text, short enough to recognise it by.
func beginning(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	if r := []rune(text); len(r) > maxAbout {
		return string(r[:maxAbout]) + "…"
	}
	return text
}
