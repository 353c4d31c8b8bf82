package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"balasan/moderation"
)

// KeptWording is a wording that comments refer to.
type KeptWording struct {
	moderation.Wording
	Since, Last time.Time // of the first and the newest comment under it
	Comments    int
}

const insertAgreement = `INSERT INTO comment_consent (comment, wording, ticked, at) SELECT $1, number, $3, $4 FROM consent_text WHERE hash = $2`

// agreed notes what the sender of a comment agreed to; the first comment under a wording keeps that and
// tries again.
func (w *writer) agreed(comment string, a moderation.Agreement) error {
	for range 2 {
		noted, err := w.changed(insertAgreement, comment, a.Hash, a.Ticked, micros(a.At))
		if err != nil || noted == 1 {
			return err
		}
		err = w.exec(`INSERT INTO consent_text (hash, language, text, first_at) VALUES ($1, $2, $3, $4) ON CONFLICT (hash) DO NOTHING`,
			a.Hash, a.Language, a.Text, micros(a.At))
		if err != nil {
			return err
		}
	}
	return errors.New("the wording was not kept")
}

// agreement is what the sender of a comment agreed to; the zero value where nothing was asked.
func (db *DB) agreement(ctx context.Context, comment string) (moderation.Agreement, error) {
	var a moderation.Agreement
	var at int64
	err := db.row(ctx, `SELECT t.hash, t.language, t.text, k.ticked, k.at FROM comment_consent k JOIN consent_text t ON t.number = k.wording
		WHERE k.comment = $1`, []any{comment}, &a.Hash, &a.Language, &a.Text, &a.Ticked, &at)
	if errors.Is(err, sql.ErrNoRows) {
		return moderation.Agreement{}, nil
	}
	if err != nil {
		return a, fmt.Errorf("read what was agreed to: %w", err)
	}
	a.At = fromMicros(at)
	return a, nil
}

// wordingsQuery is $1 and $2: the bounds of their hashes.
const wordingsQuery = `SELECT t.hash, t.language, t.text, t.first_at, coalesce(max(k.at), t.first_at), count(k.comment)
	FROM consent_text t LEFT JOIN comment_consent k ON k.wording = t.number WHERE t.hash >= $1 AND t.hash < $2
	GROUP BY t.number, t.hash, t.language, t.text, t.first_at ORDER BY t.first_at, t.hash`

// Wordings lists what visitors agreed to, the oldest wording first, whose hashes begin with prefix: all
// when it is empty.
func (db *DB) Wordings(ctx context.Context, prefix string) (all []KeptWording, err error) {
	tx, err := db.unhurried(ctx) // it counts what may be millions
	if err != nil {
		return nil, err
	}
	defer tx.Rollback() // it only read
	err = eachOf(ctx, tx, wordingsQuery, []any{prefix, prefix + "g"}, func(rows *sql.Rows) error {
		var k KeptWording
		var since, last int64
		err := rows.Scan(&k.Hash, &k.Language, &k.Text, &since, &last, &k.Comments)
		k.Since, k.Last = fromMicros(since), fromMicros(last)
		all = append(all, k)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read wordings: %w", unavailable(err))
	}
	return all, nil
}

// verifyWordings finds those whose text is not what their hash says.
func (db *DB) verifyWordings(ctx context.Context) (faults []string, err error) {
	all, err := db.Wordings(ctx, "")
	for _, k := range all {
		if moderation.NewWording(k.Language, k.Text).Hash != k.Hash {
			faults = append(faults, "a wording that is not what was agreed to: "+k.Hash)
		}
	}
	return faults, err
}
