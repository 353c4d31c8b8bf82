package web

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"io/fs"
	"path"
	"strings"
	"sync"

	"github.com/gofiber/fiber/v2"
)

//go:embed views/*.html
var viewFiles embed.FS

// Page is what every whole page has; a view embeds it.
type Page struct {
	Lang    string
	Title   string
	Styles  []string // sources' names: "page.css"
	Scripts []string // sources' names: "queue.js"
	Robots  string   // empty lets search engines in

	nav *[]navLink // of the editors' pages, filled in when the page is painted
}

// T is the sentence for key in the page's language.
func (p Page) T(key string, args ...any) string { return tr(p.Lang, key, args...) }

// views are the parsed templates by name. Each stands alone with base.html and the parts, whose
// names begin with an underscore; a view defines "content".
var views = sync.OnceValue(func() map[string]*template.Template {
	shared := template.Must(template.New("").Funcs(template.FuncMap{"asset": assetURL, "integrity": assetSRI}).
		ParseFS(viewFiles, "views/_*.html", "views/base.html"))
	all := map[string]*template.Template{}
	names, _ := fs.Glob(viewFiles, "views/[a-z]*.html")
	for _, name := range names {
		if stem := strings.TrimSuffix(path.Base(name), ".html"); stem != "base" {
			all[stem] = template.Must(template.Must(shared.Clone()).ParseFS(viewFiles, name))
		}
	}
	return all
})

// render answers with a whole page. Nothing is sent unless the template ran to its end.
func render(c *fiber.Ctx, status int, name string, view any) error {
	framed(c, view)
	page, err := paint(name, "base", view)
	if err != nil {
		return err
	}
	c.Set(fiber.HeaderContentType, fiber.MIMETextHTMLCharsetUTF8)
	return c.Status(status).Send(page)
}

// paint runs one template of a view: "base" for the page, "content" for a fragment.
func paint(name, part string, view any) ([]byte, error) {
	t, ok := views()[name]
	if !ok {
		return nil, fmt.Errorf("no view %q", name)
	}
	var out bytes.Buffer
	if err := t.ExecuteTemplate(&out, part, view); err != nil {
		return nil, fmt.Errorf("paint %s: %w", name, err)
	}
	return out.Bytes(), nil
}
