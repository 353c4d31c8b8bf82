package web

import (
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"
)

// navLink leads to another of the editors' pages.
type navLink struct {
	URL, Key string // Key names its sentence
	Current  bool
}

// sections are the pages that the bar may lead to. A page that this program does not have, or that
// the caller may not see, is left out.
var sections = []navLink{
	{URL: "/queue", Key: "nav.queue"}, {URL: "/queue/overview", Key: "nav.overview"}, {URL: "/queue/standing", Key: "nav.standing"},
	{URL: "/queue/rules", Key: "nav.rules"}, {URL: "/queue/history", Key: "nav.history"}, {URL: "/queue/people", Key: "nav.people"},
	{URL: "/queue/account", Key: "nav.account"},
}

const keyNav = "nav"

// navOf is the bar for a caller who looks at path.
func (s *Server) navOf(who caller, path string) (links []navLink) {
	for _, l := range sections {
		at := slices.IndexFunc(s.table, func(r staffRoute) bool { return r.path == l.URL && r.method == fiber.MethodGet })
		if at >= 0 && who.mayCall(s.table[at]) {
			links = append(links, l)
		}
	}
	here, longest := -1, 0
	for i, l := range links {
		if (path == l.URL || strings.HasPrefix(path, l.URL+"/")) && len(l.URL) > longest {
			here, longest = i, len(l.URL)
		}
	}
	if here >= 0 {
		links[here].Current = true
	}
	return links
}

// Nav is the bar's links; empty outside of the editors' half.
func (p Page) Nav() []navLink {
	if p.nav == nil {
		return nil
	}
	return *p.nav
}

func (p Page) setNav(links []navLink) {
	if p.nav != nil {
		*p.nav = links
	}
}

// framed gives a page its bar before it is painted.
func framed(c *fiber.Ctx, view any) {
	links, known := c.Locals(keyNav).([]navLink)
	if page, ok := view.(interface{ setNav([]navLink) }); ok && known {
		page.setNav(links)
	}
}
