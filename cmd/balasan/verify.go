package main

import (
	"context"
	"fmt"
)

type verifyCmd struct {
	JSON bool `help:"For machines: ok and faults."`
}

func (cmd verifyCmd) Run(ctx context.Context, p *program, c console) error {
	return p.inHouse(ctx, c, func(h *house) error {
		bar := c.progress("reading", 0)
		faults, err := h.db.Verify(ctx, func(done, total int) {
			bar.ChangeMax(total)
			_ = bar.Set(done)
		})
		_ = bar.Finish()
		if err != nil {
			return err
		}
		if cmd.JSON {
			err = c.json(struct {
				OK     bool     `json:"ok"`
				Faults []string `json:"faults"`
			}{len(faults) == 0, append([]string{}, faults...)})
		}
		if err != nil || len(faults) == 0 {
			c.say(!cmd.JSON, "The database is in order.")
			return err
		}
		for _, fault := range faults {
			c.say(!cmd.JSON, fault)
		}
		return fmt.Errorf("the database has %d faults", len(faults))
	})
}

// say prints a line for people, unless machines are listening.
func (c console) say(people bool, line string) {
	if people {
		fmt.Fprintln(c.out, line)
	}
}
