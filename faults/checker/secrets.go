package checker

import (
	"bytes"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"regexp"
	"strings"
)

// Every visitor of a run has an e-mail and an address of its own; both are found by what they share.
const (
	secretDomain  = "@rahasia.example"
	secretNetwork = "203.0.113."
	visitorsMax   = 254
)

func email(visitor int) string   { return fmt.Sprintf("kenari%03d%s", visitor, secretDomain) }
func address(visitor int) string { return fmt.Sprintf("%s%d", secretNetwork, visitor%visitorsMax+1) }

// hashes holds MD5, SHA-1 and SHA-256 of every visitor's e-mail and address, as hex and base64.
func hashes() map[string]string {
	all := map[string]string{}
	for visitor := range visitorsMax {
		for _, secret := range []string{email(visitor), address(visitor)} {
			m, s, l := md5.Sum([]byte(secret)), sha1.Sum([]byte(secret)), sha256.Sum256([]byte(secret))
			for _, sum := range [][]byte{m[:], s[:], l[:]} {
				all[hex.EncodeToString(sum)] = secret
				all[base64.RawStdEncoding.EncodeToString(sum)] = secret
				all[base64.RawURLEncoding.EncodeToString(sum)] = secret
			}
		}
	}
	return all
}

var tokens = regexp.MustCompile(`[0-9a-fA-F]{32,}|[A-Za-z0-9+/_-]{22,}`)

// leaks finds what of visitors stands in a public text.
func leaks(text []byte, hashes map[string]string) []string {
	var found []string
	for _, secret := range []string{secretDomain, secretNetwork} {
		if bytes.Contains(text, []byte(secret)) {
			found = append(found, secret)
		}
	}
	for _, token := range tokens.FindAll(text, -1) {
		for _, form := range []string{string(token), strings.ToLower(string(token))} {
			if secret, ok := hashes[form]; ok {
				found = append(found, "a hash of "+secret)
				break
			}
		}
	}
	return found
}
