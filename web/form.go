package web

import (
	"context"
	"net/url"
	"strings"
	"time"

	"balasan/moderation"

	"github.com/gofiber/fiber/v2"
	"github.com/google/uuid"
)

// formView is the form, whole for readers without scripts or embedded in a thread, where it
// carries nothing that is meant for one reader.
type formView struct {
	Page
	Site      moderation.Site
	For       string // the page that is commented on
	Action    string
	Return    string // address that success leads back to; empty for none
	Parent    string
	Values    fields
	Faults    []fieldDoc
	Notice    string // what went wrong besides the fields
	Challenge *challengeDoc
	Token     string // of the form
	Key       string
	Traps     []string
	Closed    bool
	Embedded  bool
	Notify    bool         // letters about replies are offered
	Consent   *consentView // nil where nothing is asked
	Mine      string       // address where visitors see and erase what is kept of them; empty without mail
}

// Fault is the sentence beside a field, empty when there is nothing to say.
func (v formView) Fault(field string) string {
	for _, f := range v.Faults {
		if f.Field == field {
			return f.Detail
		}
	}
	return ""
}

// showForm opens the form of a page, with a challenge.
func (s *Server) showForm(c *fiber.Ctx) error {
	site, err := s.site(c)
	if err != nil {
		return err
	}
	f := fields{}
	for _, name := range []string{"page", "parent"} {
		f[name] = strings.Clone(c.Query(name))
	}
	page := moderation.CanonicalPage(f["page"])
	if page == "" || len(page) > moderation.MaxPage {
		return &moderation.Problem{Code: moderation.Malformed}
	}
	if err := about(c, site, page); err != nil {
		return err
	}
	open, err := s.seemsOpen(c.UserContext(), site, page)
	if err != nil {
		return err
	}
	view := s.newForm(c, site, page, f)
	if view.Closed = !open; open {
		if err := s.spend(c, moderation.ToOpen); err != nil {
			return err
		}
		view.fresh(s, c)
	}
	return s.renderForm(c, fiber.StatusOK, view)
}

// seemsOpen is open without waiting for a store that does not answer: whoever sends is told, and loses nothing.
func (s *Server) seemsOpen(ctx context.Context, site moderation.Site, page string) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, formPatience)
	defer cancel()
	open, err := s.open(ctx, site, page)
	if moderation.CodeOf(err) == moderation.Unavailable {
		return moderation.Recollection{Site: site}.Open(time.Now()), nil
	}
	return open, err
}

// formPatience is how long a form waits to know whether its page is closed.
const formPatience = 500 * time.Millisecond

// takeForm is submit for readers without scripts. Whatever goes wrong, what they wrote comes back.
func (s *Server) takeForm(c *fiber.Ctx) error {
	site, err := s.site(c)
	if err != nil {
		return err
	}
	f, err := readFields(c)
	if err != nil {
		return err
	}
	if err := admit(c, site, f["page"]); err != nil {
		return err
	}
	sub := s.submission(c, site, f)
	view := s.newForm(c, site, sub.Page, f)
	if f["act"] == "new" {
		return s.newPicture(c, view)
	}
	sub.Unsolved = f["act"] == "unsolved"
	if _, err := s.Intake.Receive(c.UserContext(), sub); err != nil {
		return s.refuseForm(c, view, err)
	}
	return c.Redirect(sentURL(site, view), fiber.StatusSeeOther)
}

// newPicture keeps every field and changes the challenge.
func (s *Server) newPicture(c *fiber.Ctx, view formView) error {
	if err := s.spend(c, moderation.ToOpen); err != nil {
		return s.refuseForm(c, view, err)
	}
	view.fresh(s, c)
	return s.renderForm(c, fiber.StatusOK, view)
}

