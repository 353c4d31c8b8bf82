package web

import (
	"time"

	"balasan/moderation"

	"github.com/gofiber/fiber/v2"
)

// groupDoc is a group as scripts of editors read it: what one decision settles.
type groupDoc struct {
	ID       string         `json:"id"`
	Lane     string         `json:"lane"`
	Pending  int            `json:"pending"`
	Campaign *campaignFacts `json:"campaign,omitempty"`
	Shared   []bitDoc       `json:"shared"`
	Members  []entryDoc     `json:"members"` // of a campaign the first 12, what is least like the rest before the others
	Lease    *leaseDoc      `json:"lease,omitempty"`
}

type bitDoc struct {
	Kind  string `json:"kind"`
	Text  string `json:"text"`
	Count int    `json:"count"`
}

func (q Queue) newGroupDoc(lang string, g moderation.Group) groupDoc {
	doc := groupDoc{ID: g.ID, Lane: string(g.Lane), Pending: g.Pending, Shared: []bitDoc{}, Members: []entryDoc{}}
	if g.Campaign != nil {
		facts := newCampaignFacts(*g.Campaign)
		doc.Campaign = &facts
	}
	if q.Bits != nil {
		for _, b := range q.Bits(g.Members) {
			doc.Shared = append(doc.Shared, bitDoc{string(b.Kind), b.Text, b.Count})
		}
	}
	for _, e := range g.Members {
		doc.Members = append(doc.Members, newEntryDoc(lang, e))
	}
	if g.Lease != nil {
		doc.Lease = &leaseDoc{g.Lease.Group, g.Lease.By, initials(g.Lease.By)}
	}
	return doc
}

// lanesCall counts what waits in each lane, as texts: the last one may be “1000+”.
func (s *Server) lanesCall(c *fiber.Ctx, who caller) error {
	n, err := s.Queue.Desk.LaneCounts(c.UserContext(), who.Editor, c.Query("site"))
	if err != nil {
		return err
	}
	return c.JSON(map[moderation.Lane]string{moderation.InCampaign: count(n.Campaign), moderation.InDoubt: count(n.Doubt), moderation.LooksGood: count(n.Good)})
}

// groupsCall reads one page of a lane.
func (s *Server) groupsCall(c *fiber.Ctx, who caller) error {
	f, err := asked(c)
	if err != nil {
		return err
	}
	page, err := s.Queue.Desk.Lane(c.UserContext(), who.Editor, moderation.LaneFilter{Lane: moderation.Lane(c.Query("lane", string(moderation.InCampaign))),
		Site: f.Site, Cursor: f.Cursor, Limit: min(f.Limit, 50)})
	if err != nil {
		return err
	}
	answer := struct {
		Groups []groupDoc `json:"groups"`
		Next   string     `json:"next"`
	}{Groups: []groupDoc{}, Next: page.Next}
	for _, g := range page.Groups {
		answer.Groups = append(answer.Groups, s.Queue.newGroupDoc(who.lang, g))
	}
	return c.JSON(answer)
}

func (s *Server) groupCall(c *fiber.Ctx, who caller) error {
	g, err := s.Queue.Desk.Group(c.UserContext(), who.Editor, c.Params("id"))
	if err != nil {
		return err
	}
	return c.JSON(s.Queue.newGroupDoc(who.lang, g))
}

// leasesCall lists who has which group open.
func (s *Server) leasesCall(c *fiber.Ctx, who caller) error {
	leases, err := s.Queue.Desk.Leases(c.UserContext(), who.Editor)
	if err != nil {
		return err
	}
	answer := struct {
		Leases []leaseDoc `json:"leases"`
	}{[]leaseDoc{}}
	for _, l := range leases {
		answer.Leases = append(answer.Leases, leaseDoc{l.Group, l.By, initials(l.By)})
	}
	return c.JSON(answer)
}

// leaseCall takes a group for a minute, or prolongs that, and tells who has it, which may be
// somebody else; releaseCall gives it back.
func (s *Server) leaseCall(c *fiber.Ctx, who caller) error {
	lease, err := s.Queue.Desk.Lease(c.UserContext(), who.Editor, c.Params("id"))
	if err != nil {
		return err
	}
	return c.JSON(struct {
		Group string    `json:"group"`
		By    string    `json:"by"`
		Own   bool      `json:"own"`
		Until time.Time `json:"until"`
	}{lease.Group, lease.By, lease.Editor == who.ID, lease.Until})
}

func (s *Server) releaseCall(c *fiber.Ctx, who caller) error {
	if err := s.Queue.Desk.Release(c.UserContext(), who.Editor, c.Params("id")); err != nil {
		return err
	}
	return c.SendStatus(fiber.StatusNoContent)
}

func (s *Server) editCall(c *fiber.Ctx, who caller) error {
	var asked struct {
		Body    string `json:"body"`
		Version int    `json:"version"`
	}
	if err := readCall(c, &asked); err != nil {
		return err
	}
	settled, err := s.Queue.Desk.Edit(c.UserContext(), who.Editor, c.Params("id"), asked.Body, asked.Version)
	return s.answerSettled(c, who, settled, err)
}

func (s *Server) noteCall(c *fiber.Ctx, who caller) error {
	var asked struct {
		Note string `json:"note"`
	}
	if err := readCall(c, &asked); err != nil {
		return err
	}
	settled, err := s.Queue.Desk.Remark(c.UserContext(), who.Editor, c.Params("id"), asked.Note)
	return s.answerSettled(c, who, settled, err)
}

// kinDoc is another comment of the same sender.
type kinDoc struct {
	entryDoc
	SameEmail   bool `json:"same_email"`
	SameNetwork bool `json:"same_network"`
}

func (s *Server) senderCall(c *fiber.Ctx, who caller) error {
	story, err := s.Queue.Desk.Sender(c.UserContext(), who.Editor, c.Params("id"))
	if err != nil {
		return err
	}
	answer := struct {
		Comments []kinDoc                 `json:"comments"`
		Counts   map[moderation.State]int `json:"counts"`
	}{[]kinDoc{}, story.Counts}
	for _, k := range story.Comments {
		answer.Comments = append(answer.Comments, kinDoc{newEntryDoc(who.lang, k.Entry), k.SameEmail, k.SameNetwork})
	}
	return c.JSON(answer)
}

// batchDoc is what one keystroke of an editor did.
type batchDoc struct {
	ID      string    `json:"id"`
	By      string    `json:"by"`
	To      string    `json:"to"`
	Deed    string    `json:"deed,omitempty"` // edited or remarked, when the state stayed
	Count   int       `json:"count"`
	Note    string    `json:"note,omitempty"`
	Undoes  string    `json:"undoes,omitempty"`
	Undone  bool      `json:"undone,omitempty"`
	Comment string    `json:"comment"` // one of them
	At      time.Time `json:"at"`
}

func (s *Server) historyCall(c *fiber.Ctx, who caller) error {
	f, err := asked(c)
	if err != nil {
		return err
	}
	page, err := s.Queue.Desk.History(c.UserContext(), who.Editor, f.Cursor, f.Limit)
	if err != nil {
		return err
	}
	answer := struct {
		Batches []batchDoc `json:"batches"`
		Next    string     `json:"next"`
	}{[]batchDoc{}, page.Next}
	for _, b := range page.Batches {
		answer.Batches = append(answer.Batches, batchDoc{b.ID, b.By, string(b.To), string(b.Deed), b.Count, b.Note, b.Undoes, b.Undone, b.Sample.ID, b.At})
	}
	return c.JSON(answer)
}
