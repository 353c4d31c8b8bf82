package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"balasan/moderation"
)

// EraseData spends a link: it is noted durably that all that came until now under its address is to
// be erased, and that address hears of no reply any more. CarryOut does the rest. NotFound when the
// link has ended or was used for it before.
func (db *DB) EraseData(ctx context.Context, token string, at time.Time) (moderation.DataRequest, error) {
	hash := sha256.Sum256([]byte(token))
	err := db.changeOr(ctx, moderation.NotFound, `UPDATE data_request SET erase_at = $2 WHERE token_hash = $1 AND erase_at = 0 AND expires_at > $2`, hash[:], micros(at))
	if err != nil {
		return moderation.DataRequest{}, err
	}
	return db.DataRequestBy(ctx, token)
}

// eraseRows are how many comments one transaction erases for their sender: each takes a dozen statements,
// and nobody decides meanwhile.
const eraseRows = 50

// ownHeld finds what is left to erase, newest first, so that own replies go before what they answer.
const ownHeld = heldColumns + `WHERE c.email_mac = $1 AND c.site = $2 AND c.at <= $3 ORDER BY c.at DESC, c.id DESC LIMIT $4`

// CarryOut erases what a request wants erased, some comments in a transaction, and tells whether it
// is done. It can be stopped and begun again, here or in another process. A request that wants
// nothing erased is left alone.
func (db *DB) CarryOut(ctx context.Context, id string, at time.Time) (moderation.DataRequest, error) {
	r, err := db.dataRequest(ctx, `id = $1`, id)
	if err != nil || r.EraseAt.IsZero() || !r.DoneAt.IsZero() {
		return r.DataRequest, err
	}
	err = db.endSubscriptions(ctx, r)
	for err == nil {
		var some []held
		if some, err = db.heldBy(ctx, ownHeld, r.mac, r.Site, micros(r.EraseAt), eraseRows); err != nil || len(some) == 0 {
			break
		}
		err = db.eraseSome(ctx, r.ID, some, at)
	}
	if err == nil {
		_, err = write(ctx, db, func(w *writer) (nothing, error) { return nothing{}, w.settleRequest(r, at) })
	}
	if err != nil {
		return r.DataRequest, fmt.Errorf("erase what an address wrote: %w", err)
	}
	r, err = db.dataRequest(ctx, `id = $1`, id)
	return r.DataRequest, err
}

