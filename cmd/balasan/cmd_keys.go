package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"balasan/editors"
	"balasan/internal/keys"
	"balasan/store"
)

// steadyLabels are what is derived from the oldest key and stays the same when it is dropped: how
// senders are counted, forms signed and blind checks drawn.
var steadyLabels = []string{"limits", "form", "blind", "hints"}

type keysCmd struct {
	List   keysListCmd   `cmd:"" help:"List the master keys and what each of them opens."`
	Add    keysAddCmd    `cmd:"" help:"Add a key that waits: the first step of a rotation with several replicas."`
	Rotate keysRotateCmd `cmd:"" help:"Seal with a new key and bring everything under it; again after an interruption goes on."`
	Drop   keysDropCmd   `cmd:"" help:"Destroy a key that nothing needs any more."`
}

type keysListCmd struct {
	JSON bool `help:"For machines."`
}

type keyView struct {
	Kid     string `json:"kid"`
	State   string `json:"state"` // seals, waits or opens
	Sites   int    `json:"sites"`
	Codes   int    `json:"codes"`
	Digests int    `json:"digests"`
}

func (cmd keysListCmd) Run(ctx context.Context, p *program, c console) error {
	return p.inHouse(ctx, c, func(h *house) error {
		views, err := h.keyViews(ctx)
		if err != nil {
			return err
		}
		if cmd.JSON {
			return c.json(views)
		}
		err = c.table(func(row func(...string)) {
			row("KID", "STATE", "SITES", "CODES", "DIGESTS")
			for _, v := range views {
				row(v.Kid, v.State, strconv.Itoa(v.Sites), strconv.Itoa(v.Codes), strconv.Itoa(v.Digests))
			}
		})
		return errors.Join(err, h.tellUndestroyed(ctx, c))
	})
}

func (h *house) keyViews(ctx context.Context) ([]keyView, error) {
	leaning, err := h.db.Leaning(ctx)
	if err != nil {
		return nil, err
	}
	ring := h.ring.Ring()
	var views []keyView
	for _, kid := range ring.Kids() {
		v := keyView{kid, "opens", leaning[kid].Sites, leaning[kid].Codes, leaning[kid].Digests}
		switch kid {
		case ring.Newest():
			v.State = "seals"
		case ring.Waiting():
			v.State = "waits"
		}
		views = append(views, v)
	}
	return views, nil
}

// tellUndestroyed names sites that were erased elsewhere while this file still has their part.
func (h *house) tellUndestroyed(ctx context.Context, c console) error {
	erased, err := h.db.Erasures(ctx)
	for _, e := range erased {
		if h.ring.Ring().Has(e.Wrap()) {
			fmt.Fprintf(c.out, "\nThis file still opens backups of site %s, which was erased: run balasan site erase %s --yes here as well.\n", e.Site, e.Site)
		}
	}
	return err
}

type keysAddCmd struct{}

func (cmd keysAddCmd) Run(ctx context.Context, p *program, c console) error {
	return p.inHouse(ctx, c, func(h *house) error {
		ring, err := h.addKey(ctx)
		if err != nil {
			return err
		}
		fmt.Fprintf(c.out, "Key %s waits. Copy %s to every replica, then run balasan keys rotate on one of them and copy the file once more.\n",
			ring.Waiting(), filepath.Join(h.cfg.Data, keys.File))
		return nil
	})
}

type keysRotateCmd struct {
	Alone bool `help:"With PostgreSQL: no other replica uses the database, so that a new key need not be copied first."`
}

func (cmd keysRotateCmd) Run(ctx context.Context, p *program, c console) error {
	return p.inHouse(ctx, c, func(h *house) error {
		unfinished, err := h.unfinished(ctx)
		if err == nil && !unfinished {
			err = cmd.promote(ctx, h)
		}
		if err == nil {
			err = h.rewrap(ctx, c)
		}
		if err == nil {
			err = h.rest(ctx)
		}
		if err != nil {
			return err
		}
		if unfinished, err = h.unfinished(ctx); err == nil && unfinished {
			err = errors.New("a server sealed with the older key meanwhile: run balasan keys rotate once more")
		}
		if err == nil {
			fmt.Fprintf(c.out, "Key %s seals now, and everything is under it. Keep the new %s with your backups; the older keys open older backups until balasan keys drop.\n",
				h.ring.Newest(), filepath.Join(h.cfg.Data, keys.File))
		}
		return err
	})
}

