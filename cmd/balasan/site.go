package main

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"text/tabwriter"

	"balasan/moderation"
	"balasan/web"
)

type siteCmd struct {
	Add    siteAddCmd    `cmd:"" help:"Add a portal with the addresses of its pages."`
	Change siteChangeCmd `cmd:"" help:"Change a portal's addresses, language or policy."`
	List   siteListCmd   `cmd:"" help:"List all portals."`
	Erase  siteEraseCmd  `cmd:"" help:"Erase all that visitors of a portal left, in backups too."`
	Tag    siteTagCmd    `cmd:"" help:"Print the tag that a portal's pages need."`
}

type siteAddCmd struct {
	ID       string   `arg:"" help:"Short name in addresses: letters, digits and hyphens, such as desa-suka."`
	Origins  []string `arg:"" name:"origin" help:"Where its pages are: https://desa.id, one or more, exactly as browsers say it."`
	Name     string   `help:"What editors read; the id unless given."`
	Language string   `enum:"id,en" default:"id" help:"What its visitors read: id or en."`
}

var siteID = regexp.MustCompile(`^[a-z0-9-]{1,40}$`)

func (cmd siteAddCmd) Run(ctx context.Context, p *program, c console) error {
	if !siteID.MatchString(cmd.ID) {
		return misused{errors.New("the id takes 1 to 40 small letters, digits and hyphens")}
	}
	if err := checkOrigins(cmd.Origins); err != nil {
		return err
	}
	return p.inHouse(ctx, c, func(h *house) error {
		site := moderation.Site{ID: cmd.ID, Name: cmd.Name, Language: cmd.Language, Origins: cmd.Origins, Policy: h.cfg.Policy.Domain()}
		if site.Name == "" {
			site.Name = site.ID
		}
		if err := h.db.AddSite(ctx, site); err != nil {
			return inWords(err, "there is a site "+cmd.ID+" already, or there was one that is erased: its ID is used up")
		}
		fmt.Fprintf(c.out, "Site %s is added. Its pages take comments with these two lines:\n\n%s\n", site.ID, web.EmbedTag(h.cfg.Origin(), site.ID, false))
		return nil
	})
}

// checkOrigins refuses what no browser would send as an Origin.
func checkOrigins(origins []string) error {
	for _, origin := range origins {
		if moderation.PageOrigin(origin) != origin || !strings.HasPrefix(origin, "http") {
			return misused{fmt.Errorf("%s is not an origin: it takes http:// or https://, a host, and nothing behind it", origin)}
		}
	}
	return nil
}

type siteListCmd struct {
	JSON bool `help:"For machines."`
}

type siteView struct {
	ID        string   `json:"id"`
	Name      string   `json:"name"`
	Language  string   `json:"language"`
	Origins   []string `json:"origins"`
	Mode      string   `json:"mode"`
	Challenge string   `json:"challenge"`
	Notify    bool     `json:"notify"`
}

func (cmd siteListCmd) Run(ctx context.Context, p *program, c console) error {
	return p.inHouse(ctx, c, func(h *house) error {
		sites, err := h.db.Sites(ctx)
		if err != nil {
			return err
		}
		views := make([]siteView, len(sites))
		for i, s := range sites {
			views[i] = siteView{s.ID, s.Name, s.Language, s.Origins, string(s.Policy.Mode), string(s.Policy.Challenge), s.Policy.Notify}
		}
		if cmd.JSON {
			return c.json(views)
		}
		return c.table(func(row func(...string)) {
			row("ID", "NAME", "LANGUAGE", "MODE", "CHALLENGE", "ORIGINS")
			for _, v := range views {
				row(v.ID, v.Name, v.Language, v.Mode, v.Challenge, strings.Join(v.Origins, " "))
			}
		})
	})
}

// table prints aligned columns.
func (c console) table(fill func(row func(...string))) error {
	w := tabwriter.NewWriter(c.out, 0, 0, 2, ' ', 0)
	fill(func(cells ...string) { fmt.Fprintln(w, strings.Join(cells, "\t")) })
	return w.Flush()
}

// inWords replaces a Problem that means the argument was taken or wrong by a sentence.
func inWords(err error, taken string) error {
	switch moderation.CodeOf(err) {
	case moderation.Invalid, moderation.NotFound:
		return misused{errors.New(taken)}
	default:
		return err
	}
}
