// Package editors knows who may decide: accounts, passwords, passkeys, an app's codes, sign-in
// links, sessions and the tokens of scripts. What somebody may do once inside is the table of roles
// in moderation.
//
// Every secret that it hands out leaves this package exactly once; the store keeps its SHA-256, or
// seals what must be read again.
package editors

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"balasan/moderation"
)

// How long each kind of pass is good.
const (
	LinkLife     = 24 * time.Hour      // a sign-in link, until it is used once
	SessionLife  = 90 * 24 * time.Hour // a session, however busy
	SessionIdle  = 14 * 24 * time.Hour // a session that nobody uses
	MaxTokenLife = 366 * 24 * time.Hour

	FreshFor   = 15 * time.Minute // after proving who one is, until that is asked for again
	ticketLife = 5 * time.Minute  // between the halves of signing in or of adding a factor
)

// MaxName and MaxLabel bound an editor's name and what a pass is called, in runes.
const (
	MaxName  = 60
	MaxLabel = 80
)

// Store keeps editors and passes.
type Store interface {
	// AddEditor keeps a new editor with its roles; Invalid with the field "name" when the name
	// is taken.
	AddEditor(context.Context, moderation.Editor) error
	// EditorByName also returns the encoded password hash, empty while none is set; NotFound.
	EditorByName(ctx context.Context, name string) (moderation.Editor, string, error)
	// SetPassword keeps the encoded hash, empty for none, and drops every session and sign-in
	// link of the editor in the same transaction.
	SetPassword(ctx context.Context, editor, encoded string) error
	// Grant gives the editor one role on one site; the empty role takes it back. Of all processes
	// that ask at once none ends the last owner of all sites, unless forced: ErrLastOwner.
	Grant(ctx context.Context, editor, site string, role moderation.Role, forced bool) error
	// Dismiss takes every role and all that the editor signs in with, Lock all but the roles. The
	// name stays, for the decision log; NotFound; ErrLastOwner as with Grant.
	Dismiss(ctx context.Context, editor string, forced bool) error
	Lock(ctx context.Context, editor string) error
	// Withdraw forgets an editor who never came; NotFound when they did.
	Withdraw(ctx context.Context, editor string) error
	// People lists everyone by name, with the sign-in links that are good at the given time.
	People(ctx context.Context, at time.Time) ([]moderation.Person, error)
	// Spend makes something good once: the first to spend an id gets the empty code.
	Spend(ctx context.Context, id [12]byte, spender string, right bool, expires time.Time) (moderation.Code, error)
	passes
	factors
	sealer
}

// passes are what an editor holds instead of a password.
type passes interface {
	AddPass(context.Context, moderation.Pass) error
	// UsePass finds the pass of that kind that is still good at the given time, with its
	// editor. A sign-in link is gone afterwards: of all who try at once, one gets it. For other
	// kinds SeenAt moves on, at most once a minute; the pass returned still has the earlier
	// one. Unauthorized when there is no such pass.
	UsePass(ctx context.Context, kind moderation.PassKind, hash [32]byte, at time.Time) (moderation.Pass, moderation.Editor, error)
	// Passes lists what the editor holds and is still good, newest first.
	Passes(ctx context.Context, editor string, at time.Time) ([]moderation.Pass, error)
	// DropPass ends one pass of the editor; NotFound when the editor holds no such pass.
	DropPass(ctx context.Context, editor string, hash [32]byte) error
	// DropSessions ends all sessions of the editor but one.
	DropSessions(ctx context.Context, editor string, keep [32]byte) error
}

// factors are what signs in besides a password.
type factors interface {
	// AddPasskey keeps a passkey; Invalid with the field "passkey" when it is known already.
	AddPasskey(context.Context, moderation.Passkey) error
	Passkeys(ctx context.Context, editor string) ([]moderation.Passkey, error)
	// Passkey finds one by what its authenticator calls it, with its editor; NotFound.
	Passkey(ctx context.Context, id []byte) (moderation.Passkey, moderation.Editor, error)
	// UsePasskey keeps what a passkey counted; Unauthorized when that does not go up.
	UsePasskey(context.Context, moderation.Passkey) error
	DropPasskey(ctx context.Context, editor string, id []byte) error
	// SetCodes keeps a factor with the hashes of fresh recovery codes; one without a secret ends
	// both.
	SetCodes(ctx context.Context, editor string, f moderation.CodeFactor, recovery [][32]byte) error
	SetRecovery(ctx context.Context, editor string, hashes [][32]byte) error
	HasCodes(ctx context.Context, editor string) (on bool, recovery int, err error)
	// TryCode counts a try and then finds the factor: at most limit within pause of the last one.
	// NotFound without a factor; Limited.
	TryCode(ctx context.Context, editor string, at time.Time, limit int, pause time.Duration) (moderation.CodeFactor, error)
	// UseStep and UseRecovery let one of all who try succeed, once; Unauthorized.
	UseStep(ctx context.Context, editor string, step int64) error
	UseRecovery(ctx context.Context, editor string, hash [32]byte) error
}

