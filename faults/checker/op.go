// Package checker holds what clients heard against what is kept in the end, the way Jepsen does. Every
// operation of a client is logged with its times and with what is known of it: it happened, it did not,
// or nobody knows. The six promises are invariants over that log and the final state.
//
// A round is: make a [Run], let its clients work while a test breaks something, [Run.Settle] what is
// unknown, read the end with [ReadFinal] and [Check] it.
package checker

import (
	"crypto/sha256"
	"sync"
	"time"
)

// Kind is what a client did.
type Kind string

// What clients do.
const (
	Submit     Kind = "submit"
	Decide     Kind = "decide"
	ReadThread Kind = "read thread"
	ReadCounts Kind = "read counts"
)

// Outcome is what is known of an operation.
type Outcome string

// An operation of unknown outcome may have happened, at any time from its beginning on, or never.
const (
	OK      Outcome = "ok"
	Fail    Outcome = "fail"
	Unknown Outcome = "unknown"
)

// Op is one operation of one client. Times count from the beginning of the run.
type Op struct {
	Client  string
	Door    string // which program was asked; its cache is its own
	Kind    Kind
	Begun   time.Duration
	Ended   time.Duration
	Outcome Outcome
	Status  int    // of HTTP; 0 when nothing was heard
	Code    string // of the problem
	Err     error  // of the connection
	Page    string

	Key, Body, ID string // Submit; ID is what the receipt says

	Comment, From, To, By string // Decide: By is the editor
	Batch                 string // of a decision that is ok
	Lost                  Loss   // of one that was too late

	Seen  []string       // ReadThread: ids; nil unless ok
	Whole bool           // ReadThread: there was no further page
	Count map[string]int // ReadCounts
}

// Loss is what a too late editor was told.
type Loss struct{ State, By string }

// History is the log of a run. It is safe for concurrent use.
type History struct {
	began  time.Time
	mu     sync.Mutex
	ops    []Op
	public map[[32]byte]answer // what the public was answered, each text once
}

// answer is a text and who heard it first.
type answer struct {
	to   string
	text []byte
}

// NewHistory begins now.
func NewHistory() *History { return &History{began: time.Now(), public: map[[32]byte]answer{}} }

// Ops are all operations so far, in the order of their ends.
func (h *History) Ops() []Op {
	h.mu.Lock()
	defer h.mu.Unlock()
	return append([]Op(nil), h.ops...)
}

// Count tells how many operations of a kind came out so.
func (h *History) Count(kind Kind, outcome Outcome) int {
	n := 0
	for _, op := range h.Ops() {
		if op.Kind == kind && op.Outcome == outcome {
			n++
		}
	}
	return n
}

func (h *History) now() time.Duration { return time.Since(h.began) }

func (h *History) add(op Op, heard []byte) {
	op.Ended = h.now()
	h.mu.Lock()
	defer h.mu.Unlock()
	h.ops = append(h.ops, op)
	if op.Kind == Decide || len(heard) == 0 {
		return
	}
	if sum := sha256.Sum256(heard); h.public[sum].text == nil {
		h.public[sum] = answer{string(op.Kind) + " of " + op.Page, heard}
	}
}
