package web

import (
	"encoding/hex"
	"strings"

	"balasan/moderation"

	"github.com/gofiber/fiber/v2"
)

// accountView is all that an editor signs in with and is signed in by.
type accountView struct {
	Page
	Name     string
	Says     string // what was just done
	Fault    string // what went wrong instead
	Password bool
	Codes    bool
	Recovery int
	Offered  bool // passkeys work at this address
	Passkeys []passkeyView
	Sessions []passView
	Tokens   []passView
	Form     tokenView
	Letters  bool // mail may come
	Log      bool // how announcements went may be seen
}

type passkeyView struct {
	ID, Name, Host string
	Here           bool // works at this address
	Cloned         bool
	Made, Used     when
	Unused         bool
}

type passView struct {
	Hash, Label string
	Own         bool   // the session that looks at the list
	Scope       string // in words
	Unused      bool
	Seen, Ends  when
}

// accountStyle adds what the pages of people and accounts need besides the queue's.
func accountStyle(p Page) Page {
	p.Styles, p.Scripts = append(p.Styles, "account.css"), append(p.Scripts, "account.js")
	return p
}

func (s *Server) accountPage(c *fiber.Ctx, who caller) error {
	return s.showAccount(c, who, fiber.StatusOK, "")
}

// showAccount shows the page, with what went wrong where something did.
func (s *Server) showAccount(c *fiber.Ctx, who caller, status int, fault string) error {
	account, err := s.Queue.Accounts.Account(c.UserContext(), who.Editor, who.session)
	if err != nil {
		return err
	}
	view := accountView{Page: accountStyle(staffPage(who.lang, "account.title")), Name: who.Name, Fault: fault,
		Password: account.Password, Codes: account.Codes, Recovery: account.Recovery, Offered: s.Queue.Accounts.PasskeysAt(s.base(c)), Letters: s.Mail != nil}
	_, view.Log = who.Sites(moderation.ToManage)
	view.Says, _ = lookup(who.lang, "account.said."+c.Query("said"))
	for _, k := range account.Passkeys {
		view.Passkeys = append(view.Passkeys, passkeyView{ID: hex.EncodeToString(k.ID), Name: k.Name, Host: k.Host,
			Here: k.Host == hostOf(s.base(c)), Cloned: k.Cloned, Made: ago(who.lang, k.CreatedAt), Used: ago(who.lang, k.UsedAt), Unused: k.UsedAt.IsZero()})
	}
	for i, p := range account.Passes {
		shown := passView{Hash: passName(p.Hash), Label: p.Label, Own: i == account.Own, Unused: p.SeenAt.IsZero(), Seen: ago(who.lang, p.SeenAt), Ends: ago(who.lang, p.ExpiresAt)}
		if p.Kind == moderation.Session {
			view.Sessions = append(view.Sessions, shown)
			continue
		}
		shown.Scope = scopeWords(who.lang, p.Scope)
		view.Tokens = append(view.Tokens, shown)
	}
	if view.Form, err = s.tokenView(c, who); err != nil {
		return err
	}
	return render(c, status, "account", view)
}

// scopeWords is “membaca, memutuskan · desa”.
func scopeWords(lang string, s moderation.Scope) string {
	words := tr(lang, "scope.all")
	if len(s.Acts) > 0 {
		var acts []string
		for _, act := range s.Acts {
			acts = append(acts, tr(lang, "scope."+string(act)))
		}
		words = strings.Join(acts, ", ")
	}
	if s.Site != "" {
		words += " · " + s.Site
	}
	return words
}

// faulty shows the account with what was wrong in words; what nobody can mend is an error.
func (s *Server) faulty(c *fiber.Ctx, who caller, err error) error {
	words, code := faultOf(who.lang, err)
	if words == "" {
		return err
	}
	return s.showAccount(c, who, code, words)
}

// done leads back to the page, which says what was done.
func done(c *fiber.Ctx, page, said string) error {
	return c.Redirect(page+"?said="+said, fiber.StatusSeeOther)
}

// revokeForm ends one of the editor's sessions or tokens, or all other sessions.
func (s *Server) revokeForm(c *fiber.Ctx, who caller) error {
	if formValue(c, "others") != "" {
		if err := s.Queue.Accounts.EndOthers(c.UserContext(), who.Editor, who.session); err != nil {
			return err
		}
		return done(c, "/queue/account", "others")
	}
	hash, err := passHash(formValue(c, "pass"))
	if err != nil {
		return err
	}
	if err := s.Queue.Accounts.Revoke(c.UserContext(), who.Editor, hash); err != nil && moderation.CodeOf(err) != moderation.NotFound {
		return err
	}
	return done(c, "/queue/account", "ended")
}
