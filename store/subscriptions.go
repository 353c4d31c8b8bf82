package store

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"balasan/moderation"
)

const fieldToken = "token"

// Subscribe follows the wish of an approved comment's sender to hear of replies: the address gets
// its subscription to the thread, or the comment joins the one that it has. NotFound where the
// comment is not approved, asked for nothing, or its address wants nothing.
func (db *DB) Subscribe(ctx context.Context, comment string, at time.Time) (moderation.Subscription, error) {
	var site, language string
	var thread int64
	var sealed, mac []byte
	err := db.row(ctx, `SELECT site, thread, email_sealed, email_mac, language FROM comment
		WHERE id = $1 AND state = 'approved' AND consent <> '' AND email_mac IS NOT NULL AND NOT EXISTS (
			SELECT 1 FROM mail_unwanted u WHERE u.site = comment.site AND u.email_mac = comment.email_mac AND u.thread IN (0, comment.thread))`,
		[]any{comment}, &site, &thread, &sealed, &mac, &language)
	if err != nil {
		return moderation.Subscription{}, orNotFound(err)
	}
	known, err := db.site(ctx, site)
	if err != nil {
		return moderation.Subscription{}, err
	}
	address, err := known.keys.unseal(comment, fieldEmail, sealed)
	if err != nil {
		return moderation.Subscription{}, err
	}
	id, token := rand.Text(), rand.Text()
	hash := sha256.Sum256([]byte(token))
	id, err = write(ctx, db, func(w *writer) (string, error) {
		err := w.exec(`INSERT INTO subscription (id, site, thread, email_mac, email_sealed, token_hash, token_sealed, language, used_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (site, thread, email_mac) DO NOTHING`, id, site, thread, mac,
			known.keys.seal(id, fieldEmail, address), hash[:], known.keys.seal(id, fieldToken, token), language, micros(at))
		if err == nil {
			err = w.row(`SELECT id FROM subscription WHERE site = $1 AND thread = $2 AND email_mac = $3`, []any{site, thread, mac}, &id)
		}
		if err == nil {
			err = w.exec(`INSERT INTO subscription_comment (comment, subscription) VALUES ($1, $2) ON CONFLICT (comment) DO NOTHING`, comment, id)
		}
		return id, err
	})
	if err != nil {
		return moderation.Subscription{}, fmt.Errorf("subscribe: %w", err)
	}
	return db.Subscription(ctx, id)
}

const subscriptionQuery = `SELECT s.id, s.site, t.page, t.title, s.email_sealed, s.token_sealed, s.language, s.confirmed_at
	FROM subscription s JOIN thread t ON t.id = s.thread WHERE `

// Subscription reads one by its ID; NotFound.
func (db *DB) Subscription(ctx context.Context, id string) (moderation.Subscription, error) {
	return db.subscription(ctx, subscriptionQuery+`s.id = $1`, id)
}

// SubscriptionBy finds one by its token; NotFound.
func (db *DB) SubscriptionBy(ctx context.Context, token string) (moderation.Subscription, error) {
	hash := sha256.Sum256([]byte(token))
	return db.subscription(ctx, subscriptionQuery+`s.token_hash = $1`, hash[:])
}

func (db *DB) subscription(ctx context.Context, query string, key any) (moderation.Subscription, error) {
	var s moderation.Subscription
	var email, token []byte
	var confirmed int64
	err := db.row(ctx, query, []any{key}, &s.ID, &s.Site, &s.Page, &s.PageTitle, &email, &token, &s.Language, &confirmed)
	if err != nil {
		return moderation.Subscription{}, orNotFound(err)
	}
	site, err := db.site(ctx, s.Site)
	if err != nil {
		return moderation.Subscription{}, err
	}
	s.ConfirmedAt = fromMicros(confirmed)
	if s.Email, s.Token, err = site.keys.addressee(s.ID, email, token); err != nil {
		return moderation.Subscription{}, fmt.Errorf("open subscription %s: %w", s.ID, err)
	}
	return s, nil
}

// MayAsk takes one of the questions that an address may be asked: one a day for a thread, and
// [moderation.AsksPerDay] for all of its site. The event that was let through may try again.
func (db *DB) MayAsk(ctx context.Context, id, event string, at time.Time) (bool, error) {
	n, err := write(ctx, db, func(w *writer) (int64, error) {
		return w.changed(`UPDATE subscription SET asked_as = $2, asked_at = $3 WHERE id = $1 AND confirmed_at = 0 AND (asked_as = $2 OR
			asked_at <= $4 AND (SELECT count(*) FROM subscription o WHERE o.site = subscription.site AND o.email_mac = subscription.email_mac
				AND o.asked_at > $4) < $5)`, id, event, micros(at), micros(at.Add(-24*time.Hour)), moderation.AsksPerDay)
	})
	if err != nil {
		return false, fmt.Errorf("ask for a confirmation: %w", err)
	}
	return n > 0, nil
}

