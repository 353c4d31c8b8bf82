package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/schollz/progressbar/v3"

	"balasan/configs"
	"balasan/internal/keys"
	"balasan/store"
)

type dbCmd struct {
	Copy dbCopyCmd `cmd:"" help:"Move this installation from SQLite to PostgreSQL: everything is copied, compared and can be resumed."`
}

type dbCopyCmd struct{}

// Run copies the file in the data folder to the configured PostgreSQL.
func (cmd dbCopyCmd) Run(ctx context.Context, p *program, c console) (err error) {
	cfg, err := p.load(c)
	if err != nil {
		return err
	}
	if cfg.Database.URL == "" {
		return misused{errors.New("name the PostgreSQL to copy to: set database.url, or BALASAN_DATABASE_URL for this command")}
	}
	if _, err := os.Stat(filepath.Join(cfg.Data, databaseFile)); errors.Is(err, fs.ErrNotExist) {
		return misused{fmt.Errorf("there is no %s in %s: name the folder with --data", databaseFile, cfg.Data)}
	}
	place := &seat{path: filepath.Join(cfg.Data, seatFile), address: lastAddress(cfg.Data), copying: true}
	switch note := place.take(); {
	case note != "" && place.holder != "" && !place.beingCopied:
		return fmt.Errorf("nothing was copied: process %s serves the data folder; stop the server first, so that nothing is written while it is copied", place.holder)
	case note != "":
		return fmt.Errorf("nothing was copied: the data folder %s", note)
	}
	defer func() { err = errors.Join(err, place.leave()) }()
	if err := cmd.copy(ctx, c, cfg); err != nil {
		return err
	}
	if err := leaveNote(cfg.Data); err != nil {
		return err
	}
	fmt.Fprintf(c.out, "Copied and compared. Set database.url for good and start balasan serve; %s stays in %s and is needed, %s may be put away as a backup.\n",
		keys.File, cfg.Data, databaseFile)
	return nil
}

// movedFile says that the database beside it lives on in PostgreSQL: who serves it once more by mistake takes in
// comments that nobody will see there.
const movedFile = databaseFile + ".moved"

func leaveNote(dir string) error {
	text := fmt.Sprintf("%s was copied to PostgreSQL on %s.\n", databaseFile, stamp(time.Now()))
	return os.WriteFile(filepath.Join(dir, movedFile), []byte(text), 0o600)
}

// notCopied refuses to begin anew in PostgreSQL beside a database that was to be taken there.
func notCopied(cfg configs.Config) error {
	if cfg.Database.URL == "" {
		return nil
	}
	_, here := os.Stat(filepath.Join(cfg.Data, databaseFile))
	_, moved := os.Stat(filepath.Join(cfg.Data, movedFile))
	if here != nil || moved == nil {
		return nil
	}
	return misused{fmt.Errorf("the database of database.url is empty, and %s in %s was not copied there: run balasan db copy, or put that file away to begin anew", databaseFile, cfg.Data)}
}

// movedAway refuses to open what was copied to PostgreSQL.
func movedAway(cfg configs.Config) error {
	if cfg.Database.URL != "" {
		return nil
	}
	file := filepath.Join(cfg.Data, movedFile)
	text, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return misused{errors.Join(fmt.Errorf("%s Set database.url, where everything is now; to go on with %s as it is here, delete %s",
		bytes.TrimSpace(text), databaseFile, file), err)}
}

func (cmd dbCopyCmd) copy(ctx context.Context, c console, cfg configs.Config) (err error) {
	ring, err := keys.Follow(cfg.Data, false)
	if err != nil {
		return err
	}
	master := storeKeys(ring)
	from, err := store.Open(ctx, store.Options{Path: filepath.Join(cfg.Data, databaseFile), Keys: master})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, from.Close()) }()
	to, err := store.Open(ctx, store.Options{URL: cfg.Database.URL, Keys: master, Target: true})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, to.Close()) }()
	var bar *progressbar.ProgressBar
	table := ""
	return from.CopyTo(ctx, to, func(at store.Copied) {
		if at.Table != table {
			table, bar = at.Table, c.progress(at.Table, int(max(1, at.Total)))
		}
		_ = bar.Set64(at.Done)
	})
}
