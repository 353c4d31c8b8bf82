package web

import (
	"cmp"
	"context"
	"net/url"
	"strconv"

	"balasan/moderation"

	"github.com/gofiber/fiber/v2"
)

// queueView is the list of comments in one state.
type queueView struct {
	Page
	Name      string
	State     moderation.State
	Tabs      []tab
	Sites     []siteChoice
	Site      string
	Search    string
	Cards     []card
	Total     string
	Mark      string // an id of this moment; new comments are counted from it
	Next      string // link to the next page
	Fresh     string // link to what came after the mark
	Back      string // query that leads here again
	Languages []languageLink
	Flash     flash
	Batches   []batchView
	CanDecide bool
	Actions   []moderation.State
}

type tab struct {
	State   moderation.State
	URL     string
	Current bool
	Count   string
}

type siteChoice struct {
	ID, Name string
	Chosen   bool
}

type languageLink struct {
	Lang, URL string
	Current   bool
}

type batchView struct {
	ID, Says, Note string
	At             when
	Open           bool // may still be taken back
}

const queuePageSize = 40

// queuePage shows the list.
func (s *Server) queuePage(c *fiber.Ctx, who caller) error {
	ctx, f := c.UserContext(), filterOf(queryOf(c))
	list, err := s.Queue.Desk.Queue(ctx, who.Editor, f)
	if err != nil {
		return err
	}
	sites, err := s.sitesOf(ctx, who)
	if err != nil {
		return err
	}
	view := queueView{Page: staffPage(who.lang, "queue.title"), Name: who.Name, State: f.State, Site: f.Site, Search: f.Page,
		Total: count(list.Total), Back: backTo(f, f.Cursor), Mark: s.Queue.Desk.NewID()}
	view.Fresh = "/queue?" + backTo(moderation.Filter{State: moderation.Pending, Site: f.Site, Page: f.Page}, view.Mark)
	view.fill(s.Queue, who, f, list, sites)
	if view.Flash, err = s.flashFrom(c, who); err != nil {
		return err
	}
	if view.CanDecide {
		if view.Batches, err = s.batches(ctx, who); err != nil {
			return err
		}
	}
	return render(c, fiber.StatusOK, "queue", view)
}

func (v *queueView) fill(q Queue, who caller, f moderation.Filter, list moderation.Listing, sites []moderation.Site) {
	names := map[string]string{}
	for _, site := range sites {
		names[site.ID] = site.Name
		v.Sites = append(v.Sites, siteChoice{site.ID, cmp.Or(site.Name, site.ID), site.ID == f.Site})
		v.CanDecide = v.CanDecide || who.May(moderation.ToDecide, site.ID)
	}
	for _, e := range list.Entries {
		shown := q.newCard(who, e, names[e.Site])
		shown.Back = v.Back
		v.Cards = append(v.Cards, shown)
	}
	if list.Next != "" {
		v.Next = "/queue?" + backTo(f, list.Next)
	}
	for _, state := range []moderation.State{moderation.Pending, moderation.Approved, moderation.IsSpam, moderation.Trashed} {
		t := tab{State: state, URL: "/queue?" + backTo(moderation.Filter{State: state, Site: f.Site, Page: f.Page}, ""), Current: state == f.State}
		if t.Current {
			t.Count = v.Total
		} else {
			v.Actions = append(v.Actions, state)
		}
		v.Tabs = append(v.Tabs, t)
	}
	for _, lang := range languages {
		v.Languages = append(v.Languages, languageLink{lang, "/queue?" + v.Back + "&lang=" + lang, lang == who.lang})
	}
}

// sitesOf lists the sites that the caller may read.
func (s *Server) sitesOf(ctx context.Context, who caller) ([]moderation.Site, error) {
	all, err := s.Queue.Sites(ctx)
	if err != nil {
		return nil, err
	}
	var readable []moderation.Site
	for _, site := range all {
		if who.May(moderation.ToRead, site.ID) {
			readable = append(readable, site)
		}
	}
	return readable, nil
}

