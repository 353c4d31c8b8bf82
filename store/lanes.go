package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"

	"balasan/moderation"
)

// Groups reads one page of a lane: campaigns as [DB.Campaigns] orders them, doubtful singles by
// their page's place, likely good ones by age and as strips. It costs the same before any backlog.
func (db *DB) Groups(ctx context.Context, f moderation.LaneFilter) (moderation.GroupPage, error) {
	groups := db.singles
	if f.Lane == moderation.InCampaign {
		groups = db.campaignGroups
	}
	page, err := groups(ctx, f)
	if err != nil {
		return moderation.GroupPage{}, fmt.Errorf("read lane: %w", err)
	}
	return page, nil
}

func (db *DB) campaignGroups(ctx context.Context, f moderation.LaneFilter) (page moderation.GroupPage, err error) {
	all, sites, err := db.campaigns(ctx, moderation.CampaignFilter{Sites: f.Sites, Site: f.Site, Cursor: f.Cursor, Limit: f.Limit})
	if err != nil {
		return page, err
	}
	page.Next = all.Next
	page.Groups, err = db.cards(ctx, all.Campaigns, sites)
	return page, err
}

// cards adds to campaigns what their cards show of them on these sites.
func (db *DB) cards(ctx context.Context, all []moderation.Campaign, sites []string) ([]moderation.Group, error) {
	var ids []string
	shown := make([][]string, len(all))
	for i, c := range all {
		number, err := db.campaignOf(ctx, c.Example.ID)
		if err != nil {
			return nil, err
		}
		first, err := db.kin(ctx, number, sites, firstKin, afterAll, moderation.MaxShown)
		if err != nil {
			return nil, err
		}
		shown[i] = comments(first)
		ids = append(append(ids, c.Example.ID), shown[i]...)
	}
	found, err := db.entriesByID(ctx, ids)
	groups := make([]moderation.Group, len(all))
	for i, c := range all {
		c.Example = found[c.Example.ID]
		groups[i] = moderation.Group{ID: c.ID, Lane: moderation.InCampaign, Campaign: &c, Pending: c.Pending, Members: inOrder(shown[i], found)}
	}
	return groups, err
}

const laneQuery = `SELECT place, id FROM comment WHERE site = $1 AND state = 'pending' AND lane = $2
	AND (place, id) > ($3, $4) ORDER BY place, id LIMIT $5`

// singles reads the next of a lane without campaigns, one or a strip to a group.
func (db *DB) singles(ctx context.Context, f moderation.LaneFilter) (page moderation.GroupPage, err error) {
	after, err := readKin(f.Cursor)
	if err != nil {
		return page, err
	}
	sites, err := db.filtered(ctx, moderation.Filter{Site: f.Site, Sites: f.Sites})
	if err != nil {
		return page, err
	}
	size := 1
	if f.Lane == moderation.LooksGood {
		size = moderation.MaxStrip
	}
	limit := f.Limit * size
	all, err := db.merged(ctx, sites, limit+1, laneQuery, func(site string) []any {
		return []any{site, string(f.Lane), after.place, after.comment, limit + 1}
	})
	if err != nil {
		return page, err
	}
	if len(all) > limit {
		all = all[:limit]
		page.Next = all[limit-1].String()
	}
	entries, err := db.entries(ctx, comments(all))
	for strip := range slices.Chunk(entries, size) {
		page.Groups = append(page.Groups, groupOf(f.Lane, strip))
	}
	return page, err
}

func groupOf(lane moderation.Lane, members []moderation.Entry) moderation.Group {
	return moderation.Group{ID: members[0].ID, Lane: lane, Pending: len(members), Members: members}
}

// Group reads what waits of the group that a comment belongs to: its campaign, or itself alone.
func (db *DB) Group(ctx context.Context, id string, sites []string) (moderation.Group, error) {
	number, err := db.campaignOf(ctx, id)
	if err != nil {
		return moderation.Group{}, fmt.Errorf("find campaign: %w", err)
	}
	if number != 0 {
		return db.campaignOn(ctx, number, sites)
	}
	e, err := db.Entry(ctx, id, sites)
	if err == nil && e.State != moderation.Pending {
		err = notFound()
	}
	if err != nil {
		return moderation.Group{}, err
	}
	return groupOf(moderation.LaneOf(e.Verdict), []moderation.Entry{e}), nil
}

func (db *DB) campaignOn(ctx context.Context, number int64, sites []string) (moderation.Group, error) {
	here, err := db.siteIDs(ctx, sites)
	if err != nil {
		return moderation.Group{}, err
	}
	c, err := db.campaign(ctx, spot{number: number}, here)
	if err != nil {
		return moderation.Group{}, orNotFound(err)
	}
	groups, err := db.cards(ctx, []moderation.Campaign{c}, here)
	if err != nil {
		return moderation.Group{}, err
	}
	return groups[0], nil
}

const (
	countLane      = `SELECT count(*) FROM (SELECT 1 FROM comment WHERE site = $1 AND state = 'pending' AND lane = $2 LIMIT $3) AS capped`
	countCampaigns = `SELECT campaign FROM campaign_site WHERE site = $1 AND pending > 0 LIMIT $2`
)

// LaneCounts counts what waits on these sites, no further than [moderation.CountCap] in each lane;
// nil is all.
func (db *DB) LaneCounts(ctx context.Context, sites []string) (counts moderation.LaneCounts, err error) {
	sites, err = db.siteIDs(ctx, sites)
	if err != nil {
		return counts, err
	}
	for lane, into := range map[moderation.Lane]*int{moderation.InDoubt: &counts.Doubt, moderation.LooksGood: &counts.Good} {
		if *into, err = db.countLane(ctx, lane, sites); err != nil {
			return counts, fmt.Errorf("count the lanes: %w", err)
		}
	}
	if counts.Campaign, err = db.countCampaigns(ctx, sites); err != nil {
		return counts, fmt.Errorf("count campaigns: %w", err)
	}
	return counts, nil
}

func (db *DB) countLane(ctx context.Context, lane moderation.Lane, sites []string) (total int, err error) {
	for _, site := range sites {
		n := 0
		if err := db.row(ctx, countLane, []any{site, string(lane), moderation.CountCap - total}, &n); err != nil {
			return 0, err
		}
		if total += n; total >= moderation.CountCap {
			break
		}
	}
	return total, nil
}

// countCampaigns counts one that waits on several sites once.
func (db *DB) countCampaigns(ctx context.Context, sites []string) (int, error) {
	waits := make(map[int64]bool)
	for _, site := range sites {
		err := db.each(ctx, countCampaigns, []any{site, moderation.CountCap}, func(rows *sql.Rows) error {
			var number int64
			err := rows.Scan(&number)
			waits[number] = true
			return err
		})
		if err != nil {
			return 0, err
		}
	}
	return min(len(waits), moderation.CountCap), nil
}
