package web

import (
	"net/url"
	"slices"
	"strings"

	"balasan/moderation"

	"github.com/gofiber/fiber/v2"
)

// caller is who calls: an editor, by a session or by a token.
type caller struct {
	moderation.Editor
	session string // the secret; empty with a token
	lang    string
}

// staff wraps an editors' route: headers, who it is, and where the request comes from.
func (s *Server) staff(r staffRoute) fiber.Handler {
	return func(c *fiber.Ctx) error {
		private(c)
		byToken := !r.page && isBearer(c)
		who, err := s.caller(c, byToken)
		who.lang = s.staffLanguage(c, who.Editor)
		switch {
		case err == nil || r.act == anyone && moderation.CodeOf(err) == moderation.Unauthorized:
		case r.page && moderation.CodeOf(err) == moderation.Unauthorized:
			return toSignIn(c)
		default:
			return err
		}
		if c.Method() == fiber.MethodPost && !byToken && !s.sameOrigin(c) {
			return &moderation.Problem{Code: moderation.WrongOrigin}
		}
		if !who.mayCall(r) {
			return &moderation.Problem{Code: moderation.Forbidden}
		}
		if r.page && who.ID != "" {
			c.Locals(keyNav, s.navOf(who, r.path))
		}
		return r.handle(c, who)
	}
}

// mayCall tells whether the caller may do what the route does on some site at least.
func (who caller) mayCall(r staffRoute) bool {
	if r.act == anyone || r.act == signedIn {
		return true
	}
	sites, all := who.Sites(r.act)
	return all || len(sites) > 0
}

// private keeps editors' answers out of caches, frames and search engines. The referrer stays
// within this origin: without one, browsers would send "Origin: null" with forms.
func private(c *fiber.Ctx) {
	c.Set(fiber.HeaderCacheControl, "no-store")
	c.Set(fiber.HeaderReferrerPolicy, "same-origin")
	c.Set(fiber.HeaderXFrameOptions, "DENY")
	c.Set("X-Robots-Tag", "noindex, nofollow")
}

func isBearer(c *fiber.Ctx) bool { return c.Get(fiber.HeaderAuthorization) != "" }

// caller finds who calls. Pages know sessions only; a call with an Authorization header never
// counts as a session.
func (s *Server) caller(c *fiber.Ctx, byToken bool) (caller, error) {
	if byToken {
		scheme, token, _ := strings.Cut(c.Get(fiber.HeaderAuthorization), " ")
		if !strings.EqualFold(scheme, "bearer") {
			return caller{}, &moderation.Problem{Code: moderation.Unauthorized}
		}
		editor, err := s.Queue.Accounts.Known(c.UserContext(), moderation.Token, strings.TrimSpace(token))
		return caller{Editor: editor}, err
	}
	secret := c.Cookies(s.cookieName(c))
	if secret == "" {
		return caller{}, &moderation.Problem{Code: moderation.Unauthorized}
	}
	editor, err := s.Queue.Accounts.Known(c.UserContext(), moderation.Session, secret)
	return caller{Editor: editor, session: secret}, err
}

// sameOrigin tells whether a page of ours sent this request. Sec-Fetch-Site cannot be set by a
// page; browsers without it send Origin with every post.
func (s *Server) sameOrigin(c *fiber.Ctx) bool {
	if site := c.Get("Sec-Fetch-Site"); site != "" {
		return site == "same-origin"
	}
	return c.Get(fiber.HeaderOrigin) == s.base(c)
}

// cookieName carries __Host- where the cookie is Secure: then no other host can set it.
func (s *Server) cookieName(c *fiber.Ctx) string {
	if s.isSecure(c) {
		return "__Host-balasan"
	}
	return "balasan"
}

func (s *Server) isSecure(c *fiber.Ctx) bool { return strings.HasPrefix(s.base(c), "https://") }

const cookieLife = 90 * 24 * 60 * 60 // seconds, as long as a session may live

