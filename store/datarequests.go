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

// AskData leaves a letter with a link to what a site keeps under an address, whoever asks and
// whether there is anything. An address that was written to a moment ago, or often enough in a
// day, gets no other one; the caller hears nothing of that.
func (db *DB) AskData(ctx context.Context, site string, email moderation.Email, language string, at time.Time) error {
	if err := clean(email.Reveal(), language); err != nil {
		return err
	}
	known, err := db.site(ctx, site)
	if err != nil {
		return err
	}
	id, token, k := rand.Text(), rand.Text(), known.keys
	hash := sha256.Sum256([]byte(token))
	_, err = write(ctx, db, func(w *writer) (nothing, error) {
		made, err := w.changed(`INSERT INTO data_request (id, site, email_mac, email_sealed, token_hash, token_sealed, language, asked_at)
			SELECT $1, $2, $3, $4, $5, $6, $7, $8
			WHERE NOT EXISTS (SELECT 1 FROM data_request r WHERE r.site = $2 AND r.email_mac = $3 AND r.asked_at > $9)
				AND (SELECT count(*) FROM data_request r WHERE r.site = $2 AND r.email_mac = $3 AND r.asked_at > $10) < $11`,
			id, site, k.emailMAC(email), k.seal(id, fieldEmail, email.Reveal()), hash[:], k.seal(id, fieldToken, token), language, micros(at),
			micros(at.Add(-moderation.DataAskGap)), micros(at.Add(-24*time.Hour)), moderation.DataAsksPerDay)
		if err != nil || made == 0 {
			return nothing{}, err
		}
		return nothing{}, w.deliver(moderation.Delivery{Target: moderation.MailTarget, Ref: moderation.MailRef(moderation.LetterData, id),
			Event: rand.Text(), Fact: moderation.Fact{Site: site, At: at}}, at)
	})
	if err != nil {
		return fmt.Errorf("ask for data: %w", err)
	}
	return nil
}

// keepsSomething is a data request under whose address its site keeps comments or subscriptions.
const keepsSomething = `(EXISTS (SELECT 1 FROM comment c WHERE c.email_mac = data_request.email_mac AND c.site = data_request.site)
	OR EXISTS (SELECT 1 FROM subscription s WHERE s.site = data_request.site AND s.email_mac = data_request.email_mac))`

// DataLetter is a request whose letter is written now: its link lasts from here on. NotFound where
// the site keeps nothing under the address, so that strangers are not written to, and for one that
// was used or is too old.
func (db *DB) DataLetter(ctx context.Context, id string, at time.Time) (moderation.DataRequest, error) {
	err := db.changeOr(ctx, moderation.NotFound, `UPDATE data_request SET expires_at = $2 WHERE id = $1 AND exported_at = 0 AND erase_at = 0 AND asked_at > $3
		AND `+keepsSomething, id, micros(at.Add(moderation.DataLinkLife)), micros(at.Add(-moderation.DataAskLife)))
	if err != nil {
		return moderation.DataRequest{}, err
	}
	r, err := db.dataRequest(ctx, `id = $1`, id)
	return r.DataRequest, err
}

// DataRequestBy finds a request by the token of its link, used or not; NotFound.
func (db *DB) DataRequestBy(ctx context.Context, token string) (moderation.DataRequest, error) {
	hash := sha256.Sum256([]byte(token))
	r, err := db.dataRequest(ctx, `token_hash = $1`, hash[:])
	r.Token = ""
	return r.DataRequest, err
}

// requestRow is a data request with what finds the comments under its address.
type requestRow struct {
	moderation.DataRequest
	mac []byte // nil when it is not needed any more
}

const requestColumns = `SELECT id, site, email_mac, email_sealed, token_sealed, language, expires_at, exported_at, erase_at, done_at, erased FROM data_request `

func (db *DB) dataRequest(ctx context.Context, where string, key any) (requestRow, error) {
	var r requestRow
	var email, token []byte
	var expires, exported, erase, done int64
	err := db.row(ctx, requestColumns+`WHERE `+where, []any{key}, &r.ID, &r.Site, &r.mac, &email, &token, &r.Language, &expires, &exported, &erase, &done, &r.Erased)
	if err != nil {
		return requestRow{}, orNotFound(err)
	}
	r.ExpiresAt, r.ExportedAt, r.EraseAt, r.DoneAt = fromMicros(expires), fromMicros(exported), fromMicros(erase), fromMicros(done)
	site, err := db.site(ctx, r.Site)
	if err != nil {
		return requestRow{}, err
	}
	if r.Email, r.Token, err = site.keys.addressee(r.ID, email, token); err != nil {
		return requestRow{}, fmt.Errorf("open data request %s: %w", r.ID, err)
	}
	return r, nil
}

// ownRows are how many comments one query of an export reads.
const ownRows = 500

// ExportData spends a link's export and gives what its site keeps under the address. NotFound when
// the link has ended, or exported or erased before; what fails otherwise spends nothing.
func (db *DB) ExportData(ctx context.Context, token string, at time.Time) (moderation.OwnData, error) {
	hash := sha256.Sum256([]byte(token))
	r, err := db.dataRequest(ctx, `token_hash = $1`, hash[:])
	if err != nil {
		return moderation.OwnData{}, err
	}
	if !r.Open(at) || !r.ExportedAt.IsZero() {
		return moderation.OwnData{}, notFound()
	}
	own, err := db.ownData(ctx, r)
	if err != nil {
		return moderation.OwnData{}, fmt.Errorf("export data: %w", err)
	}
	return own, db.changeOr(ctx, moderation.NotFound, `UPDATE data_request SET exported_at = $2
		WHERE token_hash = $1 AND exported_at = 0 AND erase_at = 0 AND expires_at > $2`, hash[:], micros(at))
}

