package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"balasan/moderation"
)

const digestColumns = `editor, kid, sealed, language, cadence, hour, quiet_from, quiet_to, zone, confirmed_at, looked_at`

func (k Keys) scanDigest(scan func(...any) error) (moderation.Digest, error) {
	var d moderation.Digest
	var kid string
	var sealed []byte
	var confirmed, looked int64
	err := scan(&d.Editor, &kid, &sealed, &d.Language, &d.Cadence, &d.Hour, &d.QuietFrom, &d.QuietTo, &d.Zone, &confirmed, &looked)
	if err != nil {
		return d, err
	}
	plain, err := k.openMail(kid, "editor "+d.Editor, sealed)
	if err == nil {
		d.To, err = moderation.ParseEmail(string(plain))
	}
	d.Confirmed, d.LookedAt = confirmed > 0, fromMicros(looked)
	return d, err
}

// Digest reads how an editor wants to be told; NotFound before anything was said.
func (db *DB) Digest(ctx context.Context, editor string) (moderation.Digest, error) {
	all, err := db.digests(ctx, `SELECT `+digestColumns+` FROM mail_editor WHERE editor = $1`, editor)
	if err == nil && len(all) == 0 {
		return moderation.Digest{}, &moderation.Problem{Code: moderation.NotFound}
	}
	if err != nil {
		return moderation.Digest{}, err
	}
	return all[0], nil
}

// Digests lists those that may become due.
func (db *DB) Digests(ctx context.Context) ([]moderation.Digest, error) {
	return db.digests(ctx, `SELECT `+digestColumns+` FROM mail_editor WHERE confirmed_at > 0 AND cadence <> 'off' ORDER BY editor`)
}

func (db *DB) digests(ctx context.Context, query string, args ...any) (all []moderation.Digest, err error) {
	err = db.each(ctx, query, args, func(rows *sql.Rows) error {
		d, err := db.keys.scanDigest(rows.Scan)
		all = append(all, d)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read digests: %w", err)
	}
	return all, nil
}

// SetDigest keeps what an editor said. A digest begins to look at that time. An address that is to
// be confirmed comes with the letter that asks for it and the link in that: links to an address
// before lose their force, and after too many of them it is Limited.
func (db *DB) SetDigest(ctx context.Context, d moderation.Digest, letter *moderation.Letter, secret string, at time.Time) error {
	sealed, err := db.keys.sealMail("editor "+d.Editor, []byte(d.To.Reveal()))
	if err != nil {
		return err
	}
	confirmed := int64(0)
	if d.Confirmed {
		confirmed = micros(at)
	}
	_, err = write(ctx, db, func(w *writer) (nothing, error) {
		err := w.exec(`INSERT INTO mail_editor (`+digestColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
			ON CONFLICT (editor) DO UPDATE SET kid = excluded.kid, sealed = excluded.sealed, language = excluded.language, cadence = excluded.cadence,
			hour = excluded.hour, quiet_from = excluded.quiet_from, quiet_to = excluded.quiet_to, zone = excluded.zone, confirmed_at = excluded.confirmed_at`,
			d.Editor, db.keys.Current, sealed, d.Language, string(d.Cadence), d.Hour, d.QuietFrom, d.QuietTo, d.Zone, confirmed, micros(at))
		if err == nil && letter != nil {
			err = w.askToConfirm(db.keys, d.Editor, *letter, secret, at)
		}
		return nothing{}, err
	})
	if err != nil {
		return fmt.Errorf("keep a digest: %w", err)
	}
	return nil
}

func (w *writer) askToConfirm(keys Keys, editor string, letter moderation.Letter, secret string, at time.Time) error {
	sent := 0
	err := w.row(`SELECT count(*) FROM mail_token WHERE subject = $1 AND act IN ('confirm', 'done') AND expires_at > $2`, []any{editor, micros(at)}, &sent)
	if err == nil && sent >= moderation.MaxConfirms {
		return &moderation.Problem{Code: moderation.Limited, After: time.Hour}
	}
	if err == nil {
		err = w.exec(`UPDATE mail_token SET act = 'done' WHERE subject = $1 AND act = 'confirm'`, editor)
	}
	if err == nil {
		err = w.link(secret, moderation.Link{Act: moderation.ConfirmDigest, Subject: editor, Until: at.Add(moderation.ConfirmLife)})
	}
	if err == nil {
		err = w.mail(keys, letter, at)
	}
	return err
}

// ForgetDigest drops an editor's address; links that were to confirm it lose their force.
func (db *DB) ForgetDigest(ctx context.Context, editor string) error {
	_, err := write(ctx, db, func(w *writer) (nothing, error) {
		err := w.exec(`DELETE FROM mail_editor WHERE editor = $1`, editor)
		if err == nil {
			err = w.exec(`UPDATE mail_token SET act = 'done' WHERE subject = $1 AND act = 'confirm'`, editor)
		}
		return nothing{}, err
	})
	return err
}

// Digested notes up to when a digest has told, and keeps its letter with the link in it, if there was
// something to tell. Another process that was first keeps its own.
func (db *DB) Digested(ctx context.Context, d moderation.Digest, letter *moderation.Letter, secret string, at time.Time) error {
	_, err := write(ctx, db, func(w *writer) (nothing, error) {
		moved, err := w.changed(`UPDATE mail_editor SET looked_at = $3 WHERE editor = $1 AND looked_at = $2`, d.Editor, micros(d.LookedAt), micros(at))
		if err != nil || moved == 0 || letter == nil {
			return nothing{}, err
		}
		if err := w.link(secret, moderation.Link{Act: moderation.StopDigest, Subject: d.Editor, Until: at.Add(moderation.StopLife)}); err != nil {
			return nothing{}, err
		}
		return nothing{}, w.mail(db.keys, *letter, at)
	})
	if err != nil {
		return fmt.Errorf("keep what a digest told: %w", err)
	}
	return nil
}

const oldestOf = `SELECT at FROM comment WHERE site = $1 AND state = 'pending' ORDER BY id LIMIT 1`

// Oldest tells since when the oldest comment waits on these sites, of which nil is all; zero when
// none does.
func (db *DB) Oldest(ctx context.Context, sites []string) (oldest time.Time, err error) {
	sites, err = db.siteIDs(ctx, sites)
	for _, site := range sites {
		var at int64
		switch err := db.row(ctx, oldestOf, []any{site}, &at); {
		case errors.Is(err, sql.ErrNoRows):
			continue
		case err != nil:
			return oldest, err
		}
		if t := fromMicros(at); oldest.IsZero() || t.Before(oldest) {
			oldest = t
		}
	}
	return oldest, err
}
