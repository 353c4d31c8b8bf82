package web

import (
	"bytes"
	"context"
	"encoding/json"
	"html/template"
	"slices"
	"strings"
	"time"

	"balasan/moderation"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"
)

// Threads reads what is public.
type Threads interface {
	// ThreadVersion grows with every change of what is public on a page; 0 before the first.
	ThreadVersion(ctx context.Context, site, page string) (int64, error)
	// ThreadPage reads at most limit comments after cursor, which is empty at the start.
	ThreadPage(ctx context.Context, site, page string, order moderation.Order, cursor string, limit int) (moderation.ThreadPage, error)
	// Counts gives the number of approved comments by page; a page without any may be missing.
	Counts(ctx context.Context, site string, pages []string) (map[string]int, error)
	// Recall tells, among others, whether an editor closed the page.
	Recall(context.Context, moderation.Query) (moderation.Recollection, error)
}

const (
	perPage = 50 // comments
	fresh   = "public, max-age=5, stale-while-revalidate=60, stale-if-error=600"
)

// threadDoc and commentDoc are all that the public may read; a new field of Comment cannot
// publish itself.
type threadDoc struct {
	Page     string       `json:"page"`
	Count    int          `json:"count"`
	Comments []commentDoc `json:"comments"`
	Next     string       `json:"next"`
}

type commentDoc struct {
	ID      string        `json:"id"`
	Parent  string        `json:"parent"`
	Name    string        `json:"name"`
	Website string        `json:"website"`
	Body    template.HTML `json:"body_html"`
	Avatar  template.HTML `json:"avatar"`
	At      time.Time     `json:"at"`
	Staff   bool          `json:"staff"`
	Removed bool          `json:"removed,omitempty"` // by its author; replies hold its place
	depth   int
}

func describeComment(p moderation.Published) commentDoc {
	return commentDoc{ID: p.ID, Parent: p.Parent, Name: p.Name, Website: p.Website, Body: bodyHTML(p.Body),
		Avatar: avatarSVG(p.Avatar), At: p.At.UTC().Truncate(time.Second), Staff: p.Staff, Removed: p.Removed, depth: p.Depth}
}

// threadsPath is where a site's cached reads are, below / and /v1.
const threadsPath = "/sites/:site/threads"

// isCached tells whether a path is one of them.
func isCached(path string) bool {
	site, found := strings.CutPrefix(strings.TrimPrefix(path, "/v1"), "/sites/")
	return found && (strings.HasSuffix(site, "/threads") || strings.HasSuffix(site, "/counts"))
}

// threadRoutes are the cached reads.
func (s *Server) threadRoutes(app *fiber.App) {
	bodies := newCache(cacheBytes, s.Hints, s.deadline)
	app.Get("/v1"+threadsPath, func(c *fiber.Ctx) error { return s.thread(c, bodies, false) })
	app.Get(threadsPath, func(c *fiber.Ctx) error { return s.thread(c, bodies, true) })
	answers := newCache(countBytes, s.Hints, s.deadline)
	app.Get("/v1/sites/:site/counts", func(c *fiber.Ctx) error { return s.counts(c, answers) })
}

// thread answers JSON or markup from the cache: the same bytes for everyone. What is ready needs no
// place in the house, so that readers go on whatever else the house is full of.
func (s *Server) thread(c *fiber.Ctx, bodies *cache, markup bool) error {
	p, err := placeOf(c, markup)
	if err != nil {
		return err
	}
	written := p.page
	b, stale := bodies.ready(p) // most embeds write the page as the cache knows it
	if b == nil {
		p.page = moderation.CanonicalPage(written)
	}
	if p.page != written { // no place is looked at twice: of all readers one is told to ask, and must
		b, stale = bodies.ready(p)
	}
	if b == nil {
		err = s.seated(func() (err error) { b, stale, err = bodies.get(p, reader{s}); return err })
	}
	if err != nil {
		return err
	}
	if p.cursor == "" {
		s.Reads.add(p.site, p.page)
	}
	sendBody(c.Context(), b, markup, stale)
	return nil
}

// placeOf reads which body is asked for.
func placeOf(c *fiber.Ctx, markup bool) (place, error) {
	args := c.Request().URI().QueryArgs()
	p := place{site: c.Params("site"), page: string(args.Peek("page")), cursor: string(args.Peek("cursor")), markup: markup, order: moderation.OldestFirst}
	switch order := moderation.Order(args.Peek("order")); order {
	case "", moderation.OldestFirst:
	case moderation.NewestFirst:
		p.order = order
	default:
		return p, &moderation.Problem{Code: moderation.Invalid, Fields: []moderation.FieldFault{{Field: "order", Fault: moderation.FaultUnknown}}}
	}
	if markup {
		p.lang = string(args.Peek("lang")) // never the header's: caches in between know the address only
		if !slices.Contains(languages, p.lang) {
			p.lang = ""
		}
	}
	if p.page == "" || len(p.page) > moderation.MaxPage || len(p.cursor) > 100 {
		return p, &moderation.Problem{Code: moderation.Invalid, Fields: []moderation.FieldFault{{Field: "page", Fault: moderation.FaultRequired}}}
	}
	return p, nil
}