// admit hands the browser a fresh session; the one it had before ends.
func (s *Server) admit(c *fiber.Ctx, before caller, secret string) error {
	s.setCookie(c, secret, cookieLife)
	if before.session == "" {
		return nil
	}
	return s.Queue.Accounts.SignOut(c.UserContext(), before.Editor, before.session)
}

func (s *Server) setCookie(c *fiber.Ctx, secret string, seconds int) {
	c.Cookie(&fiber.Cookie{Name: s.cookieName(c), Value: secret, Path: "/", MaxAge: seconds,
		Secure: s.isSecure(c), HTTPOnly: true, SameSite: fiber.CookieSameSiteLaxMode})
}

const languageCookie = "balasan-lang"

// staffLanguage is what the editor chose last, by ?lang= and then a cookie, else their site's when
// they have one alone, else the browser's.
func (s *Server) staffLanguage(c *fiber.Ctx, who moderation.Editor) string {
	asked, kept := c.Query("lang"), c.Cookies(languageCookie)
	if slices.Contains(languages, asked) {
		c.Cookie(&fiber.Cookie{Name: languageCookie, Value: asked, Path: "/queue", MaxAge: 4 * cookieLife,
			Secure: s.isSecure(c), HTTPOnly: true, SameSite: fiber.CookieSameSiteLaxMode})
		return asked
	}
	if slices.Contains(languages, kept) {
		return kept
	}
	if only := s.onlySite(c, who); slices.Contains(languages, only.Language) {
		return only.Language
	}
	return language(c)
}

// onlySite is the site of an editor who has no other.
func (s *Server) onlySite(c *fiber.Ctx, who moderation.Editor) (only moderation.Site) {
	if len(who.Roles) == 0 {
		return only
	}
	all, _ := s.Queue.Sites(c.UserContext()) // a store that fails is met by the page itself
	all = slices.DeleteFunc(all, func(site moderation.Site) bool { return !who.May(moderation.ToRead, site.ID) })
	if len(all) == 1 {
		return all[0]
	}
	return only
}

func toSignIn(c *fiber.Ctx) error {
	to := "/queue/signin"
	if c.Method() == fiber.MethodGet && c.Path() != "/queue" {
		to += "?next=" + url.QueryEscape(c.OriginalURL())
	}
	return c.Redirect(to, fiber.StatusSeeOther)
}

// within returns next where it is a page of the queue for who is signed in, and the queue itself
// otherwise.
func within(next string) string {
	u, err := url.Parse(next)
	if err != nil || u.IsAbs() || u.Host != "" || u.User != nil || strings.ContainsAny(next, "\\\t\r\n") ||
		u.Path != "/queue" && !strings.HasPrefix(u.Path, "/queue/") {
		return "/queue"
	}
	for _, door := range []string{"/queue/signin", "/queue/signout", "/queue/link/"} {
		if strings.HasPrefix(u.Path, door) {
			return "/queue"
		}
	}
	return u.RequestURI()
}

// device names a browser so that its owner knows it again in the list of sessions.
func device(c *fiber.Ctx) string {
	agent := c.Get(fiber.HeaderUserAgent)
	browser := firstIn(agent, "Edg/", "Edge", "OPR/", "Opera", "SamsungBrowser", "Samsung Internet",
		"Firefox/", "Firefox", "Chrome/", "Chrome", "Safari/", "Safari")
	system := firstIn(agent, "Android", "Android", "iPhone", "iPhone", "iPad", "iPad",
		"Windows", "Windows", "Mac OS", "macOS", "Linux", "Linux")
	return strings.Trim(browser+" · "+system, " ·")
}

// firstIn returns the name that belongs to the first mark found; pairs are mark, name.
func firstIn(s string, pairs ...string) string {
	for i := 0; i < len(pairs); i += 2 {
		if strings.Contains(s, pairs[i]) {
			return pairs[i+1]
		}
	}
	return ""
}
