package web

import (
	"strings"

	"balasan/moderation"

	"github.com/gofiber/fiber/v2"
)

// publicRoutes are everything else that needs no editor.
func (s *Server) publicRoutes(app *fiber.App) {
	app.Get("/", func(c *fiber.Ctx) error { return c.Redirect("/queue", fiber.StatusSeeOther) })
	app.Get(alivePath, s.healthz)
	app.Get(readyPath, s.readyz)
	app.Get(seenPath, s.seenAs)
	app.Get("/assets/:file", s.asset)
	app.Post("/v1/sites/:site/challenges", s.openChallenge)
	app.Options("/v1/sites/:site/challenges", s.preflight)
	app.Get("/v1/challenges/:file", s.rendered)
	app.Post("/v1/sites/:site/comments", s.submit)
	app.Options("/v1/sites/:site/comments", s.preflight)
	app.Get("/sites/:site/form", s.showForm)
	app.Post("/sites/:site/form", s.takeForm)
	app.Get("/sites/:site/sent", s.sent)
	app.Get("/embed/:file", s.embed)
	app.Get("/demo", s.demo)
	app.Get("/problems/:code", s.problemText)
	s.mailRoutes(app)
}

const (
	alivePath = "/healthz"
	readyPath = "/readyz"
)

const maxKeys = 64 // query parameters or fields of a form

// wantsPage tells a reader from a program.
func wantsPage(c *fiber.Ctx) bool {
	return !strings.HasPrefix(c.Path(), "/v1/") && strings.Contains(c.Get(fiber.HeaderAccept), fiber.MIMETextHTML)
}

type problemView struct {
	Page
	Detail, Request string
}

// problemPage answers a reader.
func (s *Server) problemPage(c *fiber.Ctx, p *moderation.Problem) error {
	lang := language(c)
	view := problemView{Page: Page{Lang: lang, Title: tr(lang, "problem."+string(p.Code)+".title"), Styles: []string{"page.css"}, Robots: "noindex"},
		Detail: wordsFor(c, lang, p.Code)}
	if s.hasLine(p.Code) {
		view.Request = requestID(c)
	}
	retryAfter(c, p)
	c.Set(fiber.HeaderCacheControl, "no-store")
	return render(c, status[p.Code], "problem", view)
}
