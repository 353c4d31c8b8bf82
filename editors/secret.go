package editors

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"strings"

	"balasan/moderation"
)

// A secret is a prefix that says what it opens, so that scanners of leaked secrets know it, and
// 256 random bits in unpadded base64url.
var prefixes = map[moderation.PassKind]string{
	moderation.SignInLink: "bll_",
	moderation.Session:    "blk_",
	moderation.Token:      "bls_",
	moderation.FeedKey:    "blf_",
}

const secretBytes = 32

func draw(kind moderation.PassKind) (secret string, hash [32]byte) {
	var random [secretBytes]byte
	rand.Read(random[:]) // never fails, see crypto/rand
	secret = prefixes[kind] + base64.RawURLEncoding.EncodeToString(random[:])
	return secret, sha256.Sum256([]byte(secret))
}

// read tells whether the secret has the form of that kind, and its hash.
func read(kind moderation.PassKind, secret string) (hash [32]byte, ok bool) {
	body, ok := strings.CutPrefix(secret, prefixes[kind])
	if !ok || len(body) != base64.RawURLEncoding.EncodedLen(secretBytes) {
		return hash, false
	}
	return sha256.Sum256([]byte(secret)), true
}