// unfinished tells whether a rotation was interrupted: something needs a key that does not seal.
func (h *house) unfinished(ctx context.Context) (bool, error) {
	leaning, err := h.db.Leaning(ctx)
	for kid, l := range leaning {
		if kid != h.ring.Newest() && l.Sum() > 0 {
			return true, err
		}
	}
	return false, err
}

// promote puts a new key in front. It waits in the file first, for a moment at least: whoever reads the
// file sees it before anything is sealed with it.
func (cmd keysRotateCmd) promote(ctx context.Context, h *house) error {
	if h.ring.Ring().Waiting() == "" && h.cfg.Database.URL != "" && !cmd.Alone {
		return misused{errors.New("other replicas must know the new key before it seals: run balasan keys add, copy secret.keys to each of them, and then rotate; or say --alone")}
	}
	if _, err := h.addKey(ctx); err != nil {
		return err
	}
	_, err := keys.Change(h.cfg.Data, func(r keys.Ring) (keys.Ring, error) { return r.Promote(), nil })
	if err == nil {
		_, err = h.ring.Refresh()
	}
	return err
}

// addKey adds a key that waits. It has no part for sites that were erased, as if it had lost them.
func (h *house) addKey(ctx context.Context) (keys.Ring, error) {
	erased, err := h.db.Erasures(ctx)
	if err != nil {
		return keys.Ring{}, err
	}
	return keys.Change(h.cfg.Data, func(r keys.Ring) (keys.Ring, error) {
		r = r.Add()
		for _, e := range erased {
			r, _ = r.Destroy(e.Wrap())
		}
		return r, nil
	})
}

func (h *house) rewrap(ctx context.Context, c console) error {
	bar := c.progress("sealing anew", 0)
	defer bar.Finish()
	done := 0
	return h.db.Rewrap(ctx, editors.CodesPlace, func() error {
		done++
		bar.ChangeMax(done)
		_ = bar.Set(done)
		return ctx.Err()
	})
}

// rest waits until servers that run have looked at the file, which they do once a second: one that has not met the
// new key would take a file without the older one for broken.
func (h *house) rest(ctx context.Context) error {
	info, err := os.Stat(filepath.Join(h.cfg.Data, keys.File))
	if err != nil {
		return err
	}
	select {
	case <-time.After(time.Until(info.ModTime().Add(2 * probeEvery))):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

type keysDropCmd struct {
	Kid string `arg:"" help:"The key, as keys list names it."`
	Yes bool   `help:"Destroy it. What it alone opens, old backups above all, is noise afterwards."`
	Now bool   `help:"Do not wait for challenges that visitors hold; they get new ones."`
}

func (cmd keysDropCmd) Run(ctx context.Context, p *program, c console) error {
	return p.inHouse(ctx, c, func(h *house) error {
		if err := cmd.check(ctx, h); err != nil {
			return err
		}
		_, err := keys.Change(h.cfg.Data, func(r keys.Ring) (keys.Ring, error) { return r.Drop(cmd.Kid, steadyLabels...) })
		if err == nil {
			fmt.Fprintf(c.out, "Key %s is destroyed here. Destroy it in every other copy of %s too: replicas, backups of the file.\n", cmd.Kid, keys.File)
		}
		return err
	})
}

// check refuses while something needs the key.
func (cmd keysDropCmd) check(ctx context.Context, h *house) error {
	ring := h.ring.Ring()
	if _, err := ring.Drop(cmd.Kid); err != nil {
		return misused{err}
	}
	leaning, err := h.db.Leaning(ctx)
	if err != nil {
		return err
	}
	if l := leaning[cmd.Kid]; l != (store.Leaning{}) {
		return fmt.Errorf("%s still opens %d sites, %d secrets of codes and %d addresses of digests: run balasan keys rotate first", cmd.Kid, l.Sites, l.Codes, l.Digests)
	}
	info, err := os.Stat(filepath.Join(h.cfg.Data, keys.File))
	if err != nil {
		return err
	}
	until := info.ModTime().Add(cmp.Or(h.cfg.Challenge.Life, time.Hour))
	switch {
	case !cmd.Yes:
		return misused{fmt.Errorf("backups from before the rotation cannot be read without %s: make a new one, and add --yes", cmd.Kid)}
	case cmd.Kid != ring.Waiting() && !cmd.Now && time.Now().Before(until):
		return fmt.Errorf("challenges that visitors hold may be signed with %s until %s: wait, or add --now and they get new ones", cmd.Kid, until.Format(time.TimeOnly))
	}
	return nil
}
