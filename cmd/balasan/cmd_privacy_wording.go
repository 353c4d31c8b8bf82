package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"balasan/store"
)

// privacyWording is what visitors agreed to, as machines read it.
type privacyWording struct {
	Hash     string    `json:"hash"`
	Language string    `json:"language"`
	Since    time.Time `json:"since"`
	Last     time.Time `json:"last"`
	Comments int       `json:"comments"`
	Text     string    `json:"text"`
}

func newPrivacyWording(k store.KeptWording) privacyWording {
	return privacyWording{k.Hash, k.Language, k.Since, k.Last, k.Comments, k.Text}
}

// told are the digits of a hash in the list; enough to name it again.
const told = 16

func (r privacyReport) tellWordings(c console) error {
	if len(r.Wordings) == 0 {
		return nil
	}
	fmt.Fprintln(c.out, "What visitors agreed to (balasan privacy wording HASH prints one):")
	return c.table(func(row func(...string)) {
		row("WORDING", "LANGUAGE", "SINCE", "LAST", "COMMENTS")
		for _, w := range r.Wordings {
			row(w.Hash[:told], w.Language, w.Since.Format(time.DateOnly), w.Last.Format(time.DateOnly), fmt.Sprint(w.Comments))
		}
	})
}

type privacyWordingCmd struct {
	Hash string `arg:"" help:"Its SHA-256, or the beginning of it."`
	JSON bool   `help:"For machines."`
}

// Run prints the text alone, so that its hash can be checked.
func (cmd privacyWordingCmd) Run(ctx context.Context, p *program, c console) error {
	return p.inHouse(ctx, c, func(h *house) error {
		found, err := h.db.Wordings(ctx, strings.ToLower(cmd.Hash))
		switch {
		case err != nil:
			return err
		case len(found) == 0:
			return fmt.Errorf("no comment was sent under a wording whose hash begins with %s: balasan privacy report lists them", cmd.Hash)
		case len(found) > 1:
			return misused{fmt.Errorf("%d wordings have a hash that begins with %s: give more of it", len(found), cmd.Hash)}
		case cmd.JSON:
			return c.json(newPrivacyWording(found[0]))
		}
		_, err = fmt.Fprintln(c.out, found[0].Text)
		return err
	})
}
