package web

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"time"

	"balasan/moderation"

	"github.com/gofiber/fiber/v2"
)

// Mail knows who wants letters. Tokens are what the links in letters carry; an unknown one is the
// Problem NotFound.
type Mail interface {
	SubscriptionBy(ctx context.Context, token string) (moderation.Subscription, error)
	Confirm(ctx context.Context, token string, at time.Time) error
	// Unsubscribe ends letters about one page, or about all of the site.
	Unsubscribe(ctx context.Context, token string, all bool, at time.Time) error

	Digest(ctx context.Context, editor string) (moderation.Digest, error)
	SetDigest(ctx context.Context, d moderation.Digest, at time.Time) error
	DropDigest(ctx context.Context, editor string) error
	DigestBy(ctx context.Context, token string) (moderation.Digest, error)
	ConfirmDigest(ctx context.Context, token string, at time.Time) error
	EndDigest(ctx context.Context, token string) error

	DataRequests
}

// notifies tells whether a site's form offers letters about replies.
func (s *Server) notifies(site moderation.Site) bool { return s.Mail != nil && site.Policy.Notify }

// consent is the version of the sentence beside the box that a visitor has ticked; empty where
// they have not, or none is offered.
func (s *Server) consent(site moderation.Site, lang string, f fields) string {
	if !s.notifies(site) || f["notify"] == "" || f["notify"] == "false" {
		return ""
	}
	sum := sha256.Sum256([]byte(tr(lang, "form.notify") + "\n" + tr(lang, "form.notify_what")))
	return lang + " " + hex.EncodeToString(sum[:8])
}

// mailRoutes are where the links in letters lead, and where one is asked for.
func (s *Server) mailRoutes(app *fiber.App) {
	app.Get(mePath, s.mePage)
	app.Post(mePath, s.meForm)
	if s.Mail == nil {
		return
	}
	app.Get(meLinkPath, s.meLink)
	app.Post(meLinkPath, s.meLinkForm)
	app.Get(subscriptionPath, s.subscriptionPage)
	app.Post(subscriptionPath, s.subscriptionForm)
}

const subscriptionPath = "/subscriptions/:token"

// subscriptionView is what the holder of a link may do. It shows no address.
type subscriptionView struct {
	Page
	Done     string // what was just done: confirm, stop, all
	Site     string // empty for an editor's digests
	About    string // the page
	AboutURL string // empty where it is no address
	Asked    bool   // not confirmed yet
	Ended    bool
}

// subscriptionPage shows buttons and changes nothing: scanners of mail open links.
func (s *Server) subscriptionPage(c *fiber.Ctx) error {
	view, err := s.subscription(c)
	if err != nil {
		return err
	}
	return s.showSubscription(c, view)
}

// subscriptionForm does what a button says. A mail program's own button, which posts as RFC 8058
// says, ends the letters that it stands on.
func (s *Server) subscriptionForm(c *fiber.Ctx) error {
	view, err := s.subscription(c)
	if err != nil {
		return err
	}
	act := formValue(c, "act")
	if oneClick(c) {
		act = "stop"
		if view.Asked && view.Site != "" {
			act = "all" // what was never asked for is not to be asked again
		}
	}
	if view.Site == "" {
		err = s.answerDigest(c, act)
	} else {
		err = s.answerSubscription(c, act)
	}
	if err != nil {
		return err
	}
	view.Done, view.Ended = act, act != "confirm"
	return s.showSubscription(c, view)
}

// oneClick tells whether it was a mail program's own button; RFC 8058 lets them post it in two forms.
func oneClick(c *fiber.Ctx) bool {
	const name, pressed = "List-Unsubscribe", "One-Click"
	if form, err := c.MultipartForm(); err == nil {
		return slices.Contains(form.Value[name], pressed)
	}
	return formValue(c, name) == pressed
}

func (s *Server) answerSubscription(c *fiber.Ctx, act string) error {
	token, now := c.Params("token"), time.Now()
	switch act {
	case "confirm":
		return s.Mail.Confirm(c.UserContext(), token, now)
	case "stop", "all":
		return s.Mail.Unsubscribe(c.UserContext(), token, act == "all", now)
	default:
		return &moderation.Problem{Code: moderation.Malformed}
	}
}

func (s *Server) answerDigest(c *fiber.Ctx, act string) error {
	switch act {
	case "confirm":
		return s.Mail.ConfirmDigest(c.UserContext(), c.Params("token"), time.Now())
	case "stop":
		return s.Mail.EndDigest(c.UserContext(), c.Params("token"))
	default:
		return &moderation.Problem{Code: moderation.Malformed}
	}
}

// subscription finds what a link is about: a visitor's letters, or an editor's.
func (s *Server) subscription(c *fiber.Ctx) (subscriptionView, error) {
	sub, err := s.Mail.SubscriptionBy(c.UserContext(), c.Params("token"))
	if err == nil {
		site, err := s.Sites.Site(c.UserContext(), sub.Site)
		view := subscriptionView{Site: site.Name, About: sub.PageTitle, Asked: sub.ConfirmedAt.IsZero()}
		if moderation.PageOrigin(sub.Page) != "" {
			view.AboutURL = sub.Page
		}
		if view.About == "" {
			view.About = sub.Page
		}
		view.Page = linkHead(c, sub.Language, "mail.title")
		return view, err
	}
	if moderation.CodeOf(err) != moderation.NotFound {
		return subscriptionView{}, err
	}
	d, err := s.Mail.DigestBy(c.UserContext(), c.Params("token"))
	return subscriptionView{Page: linkHead(c, d.Language, "mail.digests"), Asked: d.ConfirmedAt.IsZero()}, err
}

// linkHead speaks the language of the letter, whatever the browser's is.
func linkHead(c *fiber.Ctx, lang, title string) Page {
	if asked := c.Query("lang"); slices.Contains(languages, asked) {
		lang = asked
	}
	return Page{Lang: lang, Title: tr(lang, title), Styles: []string{"page.css", "subscription.css"}, Robots: "noindex"}
}

func (s *Server) showSubscription(c *fiber.Ctx, view subscriptionView) error {
	private(c)
	c.Set(fiber.HeaderReferrerPolicy, "no-referrer") // the address holds the token
	c.Set(fiber.HeaderContentLanguage, view.Lang)
	return render(c, fiber.StatusOK, "subscription", view)
}
