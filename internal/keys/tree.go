package keys

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// tree makes a key of its own for every name, and can lose one of them for good while all others stay:
// a puncturable function of Goldreich, Goldwasser and Micali (doi:10.1145/6490.6503). A node's two
// children are HMAC-SHA-256 of a bit under it; a name's leaf lies 64 bits deep, where its SHA-256
// leads. What is kept are nodes none of which lies above another: at first the root alone, whose path
// is empty; after a loss the brothers along the way to what was lost.
type tree map[string][]byte // path of 0 and 1 → node

const leafDepth = 64

// newTree has one random root.
func newTree() tree { return tree{"": random(size)} }

// way is the path to a name's leaf.
func way(name string) string {
	sum := sha256.Sum256([]byte(name))
	var b strings.Builder
	for _, octet := range sum[:leafDepth/8] {
		fmt.Fprintf(&b, "%08b", octet)
	}
	return b.String()
}

func child(node []byte, bit byte) []byte {
	h := hmac.New(sha256.New, node)
	h.Write([]byte{bit})
	return h.Sum(nil)
}

// above finds the kept node that a path leads through; false when it was lost.
func (t tree) above(path string) (string, bool) {
	for n := range leafDepth + 1 {
		if _, kept := t[path[:n]]; kept {
			return path[:n], true
		}
	}
	return "", false
}

// leaf is the key of a name; false when it was lost.
func (t tree) leaf(name string) ([]byte, bool) {
	path := way(name)
	at, kept := t.above(path)
	if !kept {
		return nil, false
	}
	node := t[at]
	for i := len(at); i < leafDepth; i++ {
		node = child(node, path[i])
	}
	return derive(node, "leaf"), true
}

// without loses the key of a name; false when it was lost already.
func (t tree) without(name string) (tree, bool) {
	path := way(name)
	at, kept := t.above(path)
	if !kept {
		return t, false
	}
	left, node := maps.Clone(t), t[at]
	delete(left, at)
	for i := len(at); i < leafDepth; i++ {
		other := '0' + '1' - path[i]
		left[path[:i]+string(other)] = child(node, other)
		node = child(node, path[i])
	}
	return left, true
}

// String is "path=hex" for each node, with commas between.
func (t tree) String() string {
	var parts []string
	for _, path := range slices.Sorted(maps.Keys(t)) {
		parts = append(parts, path+"="+hex.EncodeToString(t[path]))
	}
	return strings.Join(parts, ",")
}

var errTree = errors.New("not a tree of keys")

// readTree reads what String wrote.
func readTree(text string) (tree, error) {
	t := tree{}
	for part := range strings.SplitSeq(text, ",") {
		path, digits, _ := strings.Cut(part, "=")
		node, err := hex.DecodeString(digits)
		if _, twice := t[path]; twice || err != nil || len(node) != size || len(path) > leafDepth || strings.Trim(path, "01") != "" {
			return nil, errTree
		}
		t[path] = node
	}
	return t, nil
}
