package web

import (
	"encoding/hex"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"balasan/moderation"

	"github.com/boombuler/barcode/qr"
	"github.com/gofiber/fiber/v2"
)

// codesView is the page on which an app learns the secret of its codes.
type codesView struct {
	Page
	Secret string // in groups of four
	QR     string // what of the picture is black, as a path of SVG
	Box    string // its frame, with the quiet zone that scanners need
	URL    string
	Ticket string
	Fault  string
}

// onceView shows secrets that nobody can look up again.
type onceView struct {
	Page
	Heading, Why string
	Secrets      []string
	Back         string
}

func showOnce(c *fiber.Ctx, who caller, what, back string, secrets ...string) error {
	page := accountStyle(staffPage(who.lang, what+".title"))
	return render(c, fiber.StatusOK, "account_once", onceView{page, tr(who.lang, what+".title"), tr(who.lang, what+".why"), secrets, back})
}

// issuer is what an app shows beside the editor's name.
func (s *Server) issuer(c *fiber.Ctx) string { return "balasan (" + hostOf(s.base(c)) + ")" }

func hostOf(origin string) string {
	u, err := url.Parse(origin)
	if err != nil {
		return ""
	}
	return u.Hostname()
}

// codesPage draws a secret for the app; each look draws another, and none is kept before a code of
// it was seen.
func (s *Server) codesPage(c *fiber.Ctx, who caller) error {
	enrolment, err := s.Queue.Accounts.BeginCodes(who.Editor, s.issuer(c))
	if err != nil {
		return err
	}
	return showCodes(c, who, fiber.StatusOK, enrolment, "")
}

func showCodes(c *fiber.Ctx, who caller, status int, e moderation.Enrolment, fault string) error {
	view := codesView{Page: accountStyle(staffPage(who.lang, "codes.title")), Ticket: e.Ticket, URL: e.URL, Fault: fault}
	var groups []string
	for group := range slices.Chunk([]byte(e.Secret), 4) {
		groups = append(groups, string(group))
	}
	view.Secret = strings.Join(groups, " ")
	var err error
	if view.QR, view.Box, err = drawQR(e.URL); err != nil {
		return err
	}
	return render(c, status, "account_codes", view)
}

// drawQR gives the black modules of a QR code as a path, one unit each, and its view box.
func drawQR(text string) (path, box string, err error) {
	code, err := qr.Encode(text, qr.M, qr.Auto)
	if err != nil {
		return "", "", err
	}
	var d strings.Builder
	size := code.Bounds().Dx()
	for y := range size {
		for x := range size {
			if r, _, _, _ := code.At(x, y).RGBA(); r == 0 {
				fmt.Fprintf(&d, "M%d %dh1v1h-1z", x, y)
			}
		}
	}
	return d.String(), fmt.Sprintf("-4 -4 %d %d", size+8, size+8), nil
}

// codesForm asks for codes from now on, if the app's first one is right.
func (s *Server) codesForm(c *fiber.Ctx, who caller) error {
	err, ticket := s.knock(c), formValue(c, "ticket")
	var codes []string
	if err == nil {
		codes, err = s.Queue.Accounts.FinishCodes(c.UserContext(), who.Editor, ticket, formValue(c, "code"))
	}
	words, code := faultOf(who.lang, err)
	if words != "" {
		enrolment, again := s.Queue.Accounts.ResumeCodes(who.Editor, s.issuer(c), ticket)
		if again != nil {
			return s.faulty(c, who, again)
		}
		return showCodes(c, who, code, enrolment, words)
	}
	if err == nil {
		err = s.renew(c, who)
	}
	if err != nil {
		return err
	}
	return showOnce(c, who, "recovery", "/queue/account", codes...)
}

func (s *Server) endCodesForm(c *fiber.Ctx, who caller) error {
	err := s.Queue.Accounts.EndCodes(c.UserContext(), who.Editor)
	if err == nil {
		err = s.renew(c, who)
	}
	if err != nil {
		return err
	}
	return done(c, "/queue/account", "nocodes")
}

func (s *Server) recoveryForm(c *fiber.Ctx, who caller) error {
	codes, err := s.Queue.Accounts.NewRecovery(c.UserContext(), who.Editor)
	if err != nil {
		return err
	}
	return showOnce(c, who, "recovery", "/queue/account", codes...)
}

func (s *Server) newPasskey(c *fiber.Ctx, who caller) error {
	options, ticket, err := s.Queue.Accounts.NewPasskey(c.UserContext(), who.Editor, s.base(c))
	return sendAsked(c, options, ticket, err)
}

func (s *Server) passkeyForm(c *fiber.Ctx, who caller) error {
	name := strings.TrimSpace(formValue(c, "name"))
	if name == "" {
		name = device(c)
	}
	err := s.Queue.Accounts.AddPasskey(c.UserContext(), who.Editor, s.base(c), formValue(c, "ticket"), name, []byte(formValue(c, "answer")))
	if err != nil {
		return s.faulty(c, who, err)
	}
	if err := s.renew(c, who); err != nil {
		return err
	}
	return done(c, "/queue/account", "passkey")
}

func (s *Server) endPasskeyForm(c *fiber.Ctx, who caller) error {
	id, err := hex.DecodeString(formValue(c, "passkey"))
	if err != nil {
		return &moderation.Problem{Code: moderation.NotFound}
	}
	if err := s.Queue.Accounts.DropPasskey(c.UserContext(), who.Editor, id); err != nil && moderation.CodeOf(err) != moderation.NotFound {
		return err
	}
	return done(c, "/queue/account", "nopasskey")
}
