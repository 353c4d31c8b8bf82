package web

import (
	"context"
	"crypto/sha256"
	"encoding/hex"

	"balasan/moderation"

	"github.com/gofiber/fiber/v2"
)

// Queue is what the editors' half needs from outside.
type Queue struct {
	Desk     moderation.Desk
	Accounts Accounts
	Sites    func(context.Context) ([]moderation.Site, error) // all of them
	Undo     func(text string) string                         // reads a disguised text; nil shows no readings
	Lookout  moderation.Lookout                               // the overview
}

// Accounts lets editors in; editors.Accounts is the real one.
type Accounts interface {
	// SignIn and Follow open a session and return its secret; Unauthorized.
	SignIn(ctx context.Context, name, password, label string) (string, error)
	Follow(ctx context.Context, link, label string) (string, error)
	// Known tells who holds a session or a token; Unauthorized.
	Known(ctx context.Context, kind moderation.PassKind, secret string) (moderation.Editor, error)
	HasPassword(context.Context, moderation.Editor) (bool, error)
	// SetPassword ends every session and opens a fresh one.
	SetPassword(ctx context.Context, e moderation.Editor, present, password, label string) (string, error)
	SignOut(ctx context.Context, e moderation.Editor, session string) error
	// Passes also says which of them is the session, or -1.
	Passes(ctx context.Context, e moderation.Editor, session string) ([]moderation.Pass, int, error)
	Revoke(ctx context.Context, e moderation.Editor, hash [sha256.Size]byte) error
}

// SignInPath is where a sign-in link leads.
func SignInPath(secret string) string { return "/queue/link/" + secret }

// queueRoutes adds the editors' pages under /queue and their calls under /v1/editor.
func (s *Server) queueRoutes(app *fiber.App) {
	if s.Queue.Accounts == nil {
		return
	}
	for _, r := range s.staffRoutes() {
		app.Add(r.method, r.path, s.staff(r))
		if r.method == fiber.MethodGet {
			app.Add(fiber.MethodHead, r.path, s.staff(r))
		}
	}
}

// staffRoute is one line of the table of editors' routes.
type staffRoute struct {
	method, path string
	page         bool // answers a person: no session leads to the sign-in page
	open         bool // answers without a session as well
	handle       func(*fiber.Ctx, caller) error
}

func (s *Server) staffRoutes() []staffRoute {
	const get, post = fiber.MethodGet, fiber.MethodPost
	return []staffRoute{
		{get, "/queue", true, false, s.queuePage},
		{get, "/queue/comments/:id", true, false, s.entryPage},
		{post, "/queue/comments/:id/address", true, false, s.addressPage},
		{post, "/queue/decide", true, false, s.decideForm},
		{post, "/queue/undo", true, false, s.undoForm},
		{post, "/queue/reply", true, false, s.replyForm},
		{get, "/queue/overview", true, false, s.overviewPage},
		{get, "/queue/signin", true, true, s.signInPage},
		{post, "/queue/signin", true, true, s.signInForm},
		{get, "/queue/link/:secret", true, true, s.linkPage},
		{post, "/queue/link/:secret", true, true, s.linkForm},
		{get, "/queue/password", true, false, s.passwordPage},
		{post, "/queue/password", true, false, s.passwordForm},
		{get, "/queue/passes", true, false, s.passesPage},
		{post, "/queue/passes", true, false, s.revokeForm},
		{post, "/queue/signout", true, false, s.signOutForm},

		{get, "/v1/editor/queue", false, false, s.queueCall},
		{get, "/v1/editor/pending", false, false, s.pendingCall},
		{get, "/v1/editor/campaigns", false, false, s.campaignsCall},
		{get, "/v1/editor/campaigns/:id", false, false, s.campaignCall},
		{post, "/v1/editor/campaigns/:id/decisions", false, false, s.settleCall},
		{get, "/v1/editor/comments/:id", false, false, s.entryCall},
		{post, "/v1/editor/comments/:id/address", false, false, s.addressCall},
		{post, "/v1/editor/decisions", false, false, s.decideCall},
		{post, "/v1/editor/decisions/:batch/undo", false, false, s.undoCall},
		{post, "/v1/editor/replies", false, false, s.replyCall},
		{post, "/v1/editor/threads", false, false, s.threadCall},
	}
}

// passName is how a form names one of the editor's passes.
func passName(hash [sha256.Size]byte) string { return hex.EncodeToString(hash[:]) }

func passHash(name string) (hash [sha256.Size]byte, err error) {
	raw, err := hex.DecodeString(name)
	if err != nil || len(raw) != len(hash) {
		return hash, &moderation.Problem{Code: moderation.NotFound}
	}
	return [sha256.Size]byte(raw), nil
}