// sealer hides bytes with a key of this installation; they open in the same place only.
type sealer interface {
	Seal(place string, plain []byte) ([]byte, error)
	Unseal(place string, sealed []byte) ([]byte, error)
}

// Accounts lets editors in.
type Accounts struct {
	store  Store
	newID  func() string
	hasher hasher
}

// New prepares the accounts: it hashes one password nobody knows, so that an unknown name costs
// as much time as a known one.
func New(store Store, newID func() string) (*Accounts, error) {
	h, err := newHasher()
	if err != nil {
		return nil, fmt.Errorf("prepare password hashing: %w", err)
	}
	return &Accounts{store: store, newID: newID, hasher: h}, nil
}

// Add keeps a new editor and returns the secret of the sign-in link that lets it in.
func (a *Accounts) Add(ctx context.Context, name string, role moderation.Role, site string) (string, error) {
	return a.add(ctx, name, role, site, "")
}

// add notes on the link who invites.
func (a *Accounts) add(ctx context.Context, name string, role moderation.Role, site, by string) (string, error) {
	name = tidyName(name)
	switch {
	case name == "":
		return "", fault("name", moderation.FaultRequired, 0)
	case len([]rune(name)) > MaxName:
		return "", fault("name", moderation.FaultTooLong, MaxName)
	case !role.Valid():
		return "", fault("role", moderation.FaultUnknown, 0)
	case site == "":
		return "", fault("site", moderation.FaultRequired, 0)
	}
	editor := moderation.Editor{ID: a.newID(), Name: name, Roles: map[string]moderation.Role{site: role}}
	if err := a.store.AddEditor(ctx, editor); err != nil {
		return "", fmt.Errorf("add editor: %w", err)
	}
	return a.issue(ctx, moderation.Pass{Editor: editor.ID, Kind: moderation.SignInLink, Label: by}, LinkLife)
}

// Reset locks an account that was lost or taken over: password, passkeys, codes, sessions, links
// and tokens end. It returns the secret of a new sign-in link.
func (a *Accounts) Reset(ctx context.Context, name string) (string, error) {
	editor, _, err := a.store.EditorByName(ctx, tidyName(name))
	if err != nil {
		return "", err
	}
	return a.reset(ctx, editor.ID, "")
}

func (a *Accounts) reset(ctx context.Context, editor, by string) (string, error) {
	if err := a.store.Lock(ctx, editor); err != nil {
		return "", fmt.Errorf("lock account: %w", err)
	}
	return a.issue(ctx, moderation.Pass{Editor: editor, Kind: moderation.SignInLink, Label: by}, LinkLife)
}

// SignIn opens a session for a name and a password. Whatever is wrong, the error is Unauthorized
// and takes the same time. Where an app's codes are asked for, it answers with a ticket instead,
// for SignInByCode.
func (a *Accounts) SignIn(ctx context.Context, name, password, label string) (session, ticket string, err error) {
	editor, encoded, err := a.store.EditorByName(ctx, tidyName(name))
	if err != nil && moderation.CodeOf(err) != moderation.NotFound {
		return "", "", err
	}
	ok, matchErr := a.hasher.match(ctx, password, encoded)
	if matchErr != nil {
		return "", "", matchErr
	}
	if err != nil || !ok {
		return "", "", moderation.Refuse(moderation.Unauthorized, errors.New("name or password is wrong"))
	}
	asked, _, err := a.store.HasCodes(ctx, editor.ID)
	switch {
	case err != nil:
		return "", "", err
	case asked:
		ticket, err = a.pack("code", halfway{editor.Name, encoded})
		return "", ticket, err
	}
	session, err = a.open(ctx, editor.ID, label)
	return session, "", err
}

