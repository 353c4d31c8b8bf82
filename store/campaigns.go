package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"balasan/moderation"
)

// spot is where a campaign stands in the queue of a site: the number of its step, of which the
// first are the surest and biggest, and its own.
type spot struct{ place, number int64 }

func (a spot) compare(b spot) int {
	return cmp.Or(cmp.Compare(a.place, b.place), cmp.Compare(a.number, b.number))
}

func (a spot) String() string {
	return strconv.FormatInt(a.place, 10) + "." + strconv.FormatInt(a.number, 10)
}

// Campaigns reads one page of the queue by campaign: first those of which editors refused some or
// the judge suspects most, and of each kind those with most to decide, in steps of four, so that a
// campaign that grows a little keeps its place. Where a campaign waits on several sites it stands
// where it stands best.
func (db *DB) Campaigns(ctx context.Context, f moderation.CampaignFilter) (moderation.CampaignPage, error) {
	page, _, err := db.campaigns(ctx, f)
	if err != nil {
		return page, err
	}
	ids := make([]string, len(page.Campaigns))
	for i, c := range page.Campaigns {
		ids[i] = c.Example.ID
	}
	examples, err := db.entriesByID(ctx, ids)
	for i, id := range ids {
		page.Campaigns[i].Example = examples[id]
	}
	return page, err
}

// readSpot reads a cursor; the empty one is before all.
func readSpot(cursor string) (spot, error) {
	if cursor == "" {
		return spot{-1, 0}, nil
	}
	place, number, _ := strings.Cut(cursor, ".")
	var s spot
	var bad [2]error
	s.place, bad[0] = strconv.ParseInt(place, 10, 64)
	s.number, bad[1] = strconv.ParseInt(number, 10, 64)
	if errors.Join(bad[:]...) != nil {
		return s, &moderation.Problem{Code: moderation.Malformed}
	}
	return s, nil
}

// campaigns reads a page and the sites that it was bounded to; of the examples only the IDs.
func (db *DB) campaigns(ctx context.Context, f moderation.CampaignFilter) (page moderation.CampaignPage, sites []string, err error) {
	after, err := readSpot(f.Cursor)
	if err != nil {
		return page, nil, err
	}
	sites, err = db.filtered(ctx, moderation.Filter{Site: f.Site, Sites: f.Sites})
	if err != nil {
		return page, nil, err
	}
	page, err = db.campaignsFrom(ctx, sites, after, f.Limit)
	if err != nil {
		return moderation.CampaignPage{}, nil, fmt.Errorf("list campaigns: %w", err)
	}
	return page, sites, nil
}

func (db *DB) campaignsFrom(ctx context.Context, sites []string, after spot, limit int) (page moderation.CampaignPage, err error) {
	for {
		spots, err := db.spots(ctx, sites, after, limit+1)
		if err != nil || len(spots) == 0 {
			return page, err
		}
		for _, at := range spots {
			if len(page.Campaigns) == limit {
				page.Next = after.String()
				return page, nil
			}
			after = at
			c, err := db.campaign(ctx, at, sites)
			switch {
			case errors.Is(err, sql.ErrNoRows):
				continue
			case err != nil:
				return page, err
			}
			page.Campaigns = append(page.Campaigns, c)
		}
	}
}

const spotsQuery = `SELECT spot, campaign FROM campaign_site WHERE site = $1 AND pending > 0
	AND (spot, campaign) > ($2, $3) ORDER BY spot, campaign LIMIT $4`

