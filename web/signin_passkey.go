package web

import (
	"balasan/moderation"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/gofiber/fiber/v2"
)

// askedDoc is what a script asks an authenticator, and the ticket that goes back with the answer.
type askedDoc struct {
	Options jsontext.Value `json:"options"`
	Ticket  string         `json:"ticket"`
}

func sendAsked(c *fiber.Ctx, options []byte, ticket string, err error) error {
	if err != nil {
		return err
	}
	return c.JSON(askedDoc{jsontext.Value(options), ticket})
}

// askPasskey begins signing in by a passkey; nothing is kept.
func (s *Server) askPasskey(c *fiber.Ctx, _ caller) error {
	if err := s.knock(c); err != nil {
		return err
	}
	options, ticket, err := s.Queue.Accounts.AskPasskey(s.base(c))
	return sendAsked(c, options, ticket, err)
}

// passkeySignIn lets in whom an authenticator vouches for. It has asked for a finger, a face or a
// number already, so that no code is asked for.
func (s *Server) passkeySignIn(c *fiber.Ctx, who caller) error {
	view := s.signInView(c, who, "signin.title")
	view.Next = formValue(c, "next")
	secret, err := s.Queue.Accounts.SignInByPasskey(c.UserContext(), s.base(c), formValue(c, "ticket"), []byte(formValue(c, "answer")), device(c))
	if moderation.CodeOf(err) == moderation.Unauthorized {
		view.Faults = map[string]string{"": view.T("passkey.failed")}
		return render(c, fiber.StatusUnauthorized, "signin", view)
	}
	if err != nil {
		return err
	}
	return s.welcome(c, who, secret, view.Next)
}
