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
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// File is the name of the file in the data folder. Its lines are "kid:hex", newest first: the
// first key seals, all of them open.
const File = "secret.keys"

const size = 32 // bytes of a master secret

// Ring is the master secrets, newest first.
type Ring struct{ keys []master }

type master struct {
	kid    string
	secret []byte
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
		kid, digits, _ := strings.Cut(strings.TrimSpace(line), ":")
		secret, err := hex.DecodeString(digits)
		if kid == "" || len(kid) > 32 || err != nil || len(secret) != size {
			return Ring{}, fmt.Errorf("%s:%d: must be a key id, a colon and %d hexadecimal digits", path, n+1, 2*size)
		}
		if slices.Contains(r.Kids(), kid) {
			return Ring{}, fmt.Errorf("%s:%d: the key id stands there twice", path, n+1)
		}
		r.keys = append(r.keys, master{kid, secret})
	}
	return r, nil
}

// create writes a file with one random key. Either the whole file is there afterwards, on disk,
// or none; a file that appeared meanwhile stays as it is.
func create(path string) error {
	dir := filepath.Dir(path)
	temp, err := os.CreateTemp(dir, File+".*") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(temp.Name())
	_, err = temp.WriteString(newLine())
	if err = errors.Join(err, temp.Sync(), temp.Close()); err != nil {
		return err
	}
	if err := os.Link(temp.Name(), path); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return syncDir(dir)
}

func newLine() string {
	random := make([]byte, 4+size)
	_, _ = rand.Read(random) // never fails (crypto/rand)
	return hex.EncodeToString(random[:4]) + ":" + hex.EncodeToString(random[4:]) + "\n"
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

// Oldest derives from the oldest secret: for keyed hashes that must stay findable when a newer
// key is added in front.
func (r Ring) Oldest(label string) []byte { return derive(r.keys[len(r.keys)-1].secret, label) }

// Of finds the keys under one label by key id.
func (r Ring) Of(label string) func(kid string) ([]byte, bool) {
	derived := make(map[string][]byte, len(r.keys))
	for _, k := range r.keys {
		derived[k.kid] = derive(k.secret, label)
	}
	return func(kid string) ([]byte, bool) {
		key, ok := derived[kid]
		return key, ok
	}
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
