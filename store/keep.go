package store

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"

	"balasan/moderation"
)

// insertComment finds the thread itself and touches nothing when there is none with a first
// comment, or when the idempotency key is taken.
const insertComment = `
INSERT INTO comment (id, site, thread, parent, root, depth, staff, born, state, name, email_sealed, email_mac,
	addr_sealed, net_mac, website, body, text_digest, avatar, language, unsolved, form_signed, form_age, form_traps,
	verdict, key, digest, at, lane, place)
SELECT $1, $2, id, $4, $5, $6, $7, $8, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26,
	$27, CASE WHEN $27 = 'doubt' THEN place ELSE 0 END
FROM thread WHERE site = $2 AND page = $3 AND first_at > 0
ON CONFLICT (site, key) DO NOTHING`

// commentRow is a comment made ready for the writer, which should only have to write.
type commentRow struct {
	moderation.Comment
	args   []any // of insertComment
	digest []byte
}

// Keep stores a comment with its verdict and an outbox row, durably. Under an idempotency key
// that is known it stores nothing: the first receipt comes back, or KeyReused when another
// submission was sent under it.
func (db *DB) Keep(ctx context.Context, c moderation.Comment) (moderation.Receipt, error) {
	row, err := db.newRow(ctx, c)
	if err != nil {
		return moderation.Receipt{}, err
	}
	receipt, err := beside(ctx, db, func(w *writer) (moderation.Receipt, error) { return w.keep(row) })
	if err != nil {
		return receipt, fmt.Errorf("keep comment: %w", err)
	}
	return receipt, nil
}

// Replay returns the receipt of an earlier Keep under this key; NotFound when there was none,
// KeyReused when another submission was sent under it.
func (db *DB) Replay(ctx context.Context, site, key string, digest [32]byte) (moderation.Receipt, error) {
	found, err := db.site(ctx, site)
	if err != nil {
		return moderation.Receipt{}, err
	}
	if err := clean(key); err != nil {
		return moderation.Receipt{}, err
	}
	var r replayed
	err = db.row(ctx, replayQuery, []any{site, key}, &r.id, &r.at, &r.digest)
	if err != nil {
		return moderation.Receipt{}, orNotFound(err)
	}
	return r.receipt(found.keys.digestMAC(digest))
}

func (db *DB) newRow(ctx context.Context, c moderation.Comment) (*commentRow, error) {
	if err := clean(c.ID, c.Page, c.PageTitle, c.Parent, c.Root, c.Name, c.Email.Reveal(), c.Website, c.Body, c.Language, c.Consent, c.Agreed.Hash, c.Agreed.Language, c.Agreed.Text, c.Key); err != nil {
		return nil, err
	}
	site, err := db.site(ctx, c.Site)
	if err != nil {
		return nil, err
	}
	verdict, err := verdictJSON(c.Verdict)
	if err != nil {
		return nil, err
	}
	k, addr, key := site.keys, "", any(nil)
	if c.Addr.IsValid() {
		addr = c.Addr.String()
	}
	if c.Key != "" {
		key = c.Key
	}
	digest := k.digestMAC(c.Digest())
	return &commentRow{Comment: c, digest: digest, args: []any{
		c.ID, c.Site, c.Page, c.Parent, c.Root, c.Depth, c.Staff, string(c.State), c.Name,
		orNull(k.seal(c.ID, fieldEmail, c.Email.Reveal())), orNull(k.emailMAC(c.Email)),
		orNull(k.seal(c.ID, fieldAddr, addr)), orNull(k.netMAC(c.Addr)),
		c.Website, c.Body, textDigest(c.Text), k.avatarOf(c.Email, c.Name), c.Language,
		c.Unsolved, c.Form.Signed, c.Form.Age.Microseconds(), c.Form.Traps, verdict, key, digest, micros(c.At), string(moderation.LaneOf(c.Verdict))}}, nil
}

// keep inserts the comment; the rare first comment of a thread makes the thread and tries again.
func (w *writer) keep(c *commentRow) (moderation.Receipt, error) {
	for range 3 {
		kept, err := w.changed(insertComment, c.args...)
		if err != nil || kept == 1 {
			return w.kept(c, err)
		}
		receipt, fault := w.replay(c)
		if !errors.Is(fault, sql.ErrNoRows) {
			return receipt, fault
		}
		if err := w.openThread(c); err != nil {
			return moderation.Receipt{}, err
		}
	}
	return moderation.Receipt{}, errors.New("the comment was not inserted")
}

// kept is what follows from a comment that was inserted.
func (w *writer) kept(c *commentRow, err error) (moderation.Receipt, error) {
	if err == nil && c.Blind { // seldom, so that nothing else pays for the column
		err = w.exec(`UPDATE comment SET blind = TRUE WHERE id = $1`, c.ID)
	}
	if err == nil && c.Consent != "" {
		err = w.exec(`UPDATE comment SET consent = $2 WHERE id = $1`, c.ID, c.Consent)
	}
	if err == nil && c.Agreed.Hash != "" {
		err = w.agreed(c.ID, c.Agreed)
	}
	if err == nil && c.State == moderation.Approved {
		err = w.exec(publishMore, c.Site, c.Page, 1)
		w.hint(c.Site, c.Page)
	}
	if err == nil {
		err = w.noteStops(c)
	}
	if err == nil {
		err = w.announce(fact{"received", c.Site, c.ID, "", c.State, micros(c.At)})
	}
	return moderation.Receipt{ID: c.ID, ReceivedAt: fromMicros(micros(c.At))}, err
}

// publishMore counts what is public of a thread and makes a new version of it.
const publishMore = `UPDATE thread SET approved = approved + $3, version = version + 1 WHERE site = $1 AND page = $2`

func (w *writer) openThread(c *commentRow) error {
	return w.exec(`INSERT INTO thread (site, page, title, first_at) VALUES ($1, $2, $3, $4)
		ON CONFLICT (site, page) DO UPDATE SET title = excluded.title, first_at = excluded.first_at
		WHERE thread.first_at = 0`, c.Site, c.Page, c.PageTitle, micros(c.At))
}

const replayQuery = `SELECT id, at, digest FROM comment WHERE site = $1 AND key = $2`

// replayed is what came first under an idempotency key.
type replayed struct {
	id     string
	at     int64
	digest []byte
}

func (r replayed) receipt(digest []byte) (moderation.Receipt, error) {
	if !bytes.Equal(r.digest, digest) {
		return moderation.Receipt{}, &moderation.Problem{Code: moderation.KeyReused}
	}
	return moderation.Receipt{ID: r.id, ReceivedAt: fromMicros(r.at)}, nil
}

func (w *writer) replay(c *commentRow) (moderation.Receipt, error) {
	var r replayed
	if err := w.row(replayQuery, []any{c.Site, c.Key}, &r.id, &r.at, &r.digest); err != nil {
		return moderation.Receipt{}, err
	}
	return r.receipt(c.digest)
}
