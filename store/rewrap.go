package store

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// Leaning counts what only one master key opens.
type Leaning struct{ Sites, Codes, Digests int }

// Sum is all of it.
func (l Leaning) Sum() int { return l.Sites + l.Codes + l.Digests }

// Leaning counts by master key what it wraps or seals.
func (db *DB) Leaning(ctx context.Context) (map[string]Leaning, error) {
	all := map[string]Leaning{}
	err := db.each(ctx, `SELECT master, count(*) FROM site_key GROUP BY master`, nil, func(rows *sql.Rows) error {
		var kid string
		var n int
		err := rows.Scan(&kid, &n)
		all[kid] = Leaning{Sites: n}
		return err
	})
	for query, add := range map[string]func(*Leaning){
		`SELECT sealed FROM code_factor`:  func(l *Leaning) { l.Codes++ },
		`SELECT email_sealed FROM digest`: func(l *Leaning) { l.Digests++ },
		`SELECT token_sealed FROM digest`: func(*Leaning) {},
	} {
		if err == nil {
			err = db.each(ctx, query, nil, func(rows *sql.Rows) error {
				var sealed []byte
				err := rows.Scan(&sealed)
				if kid := sealedBy(sealed); kid != "" {
					l := all[kid]
					add(&l)
					all[kid] = l
				}
				return err
			})
		}
	}
	if err != nil {
		return nil, fmt.Errorf("count what master keys open: %w", err)
	}
	return all, nil
}

// sealedBy is the key that Seal named; empty for what it did not make.
func sealedBy(sealed []byte) string {
	if len(sealed) == 0 || len(sealed) <= int(sealed[0]) {
		return ""
	}
	return string(sealed[1 : 1+sealed[0]])
}

// Rewrap brings everything that an older master key wraps or seals under the current one, a row in a
// transaction, each compared with what was read, so that it can be stopped, begun again and run beside
// servers. CodesPlace is where a code factor's secret was sealed. Step is called before each row and may
// end it.
func (db *DB) Rewrap(ctx context.Context, codesPlace func(editor string) string, step func() error) error {
	for _, part := range []func(context.Context, func() error) error{
		db.rewrapSites,
		func(ctx context.Context, step func() error) error {
			return db.reseal(ctx, `SELECT editor, sealed FROM code_factor`, `UPDATE code_factor SET sealed = $2 WHERE editor = $1 AND sealed = $3`, codesPlace, step)
		},
		func(ctx context.Context, step func() error) error {
			return db.reseal(ctx, `SELECT editor, email_sealed FROM digest`, `UPDATE digest SET email_sealed = $2 WHERE editor = $1 AND email_sealed = $3`,
				func(editor string) string { return digestPlace(editor, fieldEmail) }, step)
		},
		func(ctx context.Context, step func() error) error {
			return db.reseal(ctx, `SELECT editor, token_sealed FROM digest`, `UPDATE digest SET token_sealed = $2 WHERE editor = $1 AND token_sealed = $3`,
				func(editor string) string { return digestPlace(editor, fieldToken) }, step)
		},
	} {
		if err := part(ctx, step); err != nil {
			return fmt.Errorf("bring everything under the newest key: %w", err)
		}
	}
	return nil
}

// wrappedSite is a data key and whose it is.
type wrappedSite struct {
	site string
	wrappedKey
}

func (db *DB) rewrapSites(ctx context.Context, step func() error) error {
	var old []wrappedSite
	err := db.each(ctx, `SELECT site, kid, master, wrapped FROM site_key WHERE master <> $1 ORDER BY site`, []any{db.keys.Current()}, func(rows *sql.Rows) error {
		var o wrappedSite
		err := rows.Scan(&o.site, &o.kid, &o.master, &o.wrapped)
		old = append(old, o)
		return err
	})
	for i := 0; err == nil && i < len(old); i++ {
		if err = step(); err == nil {
			err = db.rewrapSite(ctx, old[i])
		}
	}
	return err
}

func (db *DB) rewrapSite(ctx context.Context, old wrappedSite) error {
	key, err := db.keys.unwrap(old.site, old.wrappedKey)
	if errors.Is(err, ErrErased) {
		return nil
	}
	if err != nil {
		return err
	}
	fresh, err := db.keys.wrap(old.site, old.kid, key)
	if err != nil {
		return err
	}
	_, err = write(ctx, db, func(w *writer) (nothing, error) {
		return nothing{}, w.exec(`UPDATE site_key SET master = $2, wrapped = $3 WHERE site = $1 AND kid = $4 AND master = $5`,
			old.site, fresh.master, fresh.wrapped, old.kid, old.master)
	})
	return err
}

// reseal brings one sealed column under the current key.
func (db *DB) reseal(ctx context.Context, query, update string, place func(editor string) string, step func() error) error {
	sealed := map[string][]byte{}
	err := db.each(ctx, query, nil, func(rows *sql.Rows) error {
		var editor string
		var was []byte
		err := rows.Scan(&editor, &was)
		if sealedBy(was) != db.keys.Current() {
			sealed[editor] = bytes.Clone(was)
		}
		return err
	})
	for editor, was := range sealed {
		if err == nil {
			err = step()
		}
		if err != nil {
			break
		}
		var plain, fresh []byte
		if plain, err = db.Unseal(place(editor), was); err == nil {
			fresh, err = db.keys.seal(place(editor), plain)
		}
		if err == nil {
			_, err = write(ctx, db, func(w *writer) (nothing, error) { return nothing{}, w.exec(update, editor, fresh, was) })
		}
	}
	return err
}
