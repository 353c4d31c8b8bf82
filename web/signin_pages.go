package web

import (
	"errors"
	"strings"
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
	Passkey bool              // passkeys work at this address
	Faults  map[string]string // by field; "" is the page as a whole
}

func (s *Server) signInView(c *fiber.Ctx, who caller, title string) signInView {
	return signInView{Page: accountStyle(staffPage(who.lang, title)), Passkey: s.Queue.Accounts.PasskeysAt(s.base(c)), Name: who.Name, Signed: who.session != ""}
}

func staffPage(lang, title string) Page {
	return Page{Lang: lang, Title: tr(lang, title) + " · balasan", Robots: "noindex",
		Styles: []string{"queue.css"}, Scripts: []string{"queue.js"}, nav: new([]navLink)}
}

func (s *Server) signInPage(c *fiber.Ctx, who caller) error {
	if who.session != "" {
		return c.Redirect(within(c.Query("next")), fiber.StatusSeeOther)
	}
	view := s.signInView(c, who, "signin.title")
	view.Next = c.Query("next")
	return render(c, fiber.StatusOK, "signin", view)
}

func (s *Server) signInForm(c *fiber.Ctx, who caller) error {
	view := s.signInView(c, who, "signin.title")
	view.Next, view.Name = formValue(c, "next"), formValue(c, "name")
	if err := s.knock(c); err != nil {
		return s.again(c, "signin", view, err)
	}
	secret, ticket, err := s.Queue.Accounts.SignIn(c.UserContext(), view.Name, formValue(c, "password"), device(c))
	if err != nil {
		return s.again(c, "signin", view, err)
	}
	if ticket != "" {
		view.Title, view.Secret = tr(who.lang, "code.title")+" · balasan", ticket
		return render(c, fiber.StatusOK, "signin_code", view)
	}
	return s.welcome(c, who, secret, view.Next)
}

// codeForm is the second half of signing in where an app's codes are asked for.
func (s *Server) codeForm(c *fiber.Ctx, who caller) error {
	view := s.signInView(c, who, "code.title")
	view.Next, view.Secret = formValue(c, "next"), formValue(c, "ticket")
	if err := s.knock(c); err != nil {
		return s.again(c, "signin_code", view, err)
	}
	secret, err := s.Queue.Accounts.SignInByCode(c.UserContext(), view.Secret, formValue(c, "code"), device(c))
	switch {
	case moderation.CodeOf(err) == moderation.Unauthorized:
		view.Faults = map[string]string{"": view.T("code.over")}
		return render(c, fiber.StatusUnauthorized, "signin", view)
	case err != nil:
		return s.again(c, "signin_code", view, err)
	}
	return s.welcome(c, who, secret, view.Next)
}

// welcome lets somebody in who has just proved who they are.
func (s *Server) welcome(c *fiber.Ctx, who caller, secret, next string) error {
	if err := s.admit(c, who, secret); err != nil {
		return err
	}
	return c.Redirect(within(next), fiber.StatusSeeOther)
}

// knock spends one attempt to sign in.
func (s *Server) knock(c *fiber.Ctx) error {
	if spent := s.Limits.Spend(c.UserContext(), moderation.ToSignIn, client(c)); spent.After > 0 {
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

func (s *Server) linkView(c *fiber.Ctx, who caller) signInView {
	view := s.signInView(c, who, "link.title")
	view.Secret = c.Params("secret")
	return view
}

// linkPage shows a button and changes nothing: scanners of mail open links.
func (s *Server) linkPage(c *fiber.Ctx, who caller) error {
	return render(c, fiber.StatusOK, "signin_link", s.linkView(c, who))
}

func (s *Server) linkForm(c *fiber.Ctx, who caller) error {
	view := s.linkView(c, who)
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

// password leads to a new one: there the present one is asked for, and before a first one, who it is.
func (s *Server) password(then func(*fiber.Ctx, caller, signInView) error) func(*fiber.Ctx, caller) error {
	return func(c *fiber.Ctx, who caller) error {
		view := s.signInView(c, who, "password.title")
		var err error
		if view.Present, err = s.Queue.Accounts.HasPassword(c.UserContext(), who.Editor); err != nil {
			return err
		}
		handle := func(c *fiber.Ctx, who caller) error { return then(c, who, view) }
		if !view.Present {
			handle = s.proven(handle)
		}
		return handle(c, who)
	}
}

func showPassword(c *fiber.Ctx, _ caller, view signInView) error {
	return render(c, fiber.StatusOK, "signin_password", view)
}

func (s *Server) setPassword(c *fiber.Ctx, who caller, view signInView) error {
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

// formValue reads the body only: an address must not stand in for a form.
func formValue(c *fiber.Ctx, name string) string { return asText(c.Context().PostArgs().Peek(name)) }

func formValues(c *fiber.Ctx, name string) (all []string) {
	for _, value := range c.Context().PostArgs().PeekMulti(name) {
		all = append(all, asText(value))
	}
	return all
}

// asText replaces what no text has in it and no database takes.
func asText(raw []byte) string {
	return strings.ReplaceAll(strings.ToValidUTF8(string(raw), "\uFFFD"), "\x00", "\uFFFD")
}
