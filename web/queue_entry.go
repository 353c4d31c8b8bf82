package web

import (
	"slices"

	"balasan/moderation"

	"github.com/gofiber/fiber/v2"
)

// entryView is one comment with its whole story.
type entryView struct {
	Page
	Name   string
	Card   card
	Agreed *agreedView // nil where nothing was asked
}

// panels are the parts of a comment's page that stand on a card when the script asks for them.
var panels = []string{"reply", "edit", "note", "ban", "text"}

// entryPage shows a comment; ?do= opens one of its forms, which is all that the script gets.
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
	ctx := c.UserContext()
	site, err := s.Sites.Site(ctx, entry.Site)
	if err != nil {
		return err
	}
	view := entryView{Page: staffPage(who.lang, "entry.title"), Name: who.Name, Card: s.Queue.newCard(who, entry, site.Name)}
	view.Card.Address, view.Card.Alone = address, true
	view.Agreed = newAgreedView(who.lang, entry.Agreed)
	view.Card.Back = where{State: entry.State}.query()
	if do := c.Query("do"); slices.Contains(panels, do) {
		view.Card.Do = do
	}
	if isFragment(c) && view.Card.Do != "" {
		return sendPart(c, "queue_entry", "do-"+view.Card.Do, view.Card)
	}
	if view.Card.Lease, err = s.leaseOn(c, who, entry); err != nil {
		return err
	}
	return render(c, fiber.StatusOK, "queue_entry", view)
}

// leaseOn tells who else has the comment's group open.
func (s *Server) leaseOn(c *fiber.Ctx, who caller, entry moderation.Entry) (*leaseView, error) {
	if entry.State != moderation.Pending {
		return nil, nil
	}
	g, err := s.Queue.Desk.Group(c.UserContext(), who.Editor, entry.ID)
	if moderation.CodeOf(err) == moderation.NotFound || err == nil && g.Lease == nil {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return &leaseView{g.Lease.By, initials(g.Lease.By)}, nil
}

// senderView is what is known of who sent a comment.
type senderView struct {
	Page
	Name   string
	Of     card
	Counts []tab
	Kin    []kinView
}

// kinView is another comment of the same sender.
type kinView struct {
	card
	SameEmail, SameNetwork bool
}

func (s *Server) senderPage(c *fiber.Ctx, who caller) error {
	ctx, id := c.UserContext(), c.Params("id")
	entry, err := s.Queue.Desk.Entry(ctx, who.Editor, id)
	if err != nil {
		return err
	}
	story, err := s.Queue.Desk.Sender(ctx, who.Editor, id)
	if err != nil {
		return err
	}
	names, err := s.siteNames(ctx, who)
	if err != nil {
		return err
	}
	view := senderView{Page: staffPage(who.lang, "sender.title"), Name: who.Name, Of: s.Queue.newCard(who, entry, names[entry.Site])}
	for _, state := range []moderation.State{moderation.Pending, moderation.Approved, moderation.IsSpam, moderation.Trashed} {
		view.Counts = append(view.Counts, tab{Name: string(state), Count: countTo(story.Counts[state], moderation.HistoryCap)})
	}
	for _, k := range story.Comments {
		view.Kin = append(view.Kin, kinView{s.Queue.newCard(who, k.Entry, names[k.Site]), k.SameEmail, k.SameNetwork})
	}
	if isFragment(c) {
		return sendPart(c, "queue_sender", "sender", view)
	}
	return render(c, fiber.StatusOK, "queue_sender", view)
}