// spots merges the next of each site.
func (db *DB) spots(ctx context.Context, sites []string, after spot, limit int) ([]spot, error) {
	var all []spot
	for _, site := range sites {
		err := db.each(ctx, spotsQuery, []any{site, after.place, after.number, limit}, func(rows *sql.Rows) error {
			var s spot
			err := rows.Scan(&s.place, &s.number)
			all = append(all, s)
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	slices.SortFunc(all, spot.compare)
	all = slices.Compact(all)
	return all[:min(len(all), limit)], nil
}

const campaignQuery = `SELECT id, pages, names, networks, last_at, (SELECT comment FROM campaign_member
		WHERE campaign = $1 AND site = $2 AND pending ORDER BY place DESC, comment DESC LIMIT 1)
	FROM campaign WHERE number = $1`

// campaign reads one, of its example only the ID; sql.ErrNoRows when it was merged meanwhile or stands further in front.
func (db *DB) campaign(ctx context.Context, at spot, sites []string) (c moderation.Campaign, err error) {
	best, most := "", 0
	err = db.each(ctx, `SELECT site, size, refused, pending, spot FROM campaign_site WHERE campaign = $1`, []any{at.number}, func(rows *sql.Rows) error {
		var site string
		var size, refused, pending int
		var place int64
		c.Sites++
		if err := rows.Scan(&site, &size, &refused, &pending, &place); err != nil || !slices.Contains(sites, site) {
			return err
		}
		if pending > 0 && place < at.place {
			return sql.ErrNoRows
		}
		if pending > most {
			best, most = site, pending
		}
		c.Size, c.Refused, c.Pending = c.Size+size, c.Refused+refused, c.Pending+pending
		return nil
	})
	if err != nil {
		return c, err
	}
	var lastAt int64
	var example sql.NullString
	err = db.row(ctx, campaignQuery, []any{at.number, best}, &c.ID, &c.Pages, &c.Names, &c.Networks, &lastAt, &example)
	if err != nil {
		return c, err
	}
	if !example.Valid {
		return c, sql.ErrNoRows // decided meanwhile
	}
	c.LastAt, c.Example.ID = fromMicros(lastAt), example.String
	return c, nil
}

// Members lists what is pending of the campaign that the comment id belongs to, what is least like
// others first; Total is all of it on these sites, of which nil is all.
func (db *DB) Members(ctx context.Context, id string, sites []string, cursor string, limit int) (moderation.Listing, error) {
	after, err := readKin(cursor)
	if err != nil {
		return moderation.Listing{}, err
	}
	sites, err = db.siteIDs(ctx, sites)
	if err != nil {
		return moderation.Listing{}, err
	}
	l, err := db.members(ctx, id, sites, after, limit)
	if err != nil {
		return moderation.Listing{}, fmt.Errorf("list members: %w", err)
	}
	return l, nil
}

// kin is where a member stands in its campaign, or a single in its lane.
type kin struct {
	place   int
	comment string
}

// firstKin stands before all.
var firstKin = kin{place: math.MinInt32}

func (k kin) String() string { return strconv.Itoa(k.place) + "." + k.comment }

func (k kin) compare(b kin) int {
	return cmp.Or(cmp.Compare(k.place, b.place), strings.Compare(k.comment, b.comment))
}

// readKin reads a cursor; the empty one is before all.
func readKin(cursor string) (kin, error) {
	if cursor == "" {
		return firstKin, nil
	}
	place, comment, _ := strings.Cut(cursor, ".")
	n, err := strconv.Atoi(place)
	if err != nil || !isID(comment) {
		return kin{}, &moderation.Problem{Code: moderation.Malformed}
	}
	return kin{n, comment}, nil
}

func (db *DB) members(ctx context.Context, id string, sites []string, after kin, limit int) (l moderation.Listing, err error) {
	campaign, err := db.campaignOf(ctx, id)
	if err != nil {
		return l, err
	}
	if l.Total, err = db.waitsOf(ctx, campaign, sites); err != nil {
		return l, err
	}
	all, err := db.kin(ctx, campaign, sites, after, afterAll, limit+1)
	if err != nil {
		return l, err
	}
	if len(all) > limit {
		all = all[:limit]
		l.Next = all[limit-1].String()
	}
	l.Entries, err = db.entries(ctx, comments(all))
	return l, err
}

// Waiting lists the IDs of what is pending of the campaign that the comment id belongs to, in the
// order of Members, but for what came after seen; an empty one is no bound.
func (db *DB) Waiting(ctx context.Context, id string, sites []string, seen string, limit int) ([]string, error) {
	sites, err := db.siteIDs(ctx, sites)
	if err == nil {
		err = clean(seen)
	}
	if err != nil {
		return nil, err
	}
	campaign, err := db.campaignOf(ctx, id)
	if err == nil {
		_, err = db.waitsOf(ctx, campaign, sites)
	}
	if err != nil {
		return nil, fmt.Errorf("find campaign: %w", err)
	}
	all, err := db.kin(ctx, campaign, sites, firstKin, cmp.Or(seen, afterAll), limit)
	return comments(all), err
}

const settledQuery = `SELECT m.site, c.id, c.state, d.name, d.batch, d.at FROM campaign_member m JOIN comment c ON c.id = m.comment
	JOIN decision d ON d.comment = c.id AND d.version = c.ruled WHERE m.campaign = $1 AND NOT m.pending ORDER BY m.at DESC LIMIT $2`

// LastSettled tells what the last batch of decisions made of the campaign that the comment id belongs to, as far
// as that still stands, of its newest MaxSweep members. Nil sites means all.
func (db *DB) LastSettled(ctx context.Context, id string, sites []string) (last []moderation.Conflict, err error) {
	campaign, err := db.campaignOf(ctx, id)
	if err == nil {
		err = db.each(ctx, settledQuery, []any{campaign, moderation.MaxSweep}, func(rows *sql.Rows) error {
			var c moderation.Conflict
			var site string
			var at int64
			err := rows.Scan(&site, &c.ID, &c.State, &c.By, &c.Batch, &at)
			if c.At = fromMicros(at); err != nil || !within(site, sites) || len(last) > 0 && c.At.Before(last[0].At) {
				return err
			}
			if len(last) > 0 && c.Batch != last[0].Batch {
				last = last[:0]
			}
			last = append(last, c)
			return nil
		})
	}
	if err != nil {
		return nil, fmt.Errorf("find who settled a campaign: %w", err)
	}
	return last, nil
}

func comments(all []kin) []string {
	ids := make([]string, len(all))
	for i, k := range all {
		ids[i] = k.comment
	}
	return ids
}

// campaignOf is the number of a comment's campaign; 0, which none has, when it is alone.
func (db *DB) campaignOf(ctx context.Context, id string) (int64, error) {
	var campaign sql.NullInt64
	err := db.row(ctx, `SELECT campaign FROM campaign_member WHERE comment = $1`, []any{id}, &campaign)
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return campaign.Int64, err
}

// waitsOf counts what of a campaign is pending on these sites; NotFound when none of it is there.
func (db *DB) waitsOf(ctx context.Context, campaign int64, sites []string) (total int, err error) {
	here := false
	err = db.each(ctx, `SELECT site, pending FROM campaign_site WHERE campaign = $1`, []any{campaign}, func(rows *sql.Rows) error {
		var site string
		var pending int
		err := rows.Scan(&site, &pending)
		if slices.Contains(sites, site) {
			here = true
			total += pending
		}
		return err
	})
	if err == nil && !here {
		err = notFound()
	}
	return total, err
}

const membersQuery = `SELECT place, comment FROM campaign_member WHERE campaign = $1 AND site = $2 AND pending
	AND (place, comment) > ($3, $4) AND comment <= $5 ORDER BY place, comment LIMIT $6`

// kin merges the next members of each site, up to the ID seen.
func (db *DB) kin(ctx context.Context, campaign int64, sites []string, after kin, seen string, limit int) ([]kin, error) {
	return db.merged(ctx, sites, limit, membersQuery, func(site string) []any {
		return []any{campaign, site, after.place, after.comment, seen, limit}
	})
}

// merged runs a query of places for each site and puts the first of all together in order.
func (db *DB) merged(ctx context.Context, sites []string, limit int, query string, args func(site string) []any) ([]kin, error) {
	var all []kin
	for _, site := range sites {
		err := db.each(ctx, query, args(site), func(rows *sql.Rows) error {
			var k kin
			err := rows.Scan(&k.place, &k.comment)
			all = append(all, k)
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	slices.SortFunc(all, kin.compare)
	return all[:min(len(all), limit)], nil
}
