package web

import (
	"crypto/sha512"
	"encoding/base64"
	"fmt"
	"html/template"
	"path"
	"strings"

	"balasan/moderation"

	"github.com/gofiber/fiber/v2"
)

// Frozen is the newest embed whose bytes never change again; pages that pin it use integrity.
const Frozen = "v1.2.0"

// embed serves the evergreen files, v1.js and v1.css, and the frozen ones, v1.0.0.js and so on.
func (s *Server) embed(c *fiber.Ctx) error {
	file := c.Params("file")
	switch ext := path.Ext(file); {
	case file == "v1.js" || file == "v1.css":
		return sendAsset(c, manifest()["embed"+ext].File, "public, max-age=3600, stale-while-revalidate=86400, stale-if-error=604800")
	case strings.HasPrefix(file, "v1.") && strings.Count(file, ".") == 3:
		return sendFile(c, "assets/frozen/"+file, "public, max-age=31536000, immutable")
	}
	return &moderation.Problem{Code: moderation.NotFound}
}

// EmbedTag is what a portal pastes to show a site's threads. base is this instance's address.
// A pinned tag names the frozen version with its integrity.
func EmbedTag(base, site string, pinned bool) string {
	file, integrity := "v1.js", ""
	if pinned {
		file = Frozen + ".js"
		integrity = ` integrity="` + frozenSRI(file) + `" crossorigin`
	}
	return fmt.Sprintf(`<script type="module" src="%s/embed/%s"%s></script>`+"\n"+`<balasan-thread site="%s"></balasan-thread>`,
		template.HTMLEscapeString(base), file, integrity, template.HTMLEscapeString(site))
}

func frozenSRI(file string) string {
	raw, err := assetFiles.ReadFile("assets/frozen/" + file)
	if err != nil {
		panic(err) // embedded: only a test can meet it
	}
	sum := sha512.Sum384(raw)
	return "sha384-" + base64.StdEncoding.EncodeToString(sum[:])
}

type demoView struct {
	Page
	Other string // language to switch to
	Form  string // for readers without scripts
}

// demo is a portal's article page with the embed in it.
func (s *Server) demo(c *fiber.Ctx) error {
	lang := languages[0]
	if c.Query("lang") == "en" {
		lang = "en"
	}
	view := demoView{Page: Page{Lang: lang, Title: tr(lang, "demo.title"), Styles: []string{"demo.css"}, Robots: "noindex"}, Other: "en"}
	if lang == "en" {
		view.Other = "id"
	}
	view.Form = formURL("demo", s.base(c)+"/demo", lang, "")
	return render(c, fiber.StatusOK, "demo", view)
}
