package store

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"balasan/moderation"
)

// invariant selects the names of what breaks it.
type invariant struct{ fault, query string }

// invariants each select the names of what breaks them.
var invariants = []invariant{
	{"a top comment that is not its own root at depth 0", `SELECT id FROM comment WHERE parent = '' AND (root <> id OR depth <> 0)`},
	{"a reply whose parent is missing or hangs elsewhere", `SELECT c.id FROM comment c LEFT JOIN comment p ON p.id = c.parent
		WHERE c.parent <> '' AND (p.id IS NULL OR p.thread <> c.thread OR p.root <> c.root OR p.depth + 1 <> c.depth)`},
	{"a comment in a thread of another site", `SELECT c.id FROM comment c JOIN thread t ON t.id = c.thread WHERE c.site <> t.site`},
	{"a thread that miscounts its approved comments", `SELECT t.page FROM thread t
		WHERE t.approved <> (SELECT count(*) FROM comment c WHERE c.thread = t.id AND c.state = 'approved')`},
	{"a decision that does not follow from the one before", `SELECT d.comment FROM (
			SELECT comment, version, from_state, lag(to_state) OVER log AS earlier, row_number() OVER log AS place
			FROM decision WINDOW log AS (PARTITION BY comment ORDER BY version)) AS d
		JOIN comment c ON c.id = d.comment WHERE d.version <> d.place OR d.from_state <> coalesce(d.earlier, c.born)`},
	{"a comment whose state is not what its log leads to", `SELECT c.id FROM comment c
		LEFT JOIN decision d ON d.comment = c.id AND d.version = c.version
		WHERE c.state <> coalesce(d.to_state, c.born) OR c.version <> (SELECT count(*) FROM decision n WHERE n.comment = c.id)`},
	{"a campaign that miscounts its members", `SELECT g.id FROM campaign g
		WHERE (g.size, g.refused) <> (SELECT count(*), count(*) FILTER (WHERE c.state = 'spam' AND c.ruled > 0)
			FROM campaign_member m JOIN comment c ON c.id = m.comment WHERE m.campaign = g.number)`},
	{"a campaign that miscounts its members on a site", `SELECT s.site || ' ' || g.id FROM campaign_site s JOIN campaign g ON g.number = s.campaign
		WHERE (s.size, s.refused, s.pending, s.likely) <> (SELECT count(*), count(*) FILTER (WHERE c.state = 'spam' AND c.ruled > 0),
				count(*) FILTER (WHERE c.state = 'pending'), count(*) FILTER (WHERE c.state = 'pending' AND m.likely)
			FROM campaign_member m JOIN comment c ON c.id = m.comment WHERE m.campaign = s.campaign AND m.site = s.site)`},
	{"a member of a campaign that does not know whether it waits", `SELECT m.comment FROM campaign_member m
		JOIN comment c ON c.id = m.comment WHERE m.pending <> (c.state = 'pending')`},
	{"a campaign that is named after none of its members", `SELECT g.id FROM campaign g
		LEFT JOIN campaign_member m ON m.comment = g.id WHERE m.campaign IS NULL OR m.campaign <> g.number`},
	{"a comment that waits in the wrong lane", `SELECT c.id FROM comment c LEFT JOIN campaign_member m ON m.comment = c.id
		WHERE c.lane <> CASE WHEN m.campaign IS NOT NULL THEN 'campaign' ELSE ` + ownLane + ` END`},
	{"a comment that does not know its last decision on state or text", `SELECT c.id FROM comment c WHERE (c.ruled, c.edited) <> (
		SELECT coalesce(max(d.version) FILTER (WHERE d.from_state <> d.to_state), 0), coalesce(max(d.version) FILTER (WHERE d.deed = 'edited'), 0)
		FROM decision d WHERE d.comment = c.id)`},
	{"a change of text whose decision or text before is missing", `SELECT d.comment FROM decision d
			LEFT JOIN edit e ON e.comment = d.comment AND e.version = d.version WHERE d.deed = 'edited' AND e.comment IS NULL
		UNION ALL SELECT e.comment FROM edit e LEFT JOIN decision d ON d.comment = e.comment AND d.version = e.version AND d.deed = 'edited'
			WHERE d.comment IS NULL`},
	{"a decision whose deed does not fit its states", `SELECT comment FROM decision WHERE deed <> 'erased' AND (deed = '') = (from_state = to_state)
		OR deed = 'erased' AND to_state <> from_state AND to_state <> 'trashed'`},
	{"a comment that its sender erased and that still says something", `SELECT c.id FROM comment c JOIN decision d ON d.comment = c.id AND d.deed = 'erased'
		WHERE c.blanked_at = 0 OR c.body <> '' OR c.email_mac IS NOT NULL`},
	{"a comment whose sender agreed to a wording that is not kept", `SELECT k.comment FROM comment_consent k
		LEFT JOIN consent_text t ON t.number = k.wording WHERE t.number IS NULL`},
	{"a batch that miscounts its decisions", `SELECT b.id FROM batch b WHERE b.decisions <> (SELECT count(*) FROM decision d WHERE d.batch = b.id)
		OR b.decisions <> (SELECT coalesce(sum(s.decisions), 0) FROM batch_site s WHERE s.batch = b.id AND s.at = b.at)`},
}

