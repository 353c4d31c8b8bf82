package web

import (
	"encoding/json"
	"fmt"
	"time"

	"balasan/moderation"

	"github.com/gofiber/fiber/v2"
)

// ownDoc is the file that an export gives, and all that is in it.
type ownDoc struct {
	About         string               `json:"about"`
	Site          string               `json:"site"`
	SiteName      string               `json:"site_name"`
	Email         string               `json:"email"`
	MadeAt        time.Time            `json:"made_at"`
	Comments      []ownCommentDoc      `json:"comments"`
	Subscriptions []ownSubscriptionDoc `json:"subscriptions"`
	Unwanted      []ownUnwantedDoc     `json:"mail_refused"`
}

type ownCommentDoc struct {
	ID        string         `json:"id"`
	ReplyTo   string         `json:"reply_to,omitempty"`
	Page      string         `json:"page"`
	PageTitle string         `json:"page_title"`
	Name      string         `json:"name"`
	Website   string         `json:"website"`
	Text      string         `json:"text"`
	Sent      string         `json:"text_as_sent,omitempty"`
	Language  string         `json:"language"`
	At        time.Time      `json:"at"`
	Published bool           `json:"published"`
	Notify    bool           `json:"asked_for_replies"`
	Address   string         `json:"network_address_kept"`
	Agreed    *ownConsentDoc `json:"consent,omitempty"`
}

type ownConsentDoc struct {
	Text     string    `json:"text"`
	Language string    `json:"language"`
	Hash     string    `json:"hash"`
	Ticked   bool      `json:"ticked"`
	At       time.Time `json:"at"`
}

type ownSubscriptionDoc struct {
	Page        string     `json:"page"`
	PageTitle   string     `json:"page_title"`
	Language    string     `json:"language"`
	ConfirmedAt *time.Time `json:"confirmed_at"`
}

type ownUnwantedDoc struct {
	Page string    `json:"page"` // empty is the whole site
	At   time.Time `json:"at"`
}

// export gives everything as a file, once.
func (s *Server) export(c *fiber.Ctx, view meLinkView) error {
	now := time.Now()
	own, err := s.Mail.ExportData(c.UserContext(), c.Params("token"), now)
	if err != nil {
		return spentMeanwhile(c, view, err)
	}
	text, err := json.MarshalIndent(newOwnDoc(view, own, now), "", "  ")
	if err != nil {
		return err
	}
	private(c)
	c.Set(fiber.HeaderContentDisposition, fmt.Sprintf(`attachment; filename="balasan-%s-%s.json"`, own.Site, now.UTC().Format(time.DateOnly)))
	c.Set(fiber.HeaderContentType, fiber.MIMEApplicationJSONCharsetUTF8)
	return c.Send(append(text, '\n'))
}

func newOwnDoc(view meLinkView, own moderation.OwnData, now time.Time) ownDoc {
	doc := ownDoc{About: tr(view.Lang, "me.about", view.Site), Site: own.Site, SiteName: view.Site, Email: own.Email.Reveal(), MadeAt: now.UTC().Truncate(time.Second),
		Comments: []ownCommentDoc{}, Subscriptions: []ownSubscriptionDoc{}, Unwanted: []ownUnwantedDoc{}}
	for _, o := range own.Comments {
		own := ownCommentDoc{ID: o.ID, ReplyTo: o.Parent, Page: o.Page, PageTitle: o.PageTitle, Name: o.Name, Website: o.Website,
			Text: o.Body, Sent: o.Sent, Language: o.Language, At: o.At, Published: o.Published, Notify: o.Notify, Address: o.Address}
		if a := o.Agreed; a.Hash != "" {
			own.Agreed = &ownConsentDoc{a.Text, a.Language, a.Hash, a.Ticked, a.At}
		}
		doc.Comments = append(doc.Comments, own)
	}
	for _, o := range own.Subscriptions {
		sub := ownSubscriptionDoc{Page: o.Page, PageTitle: o.PageTitle, Language: o.Language}
		if !o.ConfirmedAt.IsZero() {
			sub.ConfirmedAt = &o.ConfirmedAt
		}
		doc.Subscriptions = append(doc.Subscriptions, sub)
	}
	for _, o := range own.Unwanted {
		doc.Unwanted = append(doc.Unwanted, ownUnwantedDoc(o))
	}
	return doc
}
