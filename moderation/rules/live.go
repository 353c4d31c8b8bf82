package rules

import (
	"sync/atomic"

	"balasan/moderation"
)

// Live is the set in force; it can be swapped while submissions are weighed. It must hold a set
// before the first one comes.
type Live struct{ set atomic.Pointer[Set] }

// Swap puts a loaded set in force. Load gives none for broken files, so the good one stays.
func (l *Live) Swap(set *Set) {
	if set != nil {
		l.set.Store(set)
	}
}

// Set is the one in force, nil before the first Swap.
func (l *Live) Set() *Set { return l.set.Load() }

// Weigh weighs by the set in force.
func (l *Live) Weigh(c moderation.Case) moderation.Opinion { return l.set.Load().Weigh(c) }
