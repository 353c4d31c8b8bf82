package editors

import (
	"context"
	"slices"
	"time"

	"balasan/moderation"
)

// Account is what the editor signs in with and all that is signed in as them. The secret is of the
// session that asks.
func (a *Accounts) Account(ctx context.Context, editor moderation.Editor, secret string) (moderation.Account, error) {
	var out moderation.Account
	var err error
	if out.Password, err = a.HasPassword(ctx, editor); err != nil {
		return out, err
	}
	if out.Codes, out.Recovery, err = a.store.HasCodes(ctx, editor.ID); err != nil {
		return out, err
	}
	if out.Passkeys, err = a.store.Passkeys(ctx, editor.ID); err != nil {
		return out, err
	}
	if out.Passes, out.Own, err = a.passes(ctx, editor, secret); err != nil {
		return out, err
	}
	out.Fresh = out.Own >= 0 && isFresh(out.Passes[out.Own])
	return out, nil
}

func isFresh(p moderation.Pass) bool { return time.Since(p.ProvedAt) <= FreshFor }

// Fresh tells whether whoever holds the session proved within FreshFor who they are.
func (a *Accounts) Fresh(ctx context.Context, editor moderation.Editor, session string) (bool, error) {
	held, own, err := a.passes(ctx, editor, session)
	return own >= 0 && isFresh(held[own]), err
}

// Prove checks the password once more and puts a fresh session in place of this one. Invalid with
// the field "present" when it is wrong.
func (a *Accounts) Prove(ctx context.Context, editor moderation.Editor, session, password, label string) (string, error) {
	_, encoded, err := a.store.EditorByName(ctx, editor.Name)
	if err != nil {
		return "", err
	}
	ok, err := a.hasher.match(ctx, password, encoded)
	if err == nil && !ok {
		err = fault("present", moderation.FaultFormat, 0)
	}
	if err != nil {
		return "", err
	}
	return a.replace(ctx, editor, session, moderation.Pass{Label: label, ProvedAt: time.Now()}, SessionLife)
}

// Renew puts another session in place of this one, as fresh as it was: what a session may do has
// changed.
func (a *Accounts) Renew(ctx context.Context, editor moderation.Editor, session string) (string, error) {
	held, own, err := a.passes(ctx, editor, session)
	if err == nil && own < 0 {
		err = &moderation.Problem{Code: moderation.Unauthorized}
	}
	if err != nil {
		return "", err
	}
	return a.replace(ctx, editor, session, held[own], time.Until(held[own].ExpiresAt))
}

func (a *Accounts) replace(ctx context.Context, editor moderation.Editor, session string, like moderation.Pass, life time.Duration) (string, error) {
	like.Editor, like.Kind = editor.ID, moderation.Session
	fresh, err := a.issue(ctx, like, life)
	if err == nil {
		err = a.SignOut(ctx, editor, session)
	}
	return fresh, err
}

// passes lists the editor's sessions and tokens that are still good, newest first, and says which
// of them is the session of the secret, or -1.
func (a *Accounts) passes(ctx context.Context, editor moderation.Editor, secret string) (held []moderation.Pass, own int, err error) {
	now := time.Now()
	if held, err = a.store.Passes(ctx, editor.ID, now); err != nil {
		return nil, -1, err
	}
	held = slices.DeleteFunc(held, func(p moderation.Pass) bool {
		return p.Kind == moderation.SignInLink || p.Kind == moderation.Session && now.Sub(p.SeenAt) > SessionIdle
	})
	hash, _ := read(moderation.Session, secret)
	return held, slices.IndexFunc(held, func(p moderation.Pass) bool { return p.Hash == hash }), nil
}

// Revoke ends one of the editor's own passes.
func (a *Accounts) Revoke(ctx context.Context, editor moderation.Editor, hash [32]byte) error {
	return a.store.DropPass(ctx, editor.ID, hash)
}

// EndOthers ends all sessions of the editor but this one.
func (a *Accounts) EndOthers(ctx context.Context, editor moderation.Editor, session string) error {
	hash, _ := read(moderation.Session, session)
	return a.store.DropSessions(ctx, editor.ID, hash)
}

// NewToken returns a token for scripts, bounded by a scope; life is capped at MaxTokenLife, and 0
// stands for it. Invalid with the field "acts" where the scope names what the editor may not do
// there at all.
func (a *Accounts) NewToken(ctx context.Context, name, label string, scope moderation.Scope, life time.Duration) (string, error) {
	editor, _, err := a.store.EditorByName(ctx, tidyName(name))
	if err == nil {
		err = mayHold(editor, scope)
	}
	if err != nil {
		return "", err
	}
	if life <= 0 || life > MaxTokenLife {
		life = MaxTokenLife
	}
	return a.issue(ctx, moderation.Pass{Editor: editor.ID, Kind: moderation.Token, Label: label, Scope: scope}, life)
}

// mayHold refuses a scope that would open nothing, and acts that are none.
func mayHold(editor moderation.Editor, scope moderation.Scope) error {
	bounded := editor.Within(scope)
	for _, act := range scope.Acts {
		switch sites, all := bounded.Sites(act); {
		case !slices.Contains(moderation.Acts(), act):
			return fault("acts", moderation.FaultUnknown, 0)
		case !all && len(sites) == 0:
			return fault("acts", moderation.FaultForbidden, 0)
		}
	}
	return nil
}
