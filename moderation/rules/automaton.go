package rules

// automaton finds all patterns in one pass over a text (Aho and Corasick, 1975). States are
// numbered level by level, so that a state's children follow each other: it needs no more than
// the number of its first child, 17 bytes in all. The states nearest to the root, where nearly
// all of a text is read, have complete rows besides.
type automaton struct {
	class  [256]uint8 // column of a byte; 0 for bytes of no pattern
	width  int32
	rows   []int32 // state*width + class → state, for the first states
	dense  int32   // how many states have a row
	first  []int32 // state → its first child; the next state's is where its children end
	label  []uint8 // state → class of the byte that leads to it
	fail   []int32 // state → the longest end of what was read that is a beginning, too
	found  []int32 // state → pattern that ends here, or -1
	suffix []int32 // state → nearest shorter state with a pattern, or 0
	length []int   // of each pattern, in bytes
}

// denseStates is how many states have complete rows.
const denseStates = 4096

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
	t := trie{{found: -1}}
	for i, p := range patterns {
		t.insert(a, p, int32(i))
		a.length = append(a.length, len(p))
	}
	a.number(t)
	a.link()
	a.complete()
	return a
}

// trie is what the patterns have in common, while it grows.
type trie []branch

type branch struct {
	child, sibling int32 // 0 is none
	found          int32
	label          uint8
}

func (t *trie) insert(a *automaton, pattern string, number int32) {
	at := int32(0)
	for i := range len(pattern) {
		at = t.step(at, a.class[pattern[i]])
	}
	if at != 0 {
		(*t)[at].found = number
	}
}

func (t *trie) step(at int32, label uint8) int32 {
	for child := (*t)[at].child; child != 0; child = (*t)[child].sibling {
		if (*t)[child].label == label {
			return child
		}
	}
	grown := int32(len(*t))
	*t = append(*t, branch{sibling: (*t)[at].child, found: -1, label: label})
	(*t)[at].child = grown
	return grown
}

// number lays the trie out level by level.
func (a *automaton) number(t trie) {
	order := make([]int32, 1, len(t))
	a.first = make([]int32, 0, len(t)+1)
	for i := 0; i < len(order); i++ {
		b := t[order[i]]
		a.first = append(a.first, int32(len(order)))
		a.label, a.found = append(a.label, b.label), append(a.found, b.found)
		for child := b.child; child != 0; child = t[child].sibling {
			order = append(order, child)
		}
	}
	a.first = append(a.first, int32(len(order)))
}

// link finds where each state goes when it has no child for a byte.
func (a *automaton) link() {
	a.fail, a.suffix = make([]int32, len(a.found)), make([]int32, len(a.found))
	for state := range a.found {
		for child := a.first[state]; child < a.first[state+1]; child++ {
			if state == 0 {
				continue
			}
			back := a.fail[state]
			next := a.child(back, a.label[child])
			for next == 0 && back != 0 {
				back = a.fail[back]
				next = a.child(back, a.label[child])
			}
			a.fail[child], a.suffix[child] = next, next
			if a.found[next] < 0 {
				a.suffix[child] = a.suffix[next]
			}
		}
	}
}

// child is the state behind a state and a byte's class, 0 without one.
func (a *automaton) child(state int32, class uint8) int32 {
	for c := a.first[state]; c < a.first[state+1]; c++ {
		if a.label[c] == class {
			return c
		}
	}
	return 0
}

// complete writes the rows; a state fails to an earlier one, whose row is there already.
func (a *automaton) complete() {
	a.dense = min(denseStates, int32(len(a.found)))
	a.rows = make([]int32, a.dense*a.width)
	for state := range a.dense {
		row := a.rows[state*a.width : (state+1)*a.width]
		copy(row, a.rows[a.fail[state]*a.width:][:a.width])
		for c := a.first[state]; c < a.first[state+1]; c++ {
			row[a.label[c]] = c
		}
	}
}

// walk calls hit with the end of every occurrence of every pattern.
func (a *automaton) walk(text []byte, hit func(pattern int32, end int)) {
	state := int32(0)
	for i, b := range text {
		state = a.next(state, a.class[b])
		if a.found[state] >= 0 {
			hit(a.found[state], i+1)
		}
		for s := a.suffix[state]; s != 0; s = a.suffix[s] {
			hit(a.found[s], i+1)
		}
	}
}

func (a *automaton) next(state int32, class uint8) int32 {
	for state >= a.dense {
		if c := a.child(state, class); c != 0 {
			return c
		}
		state = a.fail[state]
	}
	return a.rows[state*a.width+int32(class)]
}
