package web

import (
	"context"
	"log/slog"
	"time"

	"github.com/gofiber/fiber/v2"
)

// Degraded is one thing that does not work fully at this moment.
type Degraded struct {
	Part  string // "redis", "disk", …
	Since time.Time
	Note  string // for operators; no secrets and nothing of visitors
	Fatal bool   // submissions cannot be kept
}

// seen logs and measures one answer by its route: no path, address or name of a visitor.
func (s *Server) seen(c *fiber.Ctx, began time.Time) {
	route, status := c.Route().Path, c.Response().StatusCode()
	took := time.Since(began)
	if s.Observe != nil {
		s.Observe(route, status, took)
	}
	if s.Log.Enabled(context.Background(), slog.LevelDebug) {
		s.Log.Debug("answered", "method", c.Method(), "route", route, "status", status, "took", took)
	}
}

// healthz says that the process answers; nothing more.
func (s *Server) healthz(c *fiber.Ctx) error { return c.SendString("ok\n") }

// readyz says what is degraded; 503 only when submissions cannot be kept.
func (s *Server) readyz(c *fiber.Ctx) error {
	type line struct {
		Part  string    `json:"part"`
		Since time.Time `json:"since"`
		Note  string    `json:"note"`
	}
	answer := struct {
		Ready    bool   `json:"ready"`
		Degraded []line `json:"degraded"`
	}{Ready: true, Degraded: []line{}}
	if s.Ready != nil {
		for _, d := range s.Ready(c.UserContext()) {
			answer.Ready = answer.Ready && !d.Fatal
			answer.Degraded = append(answer.Degraded, line{d.Part, d.Since, d.Note})
		}
	}
	c.Set(fiber.HeaderCacheControl, "no-store")
	if !answer.Ready {
		c.Status(fiber.StatusServiceUnavailable)
	}
	return c.JSON(answer)
}
