package store

import (
	"context"
	"fmt"
	"time"

	"balasan/moderation"
)

const (
	outboxLife = 30 * 24 * time.Hour // of facts, of followers that never ask, of dead letters
	factLife   = 24 * time.Hour      // of facts that were told: pages that listen come back within it
	markGrace  = time.Minute         // clocks of replicas differ
)

// Purged counts what is gone.
type Purged struct{ Passes, Marks, Outbox, Deliveries, Members, Standing, Tallies int64 }

// Purge drops what has no use any more: expired passes, leases and challenge marks, facts that everybody has
// followed and that are a month old or were told a day ago, announcements that were given up a month
// ago or that nobody has come for since, counts of more than 400 days, what campaigns remember longer than
// they should, the heat of pages that nobody reads, standing decisions that ended half a year ago, data requests whose links
// have ended. Erasures that were interrupted are carried out. The
// newest fact stays, so that its number is not given again.
func (db *DB) Purge(ctx context.Context, at time.Time) (Purged, error) {
	purged, err := write(ctx, db, func(w *writer) (p Purged, err error) {
		p.Passes, err = w.changed(`DELETE FROM pass WHERE expires_at <= $1`, micros(at))
		if err == nil {
			p.Marks, err = w.changed(`DELETE FROM spent WHERE expires_at <= $1`, micros(at.Add(-markGrace)))
		}
		if err == nil {
			err = w.purgeOutbox(&p, micros(at.Add(-outboxLife)), micros(at.Add(-factLife)))
		}
		if err == nil {
			err = w.exec(`DELETE FROM lease WHERE until <= $1`, micros(at))
		}
		if err == nil {
			p.Tallies, err = w.changed(`DELETE FROM tally WHERE day < $1`, at.Add(-tallyLife).UTC().Format(time.DateOnly))
		}
		return p, err
	})
	if err == nil {
		purged.Members, err = db.purgeCampaigns(ctx, micros(at.Add(-moderation.CampaignSpan)))
	}
	if err == nil {
		err = db.cool(ctx, at)
	}
	if err == nil {
		err = db.purgeMail(ctx, at)
	}
	if err == nil {
		err = db.purgeRequests(ctx, at)
	}
	if err == nil {
		purged.Standing, err = db.purgeStanding(ctx, micros(at.Add(-moderation.StandingLife)))
	}
	if err != nil {
		return Purged{}, fmt.Errorf("purge: %w", err)
	}
	return purged, nil
}

// purgeOutbox drops what was followed, and forgets followers that do not ask any more: they would
// keep everything for ever.
func (w *writer) purgeOutbox(p *Purged, before, told int64) error {
	err := w.exec(`DELETE FROM announce_position WHERE seen_at < $1`, before)
	if err == nil {
		p.Outbox, err = w.changed(`DELETE FROM outbox WHERE id < (SELECT max(id) FROM outbox) AND (at < $1 OR sent_at IS NOT NULL AND at < $2)
			AND id <= (SELECT outbox FROM campaign_position) AND NOT EXISTS (SELECT 1 FROM announce_position AS a WHERE a.outbox < outbox.id)`, before, told)
	}
	if err == nil { // one that is off stays so
		err = w.exec(`DELETE FROM announce_target WHERE sent_at < $1 AND failed_at < $1 AND off_at = 0`, before)
	}
	if err == nil {
		p.Deliveries, err = w.changed(`DELETE FROM announce_delivery WHERE dead_at < $1 OR dead_at IS NULL AND next_at < $1`, before)
	}
	return err
}
