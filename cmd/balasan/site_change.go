package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"balasan/moderation"
	"balasan/web"
)

// siteChangeCmd changes what is given and leaves the rest; a running program sees it within a second.
type siteChangeCmd struct {
	ID         string         `arg:"" help:"The portal, as site list names it."`
	Origins    []string       `name:"origin" help:"All addresses of its pages, in place of the present ones."`
	Name       *string        `help:"What editors read."`
	Language   *string        `enum:"id,en" help:"What its visitors read: id or en."`
	Mode       *string        `enum:"hold,hold-doubtful,publish,closed" help:"hold: all waits; hold-doubtful: likely good appears; publish: all but spam appears; closed: nothing is taken."`
	Challenge  *string        `enum:"always,suspicious,never" help:"Who meets a challenge: always: everyone; suspicious: who looks odd; never: nobody."`
	Approve    *float64       `help:"A score below it is likely good."`
	Spam       *float64       `help:"A score from it on is spam; above approve."`
	Depth      *int           `help:"How deep replies nest, 0 to 20."`
	CloseAfter *time.Duration `help:"A page takes no comments this long after its first one, such as 720h; 0s is never."`
	Notify     *bool          `help:"Whether visitors may ask to hear of replies by mail, where mail.host is set."`
	MaxBody    *int           `help:"The longest comment in characters, 100 to 20000."`
}

func (cmd siteChangeCmd) Run(ctx context.Context, p *program, c console) error {
	if err := checkOrigins(cmd.Origins); err != nil {
		return err
	}
	return p.inHouse(ctx, c, func(h *house) error {
		site, err := h.db.Site(ctx, cmd.ID)
		if err != nil {
			return inWords(err, "there is no site "+cmd.ID)
		}
		cmd.apply(&site)
		if err := soundPolicy(site.Policy); err != nil {
			return misused{err}
		}
		if err := h.db.UpdateSite(ctx, site); err != nil {
			return err
		}
		fmt.Fprintf(c.out, "Site %s is changed.\n", site.ID)
		return nil
	})
}

func (cmd siteChangeCmd) apply(s *moderation.Site) {
	if len(cmd.Origins) > 0 {
		s.Origins = cmd.Origins
	}
	set(&s.Name, cmd.Name)
	set(&s.Language, cmd.Language)
	set((*string)(&s.Policy.Mode), cmd.Mode)
	set((*string)(&s.Policy.Challenge), cmd.Challenge)
	set(&s.Policy.Approve, cmd.Approve)
	set(&s.Policy.Spam, cmd.Spam)
	set(&s.Policy.Depth, cmd.Depth)
	set(&s.Policy.CloseAfter, cmd.CloseAfter)
	set(&s.Policy.MaxBody, cmd.MaxBody)
	set(&s.Policy.Notify, cmd.Notify)
}

func set[T any](field *T, given *T) {
	if given != nil {
		*field = *given
	}
}

// soundPolicy keeps a site within the bounds that the configuration has for new ones.
func soundPolicy(p moderation.Policy) error {
	switch {
	case p.Approve >= p.Spam:
		return fmt.Errorf("spam (%g) must be above approve (%g)", p.Spam, p.Approve)
	case p.Depth < 0 || p.Depth > 20:
		return errors.New("depth takes 0 to 20")
	case p.MaxBody < 100 || p.MaxBody > 20000:
		return errors.New("max-body takes 100 to 20000")
	case p.CloseAfter < 0:
		return errors.New("close-after takes a time from 0s on")
	}
	return nil
}

// siteTagCmd prints what a portal pastes into its pages.
type siteTagCmd struct {
	ID     string `arg:"" help:"The portal, as site list names it."`
	Pinned bool   `help:"Name the frozen version with its integrity hash, which never changes."`
}

func (cmd siteTagCmd) Run(ctx context.Context, p *program, c console) error {
	return p.inHouse(ctx, c, func(h *house) error {
		if _, err := h.db.Site(ctx, cmd.ID); err != nil {
			return inWords(err, "there is no site "+cmd.ID)
		}
		fmt.Fprintln(c.out, web.EmbedTag(h.cfg.Origin(), cmd.ID, cmd.Pinned))
		return nil
	})
}
