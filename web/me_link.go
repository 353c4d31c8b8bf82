package web

import (
	"context"
	"time"

	"balasan/moderation"

	"github.com/gofiber/fiber/v2"
)

const eraseLimit = 5 * time.Second // that who pressed the button waits; the hourly purge does the rest

// meLinkView is where the link in a letter leads. It shows no address.
type meLinkView struct {
	Page
	State  string // open, erasing, done or gone
	Site   string // its name; empty where the link is not known
	Ask    string // address where another link is asked for; empty likewise
	Spent  bool   // it was exported
	Until  string // the end of the link
	Erased string // how many comments were
	Fault  string
}

// meLink shows buttons and changes nothing: scanners of mail open links.
func (s *Server) meLink(c *fiber.Ctx) error {
	_, view, err := s.meRequest(c)
	if err != nil {
		return err
	}
	return showLink(c, view)
}

// meRequest finds the site whose data a link opens, and how it stands. One that is not known has ended.
func (s *Server) meRequest(c *fiber.Ctx) (moderation.Site, meLinkView, error) {
	r, err := s.Mail.DataRequestBy(c.UserContext(), c.Params("token"))
	if moderation.CodeOf(err) == moderation.NotFound {
		return moderation.Site{}, meLinkView{Page: linkHead(c, language(c), "me.title"), State: "gone"}, nil
	}
	if err != nil {
		return moderation.Site{}, meLinkView{}, err
	}
	site, err := s.Sites.Site(c.UserContext(), r.Site)
	head := linkHead(c, r.Language, "me.title")
	view := meLinkView{Page: head, Site: site.Name, Ask: meURL(site.ID, head.Lang)}
	view.follow(r, time.Now())
	return site, view, err
}

// follow shows how a request stands.
func (v *meLinkView) follow(r moderation.DataRequest, now time.Time) {
	v.Spent, v.Until, v.Erased = !r.ExportedAt.IsZero(), dateText(v.Lang, r.ExpiresAt), trn(v.Lang, "me.erased", r.Erased)
	switch {
	case !r.DoneAt.IsZero():
		v.State = "done"
	case !r.EraseAt.IsZero():
		v.State = "erasing"
	case r.Open(now):
		v.State = "open"
	default:
		v.State = "gone"
	}
}

// showLink answers 410 where there is nothing to press any more.
func showLink(c *fiber.Ctx, view meLinkView) error {
	code := fiber.StatusOK
	switch {
	case view.State == "gone":
		code = fiber.StatusGone
	case view.Fault != "":
		code = fiber.StatusUnprocessableEntity
	}
	return renderMe(c, code, "me_link", view.Lang, view)
}

// meLinkForm does what a button says.
func (s *Server) meLinkForm(c *fiber.Ctx) error {
	site, view, err := s.meRequest(c)
	if err != nil {
		return err
	}
	if view.State != "open" {
		return showLink(c, view)
	}
	if err := admit(c, site, ""); err != nil {
		return err
	}
	switch formValue(c, "act") {
	case "export":
		return s.export(c, view)
	case "erase":
		return s.eraseMine(c, view)
	default:
		return &moderation.Problem{Code: moderation.Malformed}
	}
}

// eraseMine notes the wish durably, which spends the link, and carries it out as far as one can wait for.
func (s *Server) eraseMine(c *fiber.Ctx, view meLinkView) error {
	if formValue(c, "sure") == "" {
		view.Fault = tr(view.Lang, "me.fault.sure")
		return showLink(c, view)
	}
	r, err := s.Mail.EraseData(c.UserContext(), c.Params("token"), time.Now())
	if err != nil {
		return spentMeanwhile(c, view, err)
	}
	ctx, cancel := context.WithTimeout(c.UserContext(), eraseLimit)
	defer cancel()
	done, err := s.Mail.CarryOut(ctx, r.ID, time.Now())
	switch {
	case err == nil:
		r = done
		s.Log.Info("what an address wrote was erased at its holder's request", "site", r.Site, "comments", r.Erased)
	case ctx.Err() == nil:
		s.Log.Error("an erasure goes on with the next purge", "site", r.Site, "request", requestID(c), "err", err)
	}
	view.follow(r, time.Now())
	return showLink(c, view)
}

// spentMeanwhile tells who lost a race, with themselves most likely.
func spentMeanwhile(c *fiber.Ctx, view meLinkView, err error) error {
	if moderation.CodeOf(err) != moderation.NotFound {
		return err
	}
	view.State = "gone"
	return showLink(c, view)
}
