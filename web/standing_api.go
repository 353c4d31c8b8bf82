package web

import (
	"strings"
	"time"

	"balasan/moderation"

	"github.com/gofiber/fiber/v2"
)

// standingDoc is a standing decision as scripts of editors read it.
type standingDoc struct {
	ID        string     `json:"id"`
	Kind      string     `json:"kind"` // alike or ban
	What      string     `json:"what,omitempty"`
	Sites     []string   `json:"sites"` // "*" is everywhere
	About     string     `json:"about"`
	Note      string     `json:"note,omitempty"`
	By        string     `json:"by"`
	At        time.Time  `json:"at"`
	Until     time.Time  `json:"until"`
	RevokedAt *time.Time `json:"revoked_at,omitempty"`
	RevokedBy string     `json:"revoked_by,omitempty"`
	InForce   bool       `json:"in_force"`
	Stopped   int        `json:"stopped"`
	Capped    bool       `json:"capped"` // it stopped more than that
}

// newStandingDoc names the sites that the caller may read.
func newStandingDoc(who caller, d moderation.Standing) standingDoc {
	doc := standingDoc{ID: d.ID, Kind: string(d.Kind), What: string(d.Mark), Sites: []string{}, About: d.About, Note: d.Note, By: d.By, At: d.At,
		Until: d.Until, RevokedBy: d.RevokedBy, InForce: time.Now().Before(d.Ends()), Stopped: d.Stopped, Capped: d.Stopped >= moderation.CountCap}
	if !d.RevokedAt.IsZero() {
		doc.RevokedAt = &d.RevokedAt
	}
	for _, site := range d.Sites {
		if site == moderation.AllSites || who.May(moderation.ToRead, site) {
			doc.Sites = append(doc.Sites, site)
		}
	}
	return doc
}

func (s *Server) standingsCall(c *fiber.Ctx, who caller) error {
	page, err := s.Queue.Desk.Standings(c.UserContext(), who.Editor, c.Query("cursor"))
	if err != nil {
		return err
	}
	answer := struct {
		Standing []standingDoc `json:"standing"`
		Next     string        `json:"next"`
	}{Standing: []standingDoc{}, Next: page.Next}
	for _, d := range page.Standing {
		answer.Standing = append(answer.Standing, newStandingDoc(who, d))
	}
	return c.JSON(answer)
}

// standingCall tells of one standing decision and what it stopped.
func (s *Server) standingCall(c *fiber.Ctx, who caller) error {
	d, err := s.Queue.Desk.Standing(c.UserContext(), who.Editor, c.Params("id"))
	if err != nil {
		return err
	}
	list, err := s.Queue.Desk.Stopped(c.UserContext(), who.Editor, d.ID, c.Query("cursor"))
	if err != nil {
		return err
	}
	answer := struct {
		standingDoc
		Comments []entryDoc `json:"comments"`
		Next     string     `json:"next"`
	}{newStandingDoc(who, d), []entryDoc{}, list.Next}
	for _, e := range list.Entries {
		answer.Comments = append(answer.Comments, newEntryDoc(who.lang, e))
	}
	return c.JSON(answer)
}

func (s *Server) alikeCall(c *fiber.Ctx, who caller) error {
	var asked struct {
		Of    string `json:"of"` // a batch, or a comment of a campaign
		Hours *int   `json:"hours"`
	}
	if err := readCall(c, &asked); err != nil {
		return err
	}
	hours := moderation.AlikeHours
	if asked.Hours != nil {
		hours = *asked.Hours
	}
	d, err := s.Queue.Desk.RefuseAlike(c.UserContext(), who.Editor, asked.Of, hours)
	if err != nil {
		return err
	}
	return c.JSON(newStandingDoc(who, d))
}

func (s *Server) banCall(c *fiber.Ctx, who caller) error {
	var asked struct {
		Comment string `json:"comment"`
		What    string `json:"what"`
		Days    int    `json:"days"`
		Note    string `json:"note"`
	}
	if err := readCall(c, &asked); err != nil {
		return err
	}
	d, err := s.Queue.Desk.Ban(c.UserContext(), who.Editor, asked.Comment, moderation.Mark(asked.What), asked.Days, strings.TrimSpace(asked.Note))
	if err != nil {
		return err
	}
	return c.JSON(newStandingDoc(who, d))
}

// liftCall revokes a standing decision; what it stopped stays as it is.
func (s *Server) liftCall(c *fiber.Ctx, who caller) error {
	if _, err := s.Queue.Desk.Revoke(c.UserContext(), who.Editor, c.Params("id")); err != nil {
		return err
	}
	return c.SendStatus(fiber.StatusNoContent)
}

func (s *Server) restoreCall(c *fiber.Ctx, who caller) error {
	settled, _, err := s.Queue.Desk.Restore(c.UserContext(), who.Editor, c.Params("id"))
	return s.answerSettled(c, who, settled, err)
}
