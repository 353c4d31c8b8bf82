package keys

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"syscall"
)

// Change reads the ring of a folder, changes it and puts the new file in the old one's place, on disk
// when it returns. Several that change at once wait for each other. Nothing is written when change
// returns the ring as it was.
func Change(dir string, change func(Ring) (Ring, error)) (Ring, error) {
	lock, err := os.Open(dir)
	if err != nil {
		return Ring{}, err
	}
	defer lock.Close() // ends the lock
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX); err != nil {
		return Ring{}, err
	}
	path := filepath.Join(dir, File)
	before, err := Open(dir, false)
	if err != nil {
		return Ring{}, err
	}
	after, err := change(before)
	if err != nil || after.text() == before.text() {
		return after, err
	}
	if err := replace(path, after.text()); err != nil {
		return Ring{}, fmt.Errorf("write %s: %w", path, err)
	}
	return after, nil
}

// replace writes beside and renames: a reader sees the old file or the new one, never half of either.
func replace(path, text string) error {
	return beside(path, text, func(temp string) error { return os.Rename(temp, path) })
}

// beside writes a file next to path, on disk, and lets place bring it to its place.
func beside(path, text string, place func(temp string) error) error {
	dir := filepath.Dir(path)
	temp, err := os.CreateTemp(dir, File+".*") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(temp.Name()) // gone already when it was renamed
	_, err = temp.WriteString(text)
	if err = errors.Join(err, temp.Sync(), temp.Close()); err != nil {
		return err
	}
	if err := place(temp.Name()); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return syncDir(dir)
}

// Waiting is the key that was added and does not seal yet; empty when there is none.
func (r Ring) Waiting() string {
	for _, k := range r.keys {
		if k.waiting {
			return k.kid
		}
	}
	return ""
}

// Add puts a new key beside the others. It opens and does not seal until Promote, so that every replica
// can have it before anything needs it. A ring with one that waits stays as it is.
func (r Ring) Add() Ring {
	if r.Waiting() != "" {
		return r
	}
	fresh := newMaster()
	fresh.waiting = true
	r.keys = slices.Insert(slices.Clone(r.keys), 1, fresh)
	return r
}

// Promote lets the key that waits seal from now on.
func (r Ring) Promote() Ring {
	at := slices.IndexFunc(r.keys, func(k master) bool { return k.waiting })
	if at < 0 {
		return r
	}
	next := r.keys[at]
	next.waiting = false
	r.keys = slices.Insert(slices.Delete(slices.Clone(r.keys), at, at+1), 0, next)
	return r
}

// Drop loses a key for good; what it sealed is noise afterwards. What [Ring.Steady] derived from it
// under these labels stays as it is.
func (r Ring) Drop(kid string, labels ...string) (Ring, error) {
	at := slices.IndexFunc(r.keys, func(k master) bool { return k.kid == kid })
	switch {
	case at < 0:
		return r, fmt.Errorf("there is no key %s", kid)
	case kid == r.Newest():
		return r, fmt.Errorf("%s is the key that seals: rotate first", kid)
	}
	steady := make(map[string][]byte, len(labels))
	for _, label := range labels {
		steady[label] = r.Steady(label)
	}
	r.keys, r.steady = slices.Delete(slices.Clone(r.keys), at, at+1), steady
	return r, nil
}

// Has tells whether some key of the ring can still wrap and unwrap for a name alone.
func (r Ring) Has(name string) bool {
	return slices.ContainsFunc(r.keys, func(k master) bool {
		_, kept := k.tree.above(way(name))
		return kept
	})
}

// Destroy loses the wrapping key of a name in every key of the ring; all others stay. Whole are the
// keys that cannot lose a part of themselves, since they were made before keys could.
func (r Ring) Destroy(name string) (left Ring, whole []string) {
	left = r
	left.keys = slices.Clone(r.keys)
	for i, k := range left.keys {
		if k.tree == nil {
			whole = append(whole, k.kid)
			continue
		}
		left.keys[i].tree, _ = k.tree.without(name)
	}
	return left, whole
}
