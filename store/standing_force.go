package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"balasan/moderation"
)

// standingLife is how long what is in force is believed unless somebody changes it: by then bits
// that honest people share by now tie nobody any more.
const standingLife = time.Minute

// standingCache keeps what is in force; those who ask never wait.
type standingCache struct {
	inForce atomic.Pointer[moderation.InForce]

	mu      sync.Mutex // of those who read it again
	version int64
	until   time.Time
}

// InForce is the set of standing decisions as RefreshStanding last read it; nil before.
func (db *DB) InForce() *moderation.InForce { return db.standing.inForce.Load() }

// RefreshStanding takes over what this or another process changed. While nothing has, it costs one
// row.
func (db *DB) RefreshStanding(ctx context.Context, at time.Time) error {
	c := &db.standing
	c.mu.Lock()
	defer c.mu.Unlock()
	var version int64
	if err := db.row(ctx, `SELECT version FROM standing_version WHERE one = 1`, nil, &version); err != nil {
		return fmt.Errorf("read standing decisions: %w", err)
	}
	if c.inForce.Load() != nil && version == c.version && at.Before(c.until) {
		return nil
	}
	kept, err := db.keptAt(ctx, at)
	if err != nil {
		return fmt.Errorf("read standing decisions: %w", err)
	}
	c.inForce.Store(moderation.NewInForce(kept))
	c.version, c.until = version, at.Add(standingLife)
	return nil
}

const keptQuery = standingColumns + `, likeness, email_mac, net_mac FROM standing WHERE ends > $1 ORDER BY ends LIMIT $2`

func (db *DB) keptAt(ctx context.Context, at time.Time) (all []moderation.Kept, err error) {
	err = db.each(ctx, keptQuery, []any{micros(at), moderation.MaxAlikes + moderation.MaxBans}, func(rows *sql.Rows) error {
		var k moderation.Kept
		var likeness []byte
		var err error
		if k.Standing, _, err = scanStanding(rows.Scan, &likeness, &k.Email, &k.Network); err != nil {
			return err
		}
		k.Likeness, err = readLikeness(likeness)
		all = append(all, k)
		return err
	})
	for i := range all {
		if err == nil {
			all[i].Ties, err = db.uncommon(ctx, all[i].Ties)
		}
	}
	return all, err
}

// uncommon leaves out the bits that honest people share by now.
func (db *DB) uncommon(ctx context.Context, ties []moderation.Tie) ([]moderation.Tie, error) {
	var fault error
	return slices.DeleteFunc(ties, func(t moderation.Tie) bool {
		if !t.Kind.Shared() || fault != nil {
			return false
		}
		f := moderation.Found{Tie: t}
		err := db.row(ctx, `SELECT good FROM campaign_tie WHERE tie = $1`, []any{t.Key()}, &f.Good)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			fault = err
		}
		return f.Common()
	}), fault
}

// SenderMarks are the keyed hashes that bans know a site's senders by; nil for what is not known.
func (db *DB) SenderMarks(ctx context.Context, site string, email moderation.Email, addr netip.Addr) (byEmail, byNetwork []byte) {
	found, err := db.site(ctx, site)
	if err != nil {
		return nil, nil // nothing can be kept there either
	}
	return found.keys.emailMAC(email), found.keys.hostMAC(addr)
}
