package web

import (
	"cmp"
	"context"
	"errors"

	"balasan/moderation"

	"github.com/gofiber/fiber/v2"
)

// queueView is a page of the queue: groups of a lane, or a list of comments.
type queueView struct {
	Page
	Name      string
	Where     where
	Lanes     []tab
	States    []tab
	Sites     []siteChoice
	Wrong     string // what is wrong with the search
	Groups    []groupCard
	Cards     []card
	Listed    bool   // comments one by one
	More      string // a search looked at as much as it may: says so, before Next
	Mark      string // an id of this moment; new comments are counted from it
	Next      string // link to the next page
	Fresh     string // link to the beginning, as it is now
	Languages []languageLink
	Flash     flash
	Last      string // the editor's last batch, which z takes back
	CanDecide bool
	Actions   []moderation.State
	Keys      keyMap
}

// tab leads to a lane or to the comments of one state.
type tab struct {
	Name    string
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

const listSize = 40 // comments of a list

// queuePage shows a lane of what waits, or a list.
func (s *Server) queuePage(c *fiber.Ctx, who caller) error {
	w := whereOf(queryOf(c))
	view, err := s.newQueueView(c, who, w)
	if err != nil {
		return err
	}
	fill := s.fillLane
	if w.isList() {
		fill = s.fillList
	}
	if err := fill(c.UserContext(), who, &view); err != nil {
		return err
	}
	if isFragment(c) {
		return sendPart(c, "queue", "part", view)
	}
	return render(c, fiber.StatusOK, "queue", view)
}

// newQueueView is all but what the page lists.
func (s *Server) newQueueView(c *fiber.Ctx, who caller, w where) (queueView, error) {
	ctx := c.UserContext()
	view := queueView{Page: staffPage(who.lang, "queue.title"), Name: who.Name, Where: w, Mark: s.Queue.Desk.NewID(), Keys: keysOf(c)}
	sites, err := s.sitesOf(ctx, who)
	if err != nil {
		return view, err
	}
	for _, site := range sites {
		view.Sites = append(view.Sites, siteChoice{site.ID, cmp.Or(site.Name, site.ID), site.ID == w.Site})
		view.CanDecide = view.CanDecide || who.May(moderation.ToDecide, site.ID)
	}
	if view.Flash, err = s.flashFrom(c, who); err != nil {
		return view, err
	}
	if view.CanDecide {
		view.Last, err = s.lastBatch(ctx, who)
	}
	return view, err
}

// lastBatch is what z takes back: the newest decision of the editor's that still stands.
func (s *Server) lastBatch(ctx context.Context, who caller) (string, error) {
	last, err := s.Queue.Desk.Batches(ctx, who.Editor, 10)
	for _, b := range last {
		if !b.Undone && b.Undoes == "" {
			return b.ID, err
		}
	}
	return "", err
}

// fillList lists comments one by one. A search that is none is told beside its field.
func (s *Server) fillList(ctx context.Context, who caller, v *queueView) error {
	w := v.Where
	v.Listed = true
	counts, err := s.Queue.Desk.LaneCounts(ctx, who.Editor, w.Site)
	if err != nil {
		return err
	}
	v.tabs(counts)
	search, err := moderation.ParseSearch(w.Query)
	if p, ok := errors.AsType[*moderation.Problem](err); ok {
		v.Wrong = faultWords(who.lang, p)
		return nil
	}
	list, err := s.Queue.Desk.Queue(ctx, who.Editor, moderation.Filter{State: w.State, Site: w.Site, Page: w.Page, Search: search, Cursor: w.Cursor, Limit: listSize})
	if err != nil {
		return err
	}
	for _, e := range list.Entries {
		one := s.Queue.newCard(who, e, v.siteName(e.Site))
		one.Back, one.Listed = w.query(), true
		v.Cards = append(v.Cards, one)
	}
	if list.Next != "" {
		v.Next = w.from(list.Next).url()
	}
	if list.More {
		v.More = v.T("search.more")
	}
	for i := range v.States {
		if v.States[i].Current && list.Total > 0 {
			v.States[i].Count = count(list.Total)
		}
	}
	return nil
}

func (v *queueView) siteName(id string) string {
	for _, site := range v.Sites {
		if site.ID == id {
			return site.Name
		}
	}
	return id
}

// tabs lead to the lanes and, more quietly, to what was decided.
func (v *queueView) tabs(counts moderation.LaneCounts) {
	w := v.Where
	for _, lane := range moderation.Lanes {
		v.Lanes = append(v.Lanes, tab{Name: string(lane), URL: w.in(lane).url(), Current: !v.Listed && lane == w.Lane, Count: count(counts.Of(lane))})
	}
	for _, state := range []moderation.State{moderation.Pending, moderation.Approved, moderation.IsSpam, moderation.Trashed} {
		current := v.Listed && state == w.State
		if state != moderation.Pending || current || w.isList() && w.Query+w.Page != "" {
			v.States = append(v.States, tab{Name: string(state), URL: w.of(state).url(), Current: current})
		}
		if !current {
			v.Actions = append(v.Actions, state)
		}
	}
	v.Fresh = w.from("").url()
	for _, lang := range languages {
		v.Languages = append(v.Languages, languageLink{lang, w.url() + "&lang=" + lang, lang == v.Lang})
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

// sendPart answers the script with a part of a page.
func sendPart(c *fiber.Ctx, view, part string, data any) error {
	page, err := paint(view, part, data)
	if err != nil {
		return err
	}
	c.Set(fiber.HeaderContentType, fiber.MIMETextHTMLCharsetUTF8)
	return c.Send(page)
}

// Here is the query that leads to this page again.
func (v queueView) Here() string { return v.Where.query() }
