package main

import (
	"context"
	"errors"
	"fmt"

	"balasan/moderation"
)

type editorGrantCmd struct {
	Name  string `arg:""`
	Role  string `enum:"owner,editor,viewer" default:"editor" help:"owner decides and manages, editor decides, viewer reads."`
	Site  string `default:"*" help:"Where the role holds; * is everywhere."`
	Force bool   `help:"Even when nobody owns all sites any more."`
}

func (cmd editorGrantCmd) Run(ctx context.Context, p *program, c console) error {
	return p.inHouse(ctx, c, func(h *house) error {
		if err := h.knows(ctx, cmd.Site); err != nil {
			return err
		}
		return h.grant(ctx, c, cmd.Name, cmd.Site, moderation.Role(cmd.Role), cmd.Force)
	})
}

type editorRevokeCmd struct {
	Name  string `arg:""`
	Site  string `required:"" help:"Where the role held; * is the one everywhere."`
	Force bool   `help:"Even when nobody owns all sites any more."`
}

func (cmd editorRevokeCmd) Run(ctx context.Context, p *program, c console) error {
	return p.inHouse(ctx, c, func(h *house) error { return h.grant(ctx, c, cmd.Name, cmd.Site, "", cmd.Force) })
}

type editorRemoveCmd struct {
	Name  string `arg:""`
	Force bool   `help:"Even when nobody owns all sites any more."`
}

func (cmd editorRemoveCmd) Run(ctx context.Context, p *program, c console) error {
	return p.inHouse(ctx, c, func(h *house) error {
		if err := h.accounts.Dismiss(ctx, cmd.Name, cmd.Force); err != nil {
			return lastOwner(err, cmd.Name)
		}
		fmt.Fprintf(c.out, "%s is locked out.\n", cmd.Name)
		return nil
	})
}

// knows refuses a site that is not there.
func (h *house) knows(ctx context.Context, site string) error {
	if site == moderation.AllSites {
		return nil
	}
	_, err := h.db.Site(ctx, site)
	return inWords(err, "there is no site "+site)
}

// grant changes one role and shows what the editor may do now.
func (h *house) grant(ctx context.Context, c console, name, site string, role moderation.Role, force bool) error {
	if err := h.accounts.Grant(ctx, name, site, role, force); err != nil {
		return lastOwner(err, name)
	}
	all, err := h.accounts.List(ctx)
	for _, e := range all {
		if e.Name == name {
			fmt.Fprintf(c.out, "%s: %s\n", name, inWordsOf(e.Roles))
		}
	}
	return err
}

func lastOwner(err error, name string) error {
	if errors.Is(err, moderation.ErrLastOwner) {
		return misused{fmt.Errorf("%s is the last owner everywhere: make another one first, or use --force", name)}
	}
	return inWords(err, "there is no editor "+name)
}
