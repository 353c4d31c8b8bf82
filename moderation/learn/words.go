package learn

import (
	"encoding/binary"
	"slices"
)

// Words packs what a site learns of a text, so that a lesson can be learned and taken back when the
// text itself is gone: two bytes for each word and pair of neighbours, the number of its counter, in
// the order of the numbers. Many words share a counter; who has a dictionary can still guess at some.
func Words(text string) []byte {
	r := &reader{}
	packed := []byte{} // not nil: a text without words leaves none
	for _, f := range r.of(Lesson{Text: text}) {
		packed = binary.LittleEndian.AppendUint16(packed, uint16(f))
	}
	return packed
}

// of lists the counters of a lesson in the order of their numbers, which its hash follows.
func (r *reader) of(l Lesson) []uint32 {
	if l.Words == nil {
		list := r.coarse(l.Text)
		slices.Sort(list)
		return list
	}
	r.list = r.list[:0]
	for b := l.Words; len(b) >= 2; b = b[2:] {
		r.list = append(r.list, uint32(binary.LittleEndian.Uint16(b))%siteSize)
	}
	return r.list
}
