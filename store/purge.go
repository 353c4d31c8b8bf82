package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"balasan/moderation"
)

const (
	outboxLife = 30 * 24 * time.Hour // of facts, of followers that never ask, of dead letters
	markGrace  = time.Minute         // clocks of replicas differ
	dropRows   = 500                 // rows that one transaction drops
)

// Purged counts what is gone.
type Purged struct{ Passes, Marks, Outbox, Deliveries, Members, Standing, Tallies int64 }

// Of what these drop, $1 is the time before which it is over and $2 how many rows.
const (
	dropPasses  = `DELETE FROM pass WHERE hash IN (SELECT hash FROM pass WHERE expires_at <= $1 LIMIT $2)`
	dropMarks   = `DELETE FROM spent WHERE id IN (SELECT id FROM spent WHERE expires_at <= $1 LIMIT $2)`
	dropLeases  = `DELETE FROM lease WHERE group_id IN (SELECT group_id FROM lease WHERE until <= $1 LIMIT $2)`
	dropUnasked = `DELETE FROM announce_position WHERE follower IN (SELECT follower FROM announce_position WHERE seen_at < $1 LIMIT $2)`
	dropTargets = `DELETE FROM announce_target WHERE target IN (
		SELECT target FROM announce_target WHERE sent_at < $1 AND failed_at < $1 AND off_at = 0 LIMIT $2)` // one that is off stays so
	dropGivenUp = `DELETE FROM announce_delivery WHERE id IN (SELECT id FROM announce_delivery WHERE dead_at < $1 LIMIT $2)`
	dropForgot  = `DELETE FROM announce_delivery WHERE id IN (SELECT id FROM announce_delivery WHERE dead_at IS NULL AND next_at < $1 LIMIT $2)`
	dropUnused  = `DELETE FROM subscription WHERE id IN (SELECT id FROM subscription WHERE used_at < $1 LIMIT $2)`
	dropStops   = `DELETE FROM standing_stop WHERE (standing, site, comment) IN (
		SELECT p.standing, p.site, p.comment FROM standing s JOIN standing_stop p ON p.standing = s.id WHERE s.ends < $1 LIMIT $2)`
	dropStanding = `DELETE FROM standing WHERE id IN (SELECT id FROM standing WHERE ends < $1 LIMIT $2)`
)

// Purge drops what has no use any more: expired passes, leases and challenge marks, facts that everybody has
// followed and that are a month old, announcements that were given up a month
// ago or that nobody has come for since, counts of more than 400 days, what campaigns remember longer than
// they should, the heat of pages that nobody reads, standing decisions that ended half a year ago, data requests whose links
// have ended. Erasures that were interrupted are carried out, and of what was erased nothing stays in SQLite's files. The
// newest fact stays, so that its number is not given again.
//
// All of it goes a few rows at a time, so that nobody who writes waits long meanwhile. What fails keeps nothing
// else from going; Purged counts what is gone in any case.
func (db *DB) Purge(ctx context.Context, at time.Time) (p Purged, err error) {
	ago := func(d time.Duration) int64 { return micros(at.Add(-d)) }
	done := func(fault error) { err = errors.Join(err, fault) }
	var uncounted int64
	for _, class := range []struct {
		count  *int64
		over   string
		before int64
	}{
		{&p.Passes, dropPasses, ago(0)},
		{&p.Marks, dropMarks, ago(markGrace)},
		{&uncounted, dropLeases, ago(0)},
		{&uncounted, dropUnasked, ago(outboxLife)}, // they would keep facts for ever
		{&uncounted, dropTargets, ago(outboxLife)},
		{&p.Deliveries, dropGivenUp, ago(outboxLife)},
		{&p.Deliveries, dropForgot, ago(outboxLife)},
		{&uncounted, dropUnused, ago(moderation.SubscriptionLife)},
		{&uncounted, dropStops, ago(moderation.StandingLife)},
		{&p.Standing, dropStanding, ago(moderation.StandingLife)},
	} {
		done(db.drop(ctx, class.count, class.over, class.before))
	}
	done(db.purgeOutbox(ctx, &p.Outbox, ago(outboxLife)))
	done(db.purgeTallies(ctx, &p.Tallies, at.Add(-tallyLife)))
	done(db.purgeCampaigns(ctx, &p.Members, ago(moderation.CampaignSpan)))
	for _, rest := range []func(context.Context, time.Time) error{db.cool, db.purgeDigests, db.purgeRequests} {
		done(patiently(ctx, func() error { return rest(ctx, at) }))
	}
	done(db.engine.scrub(ctx, db.readers))
	if err != nil {
		err = fmt.Errorf("purge: %w", err)
	}
	return p, err
}

