package web

import (
	"strings"
	"unicode/utf8"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"
)

// csp is the policy of everything that is not said otherwise: our own files, no inline script or
// style, no frame around it.
var csp = policy{frames: "'none'", forms: "'self'"}

// policy is the part of the Content-Security-Policy that routes differ in.
type policy struct{ frames, forms string }

func (p policy) String() string {
	return "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self'; " +
		"connect-src 'self'; base-uri 'none'; form-action " + p.forms + "; frame-ancestors " + p.frames +
		"; require-trusted-types-for 'script'; trusted-types balasan"
}

// header is one as fasthttp keeps it, so that it need not be spelt anew for each answer.
type header struct{ name, value []byte }

func headerOf(name, value string) header { return header{[]byte(name), []byte(value)} }

func setAll(h *fasthttp.ResponseHeader, all []header) {
	for _, one := range all {
		h.SetCanonical(one.name, one.value)
	}
}

// always are the headers of every answer. The referrer policy leaves the origin in, which the portals' analytics
// and our own origin check need.
var always = []header{
	headerOf(fiber.HeaderContentSecurityPolicy, csp.String()),
	headerOf(fiber.HeaderXContentTypeOptions, "nosniff"),
	headerOf(fiber.HeaderReferrerPolicy, "strict-origin-when-cross-origin"),
}

// secure sets what every answer carries.
func secure(c *fiber.Ctx) { setAll(&c.Response().Header, always) }

// framedBy lets these origins show the page in a frame and be gone back to from its form.
func framedBy(c *fiber.Ctx, origins []string) {
	list := strings.Join(append([]string{"'self'"}, origins...), " ")
	c.Set(fiber.HeaderContentSecurityPolicy, policy{frames: list, forms: list}.String())
}

// serves tells whether the Host is one of ours.
func (s *Server) serves(host []byte) bool {
	if len(s.PublicURLs) == 0 {
		return true
	}
	for _, url := range s.PublicURLs {
		if _, own, _ := strings.Cut(url, "://"); strings.EqualFold(own, string(host)) {
			return true
		}
	}
	return false
}

// base is scheme://host of this instance as the reader reached it.
func (s *Server) base(c *fiber.Ctx) string {
	host := string(c.Request().Header.Host())
	for _, url := range s.PublicURLs {
		if _, own, _ := strings.Cut(url, "://"); strings.EqualFold(own, host) {
			return url
		}
	}
	return "http://" + host
}

func clean(b []byte) bool {
	for _, x := range b {
		if x < 0x20 || x == 0x7f {
			return false
		}
	}
	return utf8.Valid(b)
}

func cleanArgs(args *fasthttp.Args) bool {
	if args.Len() == 0 {
		return true
	}
	for key, value := range args.All() {
		if !clean(key) || !clean(value) {
			return false
		}
	}
	return args.Len() <= maxKeys
}