func (s *Server) batches(ctx context.Context, who caller) ([]batchView, error) {
	last, err := s.Queue.Desk.Batches(ctx, who.Editor, 10)
	var views []batchView
	for _, b := range last {
		key := "flash." + string(b.To)
		if b.Undoes != "" {
			key = "flash.undone"
		}
		views = append(views, batchView{ID: b.ID, Says: trn(who.lang, key, b.Count), Note: b.Note, At: ago(who.lang, b.At), Open: !b.Undone && b.Undoes == ""})
	}
	return views, err
}

// queryOf reads the query of this request.
func queryOf(c *fiber.Ctx) url.Values {
	query, _ := url.ParseQuery(string(c.Request().URI().QueryString()))
	return query
}

// filterOf reads what a list is narrowed to; an unknown state is left for the Desk to refuse.
func filterOf(query url.Values) moderation.Filter {
	limit, err := strconv.Atoi(query.Get("limit"))
	if err != nil {
		limit = queuePageSize
	}
	return moderation.Filter{State: moderation.State(cmp.Or(query.Get("state"), string(moderation.Pending))),
		Site: query.Get("site"), Page: query.Get("page"), Cursor: query.Get("cursor"), Limit: limit}
}

// asked is filterOf for a program, which is told when its limit is none.
func asked(c *fiber.Ctx) (moderation.Filter, error) {
	query := queryOf(c)
	f := filterOf(query)
	if n, err := strconv.Atoi(query.Get("limit")); query.Has("limit") && (err != nil || n < 1 || n > 100) {
		return f, &moderation.Problem{Code: moderation.Invalid, Fields: []moderation.FieldFault{{Field: "limit", Fault: moderation.FaultFormat}}}
	}
	return f, nil
}

// backTo is the query of a list.
func backTo(f moderation.Filter, cursor string) string {
	query := url.Values{"state": {string(f.State)}}
	for key, value := range map[string]string{"site": f.Site, "page": f.Page, "cursor": cursor} {
		if value != "" {
			query.Set(key, value)
		}
	}
	return query.Encode()
}

// count stops at the cap: beyond it, counting would cost more than it says.
func count(n int) string {
	if n >= moderation.CountCap {
		return strconv.Itoa(moderation.CountCap) + "+"
	}
	return strconv.Itoa(n)
}

// entryView is one comment with its whole story.
type entryView struct {
	Page
	Card card
}

func (s *Server) entryPage(c *fiber.Ctx, who caller) error {
	entry, err := s.Queue.Desk.Entry(c.UserContext(), who.Editor, c.Params("id"))
	if err != nil {
		return err
	}
	return s.showEntry(c, who, entry, "")
}

// addressPage shows the sender's address once; the look is logged before.
func (s *Server) addressPage(c *fiber.Ctx, who caller) error {
	email, err := s.Queue.Desk.Address(c.UserContext(), who.Editor, c.Params("id"))
	if err != nil {
		return err
	}
	if isFragment(c) {
		c.Set(fiber.HeaderContentType, fiber.MIMETextPlainCharsetUTF8)
		return c.SendString(email.Reveal())
	}
	entry, err := s.Queue.Desk.Entry(c.UserContext(), who.Editor, c.Params("id"))
	if err != nil {
		return err
	}
	return s.showEntry(c, who, entry, email.Reveal())
}

func (s *Server) showEntry(c *fiber.Ctx, who caller, entry moderation.Entry, address string) error {
	site, err := s.Sites.Site(c.UserContext(), entry.Site)
	if err != nil {
		return err
	}
	view := entryView{Page: staffPage(who.lang, "entry.title"), Card: s.Queue.newCard(who, entry, site.Name)}
	view.Card.Address, view.Card.Alone = address, true
	view.Card.Back = backTo(moderation.Filter{State: entry.State}, "")
	return render(c, fiber.StatusOK, "queue_entry", view)
}
