package rules

// automaton finds all patterns in one pass over a text (Aho and Corasick, 1975). It is a
// complete table over the few byte values that occur in patterns: its speed does not depend on
// how many patterns there are, and a state costs four bytes per occurring value.
type automaton struct {
	class  [256]uint8 // column of a byte; 0 for bytes of no pattern
	width  int32
	next   []int32 // state*width + class
	found  []int32 // state → pattern that ends here, or -1
	suffix []int32 // state → nearest shorter state with a pattern, or 0
	length []int   // of each pattern, in bytes
}

func newAutomaton(patterns []string) *automaton {
	a := &automaton{width: 1}
	for _, p := range patterns {
		for i := range len(p) {
			if a.class[p[i]] == 0 {
				a.class[p[i]] = uint8(a.width)
				a.width++
			}
		}
	}
	a.grow()
	for i, p := range patterns {
		a.insert(p, int32(i))
		a.length = append(a.length, len(p))
	}
	a.complete()
	return a
}

func (a *automaton) grow() int32 {
	state := int32(len(a.found))
	a.next = append(a.next, make([]int32, a.width)...)
	a.found = append(a.found, -1)
	a.suffix = append(a.suffix, 0)
	return state
}

func (a *automaton) insert(pattern string, number int32) {
	state := int32(0)
	for i := range len(pattern) {
		at := state*a.width + int32(a.class[pattern[i]])
		if a.next[at] == 0 {
			child := a.grow()
			a.next[at] = child
		}
		state = a.next[at]
	}
	if state != 0 {
		a.found[state] = number
	}
}

// complete turns the trie into a table without failure links, breadth first.
func (a *automaton) complete() {
	fail := make([]int32, len(a.found))
	var queue []int32
	for c := range a.width {
		if child := a.next[c]; child != 0 {
			queue = append(queue, child)
		}
	}
	for len(queue) > 0 {
		state := queue[0]
		queue = queue[1:]
		for c := range a.width {
			at, fallback := state*a.width+c, a.next[fail[state]*a.width+c]
			child := a.next[at]
			if child == 0 {
				a.next[at] = fallback
				continue
			}
			fail[child] = fallback
			a.suffix[child] = fallback
			if a.found[fallback] < 0 {
				a.suffix[child] = a.suffix[fallback]
			}
			queue = append(queue, child)
		}
	}
}

// walk calls hit with the end of every occurrence of every pattern.
func (a *automaton) walk(text []byte, hit func(pattern int32, end int)) {
	state := int32(0)
	for i, b := range text {
		state = a.next[state*a.width+int32(a.class[b])]
		if a.found[state] >= 0 {
			hit(a.found[state], i+1)
		}
		for s := a.suffix[state]; s != 0; s = a.suffix[s] {
			hit(a.found[s], i+1)
		}
	}
}
