package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"balasan/internal/keys"
)

type backupCmd struct {
	File string `arg:"" type:"path" help:"Where the copy goes; a file that exists is never overwritten."`
}

func (cmd backupCmd) Run(ctx context.Context, p *program, c console) error {
	return p.inHouse(ctx, c, func(h *house) error {
		err := h.db.Backup(ctx, cmd.File)
		if errors.Is(err, fs.ErrExist) {
			return misused{fmt.Errorf("%s exists already", cmd.File)}
		}
		if err == nil {
			fmt.Fprintf(c.err, "Keep %s/%s as well, in another place: without it no address in the copy can be read.\n", h.cfg.Data, keys.File)
			fmt.Fprintln(c.out, cmd.File)
		}
		return err
	})
}
