package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"balasan/internal/keys"
	"balasan/moderation"
)

// siteEraseCmd lets everything go that visitors of a site left. It can be interrupted and run again, and
// is run once on each replica's data folder.
type siteEraseCmd struct {
	ID  string `arg:"" help:"The portal, as site list names it."`
	Yes bool   `help:"Erase it. Nothing brings it back, no backup either."`
}

func (cmd siteEraseCmd) Run(ctx context.Context, p *program, c console) error {
	return p.inHouse(ctx, c, func(h *house) error {
		if !cmd.Yes {
			return misused{fmt.Errorf("everything that was written to %s would be erased, its addresses in all backups too: add --yes", cmd.ID)}
		}
		err := h.db.BeginErasure(ctx, cmd.ID, time.Now())
		if moderation.CodeOf(err) == moderation.NotFound {
			return misused{errors.New("there is no site " + cmd.ID)}
		}
		if err != nil {
			return err
		}
		whole, err := h.destroy(ctx, cmd.ID)
		if err != nil {
			return err
		}
		bar := c.progress("erasing", 0)
		total := 0
		err = h.db.Erase(ctx, cmd.ID, time.Now(), func(done, of int) {
			total = of
			bar.ChangeMax(max(of, 1))
			_ = bar.Set(done)
		})
		_ = bar.Finish()
		if err == nil {
			cmd.tell(c, total, whole)
		}
		return err
	})
}

// destroy loses what wraps the site's data keys in this folder's file. Whole are master keys that
// cannot lose a part.
func (h *house) destroy(ctx context.Context, site string) (whole []string, err error) {
	erased, err := h.db.Erasures(ctx)
	if err != nil {
		return nil, err
	}
	_, err = keys.Change(h.cfg.Data, func(r keys.Ring) (keys.Ring, error) {
		for _, e := range erased {
			if e.Site == site {
				r, whole = r.Destroy(e.Wrap())
			}
		}
		return r, nil
	})
	return whole, err
}

func (cmd siteEraseCmd) tell(c console, comments int, whole []string) {
	fmt.Fprintf(c.out, "Site %s is erased: %d comments are blank, their addresses' key is destroyed.\n", cmd.ID, comments)
	if len(whole) > 0 {
		fmt.Fprintf(c.out, "Its addresses in older backups can still be read with %s, which cannot lose a part of itself: run balasan keys rotate, make a new backup, and balasan keys drop %s --yes.\n",
			strings.Join(whole, ", "), strings.Join(whole, " --yes; balasan keys drop "))
	}
	fmt.Fprintf(c.out, "Replace every other copy of %s by the new one, in backups too; on replicas with a folder of their own run this command again.\n", keys.File)
}
