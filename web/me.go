package web

import (
	"context"
	"time"

	"balasan/moderation"

	"github.com/gofiber/fiber/v2"
)

// DataRequests are visitors' requests to see or erase what is kept of them.
type DataRequests interface {
	// AskData leaves a letter with a link. Whether anything is kept is looked up when it is written,
	// so that who asks learns nothing, not even from how long it takes.
	AskData(ctx context.Context, site string, email moderation.Email, language string, at time.Time) error
	DataRequestBy(ctx context.Context, token string) (moderation.DataRequest, error)
	// ExportData and EraseData spend a link, each once; NotFound when it is not open to them.
	ExportData(ctx context.Context, token string, at time.Time) (moderation.OwnData, error)
	EraseData(ctx context.Context, token string, at time.Time) (moderation.DataRequest, error)
	// CarryOut goes on with an erasure and tells how far it is.
	CarryOut(ctx context.Context, id string, at time.Time) (moderation.DataRequest, error)
}

const (
	mePath     = "/sites/:site/me"
	meLinkPath = "/me/:token"
)

// mine is the address of that page; empty where there is no mail to send a link by.
func (s *Server) mine(site moderation.Site, lang string) string {
	if s.Mail == nil {
		return ""
	}
	return s.outside() + meURL(site.ID, lang)
}

func meURL(site, lang string) string { return "/sites/" + site + "/me?lang=" + lang }

// meView is the page where a link is asked for.
type meView struct {
	Page
	Site    string // its name
	Offered bool   // there is mail to send it by
	Sent    bool
	Email   string // as it was typed, when it is at fault
	Fault   string
}

// mePage shows who asks for a link what it is for.
func (s *Server) mePage(c *fiber.Ctx) error {
	site, err := s.site(c)
	if err != nil {
		return err
	}
	return showMe(c, fiber.StatusOK, s.newMe(c, site))
}

func (s *Server) newMe(c *fiber.Ctx, site moderation.Site) meView {
	return meView{Page: linkHead(c, languageOr(c, site.Language), "me.title"), Site: site.Name, Offered: s.Mail != nil}
}

// meForm takes an address. The answer is the same whatever is kept under it and whether a letter
// goes out.
func (s *Server) meForm(c *fiber.Ctx) error {
	site, err := s.site(c)
	if err != nil {
		return err
	}
	f, err := readFields(c)
	if err != nil {
		return err
	}
	if err := admit(c, site, ""); err != nil {
		return err
	}
	view := s.newMe(c, site)
	if !view.Offered {
		return showMe(c, fiber.StatusNotFound, view)
	}
	if err := s.spend(c, moderation.ToSubmit); err != nil {
		return err
	}
	email, err := moderation.ParseEmail(f["email"])
	if err != nil {
		view.Email, view.Fault = f["email"], tr(view.Lang, "fault.email.format")
		return showMe(c, fiber.StatusUnprocessableEntity, view)
	}
	if err := s.Mail.AskData(c.UserContext(), site.ID, email, view.Lang, time.Now()); err != nil {
		return err
	}
	view.Sent = true
	return showMe(c, fiber.StatusOK, view)
}

func showMe(c *fiber.Ctx, code int, view meView) error {
	return renderMe(c, code, "me", view.Lang, view)
}

// renderMe keeps pages about somebody's data out of caches, frames and search engines.
func renderMe(c *fiber.Ctx, code int, name, lang string, view any) error {
	private(c)
	c.Vary(fiber.HeaderAcceptLanguage)
	c.Set(fiber.HeaderContentLanguage, lang)
	return render(c, code, name, view)
}
