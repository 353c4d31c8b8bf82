package store

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"balasan/moderation"
)

const digestQuery = `SELECT editor, email_sealed, token_sealed, language, confirmed_at, refused_at, cadence, minutes, quiet, zone, sites,
	next_at, sent_at, newest FROM digest WHERE `

// digestRow is a digest as it lies in the file.
type digestRow struct {
	moderation.Digest
	email, token                   []byte
	quiet, sites                   string
	confirmed, refused, next, sent int64
}

func (r *digestRow) into() []any {
	return []any{&r.Editor, &r.email, &r.token, &r.Language, &r.confirmed, &r.refused, &r.Cadence, &r.At, &r.quiet, &r.Zone, &r.sites,
		&r.next, &r.sent, &r.Newest}
}

// opened unseals what was read.
func (db *DB) opened(r digestRow) (moderation.Digest, error) {
	d := r.Digest
	d.ConfirmedAt, d.RefusedAt, d.NextAt, d.SentAt = fromMicros(r.confirmed), fromMicros(r.refused), fromMicros(r.next), fromMicros(r.sent)
	address, err := db.Unseal(digestPlace(d.Editor, fieldEmail), r.email)
	if err == nil {
		d.Email, err = moderation.ParseEmail(string(address))
	}
	var token []byte
	if err == nil {
		token, err = db.Unseal(digestPlace(d.Editor, fieldToken), r.token)
	}
	if err == nil {
		err = json.Unmarshal([]byte(r.sites), &d.Sites)
	}
	if err == nil {
		err = d.Quiet.UnmarshalText([]byte(r.quiet))
	}
	if err != nil {
		return moderation.Digest{}, fmt.Errorf("open the digest of %s: %w", d.Editor, err)
	}
	d.Token = string(token)
	return d, nil
}

func digestPlace(editor, field string) string { return "digest|" + editor + "|" + field }

// Digest reads what an editor wants to be told; NotFound.
func (db *DB) Digest(ctx context.Context, editor string) (moderation.Digest, error) {
	return db.digest(ctx, digestQuery+`editor = $1`, editor)
}

// DigestBy finds a digest by its token; NotFound.
func (db *DB) DigestBy(ctx context.Context, token string) (moderation.Digest, error) {
	hash := sha256.Sum256([]byte(token))
	return db.digest(ctx, digestQuery+`token_hash = $1`, hash[:])
}

func (db *DB) digest(ctx context.Context, query string, key any) (moderation.Digest, error) {
	var r digestRow
	if err := db.row(ctx, query, []any{key}, r.into()...); err != nil {
		return moderation.Digest{}, orNotFound(err)
	}
	return db.opened(r)
}

// SetDigest keeps what an editor wants to be told. Another address than before is asked first
// whether it is theirs, by a delivery that this leaves, and the links of the one before end.
func (db *DB) SetDigest(ctx context.Context, d moderation.Digest, at time.Time) error {
	if err := clean(d.Editor, d.Email.Reveal(), d.Language, d.Zone); err != nil {
		return err
	}
	before, err := db.Digest(ctx, d.Editor)
	if err != nil && moderation.CodeOf(err) != moderation.NotFound {
		return err
	}
	fresh := before.Email != d.Email
	if d.Token = before.Token; fresh {
		d.Token = rand.Text()
	}
	args, err := db.digestArgs(d, at)
	if err != nil {
		return err
	}
	_, err = write(ctx, db, func(w *writer) (nothing, error) {
		err := w.exec(`INSERT INTO digest (editor, email_sealed, token_hash, token_sealed, language, cadence, minutes, quiet, zone, sites, next_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT (editor) DO UPDATE SET email_sealed = excluded.email_sealed,
				confirmed_at = CASE WHEN digest.token_hash = excluded.token_hash THEN digest.confirmed_at ELSE 0 END,
				refused_at = CASE WHEN digest.token_hash = excluded.token_hash THEN digest.refused_at ELSE 0 END,
				token_hash = excluded.token_hash, token_sealed = excluded.token_sealed, language = excluded.language, cadence = excluded.cadence,
				minutes = excluded.minutes, quiet = excluded.quiet, zone = excluded.zone, sites = excluded.sites, next_at = excluded.next_at`, args...)
		if err == nil && fresh {
			err = w.deliver(moderation.Delivery{Target: moderation.MailTarget, Ref: moderation.MailRef(moderation.LetterAddress, d.Editor), Event: rand.Text()}, at)
		}
		return nothing{}, err
	})
	if err != nil {
		return fmt.Errorf("keep the digest of %s: %w", d.Editor, err)
	}
	return nil
}

