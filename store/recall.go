package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"balasan/moderation"
)

// recallQuery is one round: thread, parent and the capped counts. An approved comment counts
// for its sender only where network and e-mail agree, since anybody can type an address.
const recallQuery = `
SELECT t.mode, t.first_at, p.id, p.root, p.depth, p.parent, good.n, bad.n,
	same.n, same.refused, near.minutes10, near.hour, near.n, kin.size, kin.refused, kin.hour
FROM (SELECT 1 AS one) AS one
LEFT JOIN thread t ON t.site = $1 AND t.page = $2
LEFT JOIN comment p ON p.id = $3 AND p.thread = t.id AND p.state = 'approved'
CROSS JOIN (SELECT count(*) AS n FROM (
	SELECT 1 FROM comment WHERE email_mac = $4 AND net_mac = $5 AND state = 'approved' AND version > 0 LIMIT $6) AS good_ones) AS good
CROSS JOIN (SELECT count(*) AS n FROM (
	SELECT 1 FROM comment WHERE email_mac = $4 AND at > $7 AND state = 'spam' AND version > 0 LIMIT $6) AS bad_ones) AS bad
CROSS JOIN (SELECT count(*) AS n, count(*) FILTER (WHERE refused) AS refused FROM (
	SELECT state = 'spam' AND version > 0 AS refused FROM comment
	WHERE text_digest = $8 AND at > $7 ORDER BY at DESC LIMIT $6) AS same_ones) AS same
CROSS JOIN (SELECT count(*) AS n, count(*) FILTER (WHERE at > $10) AS hour, count(*) FILTER (WHERE at > $11) AS minutes10 FROM (
	SELECT at FROM comment WHERE net_mac = $5 AND at > $9 ORDER BY at DESC LIMIT $6) AS near_ones) AS near
CROSS JOIN (SELECT coalesce(max(c.size), 0) AS size, coalesce(max(c.refused), 0) AS refused, coalesce(max((SELECT count(*) FROM (
		SELECT 1 FROM campaign_member l WHERE l.campaign = c.number AND l.at > $10 LIMIT $6) AS late_ones)), 0) AS hour
	FROM campaign_tie i JOIN campaign_member m ON m.number = i.member JOIN campaign c ON c.number = m.campaign
	WHERE i.tie IN ($12, $13, $14, $15, $16, $17) AND i.good < $18) AS kin`

// Recall reads all that must be known before a submission is weighed, in one query whose counts
// stop at [moderation.HistoryCap]. An unknown site is NotFound.
func (db *DB) Recall(ctx context.Context, q moderation.Query) (moderation.Recollection, error) {
	site, err := db.site(ctx, q.Site)
	if err != nil {
		return moderation.Recollection{}, err
	}
	if clean(q.Page, q.Parent) != nil {
		q.Page, q.Parent = "", "" // nothing of that name can be kept; the shape's fault is told elsewhere
	}
	ago := func(d time.Duration) int64 { return micros(q.At.Add(-d)) }
	var mode, id, root, parent sql.NullString
	var firstAt, depth sql.NullInt64
	known := moderation.Recollection{Site: site.site}
	h := &known.History
	args := []any{q.Site, q.Page, q.Parent, orNull(site.keys.emailMAC(q.Email)), orNull(site.keys.netMAC(q.Addr)),
		moderation.HistoryCap, ago(moderation.HistorySpan), textDigest(q.Text), ago(24 * time.Hour), ago(time.Hour), ago(10 * time.Minute)}
	err = db.row(ctx, recallQuery, append(args, tieKeys(q.Ties)...),
		&mode, &firstAt, &id, &root, &depth, &parent, &h.Approved, &h.Spam,
		&h.Repeats, &h.Refused, &h.Network.Minutes10, &h.Network.Hour, &h.Network.Day,
		&h.Campaign.Size, &h.Campaign.Refused, &h.Campaign.Hour)
	if err != nil {
		return moderation.Recollection{}, fmt.Errorf("recall: %w", err)
	}
	h.Campaign.Size, h.Campaign.Refused = min(h.Campaign.Size, moderation.HistoryCap), min(h.Campaign.Refused, moderation.HistoryCap)
	known.Thread = moderation.Thread{Mode: moderation.Mode(mode.String), FirstAt: fromMicros(firstAt.Int64)}
	if id.Valid {
		known.Parent = &moderation.Parent{ID: id.String, Root: root.String, Depth: int(depth.Int64), Above: parent.String}
	}
	return known, nil
}

// orNull keeps "nothing" apart from "empty".
func orNull(b []byte) any {
	if b == nil {
		return nil
	}
	return b
}

// textDigest is how a digest lies in a signed column; 0 ties to nothing.
func textDigest(d uint64) any {
	if d == 0 {
		return nil
	}
	return int64(d)
}

// recallTies is how many ties a look-up takes: the text, the template and four shared bits.
const recallTies = 6

// tieKeys are the ties that lead to a campaign without comparing texts, padded with NULL.
func tieKeys(ties []moderation.Tie) []any {
	keys := make([]any, recallTies, recallTies+1)
	n := 0
	for _, tie := range ties {
		if n < recallTies && tie.Kind != moderation.TieNear {
			keys[n] = tie.Key()
			n++
		}
	}
	return append(keys, moderation.CommonTie)
}
