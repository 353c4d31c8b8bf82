// Package keys keeps the master secrets of one installation in a file and derives from them
// every other key that the program uses, so that one small file is all there is to guard.
package keys

import (
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// File is the name of the file in the data folder. Its lines are "kid:hex:tree", newest first: the
// first key seals, all of them open. A + in front marks one that waits to be promoted; a line
// "@label:hex" is what was derived from an oldest key that is gone.
const File = "secret.keys"

const size = 32 // bytes of a master secret

// Ring is the master secrets, newest first.
type Ring struct {
	keys   []master
	steady map[string][]byte // by label
}

type master struct {
	kid     string
	secret  []byte
	tree    tree // nil for keys of before there were trees
	waiting bool
}

// Open reads the ring of the folder dir. Without a file it makes one, but only when fresh, that
// is when no database stands beside it: a new key could not open what the lost one has sealed.
func Open(dir string, fresh bool) (Ring, error) {
	path := filepath.Join(dir, File)
	err := private(path)
	switch {
	case err == nil:
		return read(path)
	case !errors.Is(err, fs.ErrNotExist):
		return Ring{}, err
	case !fresh:
		return Ring{}, fmt.Errorf("%s is missing beside a database: bring it back from a backup, without it no address can be read", path)
	}
	if err := create(path); err != nil {
		return Ring{}, fmt.Errorf("make %s: %w", path, err)
	}
	return read(path)
}

// private refuses a file that anyone but its owner may read.
func private(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	if info.Mode().Perm()&0o077 != 0 {
		return fmt.Errorf("%s may be read by others (mode %04o): run chmod 600 %s, and consider its keys known to them", path, info.Mode().Perm(), path)
	}
	return nil
}

func read(path string) (Ring, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return Ring{}, err
	}
	var r Ring
	for n, line := range strings.Split(strings.TrimRight(string(text), "\n"), "\n") {
		if err := r.readLine(strings.TrimSpace(line)); err != nil {
			return Ring{}, fmt.Errorf("%s:%d: %w", path, n+1, err)
		}
	}
	if r.keys == nil || r.keys[0].waiting {
		return Ring{}, fmt.Errorf("%s: the first key must be one that seals", path)
	}
	return r, nil
}

// readLine takes in one line; the error repeats nothing of it.
func (r *Ring) readLine(line string) error {
	kid, rest, _ := strings.Cut(line, ":")
	digits, nodes, grown := strings.Cut(rest, ":")
	secret, err := hex.DecodeString(digits)
	label, steady := strings.CutPrefix(kid, "@")
	kid, waiting := strings.CutPrefix(kid, "+")
	if kid == "" || len(kid) > 32 || err != nil || len(secret) != size {
		return fmt.Errorf("must be a key id, a colon and %d hexadecimal digits", 2*size)
	}
	if steady {
		if r.steady == nil {
			r.steady = map[string][]byte{}
		}
		r.steady[label] = secret
		return nil
	}
	if slices.Contains(r.Kids(), kid) {
		return errors.New("the key id stands there twice")
	}
	k := master{kid: kid, secret: secret, waiting: waiting}
	if grown {
		if k.tree, err = readTree(nodes); err != nil {
			return err
		}
	}
	r.keys = append(r.keys, k)
	return nil
}

// text is the ring as it lies in the file.
func (r Ring) text() string {
	var b strings.Builder
	for _, k := range r.keys {
		b.WriteString(k.line())
	}
	for _, label := range slices.Sorted(maps.Keys(r.steady)) {
		fmt.Fprintf(&b, "@%s:%x\n", label, r.steady[label])
	}
	return b.String()
}

func (k master) line() string {
	mark, nodes := "", ""
	if k.waiting {
		mark = "+"
	}
	if k.tree != nil {
		nodes = ":" + k.tree.String()
	}
	return fmt.Sprintf("%s%s:%x%s\n", mark, k.kid, k.secret, nodes)
}

// create writes a file with one random key. Either the whole file is there afterwards, on disk,
// or none; a file that appeared meanwhile stays as it is.
func create(path string) error {
	return beside(path, newMaster().line(), func(temp string) error { return os.Link(temp, path) })
}

func newMaster() master {
	return master{kid: hex.EncodeToString(random(4)), secret: random(size), tree: newTree()}
}

func random(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails (crypto/rand)
	return b
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// Kids lists the ids of the ring's keys, newest first.
func (r Ring) Kids() []string {
	kids := make([]string, len(r.keys))
	for i, k := range r.keys {
		kids[i] = k.kid
	}
	return kids
}

// Newest is the id of the key that seals.
func (r Ring) Newest() string { return r.keys[0].kid }

// Derive makes a 32-byte key from the newest master secret by HKDF-SHA-256 (RFC 5869). Keys with
// different labels tell nothing of each other.
func (r Ring) Derive(label string) []byte { return derive(r.keys[0].secret, label) }

// Steady derives from the oldest secret, for keyed hashes that must stay the same when a newer key is
// added in front; it outlives the oldest key, see [Ring.Drop].
func (r Ring) Steady(label string) []byte {
	if key, kept := r.steady[label]; kept {
		return key
	}
	sealing := slices.DeleteFunc(slices.Clone(r.keys), func(k master) bool { return k.waiting })
	return derive(sealing[len(sealing)-1].secret, label)
}

// Wrapping is the key that wraps what belongs to a name alone, and can be destroyed for that name
// alone; [ErrDestroyed] when it was. Keys from before there were trees have one for all names.
func (r Ring) Wrapping(kid, name string) ([]byte, error) {
	at := slices.IndexFunc(r.keys, func(k master) bool { return k.kid == kid })
	switch {
	case at < 0:
		return nil, fmt.Errorf("key %q is missing", kid)
	case r.keys[at].tree == nil:
		return derive(r.keys[at].secret, "store"), nil
	}
	key, kept := r.keys[at].tree.leaf(name)
	if !kept {
		return nil, ErrDestroyed
	}
	return key, nil
}

// ErrDestroyed says that a wrapping key was destroyed on purpose.
var ErrDestroyed = errors.New("its key was destroyed")

// Of finds the keys under one label by key id.
func (r Ring) Of(label string) func(kid string) ([]byte, bool) {
	return func(kid string) ([]byte, bool) { return r.derived(kid, label) }
}

func (r Ring) derived(kid, label string) ([]byte, bool) {
	for _, k := range r.keys {
		if k.kid == kid {
			return derive(k.secret, label), true
		}
	}
	return nil, false
}

func derive(secret []byte, label string) []byte {
	key, err := hkdf.Key(sha256.New, secret, nil, "balasan "+label, size)
	if err != nil {
		panic("keys: " + err.Error()) // only a length beyond 255 hashes fails
	}
	return key
}

// String keeps the secrets out of every log.
func (r Ring) String() string { return fmt.Sprintf("%d keys", len(r.keys)) }

// GoString does the same for %#v.
func (r Ring) GoString() string { return r.String() }