// subscribersQuery goes up from a reply. Nobody is told of an own reply, nor twice of one.
const subscribersQuery = `
WITH RECURSIVE above (id, parent, state) AS (
	SELECT p.id, p.parent, p.state FROM comment c JOIN comment p ON p.id = c.parent WHERE c.id = $1 AND c.state = 'approved' AND c.blanked_at = 0
	UNION ALL SELECT p.id, p.parent, p.state FROM above a JOIN comment p ON p.id = a.parent)
SELECT DISTINCT s.id FROM above a JOIN subscription_comment k ON k.comment = a.id JOIN subscription s ON s.id = k.subscription
	JOIN comment r ON r.id = $1
WHERE a.state = 'approved' AND s.confirmed_at > 0 AND (r.email_mac IS NULL OR r.email_mac <> s.email_mac)
	AND NOT EXISTS (SELECT 1 FROM subscription_told x WHERE x.subscription = s.id AND x.comment = $1)
ORDER BY s.id`

// Subscribers are the IDs of confirmed subscriptions that are yet to be told of a reply: it is
// approved, and so is the comment above it for which they asked.
func (db *DB) Subscribers(ctx context.Context, reply string) ([]string, error) {
	var ids []string
	err := db.each(ctx, subscribersQuery, []any{reply}, func(rows *sql.Rows) error { return scanInto(rows, &ids) })
	if err != nil {
		return nil, fmt.Errorf("find subscribers: %w", err)
	}
	return ids, nil
}

// Informed notes that a subscription was told of a reply.
func (db *DB) Informed(ctx context.Context, id, reply string, at time.Time) error {
	_, err := write(ctx, db, func(w *writer) (nothing, error) {
		used, err := w.changed(`UPDATE subscription SET used_at = $2 WHERE id = $1`, id, micros(at))
		if err != nil || used == 0 {
			return nothing{}, err
		}
		return nothing{}, w.exec(`INSERT INTO subscription_told (subscription, comment) VALUES ($1, $2) ON CONFLICT (subscription, comment) DO NOTHING`, id, reply)
	})
	return err
}

// Confirm lets letters go to the address of a subscription; NotFound.
func (db *DB) Confirm(ctx context.Context, token string, at time.Time) error {
	hash := sha256.Sum256([]byte(token))
	return db.changeOr(ctx, moderation.NotFound, `UPDATE subscription SET used_at = $2, confirmed_at = CASE confirmed_at WHEN 0 THEN $2 ELSE confirmed_at END
		WHERE token_hash = $1`, hash[:], micros(at))
}

// Unsubscribe forgets the address of a subscription and keeps, as a keyed hash, that it wants no
// more mail about the thread, or about anything of the site. NotFound.
func (db *DB) Unsubscribe(ctx context.Context, token string, all bool, at time.Time) error {
	hash := sha256.Sum256([]byte(token))
	_, err := write(ctx, db, func(w *writer) (nothing, error) {
		var site string
		var mac []byte
		var thread int64
		err := w.row(`SELECT site, email_mac, thread FROM subscription WHERE token_hash = $1`, []any{hash[:]}, &site, &mac, &thread)
		if err != nil {
			return nothing{}, orNotFound(err)
		}
		of, key := thread, []any{site, mac, thread}
		gone := `DELETE FROM subscription WHERE site = $1 AND email_mac = $2 AND thread = $3`
		if all {
			of, key = 0, []any{site, mac}
			gone = `DELETE FROM subscription WHERE site = $1 AND email_mac = $2`
		}
		return nothing{}, errors.Join(w.exec(gone, key...),
			w.exec(`INSERT INTO mail_unwanted (site, email_mac, thread, at) VALUES ($1, $2, $3, $4)
				ON CONFLICT (site, email_mac, thread) DO NOTHING`, site, mac, of, micros(at)))
	})
	return err
}

// DropSubscription forgets an address that no mail server knows.
func (db *DB) DropSubscription(ctx context.Context, id string) error {
	_, err := write(ctx, db, func(w *writer) (nothing, error) {
		return nothing{}, w.exec(`DELETE FROM subscription WHERE id = $1`, id)
	})
	return err
}

// purgeDigests forgets what editors who left wanted to be told.
func (db *DB) purgeDigests(ctx context.Context, _ time.Time) error {
	_, err := write(ctx, db, func(w *writer) (nothing, error) {
		return nothing{}, w.exec(`DELETE FROM digest WHERE NOT EXISTS (SELECT 1 FROM editor_role r WHERE r.editor = digest.editor)`)
	})
	return err
}
