package web

import (
	"context"
	"strings"
	"time"

	"balasan/moderation"

	"github.com/gofiber/fiber/v2"
)

// Challenges issues challenges and renders them. The errors are Problems: CaptchaInvalid,
// CaptchaExpired, CaptchaBusy.
type Challenges interface {
	Issue(moderation.Binding, time.Time) moderation.Challenge
	Picture(ctx context.Context, token string) ([]byte, error)         // PNG
	Voice(ctx context.Context, token, language string) ([]byte, error) // WAV
}

// Threads reads what is public.
type Threads interface {
	// ThreadVersion grows with every change of what is public on a page; 0 before the first.
	ThreadVersion(ctx context.Context, site, page string) (int64, error)
	Thread(ctx context.Context, site, page, cursor string, order moderation.Order, limit int) (moderation.ThreadPage, error)
	Counts(ctx context.Context, site string, pages []string) (map[string]int, error)
}

// threadRoutes are the cached reads.
func (s *Server) threadRoutes(app *fiber.App) {
}

// publicRoutes are everything else that needs no editor.
func (s *Server) publicRoutes(app *fiber.App) {
	app.Get("/healthz", s.healthz)
	app.Get("/readyz", s.readyz)
	app.Get("/assets/:file", s.asset)
}

// challengeDoc is a challenge as the embed meets it.
type challengeDoc struct {
	Token     string    `json:"token"`
	Kind      string    `json:"kind"`
	Image     string    `json:"image"`
	Audio     string    `json:"audio"`
	ExpiresAt time.Time `json:"expires_at"`
}

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
		Detail: tr(lang, "problem."+string(p.Code))}
	if status[p.Code] >= 500 {
		view.Request = requestID(c)
	}
	retryAfter(c, p)
	c.Set(fiber.HeaderCacheControl, "no-store")
	return render(c, status[p.Code], "problem", view)
}
