package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"golang.org/x/sync/singleflight"

	"balasan/moderation"
)

const (
	// siteLife is how long sites are believed without asking again: another replica's change counts after it.
	siteLife = time.Second
	// sitePatience is how long the one who asks again waits before those of before are good enough.
	sitePatience = 100 * time.Millisecond
	siteLimit    = 2 * time.Second // for the question itself
)

// siteCache keeps sites and their opened keys in memory. Once they were read, a database that does not answer
// takes none of them away: reading goes on, and whatever writes finds out by itself.
type siteCache struct {
	known  atomic.Pointer[knownSites] // nil before they were read
	flight singleflight.Group
}

// knownSites are never written to: a change makes new ones.
type knownSites struct {
	by      map[string]cachedSite
	order   []string
	until   atomic.Int64 // when to ask again, in Unix nanoseconds
	changed bool         // here, since they were read: who asks next waits for what is true now
}

type cachedSite struct {
	site moderation.Site
	keys *siteKeys
}

// policyRow is a policy as it lies in the file.
type policyRow struct {
	Mode       moderation.Mode   `json:"mode"`
	Approve    float64           `json:"approve"`
	Spam       float64           `json:"spam"`
	Challenge  moderation.Ladder `json:"challenge"`
	Depth      int               `json:"depth"`
	CloseAfter time.Duration     `json:"close_after"`
	MaxBody    int               `json:"max_body"`
	Notify     bool              `json:"notify"`
}

// Site finds a site; NotFound.
func (db *DB) Site(ctx context.Context, id string) (moderation.Site, error) {
	found, err := db.site(ctx, id)
	if err != nil {
		return moderation.Site{}, err
	}
	found.site.Origins = slices.Clone(found.site.Origins)
	return found.site, nil
}

// Sites lists all sites by id.
func (db *DB) Sites(ctx context.Context) ([]moderation.Site, error) {
	ids, err := db.siteIDs(ctx, nil)
	if err != nil {
		return nil, err
	}
	sites := make([]moderation.Site, 0, len(ids))
	for _, id := range ids {
		site, err := db.Site(ctx, id)
		if err != nil {
			return nil, err
		}
		sites = append(sites, site)
	}
	return sites, nil
}

// AddSite keeps a new site and makes its data key. Invalid when the id is taken.
func (db *DB) AddSite(ctx context.Context, s moderation.Site) error {
	origins, policy, err := siteJSON(s)
	if err != nil {
		return err
	}
	key, err := db.keys.newSiteKey(s.ID)
	if err != nil {
		return fmt.Errorf("make the data key of site %q: %w", s.ID, err)
	}
	_, err = write(ctx, db, func(w *writer) (nothing, error) {
		err := w.tried(`INSERT INTO site (id, name, language, origins, policy) VALUES ($1, $2, $3, $4, $5)`,
			s.ID, s.Name, s.Language, origins, policy)
		if isDouble(err) {
			return nothing{}, invalid("id", moderation.FaultForbidden)
		}
		if err != nil {
			return nothing{}, err
		}
		return nothing{}, w.exec(`INSERT INTO site_key (site, kid, master, wrapped) VALUES ($1, $2, $3, $4)`,
			s.ID, key.kid, key.master, key.wrapped)
	})
	db.sites.forget()
	return err
}

// UpdateSite replaces a site's name, language, origins and policy; NotFound.
func (db *DB) UpdateSite(ctx context.Context, s moderation.Site) error {
	origins, policy, err := siteJSON(s)
	if err != nil {
		return err
	}
	changed, err := write(ctx, db, func(w *writer) (int64, error) {
		return w.changed(`UPDATE site SET name = $2, language = $3, origins = $4, policy = $5 WHERE id = $1`,
			s.ID, s.Name, s.Language, origins, policy)
	})
	db.sites.forget()
	if err == nil && changed == 0 {
		return notFound()
	}
	return err
}

func siteJSON(s moderation.Site) (origins, policy string, err error) {
	if err := clean(append([]string{s.ID, s.Name, s.Language}, s.Origins...)...); err != nil {
		return "", "", err
	}
	o, err := json.Marshal(append([]string{}, s.Origins...))
	if err != nil {
		return "", "", fmt.Errorf("write origins: %w", err)
	}
	p, err := json.Marshal(policyRow(s.Policy))
	if err != nil {
		return "", "", fmt.Errorf("write policy: %w", err)
	}
	return string(o), string(p), nil
}

