package store

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"time"

	"balasan/moderation"
)

// seenStep is how seldom a pass in use is written.
const seenStep = time.Minute

// AddPass keeps what an editor may hold instead of a password.
func (db *DB) AddPass(ctx context.Context, p moderation.Pass) error {
	if err := clean(p.Label); err != nil {
		return err
	}
	_, err := write(ctx, db, func(w *writer) (nothing, error) {
		err := w.exec(`INSERT INTO pass (hash, kind, editor, label, acts, site, created_at, seen_at, proved_at, expires_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`, p.Hash[:], string(p.Kind), p.Editor, p.Label, inOneText(p.Scope.Acts), p.Scope.Site,
			micros(p.CreatedAt), micros(p.SeenAt), micros(p.ProvedAt), micros(p.ExpiresAt))
		if err == nil && p.Kind == moderation.Session {
			err = w.seen(p.Editor, micros(p.SeenAt))
		}
		return nothing{}, err
	})
	return err
}

// seen remembers of an editor what a session that is gone cannot. A script is not a person.
func (w *writer) seen(editor string, at int64) error {
	return w.exec(`UPDATE editor SET seen_at = $2 WHERE id = $1 AND seen_at < $2`, editor, at)
}

func inOneText(acts []moderation.Act) string {
	words := make([]string, len(acts))
	for i, act := range acts {
		words[i] = string(act)
	}
	return strings.Join(words, " ")
}

func actsOf(text string) (acts []moderation.Act) {
	for word := range strings.FieldsSeq(text) {
		acts = append(acts, moderation.Act(word))
	}
	return acts
}

// UsePass finds the pass of that kind that is still good, with its editor. A sign-in link is
// gone afterwards: of all who try at once, one gets it. For other kinds SeenAt moves on, at most
// once a minute; the pass returned has the earlier one. Unauthorized when there is none.
func (db *DB) UsePass(ctx context.Context, kind moderation.PassKind, hash [32]byte, at time.Time) (moderation.Pass, moderation.Editor, error) {
	p := moderation.Pass{Hash: hash, Kind: kind}
	var e moderation.Editor
	var created, seen, proved, expires int64
	var acts string
	err := db.row(ctx, `SELECT p.label, p.acts, p.site, p.created_at, p.seen_at, p.proved_at, p.expires_at, e.id, e.name
		FROM pass p JOIN editor e ON e.id = p.editor
		WHERE p.hash = $1 AND p.kind = $2 AND p.expires_at > $3`, []any{hash[:], string(kind), micros(at)},
		&p.Label, &acts, &p.Scope.Site, &created, &seen, &proved, &expires, &e.ID, &e.Name)
	if errors.Is(err, sql.ErrNoRows) {
		err = &moderation.Problem{Code: moderation.Unauthorized}
	}
	if err == nil {
		err = db.roles(ctx, &e)
	}
	p.Editor, p.CreatedAt, p.SeenAt, p.ProvedAt, p.ExpiresAt = e.ID, fromMicros(created), fromMicros(seen), fromMicros(proved), fromMicros(expires)
	p.Scope.Acts = actsOf(acts)
	if err == nil {
		err = db.takePass(ctx, p, at)
	}
	if err != nil {
		return moderation.Pass{}, moderation.Editor{}, err
	}
	return p, e, nil
}

// takePass is what using a pass leaves behind. A full disk must not keep editors from reading:
// a time that could not be noted is let go.
func (db *DB) takePass(ctx context.Context, p moderation.Pass, at time.Time) error {
	if p.Kind == moderation.SignInLink {
		gone, err := write(ctx, db, func(w *writer) (int64, error) { return w.changed(`DELETE FROM pass WHERE hash = $1`, p.Hash[:]) })
		if err == nil && gone == 0 {
			return &moderation.Problem{Code: moderation.Unauthorized}
		}
		return err
	}
	if at.Sub(p.SeenAt) < seenStep {
		return nil
	}
	_, err := write(ctx, db, func(w *writer) (nothing, error) {
		err := w.exec(`UPDATE pass SET seen_at = $2 WHERE hash = $1 AND seen_at < $2`, p.Hash[:], micros(at))
		if err == nil && p.Kind == moderation.Session {
			err = w.seen(p.Editor, micros(at))
		}
		return nothing{}, err
	})
	if code := moderation.CodeOf(err); err != nil && code != moderation.Unavailable && code != moderation.Overloaded {
		return err
	}
	return nil
}

// Passes lists what the editor holds and is still good, newest first.
func (db *DB) Passes(ctx context.Context, editor string, at time.Time) ([]moderation.Pass, error) {
	return db.passes(ctx, `editor = $1 AND expires_at > $2`, editor, at)
}

// passes reads those of an editor that the condition holds for.
func (db *DB) passes(ctx context.Context, condition, editor string, at time.Time) ([]moderation.Pass, error) {
	var all []moderation.Pass
	err := db.each(ctx, `SELECT hash, kind, label, acts, site, created_at, seen_at, proved_at, expires_at FROM pass
		WHERE `+condition+` ORDER BY created_at DESC, hash`, []any{editor, micros(at)}, func(rows *sql.Rows) error {
		p := moderation.Pass{Editor: editor}
		var hash []byte
		var acts string
		var created, seen, proved, expires int64
		err := rows.Scan(&hash, &p.Kind, &p.Label, &acts, &p.Scope.Site, &created, &seen, &proved, &expires)
		copy(p.Hash[:], hash)
		p.Scope.Acts = actsOf(acts)
		p.CreatedAt, p.SeenAt, p.ProvedAt, p.ExpiresAt = fromMicros(created), fromMicros(seen), fromMicros(proved), fromMicros(expires)
		all = append(all, p)
		return err
	})
	return all, err
}

// DropPass ends one pass of the editor; NotFound when the editor holds no such pass.
func (db *DB) DropPass(ctx context.Context, editor string, hash [32]byte) error {
	gone, err := write(ctx, db, func(w *writer) (int64, error) {
		return w.changed(`DELETE FROM pass WHERE hash = $1 AND editor = $2`, hash[:], editor)
	})
	if err == nil && gone == 0 {
		return notFound()
	}
	return err
}

// DropSessions ends all sessions of the editor but the one that is kept.
func (db *DB) DropSessions(ctx context.Context, editor string, keep [32]byte) error {
	_, err := write(ctx, db, func(w *writer) (nothing, error) {
		return nothing{}, w.exec(`DELETE FROM pass WHERE editor = $1 AND kind = 'session' AND hash <> $2`, editor, keep[:])
	})
	return err
}
