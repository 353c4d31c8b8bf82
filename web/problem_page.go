package web

import (
	"strings"

	"balasan/docs"
	"balasan/moderation"

	"github.com/gofiber/fiber/v2"
)

type problemTextView struct {
	Page
	Lines []docLine
}

// docLine is one paragraph of a problem's page: "h2" or "p".
type docLine struct{ Kind, Text string }

// problemText serves the page that a problem's type names.
func (s *Server) problemText(c *fiber.Ctx) error {
	raw, err := docs.Problems.ReadFile("problems/" + c.Params("code") + ".md")
	if err != nil {
		return &moderation.Problem{Code: moderation.NotFound}
	}
	lang := language(c)
	view := problemTextView{Page: Page{Lang: lang, Title: tr(lang, "problem.about"), Styles: []string{"page.css"}}}
	for block := range strings.SplitSeq(strings.TrimSpace(string(raw)), "\n\n") {
		switch {
		case strings.HasPrefix(block, "# "):
			view.Title = block[2:]
		case strings.HasPrefix(block, "## "):
			view.Lines = append(view.Lines, docLine{"h2", block[3:]})
		default:
			view.Lines = append(view.Lines, docLine{"p", block})
		}
	}
	return render(c, fiber.StatusOK, "problem_text", view)
}
