package editors

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/url"
	"strings"
	"time"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"balasan/moderation"
)

// MaxPasskeys is how many one editor may have.
const MaxPasskeys = 20

// passkeyHost is the name that passkeys made at an origin belong to; empty where browsers make
// none: on a bare IP address, and without https anywhere but on localhost.
func passkeyHost(origin string) string {
	u, err := url.Parse(origin)
	if err != nil || net.ParseIP(u.Hostname()) != nil {
		return ""
	}
	host := strings.ToLower(u.Hostname())
	if u.Scheme == "https" || host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return host
	}
	return ""
}

// PasskeysAt tells whether passkeys work at an origin.
func (a *Accounts) PasskeysAt(origin string) bool { return passkeyHost(origin) != "" }

// party is this instance as authenticators see it; NotFound where there are no passkeys.
func party(origin string) (*webauthn.WebAuthn, error) {
	host := passkeyHost(origin)
	if host == "" {
		return nil, &moderation.Problem{Code: moderation.NotFound}
	}
	enforced := webauthn.TimeoutConfig{Enforce: true, Timeout: ticketLife, TimeoutUVD: ticketLife}
	return webauthn.New(&webauthn.Config{RPID: host, RPDisplayName: "balasan", RPOrigins: []string{origin},
		AttestationPreference: protocol.PreferNoAttestation,
		AuthenticatorSelection: protocol.AuthenticatorSelection{ResidentKey: protocol.ResidentKeyRequirementRequired,
			RequireResidentKey: protocol.ResidentKeyRequired(), UserVerification: protocol.VerificationRequired},
		Timeouts: webauthn.TimeoutsConfig{Login: enforced, Registration: enforced}})
}

// holder is an editor as the library wants them.
type holder struct {
	moderation.Editor
	keys []webauthn.Credential
}

func (h holder) WebAuthnID() []byte                         { return []byte(h.ID) }
func (h holder) WebAuthnName() string                       { return h.Name }
func (h holder) WebAuthnDisplayName() string                { return h.Name }
func (h holder) WebAuthnCredentials() []webauthn.Credential { return h.keys }

// holderOf reads the editor's passkeys of one host.
func (a *Accounts) holderOf(ctx context.Context, editor moderation.Editor, host string) (holder, error) {
	h := holder{Editor: editor}
	keys, err := a.store.Passkeys(ctx, editor.ID)
	for _, k := range keys {
		if k.Host == host && err == nil {
			var c webauthn.Credential
			err = json.Unmarshal(k.Record, &c)
			h.keys = append(h.keys, c)
		}
	}
	if err == nil && len(keys) >= MaxPasskeys {
		err = fault("passkey", moderation.FaultTooLong, MaxPasskeys)
	}
	return h, err
}

// NewPasskey begins one: the options are for the browser, the ticket comes back with what the
// authenticator answers.
func (a *Accounts) NewPasskey(ctx context.Context, editor moderation.Editor, origin string) (options []byte, ticket string, err error) {
	p, err := party(origin)
	if err != nil {
		return nil, "", err
	}
	h, err := a.holderOf(ctx, editor, p.Config.RPID)
	if err != nil {
		return nil, "", err
	}
	creation, session, err := p.BeginRegistration(h, webauthn.WithExclusions(webauthn.Credentials(h.keys).CredentialDescriptors()))
	if err != nil {
		return nil, "", err
	}
	return a.begun("passkey|"+editor.ID, creation.Response, session)
}

func (a *Accounts) begun(place string, asked any, session *webauthn.SessionData) (options []byte, ticket string, err error) {
	if options, err = json.Marshal(asked); err != nil {
		return nil, "", err
	}
	ticket, err = a.pack(place, session)
	return options, ticket, err
}

// resumed is the session of a ticket, which is spent by that: a challenge is good once.
func (a *Accounts) resumed(ctx context.Context, place, sealed string) (session webauthn.SessionData, err error) {
	t, err := a.unpack(place, sealed, &session)
	if err == nil {
		err = a.spend(ctx, t)
	}
	return session, err
}

