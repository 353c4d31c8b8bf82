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
	code, err := beside(ctx, db, func(w *writer) (moderation.Code, error) { return w.spend(id[:], spender, right, micros(expires)) })
	if err != nil {
		return "", fmt.Errorf("spend a challenge: %w", err)
	}
	return code, nil
}

// spendQuery is one statement, so that tries which come at the same moment have an order; it answers nothing once
// the challenge was spent or locked. The parameters are $1 id, $2 spender, $3 right, $4 wrong answers, $5 expiry
// and $6 how many of them lock it.
const spendQuery = `INSERT INTO spent (id, spender, spent, wrong, expires_at) VALUES ($1, $2, $3, $4, $5)
	ON CONFLICT (id) DO UPDATE SET spender = excluded.spender, spent = excluded.spent, wrong = spent.wrong + excluded.wrong
	WHERE NOT spent.spent AND spent.wrong < $6 RETURNING wrong`

func (w *writer) spend(id []byte, spender string, right bool, expires int64) (moderation.Code, error) {
	mine, wrong := spender, 0
	if !right {
		mine = ""
	}
	err := w.row(spendQuery, []any{id, mine, right, one(!right), expires, maxWrong}, &wrong)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return w.spentBefore(id, spender, right)
	case err != nil || right:
		return "", err
	case wrong >= maxWrong:
		return moderation.CaptchaLocked, nil
	}
	return moderation.CaptchaWrong, nil
}

// spentBefore tells what a try hears that came too late.
func (w *writer) spentBefore(id []byte, spender string, right bool) (moderation.Code, error) {
	var by string
	var wrong int
	err := w.row(`SELECT spender, wrong FROM spent WHERE id = $1`, []any{id}, &by, &wrong)
	switch {
	case err != nil:
		return "", err
	case wrong >= maxWrong:
		return moderation.CaptchaLocked, nil
	case right && spender != "" && spender == by:
		return "", nil
	}
	return moderation.CaptchaReused, nil
}
