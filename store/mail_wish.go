package store

import (
	"context"
	"fmt"
	"time"

	"balasan/moderation"
)

// wishOf finds a wish whose sender has not had enough of the site. The parameter $1 is the comment.
const wishOf = `FROM mail_wish AS m JOIN comment AS c ON c.id = m.comment WHERE m.comment = $1
	AND NOT EXISTS (SELECT 1 FROM mail_silent AS s WHERE s.site = c.site AND s.mac = c.email_mac)`

// Wish tells how far the sender of a comment is on the way to hear of replies: asked whether the
// address is theirs, and confirmed. NotFound without such a wish.
func (db *DB) Wish(ctx context.Context, comment string) (asked, confirmed bool, err error) {
	err = db.row(ctx, `SELECT m.asked_at > 0, m.confirmed_at > 0 `+wishOf, []any{comment}, &asked, &confirmed)
	return asked, confirmed, orNotFound(err)
}

// AskReader keeps the letter that asks the sender of a comment to confirm the wish to hear of
// replies, and its link. It does so once, and not after too many such letters to the address.
func (db *DB) AskReader(ctx context.Context, comment string, letter moderation.Letter, secret string, at time.Time) error {
	_, err := write(ctx, db, func(w *writer) (nothing, error) {
		sent := 0
		err := w.row(`SELECT count(*) FROM mail_wish AS o JOIN comment AS p ON p.id = o.comment JOIN comment AS c ON c.site = p.site AND c.email_mac = p.email_mac
			WHERE c.id = $1 AND o.asked_at > $2`, []any{comment, micros(at.Add(-24 * time.Hour))}, &sent)
		if err != nil || sent >= moderation.MaxConfirms {
			return nothing{}, err
		}
		asked, err := w.changed(`UPDATE mail_wish SET asked_at = $2 WHERE comment = $1 AND asked_at = 0`, comment, micros(at))
		if err != nil || asked == 0 {
			return nothing{}, err
		}
		if err := w.link(secret, moderation.Link{Act: moderation.ConfirmReplies, Subject: comment, Until: at.Add(moderation.RepliesLife)}); err != nil {
			return nothing{}, err
		}
		return nothing{}, w.mail(db.keys, letter, at)
	})
	if err != nil {
		return fmt.Errorf("ask whether replies are to be told: %w", err)
	}
	return nil
}

// TellReader keeps the letter that tells the sender of a comment of one reply, once, and the link
// that ends such letters. Without a confirmed wish there is none.
func (db *DB) TellReader(ctx context.Context, comment, reply string, letter moderation.Letter, secret string, at time.Time) error {
	_, err := write(ctx, db, func(w *writer) (nothing, error) {
		fresh, err := w.changed(`INSERT INTO mail_told (comment, reply) SELECT m.comment, $2 `+wishOf+` AND m.confirmed_at > 0
			ON CONFLICT (comment, reply) DO NOTHING`, comment, reply)
		if err != nil || fresh == 0 {
			return nothing{}, err
		}
		if err := w.link(secret, moderation.Link{Act: moderation.StopReplies, Subject: comment, Until: at.Add(moderation.StopLife)}); err != nil {
			return nothing{}, err
		}
		return nothing{}, w.mail(db.keys, letter, at)
	})
	if err != nil {
		return fmt.Errorf("tell of a reply: %w", err)
	}
	return nil
}
