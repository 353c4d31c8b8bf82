package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"balasan/moderation"
)

// nothing is the answer of writes that have none.
type nothing struct{}

// AddEditor keeps a new editor with its roles; Invalid with the field "name" when the name is taken.
func (db *DB) AddEditor(ctx context.Context, e moderation.Editor) error {
	if err := clean(e.ID, e.Name); err != nil {
		return err
	}
	_, err := write(ctx, db, func(w *writer) (nothing, error) {
		err := w.tried(`INSERT INTO editor (id, name) VALUES ($1, $2)`, e.ID, e.Name)
		if isDouble(err) {
			return nothing{}, invalid("name", moderation.FaultForbidden)
		}
		for site, role := range e.Roles {
			if err == nil {
				err = w.grant(e.ID, site, role)
			}
		}
		return nothing{}, err
	})
	return err
}

// EditorByName also returns the encoded password hash, empty while none is set; NotFound.
func (db *DB) EditorByName(ctx context.Context, name string) (moderation.Editor, string, error) {
	if err := clean(name); err != nil {
		return moderation.Editor{}, "", notFound()
	}
	e := moderation.Editor{Name: name}
	var password string
	if err := db.row(ctx, `SELECT id, password FROM editor WHERE name = $1`, []any{name}, &e.ID, &password); err != nil {
		return moderation.Editor{}, "", orNotFound(err)
	}
	err := db.roles(ctx, &e)
	return e, password, err
}

// Editors lists all editors by name.
func (db *DB) Editors(ctx context.Context) ([]moderation.Editor, error) {
	var all []moderation.Editor
	err := db.each(ctx, `SELECT id, name FROM editor ORDER BY name`, nil, func(rows *sql.Rows) error {
		var e moderation.Editor
		err := rows.Scan(&e.ID, &e.Name)
		all = append(all, e)
		return err
	})
	for i := range all {
		if err == nil {
			err = db.roles(ctx, &all[i])
		}
	}
	return all, err
}

func (db *DB) roles(ctx context.Context, e *moderation.Editor) error {
	e.Roles = make(map[string]moderation.Role)
	err := db.each(ctx, `SELECT site, role FROM editor_role WHERE editor = $1`, []any{e.ID}, func(rows *sql.Rows) error {
		var site string
		var role moderation.Role
		err := rows.Scan(&site, &role)
		e.Roles[site] = role
		return err
	})
	if err != nil {
		return fmt.Errorf("read roles: %w", err)
	}
	return nil
}

// SetPassword keeps the encoded hash, empty for none, and drops every session and sign-in link
// of the editor in the same transaction; NotFound.
func (db *DB) SetPassword(ctx context.Context, editor, encoded string) error {
	_, err := write(ctx, db, func(w *writer) (nothing, error) {
		n, err := w.changed(`UPDATE editor SET password = $2 WHERE id = $1`, editor, encoded)
		switch {
		case err != nil:
			return nothing{}, err
		case n == 0:
			return nothing{}, notFound()
		}
		return nothing{}, w.exec(`DELETE FROM pass WHERE editor = $1 AND kind IN ('session', 'link')`, editor)
	})
	return err
}

// Grant gives the editor one role on one site; the empty role takes it back. NotFound for an
// unknown editor; [moderation.ErrLastOwner], unless forced.
func (db *DB) Grant(ctx context.Context, editor, site string, role moderation.Role, forced bool) error {
	if err := clean(site); err != nil {
		return err
	}
	_, err := write(ctx, db, func(w *writer) (nothing, error) {
		var known int
		if err := w.row(`SELECT 1 FROM editor WHERE id = $1`, []any{editor}, &known); err != nil {
			return nothing{}, orNotFound(err)
		}
		if site == moderation.AllSites && role != moderation.Owner && !forced {
			if err := w.needless(editor); err != nil {
				return nothing{}, err
			}
		}
		return nothing{}, w.grant(editor, site, role)
	})
	return err
}

