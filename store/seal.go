package store

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"net/netip"
	"strings"
	"sync"

	"balasan/moderation"
)

// Keys finds the master keys, 32 bytes each. They wrap one random data key per site; without
// them the addresses in the file are noise.
type Keys struct {
	Current func() string // names the one that wraps new data keys
	Master  func(kid string) ([]byte, bool)
	// Wrapping is a part of a master key that wraps one site's data key and can be destroyed alone,
	// by [WrapName]; ErrErased when it was. Nil wraps with Master.
	Wrapping func(kid, name string) ([]byte, error)
}

// WrapName names what wraps a site's data key.
func WrapName(site, key string) string { return site + "|" + key }

// Named is the id of a master key that stays the current one.
func Named(kid string) func() string { return func() string { return kid } }

// ErrKey is a master key that is missing or is not the one that sealed.
var ErrKey = errors.New("the master key does not fit")

// ErrErased is a wrapping key that was destroyed on purpose.
var ErrErased = errors.New("the site was erased")

const (
	keySize    = 32
	fieldEmail = "email"
	fieldAddr  = "addr"
)

func (k Keys) check() error {
	if k.Current == nil {
		return errors.New("no master keys given")
	}
	_, err := k.box(k.Current())
	return err
}

func (k Keys) box(kid string) (cipher.AEAD, error) {
	if k.Master == nil {
		return nil, errors.New("no master keys given")
	}
	key, ok := k.Master(kid)
	if !ok {
		return nil, fmt.Errorf("%w: %q is missing", ErrKey, kid)
	}
	return newBox(key)
}

// newBox is AES-256-GCM with a random nonce in front of what it seals.
func newBox(key []byte) (cipher.AEAD, error) {
	if len(key) != keySize {
		return nil, fmt.Errorf("a key of %d bytes, want %d", len(key), keySize)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}

// peopleBox seals what belongs to editors, who are of no site.
func (k Keys) peopleBox(kid string) (cipher.AEAD, error) {
	key, ok := k.Master(kid)
	if !ok {
		return nil, fmt.Errorf("%w: %q is missing", ErrKey, kid)
	}
	return newBox(derive(key, "people"))
}

// Seal hides what an editor alone may know with a key of this installation. It opens only in its
// own place, and names the master key that opens it.
func (db *DB) Seal(place string, plain []byte) ([]byte, error) {
	return db.keys.seal(place, plain)
}

func (k Keys) seal(place string, plain []byte) ([]byte, error) {
	kid := k.Current()
	box, err := k.peopleBox(kid)
	if err != nil {
		return nil, err
	}
	return box.Seal(append([]byte{byte(len(kid))}, kid...), nil, plain, []byte(place)), nil
}

// Unseal opens what Seal hid in the same place; ErrKey otherwise.
func (db *DB) Unseal(place string, sealed []byte) ([]byte, error) {
	if len(sealed) == 0 || len(sealed) <= int(sealed[0]) {
		return nil, fmt.Errorf("%w: nothing was sealed", ErrKey)
	}
	kid, rest := string(sealed[1:1+sealed[0]]), sealed[1+sealed[0]:]
	box, err := db.keys.peopleBox(kid)
	if err != nil {
		return nil, err
	}
	plain, err := box.Open(nil, nil, rest, []byte(place))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrKey, err)
	}
	return plain, nil
}

// siteKeys is all that one site's data key opens.
type siteKeys struct {
	site, kid          string
	box                cipher.AEAD
	email, net, avatar macs
	digests, host      macs
}

// wrappedKey is a site's data key as it lies in the file.
type wrappedKey struct {
	kid, master string
	wrapped     []byte
}

// newSiteKey makes a random data key and wraps it with the current master key.
func (k Keys) newSiteKey(site string) (wrappedKey, error) {
	key := make([]byte, keySize)
	rand.Read(key)
	return k.wrap(site, rand.Text()[:8], key)
}

// wrap hides a site's data key with the current master key.
func (k Keys) wrap(site, kid string, key []byte) (wrappedKey, error) {
	w := wrappedKey{kid: kid, master: k.Current()}
	box, err := k.wrapBox(site, w)
	if err != nil {
		return wrappedKey{}, err
	}
	w.wrapped = box.Seal(nil, nil, key, w.context(site))
	return w, nil
}

func (k Keys) wrapBox(site string, w wrappedKey) (cipher.AEAD, error) {
	if k.Wrapping == nil {
		return k.box(w.master)
	}
	key, err := k.Wrapping(w.master, WrapName(site, w.kid))
	switch {
	case errors.Is(err, ErrErased):
		return nil, err
	case err != nil:
		return nil, fmt.Errorf("%w: %w", ErrKey, err)
	}
	return newBox(key)
}

