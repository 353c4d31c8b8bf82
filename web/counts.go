package web

import (
	"context"
	"encoding/json"
	"hash/fnv"
	"strings"

	"balasan/moderation"

	"github.com/gofiber/fiber/v2"
)

const maxCounts = 50 // pages in one call

// counts answers how many comments each page has, in the order of the pages.
func (s *Server) counts(c *fiber.Ctx, answers *cache) error {
	asked := c.Request().URI().QueryArgs().PeekMulti("page")
	if len(asked) == 0 || len(asked) > maxCounts {
		return &moderation.Problem{Code: moderation.Invalid, Fields: []moderation.FieldFault{{Field: "page", Fault: moderation.FaultTooLong, Limit: maxCounts}}}
	}
	pages := make([]string, len(asked))
	for i, page := range asked {
		pages[i] = moderation.CanonicalPage(string(page))
		if len(pages[i]) > moderation.MaxPage || strings.Contains(pages[i], "\n") {
			return &moderation.Problem{Code: moderation.Invalid, Fields: []moderation.FieldFault{{Field: "page", Fault: moderation.FaultFormat}}}
		}
	}
	p := place{site: c.Params("site"), page: strings.Join(pages, "\n")}
	b, stale := answers.ready(p)
	if b == nil {
		err := s.seated(func() (err error) { b, stale, err = answers.get(p, &counter{Server: s}); return err })
		if err != nil {
			return err
		}
	}
	sendBody(c.Context(), b, false, stale)
	c.Set(fiber.HeaderCacheControl, "public, max-age=30, stale-while-revalidate=60, stale-if-error=600")
	return nil
}

// counter renders numbers of comments for the cache. The pages stand in a place's page, a line each.
type counter struct {
	*Server
	plain []byte
	empty bool
}

// version is made of the numbers, and load gives what it read.
func (r *counter) version(ctx context.Context, p place) (int64, error) {
	if _, err := r.Sites.Site(ctx, p.site); err != nil { // first, since an unknown one costs nothing
		return 0, err
	}
	pages := strings.Split(p.page, "\n")
	numbers, err := r.Threads.Counts(ctx, p.site, pages)
	if err != nil {
		return 0, err
	}
	ordered := make([]int, len(pages))
	for i, page := range pages {
		ordered[i] = numbers[page]
	}
	r.empty = len(numbers) == 0
	r.plain, err = json.Marshal(struct {
		Counts []int `json:"counts"`
	}{ordered})
	h := fnv.New64a()
	h.Write(r.plain)
	return int64(h.Sum64()), err
}

func (r *counter) load(context.Context, place) (plain []byte, empty bool, err error) {
	return r.plain, r.empty, nil
}
