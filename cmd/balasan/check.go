package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"

	"balasan/configs"
)

type checkCmd struct {
	Print bool `help:"Print what is in force, annotated, with the source of what is not built in."`
	JSON  bool `help:"Answer for machines on standard output: ok, and faults with file, line, column and text."`
}

func (cmd checkCmd) Run(ctx context.Context, p *program, c console) error {
	if cmd.Print {
		return p.show(c)
	}
	for _, name := range configs.Unknown(c.environ) {
		fmt.Fprintf(c.err, "warning: %s sets nothing: there is no such setting\n", name)
	}
	cfg, err := p.load(c)
	if err == nil {
		err = p.checkRules(ctx, c, cfg)
	}
	if faults, known := errors.AsType[configs.Faults](err); cmd.JSON && (known || err == nil) {
		return errors.Join(c.json(checked(faults)), err)
	}
	if err != nil {
		return err
	}
	if cfg.Mail.Host != "" && cfg.PublicURL == "" {
		fmt.Fprintf(c.err, "warning: links in mail lead to %s: set public_url to the address that visitors see\n", cfg.Origin())
	}
	for _, hook := range cfg.Announce.Webhooks {
		if at, err := url.Parse(hook.URL); err == nil && at.Scheme == "http" && len(cfg.Announce.Networks) == 0 {
			fmt.Fprintf(c.err, "warning: the webhook to %s is not sent: use https://, or name its network in announce.networks\n", at.Host)
		}
	}
	fmt.Fprintln(c.out, cmp.Or(p.Config, "The built-in configuration"), "is in order.")
	return nil
}

func (p *program) show(c console) error {
	shown, err := configs.Show(p.Config, c.environ, "data="+p.Data)
	if err == nil {
		fmt.Fprint(c.out, shown)
	}
	return unreadable(err)
}

// checkRules loads the rules and holds the sterner ones against what editors approved.
func (p *program) checkRules(ctx context.Context, c console, cfg configs.Config) error {
	set, err := loadRules(cfg.Rules)
	if err != nil {
		return err
	}
	return p.guardRules(ctx, c, cfg, set)
}

type faultView struct {
	File   string `json:"file"`
	Line   int    `json:"line,omitempty"`
	Column int    `json:"column,omitempty"`
	Text   string `json:"text"`
}

func checked(faults configs.Faults) any {
	views := make([]faultView, len(faults))
	for i, f := range faults {
		views[i] = faultView{f.File, f.Line, f.Column, f.Text}
	}
	return struct {
		OK     bool        `json:"ok"`
		Faults []faultView `json:"faults"`
	}{len(faults) == 0, views}
}