// unwrap is a site's data key.
func (k Keys) unwrap(site string, w wrappedKey) ([]byte, error) {
	box, err := k.wrapBox(site, w)
	if err != nil {
		return nil, err
	}
	key, err := box.Open(nil, nil, w.wrapped, w.context(site))
	if err != nil {
		return nil, fmt.Errorf("%w: data key of site %q does not open with %q: %w", ErrKey, site, w.master, err)
	}
	return key, nil
}

func (w wrappedKey) context(site string) []byte {
	return []byte(strings.Join([]string{site, "key", w.kid, w.master}, "|"))
}

// open unwraps a site's data key and derives its parts.
func (k Keys) open(site string, w wrappedKey) (*siteKeys, error) {
	key, err := k.unwrap(site, w)
	if err != nil {
		return nil, err
	}
	s := &siteKeys{site: site, kid: w.kid}
	if s.box, err = newBox(derive(key, "seal")); err != nil {
		return nil, err
	}
	s.email, s.net, s.avatar = newMACs(key, "email"), newMACs(key, "network"), newMACs(key, "avatar")
	s.digests, s.host = newMACs(key, "digest"), newMACs(key, "host")
	return s, nil
}

// derive is HKDF-SHA256; its only errors are those of a wrong length.
func derive(key []byte, label string) []byte {
	out, err := hkdf.Expand(sha256.New, key, "balasan store "+label, keySize)
	if err != nil {
		panic(err)
	}
	return out
}

// macs is HMAC-SHA256 under one key; it keeps states, since making one costs two blocks.
type macs struct{ pool *sync.Pool }

func newMACs(key []byte, label string) macs {
	own := derive(key, label)
	return macs{&sync.Pool{New: func() any { return hmac.New(sha256.New, own) }}}
}

// sum returns the first n bytes of the keyed hash.
func (m macs) sum(n int, message string) []byte {
	h := m.pool.Get().(hash.Hash)
	defer m.pool.Put(h)
	h.Reset()
	h.Write([]byte(message))
	return h.Sum(make([]byte, 0, sha256.Size))[:n]
}

const macSize = 16

// emailMAC finds an address again, however its letters are cased; nil without one.
func (s *siteKeys) emailMAC(e moderation.Email) []byte {
	if e.IsZero() {
		return nil
	}
	return s.email.sum(macSize, strings.ToLower(e.Reveal()))
}

// netMAC finds a sender's network again; nil without an address.
func (s *siteKeys) netMAC(addr netip.Addr) []byte {
	if !addr.IsValid() {
		return nil
	}
	return s.net.sum(macSize, moderation.Network(addr).String())
}

// hostMAC finds the narrowest network that senders are counted by again; nil without an address.
func (s *siteKeys) hostMAC(addr netip.Addr) []byte {
	if !addr.IsValid() {
		return nil
	}
	return s.host.sum(macSize, moderation.Household(addr).String())
}

// avatarOf is what tells one sender from another in public, on this site alone.
func (s *siteKeys) avatarOf(e moderation.Email, name string) []byte {
	if e.IsZero() {
		return s.avatar.sum(8, "name|"+name)
	}
	return s.avatar.sum(8, "email|"+strings.ToLower(e.Reveal()))
}

// digestMAC hides the digest of a submission, which covers its e-mail.
func (s *siteKeys) digestMAC(digest [32]byte) []byte {
	return s.digests.sum(macSize, string(digest[:]))
}

// seal hides a field of a comment; nil for an empty one. It opens only in its own place.
func (s *siteKeys) seal(comment, field, plain string) []byte {
	if plain == "" {
		return nil
	}
	return s.box.Seal(nil, nil, []byte(plain), s.context(comment, field))
}

func (s *siteKeys) unseal(comment, field string, sealed []byte) (string, error) {
	if sealed == nil {
		return "", nil
	}
	plain, err := s.box.Open(nil, nil, sealed, s.context(comment, field))
	if err != nil {
		return "", fmt.Errorf("open sealed %s of comment %s: %w", field, comment, err)
	}
	return string(plain), nil
}

// addressee is whom a letter goes to and the token of the link in it; zero where they were let go.
func (s *siteKeys) addressee(id string, email, token []byte) (to moderation.Email, link string, err error) {
	address, err := s.unseal(id, fieldEmail, email)
	if err == nil && email != nil {
		to, err = moderation.ParseEmail(address)
	}
	if err == nil {
		link, err = s.unseal(id, fieldToken, token)
	}
	return to, link, err
}

func (s *siteKeys) context(comment, field string) []byte {
	return []byte(s.site + "|" + comment + "|" + field + "|" + s.kid)
}