// refuseForm shows the form again. A challenge that is still good stays, with the typed answer:
// a forgotten field must not cost a second picture.
func (s *Server) refuseForm(c *fiber.Ctx, view formView, err error) error {
	p := s.problem(c, err)
	view.Notice = tr(view.Lang, "problem."+string(p.Code))
	for _, fault := range p.Fields {
		view.Faults = append(view.Faults, fieldDoc{fault.Field, string(fault.Fault), sentence(view.Lang, fault), fault.Limit})
	}
	switch {
	case p.Code == moderation.ThreadShut:
		view.Closed = true
	case challenged(p.Code):
		view.Faults = append(view.Faults, fieldDoc{Field: "answer", Code: string(p.Code), Detail: view.Notice})
		view.fresh(s, c)
	case p.Code == moderation.KeyReused:
		view.Key = uuid.NewString()
	}
	if view.Challenge == nil && view.Values["challenge"] == "" {
		view.fresh(s, c)
	}
	retryAfter(c, p)
	return s.renderForm(c, status[p.Code], view)
}

func (s *Server) newForm(c *fiber.Ctx, site moderation.Site, page string, f fields) formView {
	lang, host := languageOr(c, site.Language), string(c.Request().Header.Host())
	view := formView{
		Page: Page{Lang: lang, Title: tr(lang, "form.title", site.Name), Styles: []string{"embed.css", "page.css"}, Robots: "noindex"},
		Site: site, For: page, Parent: f["parent"], Values: f, Key: f["key"], Token: f["form"], Traps: s.traps(site.ID, time.Now()),
		Return: safeReturn(site, host, f["return"]), Action: formURL(site.ID, page, lang, ""),
		Notify: s.notifies(site), Mine: s.mine(site, lang),
	}
	if view.Return == "" {
		view.Return = safeReturn(site, host, page)
	}
	if view.Key == "" {
		view.Key = uuid.NewString()
	}
	if view.Token == "" {
		view.Token = s.formToken(site.ID, page, time.Now())
	}
	if token := f["challenge"]; token != "" {
		kept := s.describe(c, moderation.Challenge{Token: token})
		view.Challenge = &kept
	}
	return view
}

// fresh puts a new challenge in and takes the old answer out.
func (v *formView) fresh(s *Server, c *fiber.Ctx) {
	ch := s.newChallenge(c, moderation.Binding{Site: v.Site.ID, Page: v.For})
	v.Challenge = &ch
	delete(v.Values, "answer")
}

func (s *Server) renderForm(c *fiber.Ctx, status int, view formView) error {
	if view.Consent = s.wording(view.Site.ID, view.Lang); view.Consent != nil {
		view.Consent.Ticked = view.Values[moderation.FieldConsent] == view.Consent.Hash
		view.Consent.Fault = view.Fault(moderation.FieldConsent)
	}
	framedBy(c, view.Site.Origins)
	c.Set(fiber.HeaderCacheControl, "no-store")
	c.Set(fiber.HeaderContentLanguage, view.Lang)
	return render(c, status, "form", view)
}

// sentURL is our own page of thanks, which knows the way back. The portal's page need not hold
// any markup of ours, and then it would show nothing.
func sentURL(site moderation.Site, view formView) string {
	query := url.Values{"lang": {view.Lang}}
	if view.Return != "" {
		query.Set("return", view.Return)
	}
	return "/sites/" + site.ID + "/sent?" + query.Encode()
}

type sentView struct {
	Page
	Return string // link to the page that was commented on; empty for none
}

// sent thanks a reader and leads back.
func (s *Server) sent(c *fiber.Ctx) error {
	site, err := s.site(c)
	if err != nil {
		return err
	}
	lang := languageOr(c, site.Language)
	framedBy(c, site.Origins)
	return render(c, fiber.StatusOK, "sent", sentView{
		Page:   Page{Lang: lang, Title: tr(lang, "form.sent"), Styles: []string{"page.css"}, Robots: "noindex"},
		Return: safeReturn(site, string(c.Request().Header.Host()), c.Query("return")),
	})
}
