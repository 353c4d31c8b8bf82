package web

import (
	"cmp"
	"strings"
	"time"

	"balasan/moderation"

	"github.com/gofiber/fiber/v2"
)

// receiptDoc is the same for held, published and spam: nothing is learnt from it.
type receiptDoc struct {
	ID         string `json:"id"`
	State      string `json:"state"`
	ReceivedAt string `json:"received_at"`
}

// receiptTime has all its digits: receipts are equally long.
const receiptTime = "2006-01-02T15:04:05.000000Z"

// submit takes a comment in as JSON or form.
func (s *Server) submit(c *fiber.Ctx) error {
	site, f, err := s.received(c)
	if err != nil {
		return err
	}
	if err := admit(c, site, f["page"]); err != nil {
		return err
	}
	sub := s.submission(c, site, f)
	receipt, err := s.Intake.Receive(c.UserContext(), sub)
	if err != nil {
		return s.refuse(c, sub, err)
	}
	c.Set(fiber.HeaderCacheControl, "no-store")
	return c.Status(fiber.StatusAccepted).JSON(receiptDoc{receipt.ID, "pending", receipt.ReceivedAt.UTC().Format(receiptTime)})
}

// received finds the site and reads what was sent to it, before any of it is believed.
func (s *Server) received(c *fiber.Ctx) (moderation.Site, fields, error) {
	site, err := s.site(c)
	if err != nil {
		return site, nil, err
	}
	share(c, site)
	f, err := readFields(c)
	return site, f, err
}

// submission is the explicit list of what is read.
func (s *Server) submission(c *fiber.Ctx, site moderation.Site, f fields) moderation.Submission {
	now := time.Now()
	page := moderation.CanonicalPage(f["page"])
	key := c.Get("Idempotency-Key")
	if key == "" {
		key = f["key"]
	}
	lang := languageOr(c, site.Language)
	return moderation.Submission{
		Site: site.ID, Page: page, PageTitle: f["page_title"], Parent: f["parent"],
		Name: f["name"], EmailText: f["email"], Website: f["website"], Body: f["body"],
		Language: lang, Consent: s.consent(site, lang, f),
		AgreedTo: cmp.Or(f[moderation.FieldConsent], f["notice"]), Ticked: f[moderation.FieldConsent] != "",
		Token: f["challenge"], Answer: f["answer"], Unsolved: f["unsolved"] == "1", Key: key,
		Form: s.readForm(site.ID, page, f, now),
		Addr: client(c), At: now,
	}
}

// refuse says why; a refused challenge comes with a fresh one, and who has not agreed to the present
// wording gets that.
func (s *Server) refuse(c *fiber.Ctx, sub moderation.Submission, err error) error {
	p, needs := s.problem(c, err), needed{}
	if challenged(p.Code) {
		fresh := s.newChallenge(c, moderation.Binding{Site: sub.Site, Page: sub.Page})
		needs.challenge = &fresh
	}
	if refusedConsent(p) {
		if needs.consent, err = s.wordingDoc(sub.Site, sub.Language); err != nil {
			return err
		}
	}
	return s.answerProblem(c, p, needs)
}

func challenged(code moderation.Code) bool { return strings.HasPrefix(string(code), "captcha_") }
