package web

import (
	"cmp"
	"net/url"
	"strconv"

	"balasan/moderation"

	"github.com/gofiber/fiber/v2"
)

// where is what a page of the queue is narrowed to: a lane, or a list of comments in one state.
type where struct {
	Lane   moderation.Lane  // empty in a list, and where nobody chose one
	State  moderation.State // of a list
	Site   string
	Query  string // a search, as typed
	Page   string // part of the page's address or title
	Cursor string
}

// whereOf reads it from a query. An unknown state or lane is left for the Desk to refuse.
func whereOf(query url.Values) where {
	w := where{Lane: moderation.Lane(query.Get("lane")), State: moderation.State(cmp.Or(query.Get("state"), string(moderation.Pending))),
		Site: query.Get("site"), Query: query.Get("q"), Page: query.Get("page"), Cursor: query.Get("cursor")}
	if w.isList() {
		w.Lane = ""
	}
	return w
}

// isList tells a list of comments from the lanes of what waits.
func (w where) isList() bool {
	return w.State != moderation.Pending || w.Query != "" || w.Page != ""
}

// query leads here again.
func (w where) query() string {
	query := url.Values{}
	for key, value := range map[string]string{"lane": string(w.Lane), "site": w.Site, "q": w.Query, "page": w.Page, "cursor": w.Cursor} {
		if value != "" {
			query.Set(key, value)
		}
	}
	if w.Lane == "" && w.State != "" {
		query.Set("state", string(w.State))
	}
	return query.Encode()
}

func (w where) url() string { return "/queue?" + w.query() }

// in is the same place in another lane, from its beginning.
func (w where) in(lane moderation.Lane) where {
	return where{Lane: lane, State: moderation.Pending, Site: w.Site}
}

// of is the same search among comments of another state, from its beginning.
func (w where) of(state moderation.State) where {
	return where{State: state, Site: w.Site, Query: w.Query, Page: w.Page}
}

// from is the next page of the same.
func (w where) from(cursor string) where {
	w.Cursor = cursor
	return w
}

// safeBack keeps of a list's query only what a list knows.
func safeBack(back string) string {
	query, err := url.ParseQuery(back)
	if err != nil {
		return ""
	}
	w := whereOf(query)
	if !w.State.Valid() {
		w.State = moderation.Pending
	}
	if !w.Lane.Valid() {
		w.Lane = ""
	}
	return w.query()
}

// queryOf reads the query of this request.
func queryOf(c *fiber.Ctx) url.Values {
	query, _ := url.ParseQuery(string(c.Request().URI().QueryString()))
	return query
}

// filterOf is what a list of comments is narrowed to; a search that is none is Invalid.
func filterOf(query url.Values) (moderation.Filter, error) {
	w := whereOf(query)
	limit, err := strconv.Atoi(query.Get("limit"))
	if err != nil {
		limit = listSize
	}
	search, err := moderation.ParseSearch(w.Query)
	return moderation.Filter{State: w.State, Site: w.Site, Page: w.Page, Search: search, Cursor: w.Cursor, Limit: limit}, err
}

// asked is filterOf for a program, which is told when its limit is none.
func asked(c *fiber.Ctx) (moderation.Filter, error) {
	query := queryOf(c)
	f, err := filterOf(query)
	if err != nil {
		return f, err
	}
	if n, err := strconv.Atoi(query.Get("limit")); query.Has("limit") && (err != nil || n < 1 || n > 100) {
		return f, &moderation.Problem{Code: moderation.Invalid, Fields: []moderation.FieldFault{{Field: "limit", Fault: moderation.FaultFormat}}}
	}
	return f, nil
}

// count stops at the cap: beyond it, counting would cost more than it says.
func count(n int) string { return countTo(n, moderation.CountCap) }

// countTo writes a number that was counted no further than most.
func countTo(n, most int) string {
	if n >= most {
		return strconv.Itoa(most) + "+"
	}
	return strconv.Itoa(n)
}
