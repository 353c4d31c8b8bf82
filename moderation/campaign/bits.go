package campaign

import (
	"cmp"
	"slices"
	"strings"

	"balasan/moderation"
)

// maxBits is how many bits of a group are named.
const maxBits = 6

// Bits names what comments have in common: bits that at least two of them have, or all of a comment
// that is alone. Those that most of them have come first.
func (t *Ties) Bits(comments []moderation.Entry) []moderation.Bit {
	var all []moderation.Bit
	for _, c := range comments {
		for _, bit := range t.bitsOf(c.Submission) {
			at := slices.IndexFunc(all, func(b moderation.Bit) bool { return b.Kind == bit.Kind && b.Text == bit.Text })
			if at < 0 {
				at, all = len(all), append(all, bit)
			}
			all[at].Count++
		}
	}
	all = slices.DeleteFunc(all, func(b moderation.Bit) bool { return b.Count < min(2, len(comments)) })
	slices.SortStableFunc(all, func(a, b moderation.Bit) int { return cmp.Compare(b.Count, a.Count) })
	return all[:min(len(all), maxBits)]
}

// bitsOf finds each bit of one submission once.
func (t *Ties) bitsOf(s moderation.Submission) []moderation.Bit {
	r := t.reader()
	defer t.readers.Put(r)
	var bits []moderation.Bit
	add := func(kind moderation.BitKind, text string) {
		if bit := (moderation.Bit{Kind: kind, Text: text}); text != "" && !slices.Contains(bits, bit) {
			bits = append(bits, bit)
		}
	}
	r.read(s.Body)
	hosts, handles := t.links(r, s)
	for _, host := range hosts {
		add(moderation.BitDomain, strings.Clone(host)) // the reader is used again
	}
	for _, handle := range handles {
		add(moderation.BitHandle, strings.Clone(handle))
	}
	brands := func() {
		for _, w := range r.words {
			if len(w.brand) >= 5 {
				add(moderation.BitPhrase, w.plain)
			}
		}
	}
	brands()
	r.read(s.Name)
	brands()
	return bits
}
