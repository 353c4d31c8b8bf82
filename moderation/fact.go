package moderation

import "time"

// FactKind says what happened.
type FactKind string

const (
	FactReceived FactKind = "received"
	FactDecided  FactKind = "decided" // edits and notes as well: then To is the state it had
)

// Fact is one line of the outbox: something that others may be told, kept in the transaction that
// made it happen. Facts are numbered upwards as they happened.
type Fact struct {
	ID      int64
	Kind    FactKind
	Site    string
	Comment string
	Batch   string // of the decision; empty when received
	By      string // the editor's name; empty when received
	To      State  // the state that this left the comment in
	At      time.Time
}