// AddPasskey keeps the passkey that an authenticator made. Invalid with the field "passkey" when
// its answer does not fit; Unauthorized when the ticket is over.
func (a *Accounts) AddPasskey(ctx context.Context, editor moderation.Editor, origin, ticket, name string, answer []byte) error {
	p, err := party(origin)
	if err != nil {
		return err
	}
	session, err := a.resumed(ctx, "passkey|"+editor.ID, ticket)
	if err != nil {
		return err
	}
	h, err := a.holderOf(ctx, editor, p.Config.RPID)
	if err != nil {
		return err
	}
	parsed, err := protocol.ParseCredentialCreationResponseBytes(answer)
	if err != nil {
		return unfit(err)
	}
	made, err := p.CreateCredential(h, session, parsed)
	if err != nil {
		return unfit(err)
	}
	made.Attestation = webauthn.CredentialAttestation{} // nobody asked what it is
	record, err := json.Marshal(made)
	if err != nil {
		return err
	}
	now := time.Now()
	return a.store.AddPasskey(ctx, moderation.Passkey{ID: made.ID, Editor: editor.ID, Host: p.Config.RPID, Name: tidyLabel(name),
		Record: record, Uses: made.Authenticator.SignCount, CreatedAt: now})
}

func unfit(cause error) error {
	return &moderation.Problem{Code: moderation.Invalid, Err: cause,
		Fields: []moderation.FieldFault{{Field: "passkey", Fault: moderation.FaultFormat}}}
}

// DropPasskey forgets one of the editor's passkeys; NotFound.
func (a *Accounts) DropPasskey(ctx context.Context, editor moderation.Editor, id []byte) error {
	return a.store.DropPasskey(ctx, editor.ID, id)
}

// AskPasskey begins signing in by whichever passkey the browser has for this host.
func (a *Accounts) AskPasskey(origin string) (options []byte, ticket string, err error) {
	p, err := party(origin)
	if err != nil {
		return nil, "", err
	}
	assertion, session, err := p.BeginDiscoverableLogin(webauthn.WithUserVerification(protocol.VerificationRequired))
	if err != nil {
		return nil, "", err
	}
	return a.begun("passkey", assertion.Response, session)
}

// SignInByPasskey opens a session for an authenticator's answer. Whatever is wrong with that, the
// error is Unauthorized; so it is when the authenticator's count went back, which is remembered.
func (a *Accounts) SignInByPasskey(ctx context.Context, origin, ticket string, answer []byte, label string) (string, error) {
	p, err := party(origin)
	if err != nil {
		return "", err
	}
	session, err := a.resumed(ctx, "passkey", ticket)
	if err != nil {
		return "", err
	}
	parsed, err := protocol.ParseCredentialRequestResponseBytes(answer)
	if err != nil {
		return "", moderation.Refuse(moderation.Unauthorized, err)
	}
	var key moderation.Passkey
	var broken error
	_, used, err := p.ValidatePasskeyLogin(func(id, handle []byte) (user webauthn.User, err error) {
		if user, key, err = a.claimed(ctx, id, handle, p.Config.RPID); moderation.CodeOf(err) != moderation.NotFound {
			broken = err
		}
		return user, err
	}, session, parsed)
	switch {
	case broken != nil:
		return "", broken
	case err != nil:
		return "", moderation.Refuse(moderation.Unauthorized, err)
	}
	if key.Record, err = json.Marshal(used); err != nil {
		return "", err
	}
	key.Uses, key.UsedAt = parsed.Response.AuthenticatorData.Counter, time.Now()
	if err := a.store.UsePasskey(ctx, key); err != nil {
		return "", err
	}
	return a.open(ctx, key.Editor, label)
}

// claimed finds the passkey that an authenticator names, if it is of that editor and host.
func (a *Accounts) claimed(ctx context.Context, id, handle []byte, host string) (webauthn.User, moderation.Passkey, error) {
	key, editor, err := a.store.Passkey(ctx, id)
	if err == nil && (key.Editor != string(handle) || key.Host != host) {
		err = moderation.Refuse(moderation.NotFound, errors.New("a passkey of someone else or somewhere else"))
	}
	if err != nil {
		return nil, key, err
	}
	var c webauthn.Credential
	err = json.Unmarshal(key.Record, &c)
	return holder{Editor: editor, keys: []webauthn.Credential{c}}, key, err
}
