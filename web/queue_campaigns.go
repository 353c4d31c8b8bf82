package web

import (
	"time"

	"balasan/moderation"

	"github.com/gofiber/fiber/v2"
)

// campaignFacts are a campaign's counts on the sites that a caller may see; the sites, pages, names
// and networks are of the whole of it, counted up to 100.
type campaignFacts struct {
	Size     int       `json:"size"`
	Pending  int       `json:"pending"`
	Refused  int       `json:"refused"`
	Sites    int       `json:"sites"`
	Pages    int       `json:"pages"`
	Names    int       `json:"names"`
	Networks int       `json:"networks"`
	Capped   bool      `json:"capped"` // what is 100 of pages, names and networks may be more
	LastAt   time.Time `json:"last_at"`
}

func newCampaignFacts(c moderation.Campaign) campaignFacts {
	return campaignFacts{c.Size, c.Pending, c.Refused, c.Sites, c.Pages, c.Names, c.Networks,
		max(c.Pages, c.Names, c.Networks) >= moderation.FaceCap, c.LastAt}
}

// campaignDoc is a campaign as scripts of editors read it.
type campaignDoc struct {
	ID string `json:"id"`
	campaignFacts
	Example entryDoc `json:"example"`
}

// campaignsCall lists the campaigns that wait, those with most to decide first.
func (s *Server) campaignsCall(c *fiber.Ctx, who caller) error {
	f, err := asked(c)
	if err != nil {
		return err
	}
	page, err := s.Queue.Desk.Campaigns(c.UserContext(), who.Editor, moderation.CampaignFilter{Site: f.Site, Cursor: f.Cursor, Limit: f.Limit})
	if err != nil {
		return err
	}
	answer := struct {
		Campaigns []campaignDoc `json:"campaigns"`
		Next      string        `json:"next"`
	}{Campaigns: []campaignDoc{}, Next: page.Next}
	for _, g := range page.Campaigns {
		answer.Campaigns = append(answer.Campaigns, campaignDoc{g.ID, newCampaignFacts(g), newEntryDoc(who.lang, g.Example)})
	}
	return c.JSON(answer)
}

// campaignCall lists what waits of one campaign, what is least like the rest first.
func (s *Server) campaignCall(c *fiber.Ctx, who caller) error {
	f, err := asked(c)
	if err != nil {
		return err
	}
	list, err := s.Queue.Desk.Members(c.UserContext(), who.Editor, c.Params("id"), f.Cursor, f.Limit)
	if err != nil {
		return err
	}
	answer := struct {
		Comments []entryDoc `json:"comments"`
		Total    int        `json:"total"`
		Next     string     `json:"next"`
	}{Comments: []entryDoc{}, Total: list.Total, Next: list.Next}
	for _, e := range list.Entries {
		answer.Comments = append(answer.Comments, newEntryDoc(who.lang, e))
	}
	return c.JSON(answer)
}

// settleCall decides on what waits of one campaign; the spared are taken out of it.
func (s *Server) settleCall(c *fiber.Ctx, who caller) error {
	var asked struct {
		To     string   `json:"to"`
		Spared []string `json:"spared"`
		Seen   string   `json:"seen"`
		Note   string   `json:"note"`
	}
	if err := readCall(c, &asked); err != nil {
		return err
	}
	settled, _, err := s.Queue.Desk.Settle(c.UserContext(), who.Editor, moderation.Sweep{Group: c.Params("id"),
		To: moderation.State(asked.To), Spared: asked.Spared, Seen: asked.Seen, Note: asked.Note})
	return s.answerSettled(c, who, settled, err)
}
