package web

import (
	"errors"
	"time"

	"balasan/moderation"

	"github.com/gofiber/fiber/v2"
)

// signInView is every page on the way in: name and password, link, new password.
type signInView struct {
	Page
	Next    string
	Name    string
	Secret  string
	Present bool              // the present password is asked for as well
	Signed  bool              // somebody is signed in
	Faults  map[string]string // by field; "" is the page as a whole
}

func staffPage(lang, title string) Page {
	return Page{Lang: lang, Title: tr(lang, title) + " · balasan", Robots: "noindex",
		Styles: []string{"queue.css"}, Scripts: []string{"queue.js"}, nav: new([]navLink)}
}

func (s *Server) signInPage(c *fiber.Ctx, who caller) error {
	if who.session != "" {
		return c.Redirect(within(c.Query("next")), fiber.StatusSeeOther)
	}
	return render(c, fiber.StatusOK, "signin", signInView{Page: staffPage(who.lang, "signin.title"), Next: c.Query("next")})
}

func (s *Server) signInForm(c *fiber.Ctx, who caller) error {
	view := signInView{Page: staffPage(who.lang, "signin.title"), Next: formValue(c, "next"), Name: formValue(c, "name")}
	if err := s.knock(c); err != nil {
		return s.again(c, "signin", view, err)
	}
	secret, err := s.Queue.Accounts.SignIn(c.UserContext(), view.Name, formValue(c, "password"), device(c))
	if err != nil {
		return s.again(c, "signin", view, err)
	}
	if err := s.admit(c, who, secret); err != nil {
		return err
	}
	return c.Redirect(within(view.Next), fiber.StatusSeeOther)
}

// knock spends one attempt to sign in.
func (s *Server) knock(c *fiber.Ctx) error {
	if spent := s.Limits.Spend(c.UserContext(), moderation.ToSignIn, clientOf(c)); spent.After > 0 {
		return &moderation.Problem{Code: moderation.Limited, After: spent.After}
	}
	return nil
}

// again shows a form once more, with what was wrong in words; what nobody can mend is an error.
func (s *Server) again(c *fiber.Ctx, view string, v signInView, err error) error {
	p, ok := errors.AsType[*moderation.Problem](err)
	if !ok || status[p.Code] >= 500 {
		return err
	}
	v.Faults = map[string]string{}
	for _, f := range p.Fields {
		v.Faults[f.Field] = sentence(v.Lang, f)
	}
	switch p.Code {
	case moderation.Unauthorized:
		v.Faults[""] = v.T(view + ".wrong")
	case moderation.Limited:
		v.Faults[""] = v.T("signin.limited", minutes(p.After))
	}
	retryAfter(c, p)
	return render(c, status[p.Code], view, v)
}

// minutes rounds up: waiting that long is enough.
func minutes(d time.Duration) int { return int((d + time.Minute - 1) / time.Minute) }

// linkPage shows a button and changes nothing: scanners of mail open links.
func (s *Server) linkPage(c *fiber.Ctx, who caller) error {
	return render(c, fiber.StatusOK, "signin_link", signInView{Page: staffPage(who.lang, "link.title"), Secret: c.Params("secret")})
}

func (s *Server) linkForm(c *fiber.Ctx, who caller) error {
	view := signInView{Page: staffPage(who.lang, "link.title"), Secret: c.Params("secret")}
	if err := s.knock(c); err != nil {
		return s.again(c, "signin_link", view, err)
	}
	secret, err := s.Queue.Accounts.Follow(c.UserContext(), view.Secret, device(c))
	if err != nil {
		return s.again(c, "signin_link", view, err)
	}
	if err := s.admit(c, who, secret); err != nil {
		return err
	}
	editor, err := s.Queue.Accounts.Known(c.UserContext(), moderation.Session, secret)
	if err != nil {
		return err
	}
	has, err := s.Queue.Accounts.HasPassword(c.UserContext(), editor)
	if err != nil || has {
		return c.Redirect("/queue", fiber.StatusSeeOther)
	}
	return c.Redirect("/queue/password", fiber.StatusSeeOther)
}

func (s *Server) passwordView(c *fiber.Ctx, who caller) (signInView, error) {
	has, err := s.Queue.Accounts.HasPassword(c.UserContext(), who.Editor)
	return signInView{Page: staffPage(who.lang, "password.title"), Name: who.Name, Present: has, Signed: true}, err
}

func (s *Server) passwordPage(c *fiber.Ctx, who caller) error {
	view, err := s.passwordView(c, who)
	if err != nil {
		return err
	}
	return render(c, fiber.StatusOK, "signin_password", view)
}

func (s *Server) passwordForm(c *fiber.Ctx, who caller) error {
	view, err := s.passwordView(c, who)
	if err != nil {
		return err
	}
	if err := s.knock(c); err != nil {
		return s.again(c, "signin_password", view, err)
	}
	secret, err := s.Queue.Accounts.SetPassword(c.UserContext(), who.Editor, formValue(c, "present"), formValue(c, "password"), device(c))
	if err != nil {
		return s.again(c, "signin_password", view, err)
	}
	s.setCookie(c, secret, cookieLife)
	return c.Redirect("/queue?said=password", fiber.StatusSeeOther)
}

func (s *Server) signOutForm(c *fiber.Ctx, who caller) error {
	if err := s.Queue.Accounts.SignOut(c.UserContext(), who.Editor, who.session); err != nil {
		return err
	}
	s.setCookie(c, "", -1)
	return c.Redirect("/queue/signin", fiber.StatusSeeOther)
}

// passesView lists what the editor holds.
type passesView struct {
	Page
	Name   string
	Passes []passView
}

type passView struct {
	Hash, Label, Kind string
	Own               bool // the session that looks at the list
	Seen, Ends        when
}

func (s *Server) passesPage(c *fiber.Ctx, who caller) error {
	passes, own, err := s.Queue.Accounts.Passes(c.UserContext(), who.Editor, who.session)
	if err != nil {
		return err
	}
	view := passesView{Page: staffPage(who.lang, "passes.title"), Name: who.Name}
	for i, p := range passes {
		view.Passes = append(view.Passes, passView{Hash: passName(p.Hash), Label: p.Label, Kind: tr(who.lang, "passes."+string(p.Kind)),
			Own: i == own, Seen: ago(who.lang, p.SeenAt), Ends: ago(who.lang, p.ExpiresAt)})
	}
	return render(c, fiber.StatusOK, "signin_passes", view)
}

func (s *Server) revokeForm(c *fiber.Ctx, who caller) error {
	hash, err := passHash(formValue(c, "pass"))
	if err != nil {
		return err
	}
	if err := s.Queue.Accounts.Revoke(c.UserContext(), who.Editor, hash); err != nil && moderation.CodeOf(err) != moderation.NotFound {
		return err
	}
	return c.Redirect("/queue/passes", fiber.StatusSeeOther)
}

// formValue reads the body only: an address must not stand in for a form.
func formValue(c *fiber.Ctx, name string) string {
	return string(c.Context().PostArgs().Peek(name))
}
