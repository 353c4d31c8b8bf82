package web

import (
	"net/url"
	"strings"

	"balasan/moderation"

	"github.com/gofiber/fiber/v2"
)

// historyView is what editors did, newest first.
type historyView struct {
	Page
	Name    string
	Query   string
	Batches []batchView
	Next    string
	Flash   flash
}

type batchView struct {
	ID, By, Says, Note string
	Sample             moderation.Sample
	SiteName           string
	At                 when
	Open               bool // may still be taken back
	Undone             bool
}

const (
	historySize  = 50
	historyLooks = 10 // pages that one search reads
)

// historyPage lists everybody's decisions. A search looks for words in names, notes and the
// beginning of the comment that stands for the batch, through some hundred decisions at a time.
func (s *Server) historyPage(c *fiber.Ctx, who caller) error {
	ctx := c.UserContext()
	view := historyView{Page: staffPage(who.lang, "history.title"), Name: who.Name, Query: strings.TrimSpace(c.Query("q"))}
	names, err := s.siteNames(ctx, who)
	if err != nil {
		return err
	}
	cursor := c.Query("cursor")
	for range historyLooks {
		page, err := s.Queue.Desk.History(ctx, who.Editor, cursor, historySize)
		if err != nil {
			return err
		}
		for _, b := range page.Batches {
			if one := newBatchView(who, b, names[b.Sample.Site]); one.meets(view.Query) {
				view.Batches = append(view.Batches, one)
			}
		}
		if cursor = page.Next; cursor == "" || view.Query == "" || len(view.Batches) >= historySize {
			break
		}
	}
	if cursor != "" {
		view.Next = "/queue/history?" + url.Values{"q": {view.Query}, "cursor": {cursor}}.Encode()
	}
	if view.Flash, err = s.flashFrom(c, who); err != nil {
		return err
	}
	return render(c, fiber.StatusOK, "queue_history", view)
}

func newBatchView(who caller, b moderation.Batch, siteName string) batchView {
	key := "flash." + string(b.To)
	switch {
	case b.Undoes != "":
		key = "flash.undone"
	case b.Deed == moderation.Edited:
		key = "flash.edited"
	case b.Deed == moderation.Remarked:
		key = "flash.noted"
	}
	return batchView{ID: b.ID, By: b.By, Says: trn(who.lang, key, b.Count), Note: b.Note, Sample: b.Sample, SiteName: siteName, At: ago(who.lang, b.At),
		Undone: b.Undone, Open: !b.Undone && b.Undoes == "" && who.May(moderation.ToDecide, b.Sample.Site)}
}

// meets tells whether every word stands somewhere in it.
func (b batchView) meets(query string) bool {
	text := strings.ToLower(strings.Join([]string{b.By, b.Says, b.Note, b.Sample.Name, b.Sample.Excerpt, b.SiteName}, "\n"))
	for word := range strings.FieldsSeq(strings.ToLower(query)) {
		if !strings.Contains(text, word) {
			return false
		}
	}
	return true
}

// historyUndo takes a batch back and shows the list again.
func (s *Server) historyUndo(c *fiber.Ctx, who caller) error {
	settled, err := s.Queue.Desk.Undo(c.UserContext(), who.Editor, formValue(c, "batch"))
	if err != nil && moderation.CodeOf(err) != moderation.Decided {
		return err
	}
	query := url.Values{"said": {"undone"}, "n": {countTo(len(settled.Changed), moderation.MaxSweep)}}
	for _, l := range lostOf(who.lang, settled.Lost) {
		query.Add("lost", l.ID)
	}
	return c.Redirect("/queue/history?"+query.Encode(), fiber.StatusSeeOther)
}
