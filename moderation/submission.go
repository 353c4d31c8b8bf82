package moderation

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"net/netip"
	"time"
)

// Submission is what a visitor sent; not yet anything else. Its strings are its own: no memory
// of the request may be shared with it.
type Submission struct {
	Site      string
	Page      string // identity: an explicit id or the page's canonical URL
	PageTitle string
	Parent    string // comment that is replied to; empty at the top
	Name      string
	Email     Email
	EmailText string // as typed, until Check has read it into Email
	Website   string
	Body      string
	Language  string    // what the visitor reads: "id" or "en"
	Consent   string    // version of the sentence under which they ask to hear of replies by mail; empty: they do not
	AgreedTo  string    // hash of the wording that they agreed to, as sent
	Ticked    bool      // they agreed to it by an act of their own; otherwise it stood above the button
	Agreed    Agreement // what that is, once the shape is checked
	Token     string    // of the challenge
	Answer    string
	Unsolved  bool   // “I cannot solve this”: an editor decides anyway
	Key       string // idempotency key; empty without one
	Form      Form
	Addr      netip.Addr // the client's, unmapped
	At        time.Time
}

// Form is what the form itself betrays about who filled it.
type Form struct {
	Signed bool          // it came with a token of ours for this page
	Age    time.Duration // from opening the form to sending it; 0 unless Signed
	Traps  int           // honeypots that were filled
}

// MaxKey is the longest idempotency key, in bytes.
const MaxKey = 128

// Digest is the SHA-256 of all that the visitor meant to send: two submissions under one
// idempotency key are the same only if their digests are. The challenge's answer is left out,
// since a retry after a lost answer may carry a fresh one, and so is what they agreed to.
func (s Submission) Digest() [32]byte {
	h := sha256.New()
	for _, part := range []string{s.Site, s.Page, s.Parent, s.Name, s.Email.address, s.Website, s.Body} {
		var size [8]byte
		binary.BigEndian.PutUint64(size[:], uint64(len(part)))
		h.Write(size[:])
		h.Write([]byte(part))
	}
	return [32]byte(h.Sum(nil))
}

// Spender names who spends a challenge: the same submission under the same key may spend it
// again, so that a retry after a lost answer succeeds, and no one else may. It is hexadecimal, and
// empty without a key: then a challenge is good for exactly one try.
func (s Submission) Spender() string {
	if s.Key == "" {
		return ""
	}
	digest := s.Digest()
	sum := sha256.Sum256(append([]byte(s.Site+"\x00"+s.Key+"\x00"), digest[:]...))
	return hex.EncodeToString(sum[:16])
}
