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
	Live     *Live                                            // tells pages what happens; nil tells nothing
	Rules    Rulebook                                         // nil makes none
	Feed     Feed                                             // of what waits
	Told     Told                                             // how announcements went
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

// What a route may ask of its caller besides the acts of moderation.
const (
	anyone   moderation.Act = "anyone"    // not even a session
	signedIn moderation.Act = "signed in" // whatever the role
)

// staffRoute is one line of the table of editors' routes.
type staffRoute struct {
	method, path string
	page         bool           // answers a person, who needs a session: without one it leads to the sign-in page
	act          moderation.Act // the caller must be allowed it on some site; on which, the handler asks
	handle       func(*fiber.Ctx, caller) error
}

func (s *Server) staffRoutes() []staffRoute {
	const get, post = fiber.MethodGet, fiber.MethodPost
	const page, call = true, false
	return append([]staffRoute{
		{get, "/queue", page, moderation.ToRead, s.queuePage},
		{get, "/queue/comments/:id", page, moderation.ToRead, s.entryPage},
		{post, "/queue/comments/:id/address", page, moderation.ToAddress, s.addressPage},
		{get, "/queue/standing", page, moderation.ToRead, s.standingsPage},
		{get, "/queue/standing/:id", page, moderation.ToRead, s.standingOnePage},
		{post, "/queue/standing/alike", page, moderation.ToDecide, s.alikeForm},
		{post, "/queue/standing/ban", page, moderation.ToDecide, s.banForm},
		{post, "/queue/standing/revoke", page, moderation.ToDecide, s.liftForm},
		{post, "/queue/standing/restore", page, moderation.ToDecide, s.restoreForm},
		{post, "/queue/decide", page, moderation.ToDecide, s.decideForm},
		{post, "/queue/undo", page, moderation.ToDecide, s.undoForm},
		{post, "/queue/reply", page, moderation.ToDecide, s.replyForm},
		{get, "/queue/feed", page, moderation.ToRead, s.feedPage},
		{post, "/queue/feed", page, moderation.ToRead, s.feedForm},
		{get, "/queue/feed.atom", page, anyone, s.feedAtom},
		{get, "/queue/announce", page, moderation.ToRead, s.digestPage},
		{post, "/queue/announce", page, moderation.ToRead, s.digestForm},
		{get, "/queue/announce/log", page, moderation.ToManage, s.toldPage},
		{post, "/queue/announce/log", page, moderation.ToManage, s.toldForm},
		{get, "/queue/signin", page, anyone, s.signInPage},
		{post, "/queue/signin", page, anyone, s.signInForm},
		{get, "/queue/link/:secret", page, anyone, s.linkPage},
		{post, "/queue/link/:secret", page, anyone, s.linkForm},
		{get, "/queue/password", page, signedIn, s.passwordPage},
		{post, "/queue/password", page, signedIn, s.passwordForm},
		{get, "/queue/passes", page, signedIn, s.passesPage},
		{post, "/queue/passes", page, signedIn, s.revokeForm},
		{post, "/queue/signout", page, signedIn, s.signOutForm},

		{get, "/v1/editor/queue", call, moderation.ToRead, s.queueCall},
		{get, "/v1/editor/pending", call, moderation.ToRead, s.pendingCall},
		{get, "/v1/editor/events", call, moderation.ToRead, s.eventsCall},
		{get, "/v1/editor/campaigns", call, moderation.ToRead, s.campaignsCall},
		{get, "/v1/editor/campaigns/:id", call, moderation.ToRead, s.campaignCall},
		{post, "/v1/editor/campaigns/:id/decisions", call, moderation.ToDecide, s.settleCall},
		{get, "/v1/editor/comments/:id", call, moderation.ToRead, s.entryCall},
		{post, "/v1/editor/comments/:id/address", call, moderation.ToAddress, s.addressCall},
		{get, "/v1/editor/standing", call, moderation.ToRead, s.standingsCall},
		{get, "/v1/editor/standing/:id", call, moderation.ToRead, s.standingCall},
		{post, "/v1/editor/standing/alike", call, moderation.ToDecide, s.alikeCall},
		{post, "/v1/editor/standing/ban", call, moderation.ToDecide, s.banCall},
		{post, "/v1/editor/standing/:id/revoke", call, moderation.ToDecide, s.liftCall},
		{post, "/v1/editor/standing/:id/restore", call, moderation.ToDecide, s.restoreCall},
		{post, "/v1/editor/decisions", call, moderation.ToDecide, s.decideCall},
		{post, "/v1/editor/decisions/:batch/undo", call, moderation.ToDecide, s.undoCall},
		{post, "/v1/editor/replies", call, moderation.ToDecide, s.replyCall},
		{post, "/v1/editor/threads", call, moderation.ToDecide, s.threadCall},
	}, s.ruleRoutes()...)
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
