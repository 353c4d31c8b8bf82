package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"balasan/moderation"
)

// MailTarget is the target of announcements that letters are delivered to.
const MailTarget = "mail"

// sealedLetter is what hides in the file until a letter is sent.
type sealedLetter struct{ To, Language, Subject, Text, Stop string }

// Mail keeps a letter until it was sent. Its ID must be new.
func (db *DB) Mail(ctx context.Context, l moderation.Letter, at time.Time) error {
	_, err := write(ctx, db, func(w *writer) (nothing, error) { return nothing{}, w.mail(db.keys, l, at) })
	if err != nil {
		return fmt.Errorf("keep a letter: %w", err)
	}
	return nil
}

func (w *writer) mail(keys Keys, l moderation.Letter, at time.Time) error {
	plain, err := json.Marshal(sealedLetter{l.To.Reveal(), l.Language, l.Subject, l.Text, l.Stop})
	if err != nil {
		return err
	}
	sealed, err := keys.sealMail(l.ID, plain)
	if err != nil {
		return err
	}
	err = w.exec(`INSERT INTO mail_letter (id, kid, sealed, made_at) VALUES ($1, $2, $3, $4)`, l.ID, keys.Current, sealed, micros(at))
	if err == nil {
		err = w.exec(`INSERT INTO announce_delivery (target, ref, event, fact, kind, site, comment, batch, name, to_state, at, next_at)
			VALUES ($1, $2, $2, 0, '', '', '', '', '', '', $3, $3)`, MailTarget, l.ID, micros(at))
	}
	return err
}

// Letter reads what is to be sent; NotFound once it was.
func (db *DB) Letter(ctx context.Context, id string) (moderation.Letter, error) {
	var kid string
	var sealed []byte
	err := db.row(ctx, `SELECT kid, sealed FROM mail_letter WHERE id = $1`, []any{id}, &kid, &sealed)
	if errors.Is(err, sql.ErrNoRows) {
		return moderation.Letter{}, &moderation.Problem{Code: moderation.NotFound}
	}
	var s sealedLetter
	if err == nil {
		var plain []byte
		if plain, err = db.keys.openMail(kid, id, sealed); err == nil {
			err = json.Unmarshal(plain, &s)
		}
	}
	if err != nil {
		return moderation.Letter{}, fmt.Errorf("read a letter: %w", err)
	}
	to, err := moderation.ParseEmail(s.To)
	return moderation.Letter{ID: id, To: to, Language: s.Language, Subject: s.Subject, Text: s.Text, Stop: s.Stop}, err
}

// Sent forgets a letter: receiver and text.
func (db *DB) Sent(ctx context.Context, id string) error {
	_, err := write(ctx, db, func(w *writer) (nothing, error) {
		return nothing{}, w.exec(`DELETE FROM mail_letter WHERE id = $1`, id)
	})
	return err
}

const wishLife = 60 * 24 * time.Hour // that nobody confirmed

// purgeMail forgets letters that nothing delivers any more, links that have run out, wishes that nobody
// confirmed and addresses of editors who left.
func (db *DB) purgeMail(ctx context.Context, at time.Time) error {
	_, err := write(ctx, db, func(w *writer) (nothing, error) {
		err := w.exec(`DELETE FROM mail_letter WHERE NOT EXISTS (SELECT 1 FROM announce_delivery AS d WHERE d.target = $1 AND d.ref = mail_letter.id)`, MailTarget)
		if err == nil {
			err = w.exec(`DELETE FROM mail_token WHERE expires_at <= $1`, micros(at))
		}
		if err == nil {
			err = w.exec(`DELETE FROM mail_wish WHERE confirmed_at = 0 AND at < $1 OR NOT EXISTS (SELECT 1 FROM comment AS c WHERE c.id = mail_wish.comment)`,
				micros(at.Add(-wishLife)))
		}
		if err == nil {
			err = w.exec(`DELETE FROM mail_told WHERE NOT EXISTS (SELECT 1 FROM mail_wish AS m WHERE m.comment = mail_told.comment)`)
		}
		if err == nil {
			err = w.exec(`DELETE FROM mail_editor WHERE NOT EXISTS (SELECT 1 FROM editor AS e WHERE e.id = mail_editor.editor)`)
		}
		return nothing{}, err
	})
	return err
}

// sealMail hides what belongs to no site under the current master key; it opens only in its place.
func (k Keys) sealMail(place string, plain []byte) ([]byte, error) {
	box, err := k.box(k.Current)
	if err != nil {
		return nil, err
	}
	return box.Seal(nil, nil, plain, []byte("mail|"+place+"|"+k.Current)), nil
}

func (k Keys) openMail(kid, place string, sealed []byte) ([]byte, error) {
	box, err := k.box(kid)
	if err != nil {
		return nil, err
	}
	return box.Open(nil, nil, sealed, []byte("mail|"+place+"|"+kid))
}