// Follow opens a session for the secret of a sign-in link, which is spent by that.
func (a *Accounts) Follow(ctx context.Context, secret, label string) (string, error) {
	hash, ok := read(moderation.SignInLink, secret)
	if !ok {
		return "", moderation.Refuse(moderation.Unauthorized, errors.New("not a sign-in link"))
	}
	_, editor, err := a.store.UsePass(ctx, moderation.SignInLink, hash, time.Now())
	if err != nil {
		return "", err
	}
	return a.open(ctx, editor.ID, label)
}

// Known tells who holds a session or a token; Unauthorized when nobody does. Whoever holds a token
// may do no more than its scope and its editor's roles both allow.
func (a *Accounts) Known(ctx context.Context, kind moderation.PassKind, secret string) (moderation.Editor, error) {
	hash, ok := read(kind, secret)
	if !ok || kind == moderation.SignInLink {
		return moderation.Editor{}, moderation.Refuse(moderation.Unauthorized, errors.New("not a pass"))
	}
	now := time.Now()
	pass, editor, err := a.store.UsePass(ctx, kind, hash, now)
	if err != nil {
		return moderation.Editor{}, err
	}
	if kind == moderation.Session && now.Sub(pass.SeenAt) > SessionIdle {
		err := a.store.DropPass(ctx, editor.ID, hash)
		return moderation.Editor{}, moderation.Refuse(moderation.Unauthorized, errors.Join(errors.New("session was idle too long"), err))
	}
	return editor.Within(pass.Scope), nil
}

// HasPassword tells whether the editor has set one.
func (a *Accounts) HasPassword(ctx context.Context, editor moderation.Editor) (bool, error) {
	_, encoded, err := a.store.EditorByName(ctx, editor.Name)
	return encoded != "", err
}

// SetPassword keeps a new password, ends all of the editor's sessions and opens a fresh one.
// Where a password is set already, the present one must be given as well.
func (a *Accounts) SetPassword(ctx context.Context, editor moderation.Editor, present, password, label string) (string, error) {
	if err := weakness(password, editor.Name); err != nil {
		return "", err
	}
	_, encoded, err := a.store.EditorByName(ctx, editor.Name)
	if err != nil {
		return "", err
	}
	if encoded != "" {
		ok, err := a.hasher.match(ctx, present, encoded)
		if err != nil {
			return "", err
		}
		if !ok {
			return "", fault("present", moderation.FaultFormat, 0)
		}
	}
	if encoded, err = a.hasher.hash(ctx, password); err != nil {
		return "", err
	}
	if err := a.store.SetPassword(ctx, editor.ID, encoded); err != nil {
		return "", fmt.Errorf("set password: %w", err)
	}
	return a.open(ctx, editor.ID, label)
}

// SignOut ends a session. One that has ended already is no error.
func (a *Accounts) SignOut(ctx context.Context, editor moderation.Editor, secret string) error {
	hash, ok := read(moderation.Session, secret)
	if !ok {
		return nil
	}
	if err := a.store.DropPass(ctx, editor.ID, hash); err != nil && moderation.CodeOf(err) != moderation.NotFound {
		return err
	}
	return nil
}

// open issues a session to whoever has just proved who they are.
func (a *Accounts) open(ctx context.Context, editor, label string) (string, error) {
	return a.issue(ctx, moderation.Pass{Editor: editor, Kind: moderation.Session, Label: label, ProvedAt: time.Now()}, SessionLife)
}

func (a *Accounts) issue(ctx context.Context, p moderation.Pass, life time.Duration) (secret string, err error) {
	secret, p.Hash = draw(p.Kind)
	now := time.Now()
	p.Label, p.CreatedAt, p.ExpiresAt = tidyLabel(p.Label), now, now.Add(life)
	if p.Kind == moderation.Session {
		p.SeenAt = now
	}
	if err := a.store.AddPass(ctx, p); err != nil {
		return "", fmt.Errorf("keep %s: %w", p.Kind, err)
	}
	return secret, nil
}

func tidyName(name string) string { return strings.Join(strings.Fields(name), " ") }

func tidyLabel(label string) string {
	runes := []rune(strings.Join(strings.Fields(strings.ToValidUTF8(label, "")), " "))
	return string(runes[:min(len(runes), MaxLabel)])
}

func fault(field string, f moderation.Fault, limit int) error {
	return &moderation.Problem{Code: moderation.Invalid, Fields: []moderation.FieldFault{{Field: field, Fault: f, Limit: limit}}}
}
