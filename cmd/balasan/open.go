package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgconn"

	"balasan/configs"
	"balasan/editors"
	"balasan/internal/keys"
	"balasan/moderation"
	"balasan/store"
)

// house is one installation opened: what its folder holds.
type house struct {
	cfg      configs.Config
	ring     *keys.Live
	db       *store.DB
	accounts *editors.Accounts
}

const databaseFile = "balasan.db"

// openHouse opens the folder of an installation that exists.
func (p *program) openHouse(ctx context.Context, c console) (*house, error) {
	cfg, err := p.installed(c)
	if err != nil {
		return nil, err
	}
	return enter(ctx, cfg)
}

// installed reads the configuration of an installation that exists.
func (p *program) installed(c console) (configs.Config, error) {
	cfg, err := p.load(c)
	if err != nil {
		return cfg, err
	}
	switch file := lacking(cfg); file {
	case "":
	case keys.File:
		return cfg, misused{fmt.Errorf("there is no %s in %s: copy it from the folder of another replica or from its backup, or name the folder with --data; where none has served database.url yet, start balasan serve once", file, cfg.Data)}
	default:
		return cfg, misused{fmt.Errorf("there is no %s in %s: start balasan serve once, or name the folder with --data", file, cfg.Data)}
	}
	cfg.Listen = cmp.Or(lastAddress(cfg.Data), cfg.Listen) // for links
	return cfg, nil
}

// lacking is the file without which a folder is no installation yet; empty when it is there. With
// PostgreSQL that is the keys, which every replica must have the same.
func lacking(cfg configs.Config) string {
	file := databaseFile
	if cfg.Database.URL != "" {
		file = keys.File
	}
	if _, err := os.Stat(filepath.Join(cfg.Data, file)); errors.Is(err, fs.ErrNotExist) {
		return file
	}
	return ""
}

// enter opens a folder, and makes what it lacks when it is empty.
func enter(ctx context.Context, cfg configs.Config) (h *house, err error) {
	if err := cmp.Or(os.MkdirAll(cfg.Data, 0o700), movedAway(cfg)); err != nil {
		return nil, err
	}
	fresh := lacking(cfg) != ""
	ring, err := keys.Follow(cfg.Data, fresh)
	if err != nil {
		return nil, err
	}
	db, err := store.Open(ctx, store.Options{Path: filepath.Join(cfg.Data, databaseFile), URL: cfg.Database.URL,
		Standby: cfg.Database.Replica, Connections: cfg.Database.Connections, StatementTimeout: cfg.Database.StatementTimeout,
		LockTimeout: cfg.Database.LockTimeout, Keys: storeKeys(ring)})
	if err != nil {
		_, unreached := errors.AsType[*pgconn.ConnectError](err)
		switch {
		case cfg.Database.URL != "" && moderation.CodeOf(err) == moderation.Unavailable:
			err = fmt.Errorf("the database does not answer (start it, or look at database.url): %w", err)
		case unreached:
			err = fmt.Errorf("the database does not let balasan in (look at user, password and name in database.url): %w", err)
		}
		return nil, err
	}
	accounts, err := editors.New(db, newID)
	if _, sites := db.Sites(ctx); errors.Is(sites, store.ErrKey) {
		err = keysUnfit(cfg, fresh)
	}
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return &house{cfg: cfg, ring: ring, db: db, accounts: accounts}, nil
}

// wrongKeys is what is wrong with secret.keys, and where the right ones are.
type wrongKeys string

func (w wrongKeys) Error() string { return string(w) }

// keysUnfit tells where the right keys are. Those that were only just made go: the next start would take them
// for what the folder had.
func keysUnfit(cfg configs.Config, fresh bool) error {
	file := filepath.Join(cfg.Data, keys.File)
	switch {
	case fresh:
		return errors.Join(wrongKeys("the database belongs to an installation whose keys are not in this folder: copy "+keys.File+" from the folder of another replica, or from its backup, to "+file),
			os.Remove(file))
	case cfg.Database.URL != "":
		return wrongKeys(file + " does not belong to the database of database.url: copy the one from the folder of another replica, or from its backup")
	}
	return wrongKeys(file + " does not belong to the database beside it: bring back the one from the same backup")
}

// storeKeys is what the store seals with.
func storeKeys(ring *keys.Live) store.Keys {
	return store.Keys{Current: ring.Newest, Master: ring.Of("store"), Wrapping: func(kid, name string) ([]byte, error) {
		key, err := ring.Wrapping(kid, name)
		switch {
		case errors.Is(err, keys.ErrDestroyed):
			err = store.ErrErased
		case err != nil: // the file is looked at again each second
			err = &moderation.Problem{Code: moderation.Unavailable, Err: fmt.Errorf("%w: %w: copy %s from the folder of another replica", store.ErrKey, err, keys.File)}
		}
		return key, err
	}}
}

func (h *house) close() error { return h.db.Close() }

// newID is a UUIDv7: it sorts by time.
func newID() string { return uuid.Must(uuid.NewV7()).String() }

// inHouse runs a command's work between opening and closing.
func (p *program) inHouse(ctx context.Context, c console, work func(*house) error) (err error) {
	h, err := p.openHouse(ctx, c)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.close()) }()
	return work(h)
}
