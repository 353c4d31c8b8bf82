package captcha

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"time"

	"balasan/moderation"
)

// Keys finds the secrets that sign tokens. Current signs new ones (1 to 16 bytes); tokens of
// older keys stay good as long as Secret still knows them.
type Keys struct {
	Current func() string
	Secret  func(kid string) ([]byte, bool)
}

// ID names one challenge among all.
type ID [12]byte

// Kind is what is asked.
type Kind byte

// KindDigits asks for six digits.
const KindDigits Kind = 1

func (k Kind) String() string {
	if k == KindDigits {
		return "digits"
	}
	return "unknown"
}

// token is a challenge as the visitor carries it, in base64url without padding:
//
//	version 1 | kind 1 | length of kid 1 | kid | expiry 8 | id 12 | binding 8 | tag 16
//
// Expiry is in Unix nanoseconds, big-endian. Binding is a keyed hash of site and page, so that
// a picture can be drawn without knowing the page and an answer counts nowhere else. The tag
// is HMAC-SHA-256 of all before it, cut to 16 bytes.
type token struct {
	kind    Kind
	kid     string
	expires time.Time
	id      ID
	binding [8]byte
}

const (
	version   = 1
	maxKid    = 16
	tagSize   = 16
	fixedSize = 3 + 8 + 12 + 8 + tagSize
)

var (
	errForged  = errors.New("not a token of ours")
	errElse    = errors.New("issued for another site or page")
	encoding   = base64.RawURLEncoding.Strict()
	tokenBytes = encoding.EncodedLen(fixedSize + maxKid)
)

func newToken(kid string, secret []byte, kind Kind, b moderation.Binding, expires time.Time) token {
	t := token{kind: kind, kid: kid, expires: expires, binding: bind(secret, b)}
	rand.Read(t.id[:])
	return t
}

func (t token) seal(secret []byte) string {
	raw := make([]byte, 0, fixedSize+len(t.kid))
	raw = append(raw, version, byte(t.kind), byte(len(t.kid)))
	raw = append(raw, t.kid...)
	raw = binary.BigEndian.AppendUint64(raw, uint64(t.expires.UnixNano()))
	raw = append(raw, t.id[:]...)
	raw = append(raw, t.binding[:]...)
	return encoding.EncodeToString(append(raw, prf(secret, "tag", raw)[:tagSize]...))
}

// open reads a token and verifies its tag, not yet its binding and expiry.
func (k Keys) open(text string) (token, []byte, error) {
	if len(text) > tokenBytes {
		return token{}, nil, errForged
	}
	raw, err := encoding.DecodeString(text)
	if err != nil || encoding.EncodeToString(raw) != text || len(raw) < fixedSize || raw[0] != version || // line ends decode too
		raw[2] == 0 || raw[2] > maxKid || len(raw) != fixedSize+int(raw[2]) {
		return token{}, nil, errForged
	}
	body, tag := raw[:len(raw)-tagSize], raw[len(raw)-tagSize:]
	kid, rest := string(body[3:3+raw[2]]), body[3+raw[2]:]
	secret, known := k.Secret(kid)
	if !known || !hmac.Equal(tag, prf(secret, "tag", body)[:tagSize]) {
		return token{}, nil, errForged
	}
	t := token{kind: Kind(raw[1]), kid: kid, expires: time.Unix(0, int64(binary.BigEndian.Uint64(rest)))}
	copy(t.id[:], rest[8:])
	copy(t.binding[:], rest[20:])
	return t, secret, nil
}

// digits are the right answer to the challenge.
func (id ID) digits(secret []byte) [Digits]byte {
	n := binary.BigEndian.Uint64(prf(secret, "digits", id[:]))
	var digits [Digits]byte
	for i := range digits {
		digits[i], n = byte(n%10), n/10
	}
	return digits
}

func bind(secret []byte, b moderation.Binding) [8]byte {
	return [8]byte(prf(secret, "binding", []byte(b.Site), []byte{0}, []byte(b.Page)))
}

// prf is HMAC-SHA-256, apart for each purpose.
func prf(secret []byte, purpose string, parts ...[]byte) []byte {
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte("captcha " + purpose + "\x00"))
	for _, part := range parts {
		mac.Write(part)
	}
	return mac.Sum(nil)
}
