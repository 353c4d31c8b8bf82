package main

import (
	"context"
	"fmt"
)

type migrateCmd struct{}

// Run opens the house, which brings the schema up to date.
func (migrateCmd) Run(ctx context.Context, p *program, c console) error {
	return p.inHouse(ctx, c, func(h *house) error {
		fmt.Fprintln(c.out, "The database is up to date.")
		return nil
	})
}
