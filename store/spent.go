package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"balasan/moderation"
)

// maxWrong answers lock a challenge.
const maxWrong = 3

// Spend notes one try at a challenge, of all tries at once in one order. Of all who are right one
// spender succeeds, and a non-empty one may again; others hear CaptchaReused. The third wrong
// answer and all later tries hear CaptchaLocked. The empty code is success.
func (db *DB) Spend(ctx context.Context, id [12]byte, spender string, right bool, expires time.Time) (moderation.Code, error) {
	code, err := write(ctx, db, func(w *writer) (moderation.Code, error) { return w.spend(id[:], spender, right, micros(expires)) })
	if err != nil {
		return "", fmt.Errorf("spend a challenge: %w", err)
	}
	return code, nil
}

func (w *writer) spend(id []byte, spender string, right bool, expires int64) (moderation.Code, error) {
	var by string
	var spent bool
	var wrong int
	err := w.row(`SELECT spender, spent, wrong FROM spent WHERE id = $1`, []any{id}, &by, &spent, &wrong)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return "", err
	}
	switch {
	case wrong >= maxWrong:
		return moderation.CaptchaLocked, nil
	case spent && right && spender != "" && spender == by:
		return "", nil
	case spent:
		return moderation.CaptchaReused, nil
	}
	var code moderation.Code
	if !right {
		wrong++
		spender, code = "", moderation.CaptchaWrong
	}
	if wrong >= maxWrong {
		code = moderation.CaptchaLocked
	}
	return code, w.exec(`INSERT INTO spent (id, spender, spent, wrong, expires_at) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (id) DO UPDATE SET spender = excluded.spender, spent = excluded.spent, wrong = excluded.wrong`,
		id, spender, right, wrong, expires)
}
