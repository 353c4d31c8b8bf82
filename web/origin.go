package web

import (
	"net/url"
	"regexp"
	"strings"

	"balasan/moderation"

	"github.com/gofiber/fiber/v2"
)

// admit checks where a submission comes from: the page that holds the form and the page that is
// commented on must both be the site's, or our own.
func admit(c *fiber.Ctx, site moderation.Site, page string) error {
	origin, host := c.Get(fiber.HeaderOrigin), string(c.Request().Header.Host())
	crossed := origin == "" && c.Get("Sec-Fetch-Site") == "cross-site"
	if crossed || origin != "" && !belongs(site, host, origin) {
		return &moderation.Problem{Code: moderation.WrongOrigin}
	}
	return about(c, site, page)
}

// about checks that a page is the site's, or our own. It is all that opening the form asks for:
// a link on the portal leads there, and browsers name no origin when someone follows a link.
func about(c *fiber.Ctx, site moderation.Site, page string) error {
	from := moderation.PageOrigin(page)
	if from != "" && !belongs(site, string(c.Request().Header.Host()), from) {
		return &moderation.Problem{Code: moderation.WrongOrigin}
	}
	return nil
}

// belongs tells whether origin is on the site's list or our own host.
func belongs(site moderation.Site, host, origin string) bool {
	return site.Allows(origin) || origin == "http://"+host || origin == "https://"+host
}

// share lets the site's own pages read the answer, by exact origin and without credentials.
func share(c *fiber.Ctx, site moderation.Site) {
	c.Vary(fiber.HeaderOrigin)
	if origin := c.Get(fiber.HeaderOrigin); site.Allows(origin) {
		readable(c, origin)
	}
}

// readable lets pages of an origin read the answer and how long to wait.
func readable(c *fiber.Ctx, origin string) {
	c.Set(fiber.HeaderAccessControlAllowOrigin, origin)
	c.Set(fiber.HeaderAccessControlExposeHeaders, fiber.HeaderRetryAfter)
}

// tellAnyone lets the page that made a public call read why it was refused, whoever it is: such a
// problem holds nothing of the site, and the alternative is a network error without a reason.
// What comes after a site let a page in goes to that page's origin alone.
func tellAnyone(c *fiber.Ctx) {
	if publicCall.MatchString(c.Path()) && len(c.Response().Header.Peek(fiber.HeaderAccessControlAllowOrigin)) == 0 {
		readable(c, "*")
	}
}

var publicCall = regexp.MustCompile(`^/v1/sites/|^/sites/[^/]*/threads$`)

// preflight answers OPTIONS for what pages of the site may post.
func (s *Server) preflight(c *fiber.Ctx) error {
	site, err := s.site(c)
	if err != nil {
		return err
	}
	c.Set(fiber.HeaderAccessControlAllowMethods, fiber.MethodPost)
	c.Set(fiber.HeaderAccessControlAllowHeaders, "Content-Type, Idempotency-Key")
	c.Set(fiber.HeaderAccessControlMaxAge, "600")
	share(c, site)
	return c.SendStatus(fiber.StatusNoContent)
}

// site is the one that the path names.
func (s *Server) site(c *fiber.Ctx) (moderation.Site, error) {
	return s.Sites.Site(c.UserContext(), c.Params("site"))
}

// safeReturn gives raw back when a browser that follows it ends up on one of the site's origins
// or on our own host, else nothing.
func safeReturn(site moderation.Site, host, raw string) string {
	if raw == "" || strings.ContainsAny(raw, "\\ \"<>") || !clean([]byte(raw)) {
		return ""
	}
	u, err := url.Parse(raw)
	if err != nil || u.User != nil || u.Opaque != "" || u.Scheme != "http" && u.Scheme != "https" {
		return ""
	}
	if !belongs(site, host, u.Scheme+"://"+u.Host) {
		return ""
	}
	return u.String()
}
