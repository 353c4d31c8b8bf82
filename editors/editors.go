// Package editors knows who may decide: accounts, passwords, sign-in links, sessions and the
// tokens of scripts. What somebody may do once inside is the table of roles in moderation.
//
// Every secret that it hands out has 256 random bits and leaves this package exactly once; the
// store keeps its SHA-256.
package editors

import (
	"context"
	"errors"
	"fmt"
	"slices"
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
	Editors(context.Context) ([]moderation.Editor, error)
	// SetPassword keeps the encoded hash, empty for none, and drops every session and sign-in
	// link of the editor in the same transaction.
	SetPassword(ctx context.Context, editor, encoded string) error
	// Grant gives the editor one role on one site; the empty role takes it back.
	Grant(ctx context.Context, editor, site string, role moderation.Role) error
	// Dismiss takes every role, the password and every pass of the editor in one transaction.
	// The name stays, for the decision log; NotFound.
	Dismiss(ctx context.Context, editor string) error
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
	return a.issue(ctx, editor.ID, moderation.SignInLink, "", LinkLife)
}

// Reset locks an account that was lost or taken over: password, sessions, links and tokens end.
// It returns the secret of a new sign-in link.
func (a *Accounts) Reset(ctx context.Context, name string) (string, error) {
	editor, _, err := a.store.EditorByName(ctx, tidyName(name))
	if err != nil {
		return "", err
	}
	if err := a.store.SetPassword(ctx, editor.ID, ""); err != nil {
		return "", fmt.Errorf("forget password: %w", err)
	}
	passes, err := a.store.Passes(ctx, editor.ID, time.Now())
	if err != nil {
		return "", err
	}
	for _, p := range passes {
		if err := a.store.DropPass(ctx, editor.ID, p.Hash); err != nil && moderation.CodeOf(err) != moderation.NotFound {
			return "", fmt.Errorf("end pass: %w", err)
		}
	}
	return a.issue(ctx, editor.ID, moderation.SignInLink, "", LinkLife)
}

// NewToken returns a token for scripts; life is capped at MaxTokenLife, and 0 stands for it.
func (a *Accounts) NewToken(ctx context.Context, name, label string, life time.Duration) (string, error) {
	editor, _, err := a.store.EditorByName(ctx, tidyName(name))
	if err != nil {
		return "", err
	}
	if life <= 0 || life > MaxTokenLife {
		life = MaxTokenLife
	}
	return a.issue(ctx, editor.ID, moderation.Token, label, life)
}

// SignIn opens a session for a name and a password. Whatever is wrong, the error is Unauthorized
// and takes the same time.
func (a *Accounts) SignIn(ctx context.Context, name, password, label string) (string, error) {
	editor, encoded, err := a.store.EditorByName(ctx, tidyName(name))
	if err != nil && moderation.CodeOf(err) != moderation.NotFound {
		return "", err
	}
	ok, matchErr := a.hasher.match(ctx, password, encoded)
	if matchErr != nil {
		return "", matchErr
	}
	if err != nil || !ok {
		return "", moderation.Refuse(moderation.Unauthorized, errors.New("name or password is wrong"))
	}
	return a.issue(ctx, editor.ID, moderation.Session, label, SessionLife)
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
	return a.issue(ctx, editor.ID, moderation.Session, label, SessionLife)
}

// Known tells who holds a session or a token; Unauthorized when nobody does.
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
	return editor, nil
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
	return a.issue(ctx, editor.ID, moderation.Session, label, SessionLife)
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

// Passes lists the editor's sessions and tokens that are still good, newest first, and says
// which of them is the session of the secret.
func (a *Accounts) Passes(ctx context.Context, editor moderation.Editor, secret string) (passes []moderation.Pass, own int, err error) {
	now := time.Now()
	if passes, err = a.store.Passes(ctx, editor.ID, now); err != nil {
		return nil, -1, err
	}
	passes = slices.DeleteFunc(passes, func(p moderation.Pass) bool {
		return p.Kind == moderation.SignInLink || p.Kind == moderation.Session && now.Sub(p.SeenAt) > SessionIdle
	})
	hash, _ := read(moderation.Session, secret)
	own = slices.IndexFunc(passes, func(p moderation.Pass) bool { return p.Hash == hash })
	return passes, own, nil
}

// Revoke ends one of the editor's own passes.
func (a *Accounts) Revoke(ctx context.Context, editor moderation.Editor, hash [32]byte) error {
	return a.store.DropPass(ctx, editor.ID, hash)
}

func (a *Accounts) issue(ctx context.Context, editor string, kind moderation.PassKind, label string, life time.Duration) (string, error) {
	secret, hash := draw(kind)
	now := time.Now()
	err := a.store.AddPass(ctx, moderation.Pass{Hash: hash, Kind: kind, Editor: editor, Label: tidyLabel(label),
		CreatedAt: now, SeenAt: now, ExpiresAt: now.Add(life)})
	if err != nil {
		return "", fmt.Errorf("keep %s: %w", kind, err)
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
