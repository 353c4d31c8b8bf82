package moderation

import "slices"

// Entry is a comment as the queue shows it.
type Entry struct {
	Comment
	PageTitle  string
	Level      Level
	ParentName string
	ParentBody string
	Decided    []Decision // newest first
	Edits      []Edit     // newest first
	Removed    bool       // its name and text were, when their time was over or by its sender
	Near       bool       // of its address only the network is left
}

// Sent is the text as the visitor sent it, whatever editors made of it: what the verdict was about
// and its spans point into.
func (e Entry) Sent() string {
	if len(e.Edits) > 0 {
		return e.Edits[len(e.Edits)-1].Before
	}
	return e.Body
}

// LastRuling is the decision that brought the comment into its state; false when the machine did.
func (e Entry) LastRuling() (Decision, bool) {
	for _, d := range e.Decided {
		if d.Deed == Ruled {
			return d, true
		}
	}
	return Decision{}, false
}

// Erased tells whether its sender removed it.
func (e Entry) Erased() bool {
	return slices.ContainsFunc(e.Decided, func(d Decision) bool { return d.Deed == Erased })
}