// digestArgs are the columns that an editor sets.
func (db *DB) digestArgs(d moderation.Digest, at time.Time) ([]any, error) {
	email, err := db.Seal(digestPlace(d.Editor, fieldEmail), []byte(d.Email.Reveal()))
	if err != nil {
		return nil, err
	}
	token, err := db.Seal(digestPlace(d.Editor, fieldToken), []byte(d.Token))
	if err != nil {
		return nil, err
	}
	sites, err := json.Marshal(append([]string{}, d.Sites...))
	hash := sha256.Sum256([]byte(d.Token))
	return []any{d.Editor, email, hash[:], token, d.Language, string(d.Cadence), d.At, d.Quiet.String(), d.Zone, string(sites), micros(d.Next(at))}, err
}

// ConfirmDigest lets digests go to the address; NotFound.
func (db *DB) ConfirmDigest(ctx context.Context, token string, at time.Time) error {
	return db.changeDigest(ctx, token, `UPDATE digest SET confirmed_at = $2, refused_at = 0 WHERE token_hash = $1`, micros(at))
}

// EndDigest sends no more; the address stays the editor's. NotFound.
func (db *DB) EndDigest(ctx context.Context, token string) error {
	return db.changeDigest(ctx, token, `UPDATE digest SET cadence = 'off' WHERE token_hash = $1`)
}

func (db *DB) changeDigest(ctx context.Context, token, change string, args ...any) error {
	hash := sha256.Sum256([]byte(token))
	return db.changeOr(ctx, moderation.NotFound, change, append([]any{hash[:]}, args...)...)
}

// DropDigest forgets an editor's address and all that goes with it.
func (db *DB) DropDigest(ctx context.Context, editor string) error {
	_, err := write(ctx, db, func(w *writer) (nothing, error) {
		return nothing{}, w.exec(`DELETE FROM digest WHERE editor = $1`, editor)
	})
	return err
}

// RefuseDigest notes that a mail server knows no such address; nothing more is sent there.
func (db *DB) RefuseDigest(ctx context.Context, editor string, at time.Time) error {
	_, err := write(ctx, db, func(w *writer) (nothing, error) {
		return nothing{}, w.exec(`UPDATE digest SET refused_at = $2 WHERE editor = $1`, editor, micros(at))
	})
	return err
}

// DueDigests are those whose time has come, in no order.
func (db *DB) DueDigests(ctx context.Context, at time.Time, limit int) ([]moderation.Digest, error) {
	var rows []digestRow
	err := db.each(ctx, digestQuery+`confirmed_at > 0 AND refused_at = 0 AND cadence <> 'off' AND next_at <= $1 ORDER BY next_at LIMIT $2`,
		[]any{micros(at), limit}, func(found *sql.Rows) error {
			var r digestRow
			err := found.Scan(r.into()...)
			rows = append(rows, r)
			return err
		})
	if err != nil {
		return nil, fmt.Errorf("find digests that are due: %w", err)
	}
	all := make([]moderation.Digest, 0, len(rows))
	for _, r := range rows {
		d, err := db.opened(r)
		if err != nil {
			return nil, err
		}
		all = append(all, d)
	}
	return all, nil
}

// LeaveDigest moves a digest that was due at due to its NextAt, and keeps what it leaves to be
// delivered, unless another process has moved it since.
func (db *DB) LeaveDigest(ctx context.Context, d moderation.Digest, due time.Time, left []moderation.Delivery, at time.Time) error {
	_, err := write(ctx, db, func(w *writer) (nothing, error) {
		moved, err := w.changed(`UPDATE digest SET next_at = $3, sent_at = $4, newest = $5 WHERE editor = $1 AND next_at = $2`,
			d.Editor, micros(due), micros(d.NextAt), micros(d.SentAt), d.Newest)
		for i := 0; err == nil && moved > 0 && i < len(left); i++ {
			err = w.deliver(left[i], at)
		}
		return nothing{}, err
	})
	if err != nil {
		return fmt.Errorf("leave the digest of %s: %w", d.Editor, err)
	}
	return nil
}