// ofBodies are the headers of every cached body.
var ofBodies = []header{
	headerOf(fiber.HeaderCacheControl, fresh),
	headerOf(fiber.HeaderVary, fiber.HeaderAcceptEncoding),
	headerOf(fiber.HeaderAccessControlAllowOrigin, "*"),
}

// sendBody writes a cached body in the encoding that the reader takes, or 304.
func sendBody(ctx *fasthttp.RequestCtx, b *body, markup, stale bool) {
	request, h := &ctx.Request.Header, &ctx.Response.Header
	h.SetContentType(fiber.MIMEApplicationJSONCharsetUTF8)
	if markup {
		h.SetContentType(fiber.MIMETextHTMLCharsetUTF8)
	}
	setAll(h, ofBodies)
	h.Set(fiber.HeaderETag, b.etag)
	if stale {
		h.Set(fiber.HeaderWarning, `110 - "Response is Stale"`)
	}
	if matches(request.Peek(fiber.HeaderIfNoneMatch), b.etag) {
		ctx.SetStatusCode(fiber.StatusNotModified)
		return
	}
	coding, content := b.fitting(request.Peek(fiber.HeaderAcceptEncoding))
	if coding != "" {
		h.Set(fiber.HeaderContentEncoding, coding)
	}
	ctx.Response.SetBodyRaw(content)
}

// matches compares weakly (RFC 9110, 13.1.2).
func matches(header []byte, etag string) bool {
	if len(header) == 0 {
		return false
	}
	for tag := range strings.SplitSeq(string(header), ",") {
		if tag = strings.TrimSpace(tag); tag == "*" || strings.TrimPrefix(tag, "W/") == strings.TrimPrefix(etag, "W/") {
			return true
		}
	}
	return false
}

// takes tells whether an Accept-Encoding names the coding with a weight above zero.
func takes(header []byte, coding string) bool {
	for len(header) > 0 {
		item, rest, _ := bytes.Cut(header, []byte(","))
		header = rest
		name, weight, weighted := bytes.Cut(item, []byte(";"))
		if string(bytes.TrimSpace(name)) == coding {
			weight = bytes.TrimRight(bytes.TrimSpace(weight), ".0")
			return !weighted || !bytes.Equal(weight, []byte("q="))
		}
	}
	return false
}

// reader renders threads for the cache.
type reader struct{ *Server }

// version also tells, for markup, whether the form stands below it and under which wording: a thread
// closes by its age or with its whole site too, which changes nothing in the thread itself.
func (r reader) version(ctx context.Context, p place) (int64, error) {
	site, err := r.Sites.Site(ctx, p.site) // first, since an unknown one costs nothing
	if err != nil {
		return 0, err
	}
	version, err := r.Threads.ThreadVersion(ctx, p.site, p.page)
	if err != nil || !p.markup {
		return version, err
	}
	open, err := r.open(ctx, site, p.page)
	if version *= 2; open {
		version++
	}
	return version ^ r.wordingMark(site.ID), err
}

func (r reader) load(ctx context.Context, p place) (plain []byte, empty bool, err error) {
	site, err := r.Sites.Site(ctx, p.site)
	if err != nil {
		return nil, false, err
	}
	thread, err := r.Threads.ThreadPage(ctx, p.site, p.page, p.order, p.cursor, perPage)
	if err != nil {
		return nil, false, err
	}
	empty = len(thread.Comments) == 0
	doc := threadDoc{Page: p.page, Count: thread.Count, Comments: []commentDoc{}, Next: thread.Next}
	for _, c := range branches(thread.Comments) {
		doc.Comments = append(doc.Comments, describeComment(c))
	}
	if p.markup {
		plain, err = r.markup(ctx, site, p, doc)
		return plain, empty, err
	}
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	err = encoder.Encode(doc)
	return bytes.Clone(out.Bytes()), empty, err
}

// branches puts each reply below what it answers. The store gives the comments of one branch by
// time; a reply whose parent stands on an earlier page begins where its branch begins.
func branches(list []moderation.Published) []moderation.Published {
	here := make(map[string]bool, len(list))
	for _, c := range list {
		here[c.ID] = true
	}
	below := map[string][]moderation.Published{}
	for _, c := range list {
		parent := c.Parent
		if !here[parent] {
			parent = ""
		}
		below[parent] = append(below[parent], c)
	}
	ordered := make([]moderation.Published, 0, len(list))
	var walk func(parent string)
	walk = func(parent string) {
		for _, c := range below[parent] {
			ordered = append(ordered, c)
			walk(c.ID)
		}
	}
	walk("")
	return ordered
}

// open tells whether a page takes comments now.
func (s *Server) open(ctx context.Context, site moderation.Site, page string) (bool, error) {
	now := time.Now()
	known, err := s.Threads.Recall(ctx, moderation.Query{Site: site.ID, Page: page, At: now})
	known.Site = site
	return known.Open(now), err
}
