package main

import (
	"context"
	"fmt"
	"strings"
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
		for _, line := range grouped(faults) {
			c.say(!cmd.JSON, line)
		}
		return fmt.Errorf("the database has %d faults", len(faults))
	})
}

// grouped keeps the first three faults of a kind, which stands before the first colon, and
// counts the others.
func grouped(faults []string) (lines []string) {
	const shown = 3
	count := map[string]int{}
	var kinds []string
	for _, fault := range faults {
		kind, _, _ := strings.Cut(fault, ":")
		if count[kind]++; count[kind] <= shown {
			lines = append(lines, fault)
		}
		if count[kind] == shown+1 {
			kinds = append(kinds, kind)
		}
	}
	for _, kind := range kinds {
		lines = append(lines, fmt.Sprintf("%s: and %d more", kind, count[kind]-shown))
	}
	return lines
}

// say prints a line for people, unless machines are listening.
func (c console) say(people bool, line string) {
	if people {
		fmt.Fprintln(c.out, line)
	}
}
