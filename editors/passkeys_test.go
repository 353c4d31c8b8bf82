package editors

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-webauthn/webauthn/webauthn"

	"balasan/moderation"
)

const deskOrigin = "https://desk.example"

func TestWherePasskeysWork(t *testing.T) {
	for origin, want := range map[string]string{
		"https://desk.example":      "desk.example",
		"https://Desk.example:8443": "desk.example",
		"http://localhost:8080":     "localhost",
		"http://desk.localhost":     "desk.localhost",
		"http://desk.example":       "",
		"https://192.0.2.7":         "",
		"http://127.0.0.1:8080":     "",
		"https://[2001:db8::1]":     "",
		"http://notlocalhost":       "",
		"":                          "",
	} {
		if got := passkeyHost(origin); got != want {
			t.Errorf("%q: %q, want %q", origin, got, want)
		}
	}
}

// soft is an authenticator in software that holds one passkey of an editor.
type soft struct {
	t      *testing.T
	key    *ecdsa.PrivateKey
	editor string
	origin string
	host   string
	uses   uint32
	flags  byte
}

const (
	present  = 1 << 0
	verified = 1 << 2
)

// newSoft keeps its public half in the store, as a registration would.
func newSoft(t *testing.T, store *fakeStore, editor moderation.Editor) *soft {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	point, err := key.PublicKey.Bytes() // 4, x, y
	if err != nil {
		t.Fatal(err)
	}
	cose := append([]byte{0xa5, 1, 2, 3, 0x26, 0x20, 1, 0x21, 0x58, 32}, point[1:33]...) // RFC 9053: ES256 on P-256
	cose = append(append(cose, 0x22, 0x58, 32), point[33:]...)
	record, err := json.Marshal(webauthn.Credential{ID: []byte("soft"), PublicKey: cose})
	if err != nil {
		t.Fatal(err)
	}
	must(t, store.AddPasskey(t.Context(), moderation.Passkey{ID: []byte("soft"), Editor: editor.ID, Host: "desk.example", Record: record}))
	return &soft{t: t, key: key, editor: editor.ID, origin: deskOrigin, host: "desk.example", flags: present | verified}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// answer is what a browser would send back.
func (s *soft) answer(options []byte) []byte {
	s.t.Helper()
	var asked struct{ Challenge string }
	must(s.t, json.Unmarshal(options, &asked))
	client, err := json.Marshal(map[string]any{"type": "webauthn.get", "challenge": asked.Challenge, "origin": s.origin, "crossOrigin": false})
	must(s.t, err)
	host := sha256.Sum256([]byte(s.host))
	data := binary.BigEndian.AppendUint32(append(host[:], s.flags), s.uses)
	hash := sha256.Sum256(client)
	digest := sha256.Sum256(append(append([]byte{}, data...), hash[:]...))
	signature, err := ecdsa.SignASN1(rand.Reader, s.key, digest[:])
	must(s.t, err)
	text := base64.RawURLEncoding.EncodeToString
	raw, err := json.Marshal(map[string]any{"id": text([]byte("soft")), "rawId": text([]byte("soft")), "type": "public-key", "clientExtensionResults": map[string]any{},
		"response": map[string]any{"clientDataJSON": text(client), "authenticatorData": text(data), "signature": text(signature), "userHandle": text([]byte(s.editor))}})
	must(s.t, err)
	return raw
}

// signIn is the whole of it at an origin.
func (s *soft) signIn(a *Accounts, origin string) error {
	s.t.Helper()
	options, ticket, err := a.AskPasskey(origin)
	must(s.t, err)
	session, err := a.SignInByPasskey(s.t.Context(), origin, ticket, s.answer(options), "")
	if err == nil {
		_, err = a.Known(s.t.Context(), moderation.Session, session)
	}
	return err
}

func TestAPasskeyFitsItsPlaceAlone(t *testing.T) {
	for name, change := range map[string]func(*soft) (origin string){
		"as it should be":              func(*soft) string { return deskOrigin },
		"of a false page":              func(s *soft) string { s.origin = "https://desk.example.evil.example"; return deskOrigin },
		"of another port":              func(s *soft) string { s.origin = "https://desk.example:444"; return deskOrigin },
		"of another host":              func(s *soft) string { s.host = "evil.example"; return deskOrigin },
		"of a host that we also serve": func(s *soft) string { s.origin, s.host = "https://two.example", "two.example"; return s.origin },
		"without a verified user":      func(s *soft) string { s.flags = present; return deskOrigin },
		"without a user":               func(s *soft) string { s.flags = 0; return deskOrigin },
		"of somebody else":             func(s *soft) string { s.editor = "someone else"; return deskOrigin },
		"with another key":             func(s *soft) string { s.key, _ = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); return deskOrigin },
	} {
		t.Run(name, func(t *testing.T) {
			a, store := newAccounts(t)
			editor, _ := sari(t, a)
			s := newSoft(t, store, editor)
			origin := change(s)
			err := s.signIn(a, origin)
			if name == "as it should be" {
				must(t, err)
			} else if moderation.CodeOf(err) != moderation.Unauthorized {
				t.Errorf("signed in, or not refused as it should be: %v", err)
			}
		})
	}
}

