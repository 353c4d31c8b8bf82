package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"balasan/moderation"
)

// Apart takes comments out of their campaigns for good: each becomes a single of its own. What is
// in none, or on no site of these, stays as it is.
func (db *DB) Apart(ctx context.Context, comments []string, sites []string) error {
	_, err := write(ctx, db, func(w *writer) (nothing, error) {
		for _, id := range comments {
			if err := w.apart(id, sites); err != nil {
				return nothing{}, err
			}
		}
		return nothing{}, nil
	})
	if err != nil {
		return fmt.Errorf("take apart: %w", err)
	}
	return nil
}

// apart lets a member go. Its row stays, alone, so that it is not gathered again; ties that led to
// it lead to another member from here on, but for those that nobody else had.
func (w *writer) apart(id string, sites []string) error {
	m := member{comment: id}
	err := w.row(`SELECT m.number, m.site, m.campaign, m.likely, c.state, c.state = 'spam' AND c.ruled > 0
		FROM campaign_member m JOIN comment c ON c.id = m.comment WHERE m.comment = $1 AND m.campaign IS NOT NULL`, []any{id},
		&m.number, &m.site, &m.campaign, &m.likely, &m.state, &m.refused)
	if errors.Is(err, sql.ErrNoRows) || err == nil && !within(m.site, sites) {
		return nil
	}
	if err != nil {
		return err
	}
	return errors.Join(
		w.exec(`DELETE FROM campaign_tie WHERE member = $1 AND tie < $2 AND had <= 1`, m.number, moderation.Tie{Kind: moderation.TieNear}.Key()),
		w.exec(`UPDATE campaign_member SET campaign = NULL WHERE number = $1`, m.number),
		w.exec(`UPDATE campaign_tie SET member = (SELECT number FROM campaign_member WHERE campaign = $2 ORDER BY at DESC LIMIT 1)
			WHERE member = $1 AND EXISTS (SELECT 1 FROM campaign_member WHERE campaign = $2)`, m.number, m.campaign),
		w.exec(`DELETE FROM campaign_tie WHERE member = $1`, m.number),
		w.resign(m))
}
