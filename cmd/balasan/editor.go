package main

import (
	"context"
	"fmt"
	"time"

	"balasan/moderation"
	"balasan/web"
)

type editorCmd struct {
	Add    editorAddCmd    `cmd:"" help:"Add an editor and print a one-time sign-in link."`
	Reset  editorResetCmd  `cmd:"" help:"End an editor's password, passkeys, codes, sessions and tokens and print a new sign-in link."`
	Token  editorTokenCmd  `cmd:"" help:"Print a token with which a script acts as an editor."`
	Grant  editorGrantCmd  `cmd:"" help:"Give an editor a role on a site, in place of the present one there."`
	Revoke editorRevokeCmd `cmd:"" help:"Take an editor's role on a site back."`
	Remove editorRemoveCmd `cmd:"" help:"Lock an editor out: roles, password, sessions, links and tokens end. The name stays in the decision log."`
	List   editorListCmd   `cmd:"" help:"List everyone with their roles."`
}

type editorAddCmd struct {
	Name string `arg:"" help:"What colleagues and, in replies, the public read."`
	Role string `enum:"owner,editor,viewer" default:"editor" help:"owner decides and manages, editor decides, viewer reads."`
	Site string `default:"*" help:"Where the role holds; * is everywhere."`
}

func (cmd editorAddCmd) Run(ctx context.Context, p *program, c console) error {
	return p.inHouse(ctx, c, func(h *house) error {
		if err := h.knows(ctx, cmd.Site); err != nil {
			return err
		}
		secret, err := h.accounts.Add(ctx, cmd.Name, moderation.Role(cmd.Role), cmd.Site)
		if err != nil {
			return inWords(err, "there is an editor "+cmd.Name+" already (balasan editor grant changes roles), or the name is longer than 60 characters")
		}
		h.invite(c, secret)
		return nil
	})
}

type editorResetCmd struct {
	Name string `arg:""`
}

func (cmd editorResetCmd) Run(ctx context.Context, p *program, c console) error {
	return p.inHouse(ctx, c, func(h *house) error {
		secret, err := h.accounts.Reset(ctx, cmd.Name)
		if err != nil {
			return inWords(err, "there is no editor "+cmd.Name)
		}
		h.invite(c, secret)
		return nil
	})
}

// invite prints the link alone on standard output, for scripts.
func (h *house) invite(c console, secret string) {
	fmt.Fprintln(c.err, "This link signs in once, within 24 hours:")
	fmt.Fprintln(c.out, h.cfg.Origin()+web.SignInPath(secret))
}

type editorTokenCmd struct {
	Name  string   `arg:""`
	Label string   `default:"script" help:"What the editor reads in the list of tokens."`
	Scope []string `enum:"read,decide,address,shadow,rule,manage" help:"What it may do: read, decide, address, shadow, rule, manage. All that the editor may unless given, and never more."`
	Site  string   `help:"Where it may do that; everywhere the editor may unless given."`
	Days  int      `default:"90" help:"How long it is good, 1 to 366 days."`
}

func (cmd editorTokenCmd) Run(ctx context.Context, p *program, c console) error {
	if cmd.Days < 1 || cmd.Days > 366 {
		return misused{fmt.Errorf("--days takes 1 to 366")}
	}
	return p.inHouse(ctx, c, func(h *house) error {
		scope := moderation.Scope{Site: cmd.Site}
		if cmd.Site != "" {
			if err := h.knows(ctx, cmd.Site); err != nil {
				return err
			}
		}
		for _, word := range cmd.Scope {
			scope.Acts = append(scope.Acts, moderation.Act(word))
		}
		token, err := h.accounts.NewToken(ctx, cmd.Name, cmd.Label, scope, time.Duration(cmd.Days)*24*time.Hour)
		switch moderation.CodeOf(err) {
		case moderation.NotFound:
			return inWords(err, "there is no editor "+cmd.Name)
		case moderation.Invalid:
			return inWords(err, cmd.Name+" may not do all of that there: name with --scope and --site what the roles of balasan editor list allow")
		}
		if err == nil {
			fmt.Fprintln(c.out, token)
		}
		return err
	})
}
