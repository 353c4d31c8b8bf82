package web

import (
	"embed"
	"encoding/json"
	"path"
	"strings"
	"sync"

	"balasan/moderation"

	"github.com/gofiber/fiber/v2"
)

//go:embed assets
var assetFiles embed.FS

// asset is one built file; its name carries a digest of its content, so it never changes.
type asset struct {
	File string `json:"file"` // below /assets/
	SRI  string `json:"sri"`  // for integrity=
}

// manifest maps the name of a source ("page.css", "queue.js") to what was built from it.
var manifest = sync.OnceValue(func() map[string]asset {
	m := map[string]asset{}
	raw, err := assetFiles.ReadFile("assets/manifest.json")
	if err == nil {
		err = json.Unmarshal(raw, &m)
	}
	if err != nil {
		panic("read assets/manifest.json: " + err.Error()) // embedded: only a test can meet it
	}
	return m
})

func assetURL(name string) string { return "/assets/" + manifest()[name].File }
func assetSRI(name string) string { return manifest()[name].SRI }

// asset serves one built file, for a year: another content has another name.
func (s *Server) asset(c *fiber.Ctx) error {
	return sendAsset(c, c.Params("file"), "public, max-age=31536000, immutable")
}

func sendAsset(c *fiber.Ctx, file, caching string) error {
	if file == "manifest.json" {
		return &moderation.Problem{Code: moderation.NotFound}
	}
	return sendFile(c, "assets/"+file, caching)
}

// sendFile serves an embedded file; embed.FS refuses every path that climbs.
func sendFile(c *fiber.Ctx, name, caching string) error {
	raw, err := assetFiles.ReadFile(name)
	if err != nil {
		return &moderation.Problem{Code: moderation.NotFound}
	}
	c.Type(strings.TrimPrefix(path.Ext(name), "."), "utf-8")
	c.Set(fiber.HeaderCacheControl, caching)
	c.Set(fiber.HeaderAccessControlAllowOrigin, "*")
	c.Set("Cross-Origin-Resource-Policy", "cross-origin")
	return c.Send(raw)
}
