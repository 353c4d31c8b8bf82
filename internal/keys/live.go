package keys

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
)

// Live is the ring of a folder in a program that runs while the file changes. It is safe for
// concurrent use.
type Live struct {
	dir  string
	mu   sync.Mutex
	ring Ring
	seen os.FileInfo // the file that the ring was read from
}

// Follow is the ring of a folder from here on, as [Open] reads it.
func Follow(dir string, fresh bool) (*Live, error) {
	ring, err := Open(dir, fresh)
	if err != nil {
		return nil, err
	}
	l := &Live{dir: dir, ring: ring}
	l.seen, err = os.Stat(filepath.Join(dir, File))
	return l, err
}

// Ring is what is in force.
func (l *Live) Ring() Ring {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.ring
}

// Refresh reads the file again if it is another one than last time, and tells whether the keys are
// others. A file that cannot be read, or has lost the key that seals, leaves the keys as they were.
func (l *Live) Refresh() (changed bool, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now, err := os.Stat(filepath.Join(l.dir, File))
	if err != nil {
		return false, err
	}
	if os.SameFile(now, l.seen) && now.ModTime().Equal(l.seen.ModTime()) && now.Size() == l.seen.Size() {
		return false, nil
	}
	next, err := Open(l.dir, false)
	if err != nil {
		return false, err
	}
	if seals := l.ring.Newest(); !slices.Contains(next.Kids(), seals) {
		return false, fmt.Errorf("%s has lost the key %s, which sealed until now", filepath.Join(l.dir, File), seals)
	}
	changed = next.text() != l.ring.text()
	l.ring, l.seen = next, now
	return changed, nil
}

// Newest is the id of the key that seals.
func (l *Live) Newest() string { return l.Ring().Newest() }

// Of finds the keys under one label by key id. For one that is unknown it looks into the file first:
// another program may have sealed with a key that it has just added.
func (l *Live) Of(label string) func(kid string) ([]byte, bool) {
	var known sync.Map // kid → what was derived; a key of one id never changes
	return func(kid string) ([]byte, bool) {
		if !l.has(kid) {
			return nil, false
		}
		if key, met := known.Load(kid); met {
			return key.([]byte), true
		}
		key, there := l.Ring().derived(kid, label)
		if there {
			known.Store(kid, key)
		}
		return key, there
	}
}

// has tells whether there is such a key, in the file at the latest.
func (l *Live) has(kid string) bool {
	if slices.Contains(l.Ring().Kids(), kid) {
		return true
	}
	_, _ = l.Refresh() // who watches the file tells its faults
	return slices.Contains(l.Ring().Kids(), kid)
}

// Wrapping is [Ring.Wrapping] of the ring in force.
func (l *Live) Wrapping(kid, name string) ([]byte, error) {
	_ = l.has(kid)
	return l.Ring().Wrapping(kid, name)
}
