package store

import (
	"context"
	"database/sql"
	"errors"

	"balasan/moderation"
)

// purgeCampaigns forgets ties that were not seen for CampaignSpan and members that are as old and
// do not wait for an editor, a few at a time, so that nobody waits long meanwhile.
func (db *DB) purgeCampaigns(ctx context.Context, total *int64, before int64) error {
	return partly(ctx, total, dropRows, func() (int, int64, error) {
		gone, err := write(ctx, db, func(w *writer) (int64, error) { return w.purgeMembers(before) })
		return int(gone), gone, err
	})
}

const oldMembersQuery = `SELECT m.number, m.comment, m.site, m.campaign, coalesce(c.state = 'spam' AND c.ruled > 0, FALSE)
	FROM campaign_member m LEFT JOIN comment c ON c.id = m.comment
	WHERE (NOT m.pending OR m.campaign IS NULL) AND m.at < $1 ORDER BY m.at LIMIT $2`

func (w *writer) purgeMembers(before int64) (int64, error) {
	var old []member
	err := w.each(oldMembersQuery, []any{before, dropRows}, func(rows *sql.Rows) error {
		var m member
		err := rows.Scan(&m.number, &m.comment, &m.site, &m.campaign, &m.refused)
		old = append(old, m)
		return err
	})
	if err != nil {
		return 0, err
	}
	for _, m := range old {
		if err := w.leave(m); err != nil {
			return 0, err
		}
	}
	return int64(len(old)), nil
}

// leave forgets a member that waits no more.
func (w *writer) leave(m member) error {
	err := errors.Join(w.exec(`DELETE FROM campaign_tie WHERE member = $1`, m.number),
		w.exec(`DELETE FROM campaign_member WHERE number = $1`, m.number))
	if err != nil || !m.campaign.Valid {
		return err
	}
	return w.resign(m)
}

// ownLane is where a comment waits that no campaign holds, see [moderation.LaneOf]; the verdict's
// outcome stands first in it.
const ownLane = `CASE WHEN verdict LIKE '{"outcome":"approve"%' THEN 'good' ELSE 'doubt' END`

// resign follows a member's leaving in what its campaign counts, and brings the comment back to
// its own lane.
func (w *writer) resign(m member) error {
	pending := m.state == moderation.Pending
	err := errors.Join(
		w.exec(`UPDATE comment SET lane = `+ownLane+`,
			place = CASE WHEN `+ownLane+` = 'doubt' THEN (SELECT t.place FROM thread t WHERE t.id = comment.thread) ELSE 0 END WHERE id = $1`, m.comment),
		w.exec(`UPDATE campaign SET size = size - 1, refused = refused - $2 WHERE number = $1`, m.campaign, one(m.refused)),
		w.exec(`UPDATE campaign_site SET size = size - 1, refused = refused - $3, pending = pending - $4, likely = likely - $5
			WHERE campaign = $1 AND site = $2`, m.campaign, m.site, one(m.refused), one(pending), one(pending && m.likely)),
		w.exec(`DELETE FROM campaign_site WHERE campaign = $1 AND size = 0`, m.campaign))
	var left int
	var id string
	if err == nil {
		err = w.row(`SELECT size, id FROM campaign WHERE number = $1`, []any{m.campaign}, &left, &id)
	}
	switch {
	case err != nil:
	case left == 0:
		err = errors.Join(w.exec(`DELETE FROM campaign_face WHERE campaign = $1`, m.campaign),
			w.exec(`DELETE FROM campaign WHERE number = $1`, m.campaign))
	case id == m.comment: // another one names it from here on
		err = w.exec(`UPDATE campaign SET id = (SELECT comment FROM campaign_member WHERE campaign = $1 ORDER BY at, comment LIMIT 1)
			WHERE number = $1`, m.campaign)
	}
	return err
}
