package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"balasan/moderation"
)

// recallQuery is one round: thread, parent and the capped counts. An approved comment counts
// for its sender only where network and e-mail agree, since anybody can type an address. Counts of
// one scan come packed into one number ([packed]): as columns of a subquery, each scan would
// cost a temporary table.
const recallQuery = `
SELECT t.mode, t.first_at, p.id, p.root, p.depth, p.parent,
	(SELECT count(*) FROM (
		SELECT 1 FROM comment WHERE email_mac = $4 AND net_mac = $5 AND state = 'approved' AND ruled > 0 LIMIT $6) AS found),
	(SELECT count(*) FROM (
		SELECT 1 FROM comment WHERE email_mac = $4 AND at > $7 AND state = 'spam' AND ruled > 0 LIMIT $6) AS found),
	(SELECT count(*) + (count(*) FILTER (WHERE refused) << 8) FROM (
		SELECT state = 'spam' AND ruled > 0 AS refused FROM comment
		WHERE text_digest = $8 AND at > $7 ORDER BY at DESC LIMIT $6) AS found),
	(SELECT count(*) + (count(*) FILTER (WHERE at > $10) << 8) + (count(*) FILTER (WHERE at > $11) << 16) FROM (
		SELECT at FROM comment WHERE net_mac = $5 AND at > $9 ORDER BY at DESC LIMIT $6) AS found),
	(SELECT coalesce(max(CASE WHEN c.size < $6 THEN c.size ELSE $6 END) + (max(CASE WHEN c.refused < $6 THEN c.refused ELSE $6 END) << 8) + (max((SELECT count(*) FROM (
			SELECT 1 FROM campaign_member l WHERE l.campaign = c.number AND l.at > $10 LIMIT $6) AS found)) << 16), 0)
		FROM campaign_tie i JOIN campaign_member m ON m.number = i.member JOIN campaign c ON c.number = m.campaign
		WHERE i.tie IN ($12, $13, $14, $15, $16, $17) AND i.good < $18 AND m.at > $7)
FROM (SELECT 1) AS one
LEFT JOIN thread t ON t.site = $1 AND t.page = $2
LEFT JOIN comment p ON p.id = $3 AND p.thread = t.id AND p.state = 'approved'`

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
	var same, near, kin packed
	known := moderation.Recollection{Site: site.site}
	h := &known.History
	args := []any{q.Site, q.Page, q.Parent, orNull(site.keys.emailMAC(q.Email)), orNull(site.keys.netMAC(q.Addr)),
		moderation.HistoryCap, ago(moderation.HistorySpan), textDigest(q.Text), ago(24 * time.Hour), ago(time.Hour), ago(10 * time.Minute)}
	err = db.row(ctx, recallQuery, append(args, tieKeys(q.Ties)...),
		&mode, &firstAt, &id, &root, &depth, &parent, &h.Approved, &h.Spam, &same, &near, &kin)
	if err != nil {
		return moderation.Recollection{}, fmt.Errorf("recall: %w", err)
	}
	h.Repeats, h.Refused = same.count(0), same.count(1)
	h.Network = moderation.Recent{Day: near.count(0), Hour: near.count(1), Minutes10: near.count(2)}
	h.Campaign = moderation.Kin{Size: kin.count(0), Refused: kin.count(1), Hour: kin.count(2)}
	known.Thread = moderation.Thread{Mode: moderation.Mode(mode.String), FirstAt: fromMicros(firstAt.Int64)}
	if id.Valid {
		known.Parent = &moderation.Parent{ID: id.String, Root: root.String, Depth: int(depth.Int64), Above: parent.String}
	}
	return known, nil
}

// packed holds up to three counts, which stop at HistoryCap, in a byte each.
type packed int64

func (p packed) count(n int) int { return int(p >> (8 * n) & 0xff) }

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
