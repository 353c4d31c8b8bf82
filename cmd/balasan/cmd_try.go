package main

import (
	"context"
	"io"
	"strings"
	"time"

	"balasan/moderation"
	"balasan/moderation/learn"
)

type tryCmd struct {
	Text    []string      `arg:"" optional:"" help:"The comment; standard input without one."`
	Site    string        `help:"Weigh by the policy of this portal; by the configured one without it."`
	Name    string        `default:"Pembaca" help:"The sender's name."`
	Email   string        `placeholder:"ADDRESS" help:"The sender's e-mail address."`
	Website string        `help:"The sender's website."`
	Page    string        `help:"The page's address."`
	Age     time.Duration `default:"1m" help:"From opening the form to sending it."`
	JSON    bool          `help:"Answer for machines."`
}

// Run weighs a text as if it had just come from a stranger, and shows everything that the judge
// saw. Nothing is stored.
func (cmd tryCmd) Run(ctx context.Context, p *program, c console) error {
	cfg, err := p.load(c)
	if err != nil {
		return err
	}
	set, err := loadRules(cfg.Rules)
	if err != nil {
		return err
	}
	model, err := learn.Prior()
	if err != nil {
		return err
	}
	s, err := cmd.submission(c.in)
	if err != nil {
		return err
	}
	policy := cfg.Policy.Domain()
	if cmd.Site != "" {
		if policy, err = p.policyOf(ctx, c, cmd.Site); err != nil {
			return err
		}
	}
	view := explained(s, moderation.Judge{Rules: set, Model: model}.Weigh(moderation.Case{Submission: s}, policy), set.Caps())
	if cmd.JSON {
		return c.json(view)
	}
	view.print(c.out)
	return nil
}

func (cmd tryCmd) submission(in io.Reader) (moderation.Submission, error) {
	text := strings.Join(cmd.Text, " ")
	if text == "" {
		read, err := io.ReadAll(io.LimitReader(in, 1<<20))
		if err != nil {
			return moderation.Submission{}, err
		}
		text = strings.TrimSpace(string(read))
	}
	s := moderation.Submission{Site: cmd.Site, Name: cmd.Name, Website: cmd.Website, Page: cmd.Page, Body: text, At: time.Now(),
		Form: moderation.Form{Signed: true, Age: cmd.Age}}
	if cmd.Email == "" {
		return s, nil
	}
	email, err := moderation.ParseEmail(cmd.Email)
	if err != nil {
		return s, misused{err}
	}
	s.Email = email
	return s, nil
}

// policyOf reads a portal's lines from the installation.
func (p *program) policyOf(ctx context.Context, c console, site string) (policy moderation.Policy, err error) {
	err = p.inHouse(ctx, c, func(h *house) error {
		known, err := h.db.Site(ctx, site)
		policy = known.Policy
		return inWords(err, "there is no site "+site)
	})
	return policy, err
}
