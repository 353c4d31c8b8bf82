package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"time"

	"balasan/moderation"
)

func linkHash(secret string) []byte {
	hash := sha256.Sum256([]byte(secret))
	return hash[:]
}

func (w *writer) link(secret string, l moderation.Link) error {
	return w.exec(`INSERT INTO mail_token (hash, subject, act, expires_at) VALUES ($1, $2, $3, $4)`, linkHash(secret), l.Subject, string(l.Act), micros(l.Until))
}

// MailLink tells what a link may do; NotFound when it may nothing any more.
func (db *DB) MailLink(ctx context.Context, secret string, at time.Time) (moderation.Link, error) {
	var l moderation.Link
	var until int64
	err := db.row(ctx, `SELECT subject, act, expires_at FROM mail_token WHERE hash = $1 AND act <> 'done' AND expires_at > $2`,
		[]any{linkHash(secret), micros(at)}, &l.Subject, &l.Act, &until)
	if errors.Is(err, sql.ErrNoRows) {
		return l, &moderation.Problem{Code: moderation.NotFound}
	}
	l.Until = fromMicros(until)
	return l, err
}

// UseMailLink does what a link may do; all extends the end of letters about replies from one page
// to the whole site. One that confirmed may nothing more; one that stops may be used again.
func (db *DB) UseMailLink(ctx context.Context, secret string, all bool, at time.Time) (moderation.Link, error) {
	l, err := db.MailLink(ctx, secret, at)
	if err != nil {
		return l, err
	}
	_, err = write(ctx, db, func(w *writer) (nothing, error) {
		if l.Act == moderation.ConfirmDigest || l.Act == moderation.ConfirmReplies {
			used, err := w.changed(`UPDATE mail_token SET act = 'done' WHERE hash = $1 AND act <> 'done'`, linkHash(secret))
			if err != nil {
				return nothing{}, err
			}
			if used == 0 {
				return nothing{}, &moderation.Problem{Code: moderation.NotFound}
			}
		}
		return nothing{}, w.follow(l, all, at)
	})
	return l, err
}

func (w *writer) follow(l moderation.Link, all bool, at time.Time) error {
	switch l.Act {
	case moderation.ConfirmDigest:
		return w.exec(`UPDATE mail_editor SET confirmed_at = $2, looked_at = $2 WHERE editor = $1`, l.Subject, micros(at))
	case moderation.StopDigest:
		return w.exec(`UPDATE mail_editor SET cadence = 'off' WHERE editor = $1`, l.Subject)
	case moderation.ConfirmReplies:
		return w.exec(`UPDATE mail_wish SET confirmed_at = $2 WHERE comment = $1`, l.Subject, micros(at))
	}
	if all {
		err := w.exec(`INSERT INTO mail_silent (site, mac) SELECT site, email_mac FROM comment WHERE id = $1 AND email_mac IS NOT NULL
			ON CONFLICT (site, mac) DO NOTHING`, l.Subject)
		if err != nil {
			return err
		}
	}
	return w.exec(`DELETE FROM mail_wish WHERE comment IN (SELECT o.id FROM comment AS o JOIN comment AS c
		ON o.site = c.site AND o.email_mac = c.email_mac AND (o.thread = c.thread OR $2) WHERE c.id = $1)`, l.Subject, all)
}
