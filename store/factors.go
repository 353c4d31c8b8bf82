package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"balasan/moderation"
)

// AddPasskey keeps a passkey; Invalid with the field "passkey" when it is known already.
func (db *DB) AddPasskey(ctx context.Context, k moderation.Passkey) error {
	if err := clean(k.Name, k.Host); err != nil {
		return err
	}
	_, err := write(ctx, db, func(w *writer) (nothing, error) {
		err := w.tried(`INSERT INTO passkey (id, editor, host, name, record, uses, created_at, used_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
			k.ID, k.Editor, k.Host, k.Name, k.Record, int64(k.Uses), micros(k.CreatedAt), micros(k.UsedAt))
		if isDouble(err) {
			err = invalid("passkey", moderation.FaultForbidden)
		}
		return nothing{}, err
	})
	return err
}

const passkeyColumns = `SELECT id, editor, host, name, record, uses, cloned, created_at, used_at FROM passkey`

func scanPasskey(scan func(...any) error) (k moderation.Passkey, err error) {
	var created, used int64
	err = scan(&k.ID, &k.Editor, &k.Host, &k.Name, &k.Record, &k.Uses, &k.Cloned, &created, &used)
	k.CreatedAt, k.UsedAt = fromMicros(created), fromMicros(used)
	return k, err
}

// Passkeys lists the editor's, oldest first.
func (db *DB) Passkeys(ctx context.Context, editor string) (all []moderation.Passkey, err error) {
	err = db.each(ctx, passkeyColumns+` WHERE editor = $1 ORDER BY created_at, id`, []any{editor}, func(rows *sql.Rows) error {
		k, err := scanPasskey(rows.Scan)
		all = append(all, k)
		return err
	})
	return all, err
}

// Passkey finds one by what its authenticator calls it, with its editor; NotFound.
func (db *DB) Passkey(ctx context.Context, id []byte) (moderation.Passkey, moderation.Editor, error) {
	k, err := scanPasskey(func(into ...any) error { return db.row(ctx, passkeyColumns+` WHERE id = $1`, []any{id}, into...) })
	e := moderation.Editor{ID: k.Editor}
	if err == nil {
		err = db.row(ctx, `SELECT name FROM editor WHERE id = $1`, []any{k.Editor}, &e.Name)
	}
	if err != nil {
		return moderation.Passkey{}, moderation.Editor{}, orNotFound(err)
	}
	err = db.roles(ctx, &e)
	return k, e, err
}

// UsePasskey keeps what a passkey counted. A count that does not go up, unless the authenticator
// never counts, marks the passkey as cloned, and the answer is Unauthorized.
func (db *DB) UsePasskey(ctx context.Context, k moderation.Passkey) error {
	up, err := write(ctx, db, func(w *writer) (bool, error) {
		n, err := w.changed(`UPDATE passkey SET record = $2, uses = $3, used_at = $4 WHERE id = $1 AND (uses < $3 OR uses = 0 AND $3 = 0)`,
			k.ID, k.Record, int64(k.Uses), micros(k.UsedAt))
		if err == nil && n == 0 {
			err = w.exec(`UPDATE passkey SET cloned = TRUE WHERE id = $1`, k.ID)
		}
		return n > 0, err
	})
	if err == nil && !up {
		return moderation.Refuse(moderation.Unauthorized, errors.New("a passkey's count went back"))
	}
	return err
}

// DropPasskey forgets one of the editor's passkeys; NotFound.
func (db *DB) DropPasskey(ctx context.Context, editor string, id []byte) error {
	gone, err := write(ctx, db, func(w *writer) (int64, error) {
		return w.changed(`DELETE FROM passkey WHERE id = $1 AND editor = $2`, id, editor)
	})
	if err == nil && gone == 0 {
		return notFound()
	}
	return err
}

// SetCodes keeps what an app's codes are checked against, with the hashes of fresh recovery codes;
// a factor without a secret ends it and them.
func (db *DB) SetCodes(ctx context.Context, editor string, f moderation.CodeFactor, recovery [][32]byte) error {
	_, err := write(ctx, db, func(w *writer) (nothing, error) {
		err := w.exec(`DELETE FROM code_factor WHERE editor = $1`, editor)
		if err == nil && f.Sealed != nil {
			err = w.exec(`INSERT INTO code_factor (editor, sealed, step) VALUES ($1, $2, $3)`, editor, f.Sealed, f.Step)
		}
		if err == nil {
			err = w.setRecovery(editor, recovery)
		}
		return nothing{}, err
	})
	return err
}

// SetRecovery puts fresh recovery codes in place of those that are left.
func (db *DB) SetRecovery(ctx context.Context, editor string, hashes [][32]byte) error {
	_, err := write(ctx, db, func(w *writer) (nothing, error) { return nothing{}, w.setRecovery(editor, hashes) })
	return err
}

func (w *writer) setRecovery(editor string, hashes [][32]byte) error {
	err := w.exec(`DELETE FROM recovery_code WHERE editor = $1`, editor)
	for _, hash := range hashes {
		if err == nil {
			err = w.exec(`INSERT INTO recovery_code (editor, hash) VALUES ($1, $2)`, editor, hash[:])
		}
	}
	return err
}

// HasCodes tells whether an app's codes are asked for, and how many recovery codes are left.
func (db *DB) HasCodes(ctx context.Context, editor string) (on bool, recovery int, err error) {
	err = db.row(ctx, `SELECT EXISTS (SELECT 1 FROM code_factor WHERE editor = $1), (SELECT count(*) FROM recovery_code WHERE editor = $1)`,
		[]any{editor}, &on, &recovery)
	return on, recovery, err
}

// TryCode counts one try before it is compared, so that tries at once are all counted: within
// pause of the last one at most limit of them find the factor. NotFound without one; Limited.
func (db *DB) TryCode(ctx context.Context, editor string, at time.Time, limit int, pause time.Duration) (moderation.CodeFactor, error) {
	return write(ctx, db, func(w *writer) (f moderation.CodeFactor, err error) {
		err = w.row(`UPDATE code_factor SET tries = CASE WHEN tried_at <= $2 THEN 1 ELSE tries + 1 END, tried_at = $3
			WHERE editor = $1 AND (tries < $4 OR tried_at <= $2) RETURNING sealed, step`,
			[]any{editor, micros(at.Add(-pause)), micros(at), limit}, &f.Sealed, &f.Step)
		if !errors.Is(err, sql.ErrNoRows) {
			return f, err
		}
		var last int64
		if err := w.row(`SELECT tried_at FROM code_factor WHERE editor = $1`, []any{editor}, &last); err != nil {
			return f, orNotFound(err)
		}
		return f, &moderation.Problem{Code: moderation.Limited, After: pause - at.Sub(fromMicros(last))}
	})
}

// UseStep notes that the code of a time step was used; Unauthorized when it or a later one was.
func (db *DB) UseStep(ctx context.Context, editor string, step int64) error {
	return db.changeOr(ctx, moderation.Unauthorized, `UPDATE code_factor SET step = $2, tries = 0 WHERE editor = $1 AND step < $2`, editor, step)
}

// UseRecovery takes a recovery code; Unauthorized when there is none with that hash.
func (db *DB) UseRecovery(ctx context.Context, editor string, hash [32]byte) error {
	return db.changeOr(ctx, moderation.Unauthorized, `DELETE FROM recovery_code WHERE editor = $1 AND hash = $2`, editor, hash[:])
}