// endSubscriptions lets an address hear of no reply any more, nor of one whose letter waits. What
// it wants no mail of stays.
func (db *DB) endSubscriptions(ctx context.Context, r requestRow) error {
	for gone := retainRows; gone == retainRows; {
		var err error
		gone, err = write(ctx, db, func(w *writer) (int, error) {
			var ids []string
			err := w.each(`SELECT id FROM subscription WHERE site = $1 AND email_mac = $2 LIMIT $3`, []any{r.Site, r.mac, retainRows},
				func(rows *sql.Rows) error { return scanInto(rows, &ids) })
			for _, id := range ids {
				if err == nil {
					err = w.exec(`DELETE FROM announce_delivery WHERE target = $1 AND ref IN ($2, $3) AND dead_at IS NULL`, moderation.MailTarget,
						moderation.MailRef(moderation.LetterReply, id), moderation.MailRef(moderation.LetterAsk, id))
				}
				if err == nil {
					err = w.exec(`DELETE FROM subscription WHERE id = $1`, id)
				}
			}
			return len(ids), err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// eraseSome erases comments in one transaction, with log, thread and outbox.
func (db *DB) eraseSome(ctx context.Context, request string, some []held, at time.Time) error {
	avatars, verdicts, err := db.leftovers(ctx, some)
	if err != nil {
		return err
	}
	_, err = write(ctx, db, func(w *writer) (nothing, error) {
		d := &deal{writer: w, act: act{batch: request, deed: moderation.Erased, at: at}, tallies: newTallies(), sites: map[string]sampled{}}
		n := 0
		for i, h := range some {
			s, err := w.standing(h.id)
			if err == nil && !s.blank { // another process was here
				n, err = n+1, d.eraseOwn(s, avatars[i], verdicts[i])
			}
			if err != nil {
				return nothing{}, err
			}
		}
		if err := d.tally(d.tallies); err != nil {
			return nothing{}, err
		}
		return nothing{}, w.exec(`UPDATE data_request SET erased = erased + $2 WHERE id = $1`, request, n)
	})
	return err
}

// eraseSet is $1 to $5: ID, what setBlank wants, and the state that is left.
const eraseSet = `UPDATE comment SET ` + setBlank + `, text_digest = NULL, consent = '', state = $5, version = version + 1,
	ruled = CASE WHEN state <> $5 THEN version + 1 ELSE ruled END WHERE id = $1`

// eraseOwn removes one comment for its sender. Its place stays public where replies hold it.
func (d *deal) eraseOwn(s standing, avatar []byte, verdict string) error {
	to, err := d.leftState(s)
	if err == nil {
		err = d.leaveCampaign(s.id, s.site, s.state)
	}
	if err == nil {
		err = d.exec(eraseSet, s.id, avatar, verdict, micros(d.at), string(to))
	}
	for _, statement := range eraseBeside {
		if err == nil {
			err = d.exec(statement, s.id)
		}
	}
	if err == nil {
		err = d.settle(s, to)
	}
	if err == nil && s.state == moderation.Approved && to != s.state {
		err = d.vacate(s.id)
	}
	return err
}

// eraseBeside is what else quotes a comment.
var eraseBeside = []string{
	`UPDATE edit SET before = '' WHERE comment = $1`,
	`DELETE FROM lesson_words WHERE comment = $1`,
	`UPDATE standing SET about = '' WHERE about <> '' AND (made_of = $1 OR made_of IN (SELECT batch FROM decision WHERE comment = $1))`,
}

// leftState is where a comment goes when its sender erases it: what was refused stays refused.
func (d *deal) leftState(s standing) (moderation.State, error) {
	switch s.state {
	case moderation.Pending:
		return moderation.Trashed, nil
	case moderation.Approved:
		held, err := d.answered(s.id)
		if err != nil || held {
			return s.state, err
		}
		return moderation.Trashed, nil
	default:
		return s.state, nil
	}
}

// answered tells whether a comment has public replies.
func (d *deal) answered(id string) (yes bool, err error) {
	err = d.row(`SELECT EXISTS (SELECT 1 FROM comment c JOIN comment r ON r.thread = c.thread AND r.root = c.root AND r.parent = c.id
		WHERE c.id = $1 AND r.state = 'approved')`, []any{id}, &yes)
	return yes, err
}

// settle logs an erasure and makes a new version of its thread.
func (d *deal) settle(s standing, to moderation.State) error {
	if s.state == moderation.Approved {
		d.tallies.threads[place{s.site, s.page}] += one(to == moderation.Approved) - 1
	}
	return d.log(s, to)
}

// vacate gives up the erased places above a comment that is not public any more, where it was all
// that held them.
func (d *deal) vacate(id string) error {
	for {
		var parent string
		if err := d.row(`SELECT parent FROM comment WHERE id = $1`, []any{id}, &parent); err != nil || parent == "" {
			return err
		}
		s, err := d.standing(parent)
		if errors.Is(err, sql.ErrNoRows) || err == nil && !(s.blank && s.state == moderation.Approved) {
			return nil
		}
		held := false
		if err == nil {
			held, err = d.answered(parent)
		}
		if err != nil || held {
			return err
		}
		if err := d.exec(`UPDATE comment SET state = 'trashed', version = version + 1, ruled = version + 1 WHERE id = $1`, parent); err != nil {
			return err
		}
		if err := d.settle(s, moderation.Trashed); err != nil {
			return err
		}
		id = parent
	}
}

// settleRequest notes that all is erased and forgets whom it was for, with that address's other
// links.
func (w *writer) settleRequest(r requestRow, at time.Time) error {
	return errors.Join(
		w.exec(`DELETE FROM data_request WHERE site = $1 AND email_mac = $2 AND erase_at = 0`, r.Site, r.mac),
		w.exec(`UPDATE data_request SET done_at = $2, email_mac = NULL, email_sealed = NULL, token_sealed = NULL WHERE id = $1 AND done_at = 0`, r.ID, micros(at)))
}
