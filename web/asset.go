package web

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"encoding/json"
	"io/fs"
	"path"
	"strings"
	"sync"

	"balasan/moderation"

	"github.com/andybalholm/brotli"
	"github.com/gofiber/fiber/v2"
	"github.com/klauspost/compress/gzip"
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

// packed are the built files by path as they are sent, compressed when the first is asked for.
var packed = sync.OnceValue(func() map[string]*body {
	all := map[string]*body{}
	err := fs.WalkDir(assetFiles, "assets", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		plain, err := assetFiles.ReadFile(name)
		sum := sha256.Sum256(plain)
		b := &body{etag: hex.EncodeToString(sum[:9]), plain: plain}
		b.gzip, b.br = newCompressor(gzip.BestCompression, brotli.BestCompression).compress(plain)
		all[name] = b
		return err
	})
	if err != nil {
		panic("read assets: " + err.Error()) // embedded: only a test can meet it
	}
	return all
})

// sendFile serves a built file in the encoding that the reader takes, or 304.
func sendFile(c *fiber.Ctx, name, caching string) error {
	b, ok := packed()[name]
	if !ok {
		return &moderation.Problem{Code: moderation.NotFound}
	}
	coding, content := b.fitting(c.Request().Header.Peek(fiber.HeaderAcceptEncoding))
	etag := `"` + b.etag + coding + `"` // a strong one tells the encodings apart (RFC 9110, 8.8.3)
	c.Set(fiber.HeaderETag, etag)
	c.Set(fiber.HeaderVary, fiber.HeaderAcceptEncoding)
	c.Set(fiber.HeaderCacheControl, caching)
	c.Set(fiber.HeaderAccessControlAllowOrigin, "*")
	c.Set("Cross-Origin-Resource-Policy", "cross-origin")
	if matches(c.Request().Header.Peek(fiber.HeaderIfNoneMatch), etag) {
		return c.SendStatus(fiber.StatusNotModified)
	}
	c.Type(strings.TrimPrefix(path.Ext(name), "."), "utf-8")
	if coding != "" {
		c.Set(fiber.HeaderContentEncoding, coding)
	}
	c.Context().Response.SetBodyRaw(content)
	return nil
}
