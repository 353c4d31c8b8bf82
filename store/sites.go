package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"balasan/moderation"
)

// siteLife is how long a site is believed without asking again: another replica's change counts
// after it.
const siteLife = time.Second

// siteCache keeps sites and their opened keys in memory.
type siteCache struct {
	mu    sync.RWMutex
	until time.Time
	sites map[string]cachedSite
	order []string
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
	sites, _, err := db.cachedSites(ctx)
	if err != nil {
		return cachedSite{}, err
	}
	found, ok := sites[id]
	if !ok {
		return cachedSite{}, notFound()
	}
	return found, nil
}

// siteIDs lists the sites that exist among within; nil stands for all.
func (db *DB) siteIDs(ctx context.Context, within []string) ([]string, error) {
	sites, order, err := db.cachedSites(ctx)
	if err != nil || within == nil {
		return order, err
	}
	var ids []string
	for _, id := range within {
		if _, ok := sites[id]; ok && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return ids, nil
}

func (c *siteCache) forget() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.until = time.Time{}
}

// cachedSites returns maps that nobody writes to: a change makes new ones.
func (db *DB) cachedSites(ctx context.Context) (map[string]cachedSite, []string, error) {
	c := &db.sites
	c.mu.RLock()
	sites, order, fresh := c.sites, c.order, time.Now().Before(c.until)
	c.mu.RUnlock()
	if fresh {
		return sites, order, nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if time.Now().Before(c.until) {
		return c.sites, c.order, nil
	}
	sites, order, err := db.readSites(ctx, c.sites)
	if err != nil {
		return nil, nil, fmt.Errorf("read sites: %w", err)
	}
	c.sites, c.order, c.until = sites, order, time.Now().Add(siteLife)
	return sites, order, nil
}

// readSites reads all sites but those whose key was destroyed; keys that are open already are used
// again.
func (db *DB) readSites(ctx context.Context, before map[string]cachedSite) (map[string]cachedSite, []string, error) {
	sites, order := make(map[string]cachedSite), []string{}
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
		found.keys = before[s.ID].keys
		if found.keys == nil || found.keys.kid != key.kid {
			var err error
			if found.keys, err = db.keys.open(s.ID, key); errors.Is(err, ErrErased) {
				return nil // a backup from before brought it back
			}
			if err != nil {
				return err
			}
		}
		sites[s.ID], order = found, append(order, s.ID)
		return nil
	})
	return sites, order, err
}
