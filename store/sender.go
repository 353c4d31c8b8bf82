package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"

	"balasan/moderation"
)

// kinPerState is how many of the newest comments under one address or from one network on one
// site are looked at: enough for HistoryCap of each of the four states.
const kinScan = 4 * moderation.HistoryCap

const (
	sameEmailQuery   = `SELECT id, state FROM comment WHERE email_mac = $1 ORDER BY at DESC LIMIT $2`
	sameNetworkQuery = `SELECT id, state FROM comment WHERE net_mac = $1 ORDER BY at DESC LIMIT $2`
)

// sibling is a comment of the same sender.
type sibling struct {
	id             string
	state          moderation.State
	email, network bool
}

// SenderStory finds the newest comments of a comment's sender on these sites, of which nil is all,
// whether they share the address or the network; the comment itself is not among them. NotFound.
func (db *DB) SenderStory(ctx context.Context, comment string, sites []string, limit int) (moderation.SenderStory, error) {
	e, err := db.Entry(ctx, comment, sites)
	if err != nil {
		return moderation.SenderStory{}, err
	}
	siblings, err := db.siblings(ctx, e.Comment, sites)
	if err != nil {
		return moderation.SenderStory{}, fmt.Errorf("find the sender's comments: %w", err)
	}
	story := moderation.SenderStory{Counts: map[moderation.State]int{}}
	var ids []string
	for _, s := range siblings {
		story.Counts[s.state] = min(story.Counts[s.state]+1, moderation.HistoryCap)
		ids = append(ids, s.id)
	}
	entries, err := db.entries(ctx, ids[:min(len(ids), limit)])
	for _, e := range entries {
		at := slices.IndexFunc(siblings, func(s sibling) bool { return s.id == e.ID })
		story.Comments = append(story.Comments, moderation.Kindred{Entry: e, SameEmail: siblings[at].email, SameNetwork: siblings[at].network})
	}
	return story, err
}

// siblings are newest first. Each site knows a sender by keyed hashes of its own.
func (db *DB) siblings(ctx context.Context, c moderation.Comment, sites []string) ([]sibling, error) {
	sites, err := db.siteIDs(ctx, sites)
	if err != nil {
		return nil, err
	}
	found := map[string]sibling{}
	for _, id := range sites {
		site, err := db.site(ctx, id)
		if err != nil {
			return nil, err
		}
		for query, mac := range map[string][]byte{sameEmailQuery: site.keys.emailMAC(c.Email), sameNetworkQuery: site.keys.netMAC(c.Addr)} {
			if mac == nil {
				continue
			}
			err := db.each(ctx, query, []any{mac, kinScan}, func(rows *sql.Rows) error {
				var s sibling
				err := rows.Scan(&s.id, &s.state)
				known := found[s.id]
				s.email, s.network = known.email || query == sameEmailQuery, known.network || query == sameNetworkQuery
				found[s.id] = s
				return err
			})
			if err != nil {
				return nil, err
			}
		}
	}
	delete(found, c.ID)
	all := make([]sibling, 0, len(found))
	for _, s := range found {
		all = append(all, s)
	}
	slices.SortFunc(all, func(a, b sibling) int { return strings.Compare(b.id, a.id) })
	return all, nil
}
