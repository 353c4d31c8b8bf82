package store

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// verifyMail opens the address and the token of every subscription, digest and data request.
func (db *DB) verifyMail(ctx context.Context) ([]string, error) {
	var faults []string
	for what, open := range map[string]struct {
		query string
		one   func(id string) error
	}{
		"a subscription": {`SELECT id FROM subscription`, func(id string) error { return db.verifySubscription(ctx, id) }},
		"a digest": {`SELECT editor FROM digest`, func(id string) error {
			_, err := db.Digest(ctx, id)
			return err
		}},
		"a data request": {`SELECT id FROM data_request`, func(id string) error {
			_, err := db.dataRequest(ctx, `id = $1`, id)
			return err
		}},
	} {
		var ids []string
		if err := db.each(ctx, open.query, nil, func(rows *sql.Rows) error { return scanInto(rows, &ids) }); err != nil {
			return faults, fmt.Errorf("look for %s: %w", what, err)
		}
		for _, id := range ids {
			if err := open.one(id); err != nil {
				faults = append(faults, fmt.Sprintf("%s that does not open: %s: %v", what, id, err))
			}
		}
	}
	return faults, nil
}

func (db *DB) verifySubscription(ctx context.Context, id string) error {
	s, err := db.Subscription(ctx, id)
	if err != nil {
		return err
	}
	site, err := db.site(ctx, s.Site)
	if err != nil {
		return err
	}
	var mac []byte
	if err := db.row(ctx, `SELECT email_mac FROM subscription WHERE id = $1`, []any{id}, &mac); err != nil {
		return err
	}
	if !bytes.Equal(mac, site.keys.emailMAC(s.Email)) {
		return errors.New("its keyed hash does not match what is sealed")
	}
	return nil
}
