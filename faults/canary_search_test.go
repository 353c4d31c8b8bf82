package faults

import (
	"bytes"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// canary is a value that occurs nowhere else, and where it may be met as it is.
type canary struct {
	what, value string
	allowed     func(place string) bool
}

// needle is one form of a value. Of hashes none is allowed anywhere.
type needle struct {
	form   string
	bytes  []byte
	hashed bool
}

// needles are a value as it is, in the usual encodings, and everything that is computed from it
// without a key, in theirs.
func (c canary) needles() (all []needle) {
	forms := map[string]string{"plain": c.value, "upper case": strings.ToUpper(c.value), "percent": url.QueryEscape(c.value),
		"hex": hex.EncodeToString([]byte(c.value)), "base64": strings.TrimRight(base64.StdEncoding.EncodeToString([]byte(c.value)), "=")}
	for form, text := range forms {
		all = append(all, needle{form, []byte(text), false})
	}
	for _, text := range []string{c.value, strings.ToLower(c.value), strings.ToUpper(c.value)} {
		m, s1, s2 := md5.Sum([]byte(text)), sha1.Sum([]byte(text)), sha256.Sum256([]byte(text))
		for name, sum := range map[string][]byte{"MD5": m[:], "SHA-1": s1[:], "SHA-256": s2[:]} {
			for form, coded := range map[string]string{"raw": string(sum), "hex": hex.EncodeToString(sum), "HEX": strings.ToUpper(hex.EncodeToString(sum)),
				"base64": base64.RawStdEncoding.EncodeToString(sum), "base64url": base64.RawURLEncoding.EncodeToString(sum)} {
				all = append(all, needle{name + " " + form, []byte(coded), true})
			}
		}
	}
	return all
}

// found is what a search came to.
type found struct {
	places, bytes int
	allowed       map[string]int // hits where they may be, by canary
	leaks         []string
}

// search looks for every form of every canary in every place.
func search(canaries []canary, places map[string][]byte) found {
	f := found{places: len(places), allowed: map[string]int{}}
	for _, c := range canaries {
		for _, n := range c.needles() {
			for place, text := range places {
				if !bytes.Contains(text, n.bytes) {
					continue
				}
				if !n.hashed && c.allowed(place) {
					f.allowed[c.what]++
					continue
				}
				f.leaks = append(f.leaks, fmt.Sprintf("%s of the %s in %s", n.form, c.what, place))
			}
		}
	}
	for _, text := range places {
		f.bytes += len(text)
	}
	slices.Sort(f.leaks)
	f.leaks = slices.Compact(f.leaks)
	return f
}
