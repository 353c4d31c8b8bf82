package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"balasan/moderation"
)

// retainRows are how many comments one transaction lets go of.
const retainRows = 200

// Retain lets go of personal data whose time is over, some rows in a transaction, so that nobody waits
// long meanwhile. Of several processes that do it each row is counted by one. A class that fails keeps no
// other from going. Words packs what a text that taught leaves behind for the model.
func (db *DB) Retain(ctx context.Context, keep moderation.Retention, words func(text string) []byte, at time.Time) (done moderation.Retained, err error) {
	ago := func(d time.Duration) int64 { return micros(at.Add(-d)) }
	for _, class := range []struct {
		count *int64
		some  func() (seen int, gone int64, err error)
	}{
		{&done.Texts, func() (int, int64, error) { return db.blankRefused(ctx, ago(keep.Refused), words, at) }},
		{&done.Addresses, func() (int, int64, error) { return db.coarsen(ctx, ago(keep.Address)) }},
		{&done.Emails, func() (int, int64, error) { return db.dropEmails(ctx, ago(keep.Email)) }},
	} {
		err = errors.Join(err, partly(ctx, class.count, retainRows, class.some))
	}
	err = errors.Join(err, db.drop(ctx, &done.Networks, dropNetworks, ago(keep.Network)),
		db.drop(ctx, &done.Unconfirmed, dropUnconfirmed, ago(keep.Unconfirmed)))
	if err != nil {
		err = fmt.Errorf("let go of personal data: %w", err)
	}
	return done, err
}

const (
	dropNetworks = `UPDATE comment SET addr_sealed = NULL, net_mac = NULL, addr_part = FALSE WHERE id IN (
		SELECT id FROM comment WHERE addr_sealed IS NOT NULL AND addr_part = TRUE AND at < $1 ORDER BY at LIMIT $2)`
	dropUnconfirmed = `DELETE FROM subscription WHERE id IN (
		SELECT id FROM subscription WHERE confirmed_at = 0 AND used_at < $1 AND asked_at < $1 ORDER BY used_at LIMIT $2)`
)

// held is a comment on its way to holding less.
type held struct {
	id, site, name, state, text string
	thread, version             int64
	sealed, verdict             []byte
	taught                      bool
}

const wholeAddresses = `SELECT id, site, addr_sealed FROM comment
	WHERE addr_sealed IS NOT NULL AND addr_part = FALSE AND at < $1 ORDER BY at LIMIT $2`

// coarsen leaves of addresses the network alone.
func (db *DB) coarsen(ctx context.Context, before int64) (seen int, gone int64, err error) {
	var some []held
	err = db.each(ctx, wholeAddresses, []any{before, retainRows}, func(rows *sql.Rows) error {
		var h held
		err := rows.Scan(&h.id, &h.site, &h.sealed)
		some = append(some, h)
		return err
	})
	if err != nil || len(some) == 0 {
		return 0, 0, err
	}
	coarse := make([][]byte, len(some))
	for i, h := range some {
		if coarse[i], err = db.coarse(ctx, h); err != nil {
			return 0, 0, err
		}
	}
	gone, err = write(ctx, db, func(w *writer) (n int64, err error) {
		for i, h := range some {
			var one int64
			if one, err = w.changed(`UPDATE comment SET addr_sealed = $2, addr_part = TRUE WHERE id = $1 AND addr_sealed = $3`,
				h.id, coarse[i], h.sealed); err != nil {
				return n, err
			}
			n += one
		}
		return n, nil
	})
	return len(some), gone, err
}

// coarse seals the network of an address in the address's place; what does not open, or belongs to a
// site that was erased, is noise already and stays so until its time is over.
func (db *DB) coarse(ctx context.Context, h held) ([]byte, error) {
	site, err := db.site(ctx, h.site)
	switch {
	case moderation.CodeOf(err) == moderation.NotFound:
		return h.sealed, nil
	case err != nil:
		return nil, err
	}
	text, err := site.keys.unseal(h.id, fieldAddr, h.sealed)
	if err != nil {
		return h.sealed, nil
	}
	addr, err := netip.ParseAddr(text)
	if err != nil {
		return h.sealed, nil
	}
	return site.keys.seal(h.id, fieldAddr, moderation.Network(addr).String()), nil
}

// readAddr reads an address as it was sealed: whole, or as the network that is left of it, which its
// first address then stands for.
func readAddr(text string) (addr netip.Addr, network bool, err error) {
	if !strings.Contains(text, "/") {
		addr, err = netip.ParseAddr(text)
		return addr, false, err
	}
	prefix, err := netip.ParsePrefix(text)
	return prefix.Addr(), true, err
}

// oldEmails leaves out comments whose sender is told of replies.
const oldEmails = `SELECT id, site, name, state, thread FROM comment WHERE email_sealed IS NOT NULL AND at < $1 AND NOT EXISTS (
		SELECT 1 FROM subscription_comment k JOIN subscription s ON s.id = k.subscription WHERE k.comment = comment.id AND s.confirmed_at > 0)
	ORDER BY at LIMIT $2`

// dropEmails forgets addresses and what finds them again. The avatar follows the name from then on.
func (db *DB) dropEmails(ctx context.Context, before int64) (seen int, gone int64, err error) {
	var some []held
	err = db.each(ctx, oldEmails, []any{before, retainRows}, func(rows *sql.Rows) error {
		var h held
		err := rows.Scan(&h.id, &h.site, &h.name, &h.state, &h.thread)
		some = append(some, h)
		return err
	})
	if err != nil || len(some) == 0 {
		return 0, 0, err
	}
	avatars, err := db.plainAvatars(ctx, some)
	if err != nil {
		return 0, 0, err
	}
	gone, err = write(ctx, db, func(w *writer) (n int64, err error) {
		public := map[int64]bool{}
		for i, h := range some {
			one, err := w.changed(`UPDATE comment SET email_sealed = NULL, email_mac = NULL, avatar = $2 WHERE id = $1 AND email_sealed IS NOT NULL`, h.id, avatars[i])
			if err != nil {
				return n, err
			}
			if n += one; one > 0 && h.state == string(moderation.Approved) {
				public[h.thread] = true
			}
		}
		return n, w.renew(public)
	})
	return len(some), gone, err
}

// renew makes new versions of threads whose public part changed.
func (w *writer) renew(threads map[int64]bool) error {
	for thread := range threads {
		if err := w.exec(`UPDATE thread SET version = version + 1 WHERE id = $1`, thread); err != nil {
			return err
		}
		w.hints = append(w.hints, moderation.Anything)
	}
	return nil
}

// plainAvatars are those that follow the names alone; nothing on a site that was erased.
func (db *DB) plainAvatars(ctx context.Context, some []held) ([][]byte, error) {
	avatars := make([][]byte, len(some))
	for i, h := range some {
		site, err := db.site(ctx, h.site)
		switch {
		case err == nil:
			avatars[i] = site.keys.avatarOf(moderation.Email{}, h.name)
		case moderation.CodeOf(err) == moderation.NotFound:
			avatars[i] = []byte{}
		default:
			return nil, err
		}
	}
	return avatars, nil
}
