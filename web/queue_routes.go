package web

import "github.com/gofiber/fiber/v2"

// Queue is what the editors' half needs from outside.
type Queue struct{}

// queueRoutes adds the editors' pages under /queue and their calls under /v1/editor.
func (s *Server) queueRoutes(app *fiber.App) {}
