package checker

import (
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/anishathalye/porcupine"
)

// decisions is P3 over the decision log: it leads from pending to the state, every line of it is an
// editor's, every acknowledged decision is in it once, and who was late was told by whom.
func decisions(ops []Op, f Final) []string {
	var broken []string
	made := map[string][]Op{}
	for _, op := range of(ops, Decide) {
		if op.Outcome != Fail {
			made[op.Comment] = append(made[op.Comment], op)
		} else if op.Status == 409 && (op.Lost.State == "" || op.Lost.By == "" && op.Lost.State != "pending") {
			broken = append(broken, fmt.Sprintf("P3 %s: %s lost and was not told to whom", op.Comment, op.By))
		}
	}
	for id, c := range f.Comments {
		broken = append(broken, replayed(id, c, made[id])...)
	}
	return broken
}

// replayed walks one comment's log.
func replayed(id string, c Comment, made []Op) []string {
	var broken []string
	state := "pending"
	for _, d := range c.Decided {
		if d.From != state {
			broken = append(broken, fmt.Sprintf("P3 %s: the log goes from %s to %s, but it was %s", id, d.From, d.To, state))
		}
		state = d.To
		at := slices.IndexFunc(made, func(op Op) bool { return op.Outcome == OK && explains(op, d) })
		if at < 0 { // then one of which nobody knows may have done it
			at = slices.IndexFunc(made, func(op Op) bool { return explains(op, d) })
		}
		if at < 0 {
			broken = append(broken, fmt.Sprintf("P3 %s: nobody decided %s → %s by %s", id, d.From, d.To, d.By))
			continue
		}
		made = slices.Delete(slices.Clone(made), at, at+1)
	}
	if state != c.State {
		broken = append(broken, fmt.Sprintf("P5 %s is %s, and the log ends with %s", id, c.State, state))
	}
	for _, op := range made {
		if op.Outcome == OK {
			broken = append(broken, fmt.Sprintf("P3 %s: %s heard that %s → %s is done, and the log does not know", id, op.By, op.From, op.To))
		}
	}
	return broken
}

// explains tells whether an operation may be what the log says.
func explains(op Op, d Decided) bool {
	return op.By == d.By && op.From == d.From && op.To == d.To && (op.Outcome == Unknown || op.Batch == d.Batch)
}

// registers is P3 by the clocks of the editors: each comment's state is a register with
// compare-and-set, and what all editors heard has an order in which it is true.
func registers(ops []Op, f Final) []string {
	byComment := map[string][]porcupine.Operation{}
	last := int64(0)
	for n, op := range of(ops, Decide) {
		heard := op
		if op.Outcome == Unknown {
			op.Ended = math.MaxInt64 // it may still come
		} else if op.Outcome == Fail && op.Status != 409 {
			continue // refused before it was looked at
		}
		last = max(last, int64(heard.Ended))
		byComment[op.Comment] = append(byComment[op.Comment], porcupine.Operation{ClientId: n, Input: op, Call: int64(op.Begun), Return: int64(op.Ended)})
	}
	var broken []string
	for id, history := range byComment {
		end := porcupine.Operation{ClientId: len(ops), Input: Op{Kind: ReadThread, To: f.Comments[id].State}, Call: last + 1, Return: last + 2}
		if porcupine.CheckOperationsTimeout(register, append(history, end), 10*time.Second) == porcupine.Illegal {
			broken = append(broken, fmt.Sprintf("P3 %s: what its editors heard cannot all be true", id))
		}
	}
	return broken
}

// standing is the register: how a comment stands, and by whom.
type standing struct{ state, by string }

var register = porcupine.Model{
	Init: func() any { return standing{state: "pending"} },
	Step: func(before, input, _ any) (bool, any) {
		now, op := before.(standing), input.(Op)
		next := standing{op.To, op.By}
		switch {
		case op.Kind == ReadThread: // the end
			return now.state == op.To, now
		case op.Outcome == OK:
			return now.state == op.From, next
		case op.Outcome == Fail:
			return now.state != op.From && op.Lost == Loss{now.state, now.by}, now
		case now.state == op.From: // unknown: it took effect here, or after the end
			return true, next
		}
		return true, now
	},
}