func (db *DB) ownData(ctx context.Context, r requestRow) (moderation.OwnData, error) {
	own := moderation.OwnData{Site: r.Site, Email: r.Email}
	err := db.ownComments(ctx, r, &own)
	if err == nil {
		err = db.each(ctx, `SELECT t.page, t.title, s.language, s.confirmed_at FROM subscription s JOIN thread t ON t.id = s.thread
			WHERE s.site = $1 AND s.email_mac = $2 ORDER BY t.page`, []any{r.Site, r.mac}, func(rows *sql.Rows) error {
			var s moderation.OwnSubscription
			var confirmed int64
			err := rows.Scan(&s.Page, &s.PageTitle, &s.Language, &confirmed)
			s.ConfirmedAt = fromMicros(confirmed)
			own.Subscriptions = append(own.Subscriptions, s)
			return err
		})
	}
	if err == nil {
		err = db.each(ctx, `SELECT coalesce(t.page, ''), u.at FROM mail_unwanted u LEFT JOIN thread t ON t.id = u.thread
			WHERE u.site = $1 AND u.email_mac = $2 ORDER BY u.at`, []any{r.Site, r.mac}, func(rows *sql.Rows) error {
			var u moderation.OwnUnwanted
			var at int64
			err := rows.Scan(&u.Page, &at)
			u.At = fromMicros(at)
			own.Unwanted = append(own.Unwanted, u)
			return err
		})
	}
	return own, err
}

const ownQuery = `SELECT c.id, c.parent, t.page, t.title, c.name, c.website, c.body,
		coalesce((SELECT e.before FROM edit e WHERE e.comment = c.id ORDER BY e.version LIMIT 1), ''),
		c.language, c.state = 'approved', c.consent <> '', CASE WHEN c.addr_sealed IS NULL THEN '` + moderation.AddressNone + `'
			WHEN c.addr_part THEN '` + moderation.AddressNetwork + `' ELSE '` + moderation.AddressWhole + `' END, c.at,
		coalesce(w.hash, ''), coalesce(w.language, ''), coalesce(w.text, ''), coalesce(k.ticked, FALSE), coalesce(k.at, 0)
	FROM comment c JOIN thread t ON t.id = c.thread LEFT JOIN comment_consent k ON k.comment = c.id LEFT JOIN consent_text w ON w.number = k.wording
	WHERE c.email_mac = $1 AND c.site = $2 AND (c.at, c.id) > ($3, $4) ORDER BY c.at, c.id LIMIT $5`

func (db *DB) ownComments(ctx context.Context, r requestRow, own *moderation.OwnData) error {
	after, last := int64(-1), ""
	for read := ownRows; read == ownRows; {
		read = 0
		err := db.each(ctx, ownQuery, []any{r.mac, r.Site, after, last, ownRows}, func(rows *sql.Rows) error {
			var c moderation.OwnComment
			var agreed int64
			err := rows.Scan(&c.ID, &c.Parent, &c.Page, &c.PageTitle, &c.Name, &c.Website, &c.Body, &c.Sent, &c.Language, &c.Published, &c.Notify, &c.Address, &after,
				&c.Agreed.Hash, &c.Agreed.Language, &c.Agreed.Text, &c.Agreed.Ticked, &agreed)
			c.At, c.Agreed.At, last = fromMicros(after), fromMicros(agreed), c.ID
			own.Comments = append(own.Comments, c)
			read++
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// purgeRequests goes on with erasures that were interrupted and forgets requests: addresses when
// their link has ended, what limits letters a day after it was asked for, and that something was
// erased after a year.
func (db *DB) purgeRequests(ctx context.Context, at time.Time) error {
	var open []string
	err := db.each(ctx, `SELECT id FROM data_request WHERE erase_at > 0 AND done_at = 0 ORDER BY erase_at`, nil,
		func(rows *sql.Rows) error { return scanInto(rows, &open) })
	if err != nil {
		return err
	}
	for _, id := range open {
		if _, err := db.CarryOut(ctx, id, at); err != nil && moderation.CodeOf(err) != moderation.NotFound { // of a site that is being erased itself
			return err
		}
	}
	_, err = write(ctx, db, func(w *writer) (nothing, error) {
		return nothing{}, errors.Join(
			w.exec(`DELETE FROM data_request WHERE erase_at = 0 AND asked_at <= $1 AND expires_at <= $2`, micros(at.Add(-moderation.DataAskLife)), micros(at)),
			w.exec(`UPDATE data_request SET email_sealed = NULL, token_sealed = NULL WHERE expires_at BETWEEN 1 AND $1 AND email_sealed IS NOT NULL`, micros(at)),
			w.exec(`DELETE FROM data_request WHERE done_at BETWEEN 1 AND $1`, micros(at.Add(-moderation.DataProofLife))))
	})
	return err
}