func (db *DB) site(ctx context.Context, id string) (cachedSite, error) {
	known, err := db.knownSites(ctx)
	if err != nil {
		return cachedSite{}, err
	}
	found, ok := known.by[id]
	if !ok {
		return cachedSite{}, notFound()
	}
	return found, nil
}

// siteIDs lists the sites that exist among within; nil stands for all.
func (db *DB) siteIDs(ctx context.Context, within []string) ([]string, error) {
	known, err := db.knownSites(ctx)
	if err != nil {
		return nil, err
	}
	if within == nil {
		return known.order, nil
	}
	var ids []string
	for _, id := range within {
		if _, ok := known.by[id]; ok && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return ids, nil
}

// forget has the next who asks wait for what was changed here. The keys that are open stay for the next reading.
func (c *siteCache) forget() {
	for {
		known, next := c.known.Load(), &knownSites{changed: true}
		if known != nil {
			next.by, next.order = known.by, known.order
		}
		if c.known.CompareAndSwap(known, next) {
			break
		}
	}
	c.flight.Forget("") // one that began before the change must not answer
}

func (db *DB) knownSites(ctx context.Context) (*knownSites, error) {
	known, now := db.sites.known.Load(), time.Now().UnixNano()
	if known == nil || known.changed {
		return db.awaitSites(ctx)
	}
	if due := known.until.Load(); now < due || !known.until.CompareAndSwap(due, now+int64(siteLife)) {
		return known, nil // another asks for all
	}
	ctx, cancel := context.WithTimeout(ctx, sitePatience)
	defer cancel()
	again, err := db.awaitSites(ctx)
	if moderation.CodeOf(err) == moderation.Unavailable {
		return known, nil
	}
	return again, err
}

// awaitSites asks the database, for all who wait at once.
func (db *DB) awaitSites(ctx context.Context) (*knownSites, error) {
	coming := db.sites.flight.DoChan("", func() (any, error) {
		ctx, cancel := context.WithTimeout(context.Background(), siteLimit)
		defer cancel()
		return db.refreshSites(ctx)
	})
	select {
	case came := <-coming:
		if came.Err != nil {
			return nil, fmt.Errorf("read sites: %w", came.Err)
		}
		return came.Val.(*knownSites), nil
	case <-ctx.Done():
		return nil, unavailable(fmt.Errorf("read sites: %w", ctx.Err()))
	}
}

// refreshSites keeps what it read, unless that was changed here meanwhile.
func (db *DB) refreshSites(ctx context.Context) (*knownSites, error) {
	before := db.sites.known.Load()
	next, err := db.readSites(ctx, before)
	if err != nil {
		return nil, err
	}
	next.until.Store(time.Now().Add(siteLife).UnixNano())
	db.sites.known.CompareAndSwap(before, next)
	return next, nil
}

// Readable tells whether sites can be read now, whatever is known of them. Unavailable when not.
func (db *DB) Readable(ctx context.Context) error {
	_, err := db.readSites(ctx, db.sites.known.Load())
	return err
}

// readSites reads all sites but those whose key was destroyed; keys that are open already are used
// again.
func (db *DB) readSites(ctx context.Context, before *knownSites) (*knownSites, error) {
	next := &knownSites{by: make(map[string]cachedSite), order: []string{}}
	err := db.each(ctx, `SELECT s.id, s.name, s.language, s.origins, s.policy, k.kid, k.master, k.wrapped
		FROM site s JOIN site_key k ON k.site = s.id ORDER BY s.id`, nil, func(rows *sql.Rows) error {
		var found cachedSite
		var origins, policy []byte
		var key wrappedKey
		s := &found.site
		if err := rows.Scan(&s.ID, &s.Name, &s.Language, &origins, &policy, &key.kid, &key.master, &key.wrapped); err != nil {
			return err
		}
		p := policyRow{Notify: true} // rows from before it was kept
		if err := json.Unmarshal(policy, &p); err != nil {
			return fmt.Errorf("policy of site %q: %w", s.ID, err)
		}
		if err := json.Unmarshal(origins, &s.Origins); err != nil {
			return fmt.Errorf("origins of site %q: %w", s.ID, err)
		}
		s.Policy = moderation.Policy(p)
		if before != nil {
			found.keys = before.by[s.ID].keys
		}
		if found.keys == nil || found.keys.kid != key.kid {
			var err error
			if found.keys, err = db.keys.open(s.ID, key); errors.Is(err, ErrErased) {
				return nil // a backup from before brought it back
			}
			if err != nil {
				return err
			}
		}
		next.by[s.ID], next.order = found, append(next.order, s.ID)
		return nil
	})
	return next, err
}
