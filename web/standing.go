package web

import (
	"cmp"
	"context"
	"net/url"
	"slices"
	"strconv"
	"time"

	"balasan/moderation"

	"github.com/gofiber/fiber/v2"
)

// standingView lists what editors refuse for a while.
type standingView struct {
	Page
	Name  string
	Said  standingSaid
	Holds []standingItem
	Ended []standingItem
	Next  string // link to the next page
	First bool   // the first page, which says so when nothing holds
}

// standingItem is one standing decision as an editor reads it.
type standingItem struct {
	ID, Kind, About, Reads, Note string
	Says                         string // who did it
	Sites                        []string
	Everywhere                   bool
	Mark                         string
	At, Ends                     when
	RevokedBy                    string
	InForce, CanRevoke           bool
	Count                        string // of what it stopped
	Lang                         string
}

// T is the sentence for key in the page's language.
func (i standingItem) T(key string, args ...any) string { return tr(i.Lang, key, args...) }

// standingSaid tells what a form did.
type standingSaid struct {
	Says   string
	Revoke string // a standing decision that can be taken back at once
	Batch  string // of decisions that can be undone
	Lang   string
}

// T is the sentence for key in the page's language.
func (s standingSaid) T(key string, args ...any) string { return tr(s.Lang, key, args...) }

// standingOneView is one standing decision and what it stopped.
type standingOneView struct {
	Page
	Name       string
	Said       standingSaid
	Item       standingItem
	Stopped    []stoppedItem
	CanRestore bool
	Next       string
}

// stoppedItem is a comment that was stopped, in short.
type stoppedItem struct {
	ID, Name, Text, Reads, PageTitle, SiteName string
	State                                      moderation.State
	At                                         when
}

func standingPage(who caller, title string) Page {
	page := staffPage(who.lang, title)
	page.Styles = append(page.Styles, "standing.css")
	return page
}

// standingsPage lists what is in force first, then what has ended.
func (s *Server) standingsPage(c *fiber.Ctx, who caller) error {
	ctx, cursor := c.UserContext(), c.Query("cursor")
	page, err := s.Queue.Desk.Standings(ctx, who.Editor, cursor)
	if err != nil {
		return err
	}
	names, err := s.siteNames(ctx, who)
	if err != nil {
		return err
	}
	view := standingView{Page: standingPage(who, "standing.title"), Name: who.Name, First: cursor == "", Said: standingSaidOf(c, who)}
	for _, d := range page.Standing {
		item := s.Queue.standingItem(who, d, names)
		if item.InForce {
			view.Holds = append(view.Holds, item)
		} else {
			view.Ended = append(view.Ended, item)
		}
	}
	if page.Next != "" {
		view.Next = standingsPath + "?cursor=" + url.QueryEscape(page.Next)
	}
	return render(c, fiber.StatusOK, "standing", view)
}

const standingsPath = "/queue/standing"

// siteNames are the names of the sites that the caller may read, by id.
func (s *Server) siteNames(ctx context.Context, who caller) (map[string]string, error) {
	sites, err := s.sitesOf(ctx, who)
	names := map[string]string{}
	for _, site := range sites {
		names[site.ID] = cmp.Or(site.Name, site.ID)
	}
	return names, err
}

func (q Queue) standingItem(who caller, d moderation.Standing, names map[string]string) standingItem {
	item := standingItem{Lang: who.lang, ID: d.ID, Kind: string(d.Kind), About: d.About, Reads: q.reading(d.About), Note: d.Note, Mark: string(d.Mark),
		Says: tr(who.lang, "standing.by."+string(d.Kind), d.By), At: ago(who.lang, d.At), Ends: ago(who.lang, d.Ends()), RevokedBy: d.RevokedBy,
		InForce: time.Now().Before(d.Ends()), Everywhere: slices.Contains(d.Sites, moderation.AllSites),
		Count: trn(who.lang, "standing.stopped", d.Stopped)}
	if d.Stopped >= moderation.CountCap {
		item.Count = tr(who.lang, "standing.stopped.many", moderation.CountCap)
	}
	item.CanRevoke = item.InForce && d.May(who.Editor, moderation.ToDecide)
	for _, site := range d.Sites {
		if name := names[site]; name != "" {
			item.Sites = append(item.Sites, name)
		}
	}
	return item
}

// standingOnePage shows one standing decision and what it stopped.
func (s *Server) standingOnePage(c *fiber.Ctx, who caller) error {
	ctx, id := c.UserContext(), c.Params("id")
	d, err := s.Queue.Desk.Standing(ctx, who.Editor, id)
	if err != nil {
		return err
	}
	list, err := s.Queue.Desk.Stopped(ctx, who.Editor, id, c.Query("cursor"))
	if err != nil {
		return err
	}
	names, err := s.siteNames(ctx, who)
	if err != nil {
		return err
	}
	view := standingOneView{Page: standingPage(who, "standing.one"), Name: who.Name, Item: s.Queue.standingItem(who, d, names), Said: standingSaidOf(c, who)}
	for _, e := range list.Entries {
		view.Stopped = append(view.Stopped, stoppedItem{ID: e.ID, Name: e.Name, Text: excerpt(e.Body, 240), Reads: s.Queue.reading(excerpt(e.Body, 240)), State: e.State, At: ago(who.lang, e.At),
			PageTitle: cmp.Or(e.PageTitle, e.Page), SiteName: names[e.Site]})
		view.CanRestore = view.CanRestore || e.State == moderation.IsSpam && who.May(moderation.ToDecide, e.Site)
	}
	if list.Next != "" {
		view.Next = standingsPath + "/" + d.ID + "?cursor=" + list.Next
	}
	return render(c, fiber.StatusOK, "standing_one", view)
}

// standingSaidOf repeats, after the redirect, what a form did.
func standingSaidOf(c *fiber.Ctx, who caller) standingSaid {
	said := standingSaid{Lang: who.lang}
	query := queryOf(c)
	n, _ := strconv.Atoi(query.Get("n"))
	switch query.Get("said") {
	case "revoked":
		said.Says = tr(who.lang, "standing.revoked")
	case "restored":
		if n > 0 {
			said.Says, said.Batch = trn(who.lang, "flash.pending", n), query.Get("batch")
		}
	case "more":
		if n > 0 {
			said.Says, said.Batch = tr(who.lang, "standing.more", n), query.Get("batch")
		}
	}
	return said
}
