package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"balasan/moderation"
)

// noteStops writes down which standing decisions made a comment spam: for most comments, nothing.
func (w *writer) noteStops(c *commentRow) error {
	for _, id := range c.Verdict.StoppedBy() {
		err := w.exec(`INSERT INTO standing_stop (standing, site, comment) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`, id, c.Site, c.ID)
		if err != nil {
			return err
		}
	}
	return nil
}

const (
	stoppedQuery = `SELECT comment FROM standing_stop WHERE standing = $1 AND site = $2 AND comment < $3 ORDER BY comment DESC LIMIT $4`
	stillQuery   = `SELECT s.comment FROM standing_stop s JOIN comment c ON c.id = s.comment
		WHERE s.standing = $1 AND s.site = $2 AND s.comment < $3 AND c.state = 'spam' AND c.version = 0 ORDER BY s.comment DESC LIMIT $4`
)

// Stopped lists what a standing decision stopped on these sites, of which nil is all, newest first.
// The cursor is the ID of the last entry.
func (db *DB) Stopped(ctx context.Context, standing string, sites []string, cursor string, limit int) (l moderation.Listing, err error) {
	if cursor != "" && !isID(cursor) {
		return l, &moderation.Problem{Code: moderation.Malformed}
	}
	ids, err := db.stoppedIDs(ctx, stoppedQuery, standing, sites, cursor, limit+1)
	if err != nil {
		return l, err
	}
	if len(ids) > limit {
		ids = ids[:limit]
		l.Next = ids[limit-1]
	}
	if l.Entries, err = db.entries(ctx, ids); err == nil {
		l.Total, err = db.countStopped(ctx, standing, sites)
	}
	return l, err
}

// StoppedStill lists the IDs of what a standing decision stopped and nobody decided on since.
func (db *DB) StoppedStill(ctx context.Context, standing string, sites []string, limit int) ([]string, error) {
	return db.stoppedIDs(ctx, stillQuery, standing, sites, "", limit)
}

// stoppedIDs merges the next of each site.
func (db *DB) stoppedIDs(ctx context.Context, query, standing string, sites []string, cursor string, limit int) (ids []string, err error) {
	if err := clean(standing); err != nil {
		return nil, err
	}
	if sites, err = db.siteIDs(ctx, sites); err != nil {
		return nil, err
	}
	if cursor == "" {
		cursor = afterAll
	}
	for _, site := range sites {
		err := db.each(ctx, query, []any{standing, site, cursor, limit}, func(rows *sql.Rows) error { return scanInto(rows, &ids) })
		if err != nil {
			return nil, fmt.Errorf("list what a standing decision stopped: %w", err)
		}
	}
	slices.Sort(ids)
	slices.Reverse(ids)
	return ids[:min(len(ids), limit)], nil
}

const (
	refusedOfBatch = `SELECT d.comment FROM decision d JOIN comment c ON c.id = d.comment
		WHERE d.batch = $1 AND d.to_state = 'spam' AND c.state = 'spam' ORDER BY d.comment DESC LIMIT $2`
	refusedOfCampaign = `SELECT m.comment FROM campaign_member m JOIN comment c ON c.id = m.comment
		WHERE m.campaign = $1 AND c.state = 'spam' AND c.version > 0 ORDER BY m.at DESC LIMIT $2`
)

// Refused reads what editors called spam of a batch, or of the campaign that a comment belongs to,
// newest first. NotFound when there is none on these sites, of which nil is all.
func (db *DB) Refused(ctx context.Context, of string, sites []string, limit int) ([]moderation.Comment, error) {
	if err := clean(of); err != nil {
		return nil, err
	}
	ids, err := db.refusedIDs(ctx, of, limit)
	if err != nil {
		return nil, fmt.Errorf("find what was refused: %w", err)
	}
	entries, err := db.entries(ctx, ids)
	if err != nil {
		return nil, err
	}
	var refused []moderation.Comment
	for _, e := range entries {
		if within(e.Site, sites) && !e.Staff && e.State == moderation.IsSpam && e.Version > 0 {
			refused = append(refused, e.Comment)
		}
	}
	if len(refused) == 0 {
		return nil, notFound()
	}
	return refused, nil
}

func (db *DB) refusedIDs(ctx context.Context, of string, limit int) (ids []string, err error) {
	into := func(rows *sql.Rows) error { return scanInto(rows, &ids) }
	if err := db.each(ctx, refusedOfBatch, []any{of, limit}, into); err != nil || len(ids) > 0 {
		return ids, err
	}
	var campaign sql.NullInt64
	err = db.row(ctx, `SELECT campaign FROM campaign_member WHERE comment = $1`, []any{of}, &campaign)
	if errors.Is(err, sql.ErrNoRows) || err == nil && !campaign.Valid {
		return []string{of}, nil
	}
	if err == nil {
		err = db.each(ctx, refusedOfCampaign, []any{campaign.Int64, limit}, into)
	}
	return ids, err
}
