package fold

import "sort"

// A step says that from out on the output comes from in on. A straight step maps byte by byte;
// another one maps all its output to all its input.
type step struct {
	out, in  uint32
	straight bool
}

// steps maps positions of an output back to its input; none at all is the identity.
type steps []step

func (s *steps) add(out, in int, straight bool) {
	next := step{uint32(out), uint32(in), straight}
	if len(*s) == 0 {
		*s = append(*s, step{straight: true})
	}
	switch last := &(*s)[len(*s)-1]; {
	case last.out == next.out:
		*last = next
	case last.straight && straight && next.in-last.in == next.out-last.out && next.in >= last.in:
	default:
		*s = append(*s, next)
	}
}

// begin is where the input of the output byte at pos begins.
func (s steps) begin(pos int) int {
	i := s.find(pos)
	if i < 0 {
		return pos
	}
	if !s[i].straight {
		return int(s[i].in)
	}
	return int(s[i].in) + pos - int(s[i].out)
}

// end is where the input of the output before pos ends; total is the length of the input.
func (s steps) end(pos, length, total int) int {
	i := s.find(pos)
	switch {
	case i < 0:
		return pos
	case pos >= length:
		return total
	case s[i].straight || int(s[i].out) == pos:
		return int(s[i].in) + pos - int(s[i].out)
	case i+1 < len(s):
		return int(s[i+1].in)
	default:
		return total
	}
}

func (s steps) find(pos int) int {
	return sort.Search(len(s), func(i int) bool { return int(s[i].out) > pos }) - 1
}