// needless is nil when another editor owns all sites, or when this one does not. The writer is
// alone, so that it stays true until the transaction ends, whoever asks in which process.
func (w *writer) needless(editor string) error {
	owners, own := 0, false
	err := w.row(`SELECT count(*), coalesce(max(CASE WHEN editor = $1 THEN 1 ELSE 0 END), 0) = 1 FROM editor_role WHERE site = $2 AND role = $3`,
		[]any{editor, moderation.AllSites, string(moderation.Owner)}, &owners, &own)
	if err == nil && own && owners == 1 {
		err = moderation.ErrLastOwner
	}
	return err
}

func (w *writer) grant(editor, site string, role moderation.Role) error {
	if role == "" {
		return w.exec(`DELETE FROM editor_role WHERE editor = $1 AND site = $2`, editor, site)
	}
	return w.exec(`INSERT INTO editor_role (editor, site, role) VALUES ($1, $2, $3)
		ON CONFLICT (editor, site) DO UPDATE SET role = excluded.role`, editor, site, string(role))
}

// Dismiss takes every role and all that the editor signs in with. The name stays, for the decision
// log; NotFound; [moderation.ErrLastOwner], unless forced.
func (db *DB) Dismiss(ctx context.Context, editor string, forced bool) error {
	_, err := write(ctx, db, func(w *writer) (nothing, error) {
		if !forced {
			if err := w.needless(editor); err != nil {
				return nothing{}, err
			}
		}
		err := w.lock(editor)
		if err == nil {
			err = w.exec(`DELETE FROM editor_role WHERE editor = $1`, editor)
		}
		return nothing{}, err
	})
	return err
}

// Lock takes all that the editor signs in with or is signed in by: password, factors and passes.
// The roles stay; NotFound.
func (db *DB) Lock(ctx context.Context, editor string) error {
	_, err := write(ctx, db, func(w *writer) (nothing, error) { return nothing{}, w.lock(editor) })
	return err
}

func (w *writer) lock(editor string) error {
	n, err := w.changed(`UPDATE editor SET password = '' WHERE id = $1`, editor)
	if err == nil && n == 0 {
		err = notFound()
	}
	for _, query := range []string{`DELETE FROM pass WHERE editor = $1`, `DELETE FROM passkey WHERE editor = $1`,
		`DELETE FROM code_factor WHERE editor = $1`, `DELETE FROM recovery_code WHERE editor = $1`} {
		if err == nil {
			err = w.exec(query, editor)
		}
	}
	return err
}

// Withdraw forgets an editor who never came, name and all; NotFound when they came or are unknown.
func (db *DB) Withdraw(ctx context.Context, editor string) error {
	_, err := write(ctx, db, func(w *writer) (nothing, error) {
		var id string
		err := w.row(`SELECT id FROM editor WHERE id = $1 AND seen_at = 0 AND password = ''`, []any{editor}, &id)
		if err != nil {
			return nothing{}, orNotFound(err)
		}
		if err = w.lock(id); err == nil {
			err = w.exec(`DELETE FROM editor_role WHERE editor = $1`, id)
		}
		if err == nil {
			err = w.exec(`DELETE FROM editor WHERE id = $1`, id)
		}
		return nothing{}, err
	})
	return err
}

// People lists everyone by name, with the sign-in links that are still good.
func (db *DB) People(ctx context.Context, at time.Time) ([]moderation.Person, error) {
	var all []moderation.Person
	err := db.each(ctx, `SELECT e.id, e.name, e.password <> '', e.seen_at, (SELECT count(*) FROM passkey k WHERE k.editor = e.id),
		(SELECT count(*) FROM code_factor f WHERE f.editor = e.id) FROM editor e ORDER BY e.name`, nil, func(rows *sql.Rows) error {
		var p moderation.Person
		var seen, codes int64
		err := rows.Scan(&p.ID, &p.Name, &p.Password, &seen, &p.Passkeys, &codes)
		p.SeenAt, p.Codes = fromMicros(seen), codes > 0
		all = append(all, p)
		return err
	})
	for i := range all {
		if err == nil {
			err = db.roles(ctx, &all[i].Editor)
		}
		if err == nil {
			all[i].Links, err = db.passes(ctx, `editor = $1 AND expires_at > $2 AND kind = 'link'`, all[i].ID, at)
		}
	}
	return all, err
}
