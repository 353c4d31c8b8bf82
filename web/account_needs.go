package web

import (
	"context"
	"crypto/sha256"
	"time"

	"balasan/moderation"
)

// Accounts lets editors in and looks after what they sign in with; editors.Accounts is the real one.
type Accounts interface {
	signIns
	ownAccount
	secondFactors
	team
}

type signIns interface {
	// SignIn and Follow open a session and return its secret; Unauthorized. Where an app's codes
	// are asked for, SignIn returns a ticket instead, for SignInByCode.
	SignIn(ctx context.Context, name, password, label string) (session, ticket string, err error)
	Follow(ctx context.Context, link, label string) (string, error)
	// SignInByCode is Unauthorized when the ticket is over, Invalid when the code is wrong.
	SignInByCode(ctx context.Context, ticket, code, label string) (string, error)
	// Known tells who holds a session or a token, as far as that may act; Unauthorized.
	Known(ctx context.Context, kind moderation.PassKind, secret string) (moderation.Editor, error)
	SignOut(ctx context.Context, e moderation.Editor, session string) error
	// PasskeysAt tells whether browsers use passkeys at an origin.
	PasskeysAt(origin string) bool
	// AskPasskey and NewPasskey return what the browser is asked, as JSON, and a ticket for the
	// answer, which is good once.
	AskPasskey(origin string) (options []byte, ticket string, err error)
	SignInByPasskey(ctx context.Context, origin, ticket string, answer []byte, label string) (string, error)
}

type ownAccount interface {
	Account(ctx context.Context, e moderation.Editor, session string) (moderation.Account, error)
	HasPassword(context.Context, moderation.Editor) (bool, error)
	// SetPassword ends every session and opens a fresh one.
	SetPassword(ctx context.Context, e moderation.Editor, present, password, label string) (string, error)
	// Fresh tells whether the session proved a short while ago who it is; Prove does so by the
	// password and returns a session in place of it, Renew one that is as fresh as it was.
	Fresh(ctx context.Context, e moderation.Editor, session string) (bool, error)
	Prove(ctx context.Context, e moderation.Editor, session, password, label string) (string, error)
	Renew(ctx context.Context, e moderation.Editor, session string) (string, error)
	Revoke(ctx context.Context, e moderation.Editor, hash [sha256.Size]byte) error
	EndOthers(ctx context.Context, e moderation.Editor, session string) error
	NewToken(ctx context.Context, name, label string, scope moderation.Scope, life time.Duration) (string, error)
}

type secondFactors interface {
	BeginCodes(e moderation.Editor, issuer string) (moderation.Enrolment, error)
	ResumeCodes(e moderation.Editor, issuer, ticket string) (moderation.Enrolment, error)
	// FinishCodes and NewRecovery return recovery codes, to be shown once.
	FinishCodes(ctx context.Context, e moderation.Editor, ticket, code string) ([]string, error)
	NewRecovery(context.Context, moderation.Editor) ([]string, error)
	EndCodes(context.Context, moderation.Editor) error
	NewPasskey(ctx context.Context, e moderation.Editor, origin string) (options []byte, ticket string, err error)
	AddPasskey(ctx context.Context, e moderation.Editor, origin, ticket, name string, answer []byte) error
	DropPasskey(ctx context.Context, e moderation.Editor, id []byte) error
}

// team is what an owner may do about others; Forbidden beyond the owner's own sites.
type team interface {
	People(ctx context.Context, by moderation.Editor) ([]moderation.Person, error)
	// Invite and ResetPerson return the secret of a sign-in link.
	Invite(ctx context.Context, by moderation.Editor, name string, role moderation.Role, site string) (string, error)
	ResetPerson(ctx context.Context, by moderation.Editor, id string) (string, error)
	SetRole(ctx context.Context, by moderation.Editor, id, site string, role moderation.Role) error
	DismissPerson(ctx context.Context, by moderation.Editor, id string) error
	Withdraw(ctx context.Context, by moderation.Editor, id string) error
}