// Verify reads every row and names each fault in a sentence: damage of the file, threads, the
// log and its states, sealed fields that do not open. Progress may be nil.
func (db *DB) Verify(ctx context.Context, progress func(done, total int)) ([]string, error) {
	var faults []string
	for _, rule := range slices.Concat(db.engine.checks(), invariants) {
		err := db.each(ctx, rule.query, nil, func(rows *sql.Rows) error {
			var name string
			err := rows.Scan(&name)
			faults = append(faults, rule.fault+": "+name)
			return err
		})
		if err != nil {
			return faults, fmt.Errorf("look for %s: %w", rule.fault, err)
		}
	}
	changed, err := db.verifyWordings(ctx)
	if faults = append(faults, changed...); err != nil {
		return faults, err
	}
	sealed, err := db.verifyMail(ctx)
	if faults = append(faults, sealed...); err != nil {
		return faults, err
	}
	sealed, err = db.verifyRows(ctx, progress)
	return append(faults, sealed...), err
}

// rowsQuery reads all that is sealed, hashed or encoded of each comment.
const rowsQuery = `SELECT id, site, name, email_sealed, email_mac, addr_sealed, net_mac, avatar, verdict FROM comment`

// verifyRows opens every comment.
func (db *DB) verifyRows(ctx context.Context, progress func(done, total int)) ([]string, error) {
	if progress == nil {
		progress = func(int, int) {}
	}
	var total, done int
	if err := db.row(ctx, `SELECT count(*) FROM comment`, nil, &total); err != nil {
		return nil, fmt.Errorf("count comments: %w", err)
	}
	var faults []string
	err := db.each(ctx, rowsQuery, nil, func(rows *sql.Rows) error {
		var c moderation.Comment
		var r sealedRow
		var email, net, avatar []byte
		if err := rows.Scan(&c.ID, &c.Site, &c.Name, &r.email, &email, &r.addr, &net, &avatar, &r.verdict); err != nil {
			return err
		}
		if err := db.verifyRow(ctx, r, c, email, net, avatar); err != nil {
			faults = append(faults, fmt.Sprintf("a comment that does not open: %s: %v", c.ID, err))
		}
		done++
		progress(done, max(total, done))
		return ctx.Err()
	})
	if err != nil {
		return faults, fmt.Errorf("read comments: %w", err)
	}
	return faults, nil
}

func (db *DB) verifyRow(ctx context.Context, r sealedRow, c moderation.Comment, email, net, avatar []byte) error {
	site, err := db.site(ctx, c.Site)
	if moderation.CodeOf(err) == moderation.NotFound {
		return erased(r)
	}
	if err != nil {
		return err
	}
	if _, err := db.unseal(ctx, r, &c); err != nil {
		return err
	}
	k := site.keys
	if !bytes.Equal(email, k.emailMAC(c.Email)) || !bytes.Equal(net, k.netMAC(c.Addr)) || !bytes.Equal(avatar, k.avatarOf(c.Email, c.Name)) {
		return errors.New("its keyed hashes do not match what is sealed")
	}
	return nil
}

// erased wants nothing to be left of who sent a comment to a site that has no key any more.
func erased(r sealedRow) error {
	if r.email != nil || r.addr != nil {
		return errors.New("its site was erased and it was not: run balasan site erase again")
	}
	return nil
}
