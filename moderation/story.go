package moderation

// story is what people did to one comment and what of it stands.
type story struct {
	acts   []Decision // but undos
	stands []bool     // by act
	first  int        // that stands; -1 when none does
	last   State      // that a person put it in; empty when the machine's word stands
	label  State      // what people say of it: [IsSpam], [Approved] or, with neither, nothing
	undone bool
	erased bool // by its sender
}

// storyOf follows the log. An undo leads back to what stood before the decision in front of it.
func storyOf(log []Decision) story {
	s := story{first: -1}
	top, below := []int{-1}, []int{} // what stands last after each entry; what stands below each act
	for _, d := range log {
		n := len(top) - 1
		switch {
		case d.Deed == Erased: // no editor's word
			s.erased = true
			continue
		case d.From == d.To: // an edit or a note
			continue
		case d.Undoes != "":
			top = append(top, top[max(n-1, 0)])
			continue
		}
		below = append(below, top[n])
		top = append(top, len(s.acts))
		s.acts = append(s.acts, d)
	}
	s.stands = make([]bool, len(s.acts))
	for at := top[len(top)-1]; at >= 0; at = below[at] {
		s.stands[at], s.first = true, at
	}
	if at := top[len(top)-1]; at >= 0 {
		s.last = s.acts[at].To
	}
	if s.last == IsSpam || s.last == Approved {
		s.label = s.last
	}
	for _, stands := range s.stands {
		s.undone = s.undone || !stands
	}
	return s
}
