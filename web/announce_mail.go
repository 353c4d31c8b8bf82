package web

import (
	"context"
	"crypto/rand"
	"fmt"
	"strconv"
	"strings"
	"time"

	"balasan/moderation"

	"github.com/gofiber/fiber/v2"
	"github.com/google/uuid"
)

// Mail keeps what editors and readers want to be mailed; nil where no mail is sent. The errors are Problems:
// NotFound, Limited.
type Mail interface {
	Digest(ctx context.Context, editor string) (moderation.Digest, error)
	// SetDigest keeps it, and with it the letter that asks to confirm its address, unless nil.
	SetDigest(ctx context.Context, d moderation.Digest, confirm *moderation.Letter, secret string, at time.Time) error
	ForgetDigest(ctx context.Context, editor string) error
	MailLink(ctx context.Context, secret string, at time.Time) (moderation.Link, error)
	UseMailLink(ctx context.Context, secret string, all bool, at time.Time) (moderation.Link, error)
}

// mailView is where an editor says what to be mailed and when.
type mailView struct {
	Page
	Name     string
	Says     string
	Address  string // as typed, or the editor's own
	Has      bool
	Waits    bool // for the address to be confirmed
	Digest   moderation.Digest
	Cadences []moderation.Cadence
	Hours    []hourView
	Faults   map[string]string
	CanTold  bool
}

type hourView struct {
	Value int
	Words string
}

func (s *Server) mailPage(c *fiber.Ctx, who caller) error {
	return s.showMail(c, who, mailView{})
}

// mailForm keeps what the editor says, or forgets the address.
func (s *Server) mailForm(c *fiber.Ctx, who caller) error {
	if s.Queue.Mail == nil {
		return &moderation.Problem{Code: moderation.NotFound}
	}
	if formValue(c, "forget") != "" {
		if err := s.Queue.Mail.ForgetDigest(c.UserContext(), who.ID); err != nil {
			return err
		}
		return s.showMail(c, who, mailView{Says: tr(who.lang, "mail.forgotten")})
	}
	d, faults := readDigest(c, who)
	if len(faults) > 0 {
		return s.showMail(c, who, mailView{Digest: d, Address: formValue(c, "address"), Faults: faults})
	}
	says, err := s.setDigest(c, d)
	if err != nil {
		return err
	}
	return s.showMail(c, who, mailView{Says: tr(who.lang, says)})
}

// setDigest asks for an address that is new to be confirmed; it returns the key of what to say.
func (s *Server) setDigest(c *fiber.Ctx, d moderation.Digest) (string, error) {
	before, err := s.Queue.Mail.Digest(c.UserContext(), d.Editor)
	if err != nil && moderation.CodeOf(err) != moderation.NotFound {
		return "", err
	}
	if d.Confirmed = err == nil && before.Confirmed && before.To.Reveal() == d.To.Reveal(); d.Confirmed {
		return "mail.kept", s.Queue.Mail.SetDigest(c.UserContext(), d, nil, "", time.Now())
	}
	secret := rand.Text()
	letter := moderation.Letter{ID: uuid.NewString(), To: d.To, Language: d.Language, Subject: tr(d.Language, "mail.confirm.subject"),
		Text: tr(d.Language, "mail.confirm.text", SubscriptionURL(s.base(c), secret))}
	return "mail.asked", s.Queue.Mail.SetDigest(c.UserContext(), d, &letter, secret, time.Now())
}

// readDigest reads the form and says what is wrong beside each field.
func readDigest(c *fiber.Ctx, who caller) (moderation.Digest, map[string]string) {
	number := func(field string) int {
		n, err := strconv.Atoi(formValue(c, field))
		if err != nil {
			return -1
		}
		return n
	}
	d := moderation.Digest{Editor: who.ID, Language: who.lang, Cadence: moderation.Cadence(formValue(c, "cadence")), Hour: number("hour"),
		QuietFrom: number("quiet_from"), QuietTo: number("quiet_to"), Zone: strings.TrimSpace(formValue(c, "zone"))}
	faults := map[string]string{}
	var err error
	if d.To, err = moderation.ParseEmail(strings.TrimSpace(formValue(c, "address"))); err != nil || d.To.IsZero() {
		faults["address"] = tr(who.lang, "mail.fault.address")
	}
	for _, f := range faultsOf(d.Check()) {
		faults[f.Field] = tr(who.lang, "mail.fault."+f.Field)
	}
	return d, faults
}

func faultsOf(err error) []moderation.FieldFault {
	p, ok := err.(*moderation.Problem)
	if !ok {
		return nil
	}
	return p.Fields
}

func (s *Server) showMail(c *fiber.Ctx, who caller, view mailView) error {
	if s.Queue.Mail == nil {
		return &moderation.Problem{Code: moderation.NotFound}
	}
	d, err := s.Queue.Mail.Digest(c.UserContext(), who.ID)
	if err != nil && moderation.CodeOf(err) != moderation.NotFound {
		return err
	}
	if view.Has = err == nil; !view.Has {
		d = moderation.Digest{Cadence: moderation.Daily, Hour: 7, QuietFrom: 21, QuietTo: 6, Zone: moderation.DefaultZone}
	}
	view.Waits = view.Has && !d.Confirmed
	if len(view.Faults) == 0 {
		view.Digest, view.Address = d, d.To.Reveal() // the editor's own
	}
	view.Page, view.Name, view.Cadences = staffPage(who.lang, "mail.title"), who.Name, moderation.Cadences
	view.CanTold = s.mayTold(who) == nil
	for h := range 24 {
		view.Hours = append(view.Hours, hourView{h, fmt.Sprintf("%02d.00", h)})
	}
	status := fiber.StatusOK
	if len(view.Faults) > 0 {
		status = fiber.StatusUnprocessableEntity
	}
	return render(c, status, "mail", view)
}