// drop runs a statement that says itself which rows are over, the last argument being how many of them, until none
// is left.
func (db *DB) drop(ctx context.Context, total *int64, over string, args ...any) error {
	args = append(args, dropRows)
	return partly(ctx, total, dropRows, func() (int, int64, error) {
		gone, err := write(ctx, db, func(w *writer) (int64, error) { return w.changed(over, args...) })
		return int(gone), gone, err
	})
}

// partly does some of a work until it saw fewer rows than it takes at a time, and adds up how many are gone.
func partly(ctx context.Context, total *int64, most int, some func() (seen int, gone int64, err error)) error {
	for seen := most; seen == most; {
		err := patiently(ctx, func() (err error) {
			var gone int64
			seen, gone, err = some()
			*total += gone
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// patiently tries again what may go well a moment later: work that can wait must not wait an hour for that.
func patiently(ctx context.Context, some func() error) error {
	for pause := 100 * time.Millisecond; ; pause *= 3 {
		err := some()
		code := moderation.CodeOf(err)
		if code != moderation.Unavailable && code != moderation.Overloaded || pause > time.Second {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(pause):
		}
	}
}

// followedQuery finds the oldest facts behind $1 and from before $2 that everybody has followed. Readers look for
// them: where nothing is over that goes through the whole outbox.
const followedQuery = `SELECT id FROM outbox WHERE id > $1 AND at < $2 AND id < (SELECT max(id) FROM outbox) AND id <= (SELECT outbox FROM campaign_position)
	AND NOT EXISTS (SELECT 1 FROM announce_position AS a WHERE a.outbox < outbox.id) ORDER BY id LIMIT $3`

func (db *DB) purgeOutbox(ctx context.Context, total *int64, before int64) error {
	last := int64(0)
	return partly(ctx, total, dropRows, func() (int, int64, error) {
		var ids []int64
		err := db.each(ctx, followedQuery, []any{last, before, dropRows}, func(rows *sql.Rows) error { return scanInto(rows, &ids) })
		if err != nil || len(ids) == 0 {
			return 0, 0, err
		}
		end := ids[len(ids)-1]
		gone, err := write(ctx, db, func(w *writer) (int64, error) {
			return w.changed(`DELETE FROM outbox WHERE id BETWEEN $1 AND $2 AND at < $3`, ids[0], end, before)
		})
		if err == nil {
			last = end
		}
		return len(ids), gone, err
	})
}

const dropTallies = `DELETE FROM tally WHERE (site, day, what, name, part) IN (
	SELECT site, day, what, name, part FROM tally WHERE site = $1 AND day < $2 LIMIT $3)`

// purgeTallies drops days of sites that count none any more as well.
func (db *DB) purgeTallies(ctx context.Context, total *int64, end time.Time) error {
	var sites []string
	before := end.UTC().Format(time.DateOnly)
	err := db.each(ctx, `SELECT DISTINCT site FROM tally WHERE day < $1`, []any{before}, func(rows *sql.Rows) error { return scanInto(rows, &sites) })
	for i := 0; err == nil && i < len(sites); i++ {
		err = db.drop(ctx, total, dropTallies, sites[i], before)
	}
	return err
}
