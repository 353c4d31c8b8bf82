package web

import (
	"errors"
	"net/url"
	"strings"

	"balasan/moderation"

	"github.com/gofiber/fiber/v2"
)

// proven lets only those change something who proved a short while ago who they are; others prove
// it first and come back.
func (s *Server) proven(handle func(*fiber.Ctx, caller) error) func(*fiber.Ctx, caller) error {
	return func(c *fiber.Ctx, who caller) error {
		fresh, err := s.Queue.Accounts.Fresh(c.UserContext(), who.Editor, who.session)
		if err != nil {
			return err
		}
		if !fresh {
			return c.Redirect("/queue/account/prove?next="+url.QueryEscape(pageBehind(c)), fiber.StatusSeeOther)
		}
		return handle(c, who)
	}
}

// pageBehind is the page that a form stands on.
func pageBehind(c *fiber.Ctx) string {
	switch path := c.Path(); {
	case c.Method() == fiber.MethodGet, path == "/queue/password":
		return path
	case strings.HasPrefix(path, "/queue/people"):
		return "/queue/people"
	default:
		return "/queue/account"
	}
}

func (s *Server) provePage(c *fiber.Ctx, who caller) error {
	return s.showProve(c, who, fiber.StatusOK, c.Query("next"), nil)
}

func (s *Server) showProve(c *fiber.Ctx, who caller, status int, next string, faults map[string]string) error {
	has, err := s.Queue.Accounts.HasPassword(c.UserContext(), who.Editor)
	if err != nil {
		return err
	}
	view := s.signInView(c, who, "prove.title")
	view.Next, view.Present, view.Faults = next, has, faults
	return render(c, status, "account_prove", view)
}

func (s *Server) proveForm(c *fiber.Ctx, who caller) error {
	next := formValue(c, "next")
	err := s.knock(c)
	if err == nil {
		var secret string
		if secret, err = s.Queue.Accounts.Prove(c.UserContext(), who.Editor, who.session, formValue(c, "present"), device(c)); err == nil {
			s.setCookie(c, secret, cookieLife)
			return c.Redirect(within(next), fiber.StatusSeeOther)
		}
	}
	words, code := faultOf(who.lang, err)
	if words == "" {
		return err
	}
	return s.showProve(c, who, code, next, map[string]string{"present": words})
}

// renew puts another session in place of this one where what it stands for has changed.
func (s *Server) renew(c *fiber.Ctx, who caller) error {
	secret, err := s.Queue.Accounts.Renew(c.UserContext(), who.Editor, who.session)
	if err == nil {
		s.setCookie(c, secret, cookieLife)
	}
	return err
}

// faultOf puts into words what the reader of a form can mend, and the status that goes with it;
// empty for everything else.
func faultOf(lang string, err error) (words string, code int) {
	p, ok := errors.AsType[*moderation.Problem](err)
	switch {
	case !ok || status[p.Code] >= 500:
		return "", 0
	case p.Code == moderation.Limited:
		return tr(lang, "signin.limited", minutes(p.After)), status[p.Code]
	case p.Code == moderation.Invalid && len(p.Fields) > 0:
		return sentence(lang, p.Fields[0]), status[p.Code]
	case p.Code == moderation.Unauthorized:
		return tr(lang, "account.over"), status[moderation.Invalid]
	default:
		return "", 0
	}
}