func TestAnAnswerIsGoodOnceAndForFiveMinutes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, store := newAccounts(t)
		editor, _ := sari(t, a)
		s := newSoft(t, store, editor)
		ctx := t.Context()
		ask := func() (ticket string, answer []byte) {
			options, ticket, err := a.AskPasskey(deskOrigin)
			must(t, err)
			s.uses++
			return ticket, s.answer(options)
		}
		ticket, answer := ask()
		if _, err := a.SignInByPasskey(ctx, deskOrigin, ticket, answer, ""); err != nil {
			t.Fatal(err)
		}
		if _, err := a.SignInByPasskey(ctx, deskOrigin, ticket, answer, ""); moderation.CodeOf(err) != moderation.Unauthorized {
			t.Errorf("an answer was taken twice: %v", err)
		}
		other, _ := ask()
		if _, err := a.SignInByPasskey(ctx, deskOrigin, other, answer, ""); moderation.CodeOf(err) != moderation.Unauthorized {
			t.Errorf("an old answer to a new question: %v", err)
		}
		ticket, answer = ask()
		time.Sleep(ticketLife - 1)
		if _, err := a.SignInByPasskey(ctx, deskOrigin, ticket, answer, ""); err != nil {
			t.Errorf("just in time: %v", err)
		}
		ticket, answer = ask()
		time.Sleep(ticketLife)
		if _, err := a.SignInByPasskey(ctx, deskOrigin, ticket, answer, ""); moderation.CodeOf(err) != moderation.Unauthorized {
			t.Errorf("after %s: %v", ticketLife, err)
		}
		half, _, err := a.NewPasskey(ctx, editor, deskOrigin)
		if err != nil || len(half) == 0 {
			t.Fatal(err)
		}
		_, ticket, _ = a.NewPasskey(ctx, editor, deskOrigin)
		if _, err := a.SignInByPasskey(ctx, deskOrigin, ticket, answer, ""); moderation.CodeOf(err) != moderation.Unauthorized {
			t.Errorf("a ticket of adding a passkey signs in: %v", err)
		}
	})
}

func TestACountThatGoesBackIsRefusedAndRemembered(t *testing.T) {
	a, store := newAccounts(t)
	editor, session := sari(t, a)
	s := newSoft(t, store, editor)
	s.uses = 7
	must(t, s.signIn(a, deskOrigin))
	for _, uses := range []uint32{7, 3} {
		s.uses = uses
		if err := s.signIn(a, deskOrigin); moderation.CodeOf(err) != moderation.Unauthorized {
			t.Errorf("count %d after 7: %v", uses, err)
		}
	}
	account, err := a.Account(t.Context(), editor, session)
	if err != nil || len(account.Passkeys) != 1 || !account.Passkeys[0].Cloned {
		t.Errorf("the owner is not told: %+v %v", account.Passkeys, err)
	}
}
