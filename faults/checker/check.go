package checker

import (
	"fmt"
	"slices"
)

// Check holds the log and the final state against the promises and returns what breaks them, each
// with its promise first: "P1 key-3: acknowledged as 01… and lost".
func Check(h *History, f Final) []string {
	ops := h.Ops()
	return slices.Concat(kept(ops, f), keys(ops, f), decisions(ops, f), registers(ops, f),
		early(ops), vanished(ops), h.leaked(), unread(ops), shown(f))
}

// kept is P1: what was acknowledged is stored, what was refused is not, and all that is stored was
// sent. A submission of unknown outcome counts as none or one.
func kept(ops []Op, f Final) []string {
	var broken []string
	sent := map[string]Outcome{} // by body, the best that is known
	for _, op := range of(ops, Submit) {
		if op.Outcome == OK && f.Comments[op.ID].Body != op.Body {
			broken = append(broken, fmt.Sprintf("P1 %s: acknowledged as %s and lost", op.Key, op.ID))
		}
		if best := sent[op.Body]; best == "" || op.Outcome == OK || best == Fail {
			sent[op.Body] = op.Outcome
		}
	}
	for id, c := range f.Comments {
		switch sent[c.Body] {
		case Fail:
			broken = append(broken, fmt.Sprintf("P1 %s: refused, and stored as %s", c.Body, id))
		case "":
			broken = append(broken, fmt.Sprintf("P1 %s is stored and nobody sent it", id))
		}
	}
	return broken
}

// keys is P2: one key, one comment, and one receipt for whoever retries.
func keys(ops []Op, f Final) []string {
	var broken []string
	receipts, owner := map[string]string{}, map[string]string{} // by key; body → key
	for _, op := range of(ops, Submit) {
		owner[op.Body] = op.Key
		if op.Outcome != OK {
			continue
		}
		if first := receipts[op.Key]; first != "" && first != op.ID {
			broken = append(broken, fmt.Sprintf("P2 %s: receipts %s and %s", op.Key, first, op.ID))
		}
		receipts[op.Key] = op.ID
	}
	stored := map[string]string{}
	for id, c := range f.Comments {
		key := owner[c.Body]
		if other := stored[key]; key != "" && other != "" {
			broken = append(broken, fmt.Sprintf("P2 %s: stored as %s and %s", key, other, id))
		}
		stored[key] = id
	}
	return broken
}

// early is P4: what is public was decided to be before.
func early(ops []Op) []string {
	var broken []string
	first := map[string]Op{} // the first decision that may have approved a comment
	for _, op := range of(ops, Decide) {
		if before, ok := first[op.Comment]; op.To == "approved" && op.Outcome != Fail && (!ok || op.Begun < before.Begun) {
			first[op.Comment] = op
		}
	}
	for _, read := range of(ops, ReadThread) {
		for _, id := range read.Seen {
			if by, ok := first[id]; !ok || by.Begun > read.Ended {
				broken = append(broken, fmt.Sprintf("P4 %s was public on %s before anybody approved it", id, read.Page))
			}
		}
	}
	return broken
}

// vanished finds comments that one door showed and then no more, while nobody decided against them.
func vanished(ops []Op) []string {
	var broken []string
	against := map[string][]Op{}
	for _, op := range of(ops, Decide) {
		if op.From == "approved" && op.Outcome != Fail {
			against[op.Comment] = append(against[op.Comment], op)
		}
	}
	type place struct{ door, page string }
	seen := map[place]map[string]Op{} // the earliest read that showed a comment
	reads := of(ops, ReadThread)
	slices.SortFunc(reads, func(a, b Op) int { return int(a.Ended - b.Ended) })
	for _, read := range reads {
		at := place{read.Door, read.Page}
		if seen[at] == nil {
			seen[at] = map[string]Op{}
		}
		for id, before := range seen[at] {
			if before.Ended < read.Begun && read.Whole && !slices.Contains(read.Seen, id) &&
				!slices.ContainsFunc(against[id], func(d Op) bool { return d.Begun < read.Ended }) {
				broken = append(broken, fmt.Sprintf("P3 %s was public on %s and vanished without a decision", id, read.Page))
			}
		}
		for _, id := range read.Seen {
			if _, ok := seen[at][id]; !ok {
				seen[at][id] = read
			}
		}
	}
	return broken
}

// leaked is P4: no public answer held an e-mail, an address, or their plain hashes.
func (h *History) leaked() []string {
	var broken []string
	sums := hashes()
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, a := range h.public {
		for _, leak := range leaks(a.text, sums) {
			broken = append(broken, fmt.Sprintf("P4 %s: %s in a public answer", a.to, leak))
		}
	}
	return broken
}

// unread is P5: no read is answered 5xx.
func unread(ops []Op) []string {
	var broken []string
	for _, op := range ops {
		if (op.Kind == ReadThread || op.Kind == ReadCounts) && op.Status >= 500 {
			broken = append(broken, fmt.Sprintf("P5 %s of %s: %d %s", op.Kind, op.Page, op.Status, op.Code))
		}
	}
	return broken
}

// shown is P4 in the end: public is what is approved, and it is counted so.
func shown(f Final) []string {
	var broken []string
	approved := map[string]int{}
	for id, c := range f.Comments {
		public := slices.Contains(f.Threads[c.Page], id)
		if c.State == "approved" {
			approved[c.Page]++
		}
		if public != (c.State == "approved") {
			broken = append(broken, fmt.Sprintf("P4 %s is %s; public in the end: %v", id, c.State, public))
		}
	}
	for page, n := range f.Counts {
		if n != approved[page] {
			broken = append(broken, fmt.Sprintf("P4 %s counts %d and has %d approved", page, n, approved[page]))
		}
	}
	return broken
}

func of(ops []Op, kind Kind) []Op {
	var all []Op
	for _, op := range ops {
		if op.Kind == kind {
			all = append(all, op)
		}
	}
	return all
}
