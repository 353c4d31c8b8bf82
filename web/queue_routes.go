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
	Live     *Live                                            // tells pages what happens; nil tells nothing
	Rules    Rulebook                                         // nil makes none
	Feed     Feed                                             // of what waits
	Told     Told                                             // how announcements went
	Bits     func([]moderation.Entry) []moderation.Bit        // what comments share; nil names nothing
}

// SignInPath is where a sign-in link leads.
func SignInPath(secret string) string { return "/queue/link/" + secret }

// queueRoutes adds the editors' pages under /queue and their calls under /v1/editor.
func (s *Server) queueRoutes(app *fiber.App) {
	if s.Queue.Accounts == nil {
		return
	}
	s.table = s.staffRoutes()
	for _, r := range s.table {
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
		{get, "/queue/groups/:id", page, moderation.ToRead, s.groupPage},
		{get, "/queue/comments/:id", page, moderation.ToRead, s.entryPage},
		{get, "/queue/comments/:id/sender", page, moderation.ToRead, s.senderPage},
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
		{post, "/queue/edit", page, moderation.ToDecide, s.editForm},
		{post, "/queue/note", page, moderation.ToDecide, s.noteForm},
		{post, "/queue/lease", page, moderation.ToDecide, s.leaseForm},
		{get, "/queue/history", page, moderation.ToRead, s.historyPage},
		{post, "/queue/history", page, moderation.ToDecide, s.historyUndo},
		{get, "/queue/keys", page, signedIn, s.keysPage},
		{post, "/queue/keys", page, signedIn, s.keysForm},
		{get, "/queue/feed", page, moderation.ToRead, s.feedPage},
		{post, "/queue/feed", page, moderation.ToRead, s.feedForm},
		{get, "/queue/feed.atom", page, anyone, s.feedAtom},
		{get, "/queue/announce", page, moderation.ToRead, s.digestPage},
		{post, "/queue/announce", page, moderation.ToRead, s.digestForm},
		{get, "/queue/announce/log", page, moderation.ToManage, s.toldPage},
		{post, "/queue/announce/log", page, moderation.ToManage, s.toldForm},
		{get, "/queue/overview", page, moderation.ToRead, s.overviewPage},
		{get, "/queue/signin", page, anyone, s.signInPage},
		{post, "/queue/signin", page, anyone, s.signInForm},
		{get, "/queue/link/:secret", page, anyone, s.linkPage},
		{post, "/queue/link/:secret", page, anyone, s.linkForm},
		{post, "/queue/signin/code", page, anyone, s.codeForm},
		{post, "/queue/signin/passkey/options", page, anyone, s.askPasskey},
		{post, "/queue/signin/passkey", page, anyone, s.passkeySignIn},
		{get, "/queue/password", page, signedIn, s.password(showPassword)},
		{post, "/queue/password", page, signedIn, s.password(s.setPassword)},
		{get, "/queue/passes", page, signedIn, moved("/queue/account#sessions")},
		{post, "/queue/signout", page, signedIn, s.signOutForm},

		{get, "/queue/account", page, signedIn, s.accountPage},
		{get, "/queue/account/prove", page, signedIn, s.provePage},
		{post, "/queue/account/prove", page, signedIn, s.proveForm},
		{post, "/queue/account/sessions", page, signedIn, s.revokeForm},
		{get, "/queue/account/codes", page, signedIn, s.proven(s.codesPage)},
		{post, "/queue/account/codes", page, signedIn, s.proven(s.codesForm)},
		{post, "/queue/account/codes/end", page, signedIn, s.proven(s.endCodesForm)},
		{post, "/queue/account/recovery", page, signedIn, s.proven(s.recoveryForm)},
		{post, "/queue/account/passkeys/options", page, signedIn, s.proven(s.newPasskey)},
		{post, "/queue/account/passkeys", page, signedIn, s.proven(s.passkeyForm)},
		{post, "/queue/account/passkeys/end", page, signedIn, s.proven(s.endPasskeyForm)},
		{post, "/queue/account/tokens", page, signedIn, s.proven(s.tokenForm)},

		{get, "/queue/people", page, moderation.ToManage, s.peoplePage},
		{post, "/queue/people", page, moderation.ToManage, s.proven(s.inviteForm)},
		{post, "/queue/people/role", page, moderation.ToManage, s.proven(s.roleForm)},
		{post, "/queue/people/reset", page, moderation.ToManage, s.proven(s.resetForm)},
		{post, "/queue/people/dismiss", page, moderation.ToManage, s.proven(s.dismissForm)},
		{post, "/queue/people/withdraw", page, moderation.ToManage, s.proven(s.withdrawForm)},

		{get, "/v1/editor/queue", call, moderation.ToRead, s.queueCall},
		{get, "/v1/editor/pending", call, moderation.ToRead, s.pendingCall},
		{get, "/v1/editor/events", call, moderation.ToRead, s.eventsCall},
		{get, "/v1/editor/lanes", call, moderation.ToRead, s.lanesCall},
		{get, "/v1/editor/groups", call, moderation.ToRead, s.groupsCall},
		{get, "/v1/editor/groups/:id", call, moderation.ToRead, s.groupCall},
		{get, "/v1/editor/leases", call, moderation.ToRead, s.leasesCall},
		{post, "/v1/editor/groups/:id/lease", call, moderation.ToDecide, s.leaseCall},
		{post, "/v1/editor/groups/:id/release", call, moderation.ToDecide, s.releaseCall},
		{get, "/v1/editor/campaigns", call, moderation.ToRead, s.campaignsCall},
		{get, "/v1/editor/campaigns/:id", call, moderation.ToRead, s.campaignCall},
		{post, "/v1/editor/campaigns/:id/decisions", call, moderation.ToDecide, s.settleCall},
		{get, "/v1/editor/comments/:id", call, moderation.ToRead, s.entryCall},
		{post, "/v1/editor/comments/:id/address", call, moderation.ToAddress, s.addressCall},
		{get, "/v1/editor/comments/:id/sender", call, moderation.ToRead, s.senderCall},
		{post, "/v1/editor/comments/:id/edits", call, moderation.ToDecide, s.editCall},
		{post, "/v1/editor/comments/:id/notes", call, moderation.ToDecide, s.noteCall},
		{get, "/v1/editor/standing", call, moderation.ToRead, s.standingsCall},
		{get, "/v1/editor/standing/:id", call, moderation.ToRead, s.standingCall},
		{post, "/v1/editor/standing/alike", call, moderation.ToDecide, s.alikeCall},
		{post, "/v1/editor/standing/ban", call, moderation.ToDecide, s.banCall},
		{post, "/v1/editor/standing/:id/revoke", call, moderation.ToDecide, s.liftCall},
		{post, "/v1/editor/standing/:id/restore", call, moderation.ToDecide, s.restoreCall},
		{get, "/v1/editor/history", call, moderation.ToRead, s.historyCall},
		{post, "/v1/editor/decisions", call, moderation.ToDecide, s.decideCall},
		{post, "/v1/editor/decisions/:batch/undo", call, moderation.ToDecide, s.undoCall},
		{post, "/v1/editor/replies", call, moderation.ToDecide, s.replyCall},
		{post, "/v1/editor/threads", call, moderation.ToDecide, s.threadCall},
	}, s.ruleRoutes()...)
}

// moved leads from an address that pages of before may have.
func moved(to string) func(*fiber.Ctx, caller) error {
	return func(c *fiber.Ctx, _ caller) error { return c.Redirect(to, fiber.StatusSeeOther) }
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
