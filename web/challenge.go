package web

import (
	"context"
	"net/url"
	"strings"
	"time"

	"balasan/moderation"

	"github.com/gofiber/fiber/v2"
)

// Challenges issues challenges and renders them. The errors are Problems: CaptchaInvalid,
// CaptchaExpired, CaptchaBusy.
type Challenges interface {
	Issue(moderation.Binding, time.Time) moderation.Challenge
	Picture(ctx context.Context, token string) ([]byte, error)         // PNG
	Voice(ctx context.Context, token, language string) ([]byte, error) // WAV
}

// challengeDoc is a challenge as the embed meets it.
type challengeDoc struct {
	Token     string    `json:"token"`
	Kind      string    `json:"kind"`
	Image     string    `json:"image"`
	Audio     string    `json:"audio"`
	ExpiresAt time.Time `json:"expires_at"`
}

// openedDoc also starts the form's clock, names the honeypots of the day and tells what must be agreed
// to.
type openedDoc struct {
	challengeDoc
	Form    string      `json:"form"`
	Traps   []string    `json:"traps"`
	Consent *consentDoc `json:"consent,omitempty"`
}

// openChallenge issues a challenge. It is a POST, so that nothing that merely follows links opens one.
func (s *Server) openChallenge(c *fiber.Ctx) error {
	site, f, err := s.received(c)
	if err != nil {
		return err
	}
	page := moderation.CanonicalPage(f["page"])
	if page == "" || len(page) > moderation.MaxPage {
		return &moderation.Problem{Code: moderation.Invalid, Fields: []moderation.FieldFault{{Field: "page", Fault: moderation.FaultRequired}}}
	}
	if err := admit(c, site, page); err != nil {
		return err
	}
	if err := s.spend(c, moderation.ToOpen); err != nil {
		return err
	}
	asked, err := s.wordingDoc(site.ID, languageOr(c, site.Language))
	if err != nil {
		return err
	}
	now := time.Now()
	c.Set(fiber.HeaderCacheControl, "no-store")
	return c.Status(fiber.StatusCreated).JSON(openedDoc{
		challengeDoc: s.newChallenge(c, moderation.Binding{Site: site.ID, Page: page}),
		Form:         s.formToken(site.ID, page, now),
		Traps:        s.traps(site.ID, now),
		Consent:      asked,
	})
}

func (s *Server) newChallenge(c *fiber.Ctx, b moderation.Binding) challengeDoc {
	return s.describe(c, s.Challenges.Issue(b, time.Now()))
}

func (s *Server) describe(c *fiber.Ctx, ch moderation.Challenge) challengeDoc {
	at := s.base(c) + "/v1/challenges/" + url.PathEscape(ch.Token)
	return challengeDoc{Token: ch.Token, Kind: ch.Kind, Image: at + ".png", Audio: at + ".wav", ExpiresAt: ch.ExpiresAt.UTC()}
}

// spend takes one from the sender's allowance.
func (s *Server) spend(c *fiber.Ctx, what moderation.Allowance) error {
	if spent := s.Limits.Spend(c.UserContext(), what, client(c)); spent.After > 0 {
		return &moderation.Problem{Code: moderation.Limited, After: spent.After}
	}
	return nil
}

// rendered draws or speaks a challenge; asking changes nothing.
func (s *Server) rendered(c *fiber.Ctx) error {
	file := c.Params("file")
	token, picture := strings.CutSuffix(file, ".png")
	what, kind := moderation.ToSee, "image/png"
	if !picture {
		voice := false
		if token, voice = strings.CutSuffix(file, ".wav"); !voice {
			return &moderation.Problem{Code: moderation.NotFound}
		}
		what, kind = moderation.ToHear, "audio/wav"
	}
	if err := s.spend(c, what); err != nil {
		return err
	}
	raw, err := s.draw(c, token, picture)
	if err != nil {
		return err
	}
	c.Set(fiber.HeaderContentType, kind)
	c.Set(fiber.HeaderCacheControl, "private, max-age=600")
	c.Set("Cross-Origin-Resource-Policy", "cross-origin")
	return c.Send(raw)
}

func (s *Server) draw(c *fiber.Ctx, token string, picture bool) ([]byte, error) {
	if picture {
		return s.Challenges.Picture(c.UserContext(), token)
	}
	return s.Challenges.Voice(c.UserContext(), token, language(c))
}
