package web

import (
	"time"

	"balasan/moderation"

	"github.com/gofiber/fiber/v2"
)

// SubscriptionURL is where a link in a letter leads: its page asks, and a post to it acts, which is
// also what RFC 8058 wants of one-click unsubscribing.
func SubscriptionURL(base, secret string) string { return base + "/subscriptions/" + secret }

// subscriptionView asks whether to do what the link may do, or says that it is done.
type subscriptionView struct {
	Page
	Act   moderation.LinkAct
	Done  bool
	Wider bool // it may end letters of the whole site as well
}

func (s *Server) subscriptionPage(c *fiber.Ctx) error {
	return s.subscription(c, false)
}

// subscriptionForm acts for whoever has the link: mail programs post it without a page of ours.
func (s *Server) subscriptionForm(c *fiber.Ctx) error {
	return s.subscription(c, true)
}

func (s *Server) subscription(c *fiber.Ctx, act bool) error {
	private(c)
	c.Set(fiber.HeaderReferrerPolicy, "no-referrer") // the address is the secret
	if s.Queue.Mail == nil {
		return &moderation.Problem{Code: moderation.NotFound}
	}
	var link moderation.Link
	var err error
	if act {
		link, err = s.Queue.Mail.UseMailLink(c.UserContext(), c.Params("token"), formValue(c, "all") != "", time.Now())
	} else {
		link, err = s.Queue.Mail.MailLink(c.UserContext(), c.Params("token"), time.Now())
	}
	if err != nil {
		return err
	}
	lang := language(c)
	return render(c, fiber.StatusOK, "subscription", subscriptionView{
		Page: Page{Lang: lang, Title: tr(lang, "mail.link."+string(link.Act)), Styles: []string{"queue.css"}, Robots: "noindex"},
		Act:  link.Act, Done: act, Wider: link.Act == moderation.StopReplies})
}
