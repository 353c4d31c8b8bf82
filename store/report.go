package store

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"slices"
	"time"

	"balasan/moderation"
)

// Held is how much of one class a site holds, since when, and how much of it the next purge lets go.
type Held struct {
	Count  int
	Oldest time.Time // zero where there is none
	Due    int
}

// Holding is the personal data of one site.
type Holding struct {
	Site      string
	Erased    bool // its data key was destroyed
	Comments  int
	Blank     int  // of them, without name and text
	Addresses Held // whole
	Networks  Held // what is left of addresses
	Refused   Held // texts of spam and trash
	Emails    Held // of comments
	Confirmed Held // subscriptions
	Asked     Held // subscriptions that nobody confirmed
	Unwanted  int  // keyed hashes of addresses that want no mail
	Requests  Requests
}

// Requests are those of visitors to see or erase what is kept of them, by mailed links.
type Requests struct {
	Links   int // that may still be used, or wait for their letter
	Erasing int // not done yet
	Erased  int // done, of the last year
	Gone    int // comments that those erased
}

// Looks counts whose addresses an editor looked at.
type Looks struct {
	Site, Editor string
	Count        int
	Last         time.Time
}

// holdingQuery is $1 to $3: what came before is due, of whole addresses, networks and e-mails.
const holdingQuery = `SELECT c.site, count(*), count(*) FILTER (WHERE c.blanked_at > 0),
	count(*) FILTER (WHERE c.addr_sealed IS NOT NULL AND c.addr_part = FALSE), coalesce(min(c.at) FILTER (WHERE c.addr_sealed IS NOT NULL AND c.addr_part = FALSE), 0),
	count(*) FILTER (WHERE c.addr_sealed IS NOT NULL AND c.addr_part = FALSE AND c.at < $1),
	count(*) FILTER (WHERE c.addr_sealed IS NOT NULL AND c.addr_part = TRUE), coalesce(min(c.at) FILTER (WHERE c.addr_sealed IS NOT NULL AND c.addr_part = TRUE), 0),
	count(*) FILTER (WHERE c.addr_sealed IS NOT NULL AND c.at < $2),
	count(*) FILTER (WHERE c.email_sealed IS NOT NULL), coalesce(min(c.at) FILTER (WHERE c.email_sealed IS NOT NULL), 0),
	count(*) FILTER (WHERE c.email_sealed IS NOT NULL AND c.at < $3 AND NOT EXISTS (
		SELECT 1 FROM subscription_comment k JOIN subscription s ON s.id = k.subscription WHERE k.comment = c.id AND s.confirmed_at > 0))
	FROM comment c GROUP BY c.site ORDER BY c.site`

// refusedHeldQuery is $1: what was refused before is due.
const refusedHeldQuery = `SELECT c.site, count(*), coalesce(min(c.at), 0), count(*) FILTER (WHERE c.at < $1 AND NOT EXISTS (
		SELECT 1 FROM decision d WHERE d.comment = c.id AND d.version = c.ruled AND d.at >= $1))
	FROM comment c WHERE c.blanked_at = 0 AND c.state IN ('spam', 'trashed') GROUP BY c.site`

// subscriptionsHeldQuery is $1 and $2: what was last used before is due, unconfirmed and confirmed.
const subscriptionsHeldQuery = `SELECT site, confirmed_at > 0, count(*), min(used_at),
	count(*) FILTER (WHERE used_at < CASE WHEN confirmed_at > 0 THEN CAST($2 AS BIGINT) ELSE CAST($1 AS BIGINT) END AND (confirmed_at > 0 OR asked_at < CAST($1 AS BIGINT)))
	FROM subscription GROUP BY site, confirmed_at > 0`

// requestsQuery is $1: now, and $2: what was asked before is forgotten.
const requestsQuery = `SELECT site, count(*) FILTER (WHERE erase_at = 0 AND (expires_at > $1 OR expires_at = 0 AND asked_at > $2)),
	count(*) FILTER (WHERE erase_at > 0 AND done_at = 0), count(*) FILTER (WHERE done_at > 0), coalesce(sum(erased), 0)
	FROM data_request GROUP BY site`

// Holdings tells what personal data is held site by site, of sites that exist and of erased ones.
func (db *DB) Holdings(ctx context.Context, keep moderation.Retention, at time.Time) ([]Holding, error) {
	tx, err := db.unhurried(ctx)
	if err != nil {
		return nil, err
	}
	defer tx.Rollback() // it only read
	ago := func(d time.Duration) int64 { return micros(at.Add(-d)) }
	s := survey{of: map[string]*Holding{}}
	for _, part := range []struct {
		query string
		args  []any
		into  func(*sql.Rows) error
	}{
		{`SELECT s.id, k.site IS NULL FROM site s LEFT JOIN site_key k ON k.site = s.id ORDER BY s.id`, nil, s.site},
		{holdingQuery, []any{ago(keep.Address), ago(keep.Network), ago(keep.Email)}, s.comments},
		{refusedHeldQuery, []any{ago(keep.Refused)}, s.refused},
		{subscriptionsHeldQuery, []any{ago(keep.Unconfirmed), ago(moderation.SubscriptionLife)}, s.subscriptions},
		{`SELECT site, count(*) FROM mail_unwanted GROUP BY site`, nil, s.unwanted},
		{requestsQuery, []any{micros(at), micros(at.Add(-moderation.DataAskLife))}, s.requests},
	} {
		rows, err := tx.QueryContext(ctx, part.query, part.args...)
		if err == nil {
			err = eachRow(rows, part.into)
		}
		if err != nil {
			return nil, fmt.Errorf("count personal data: %w", unavailable(err))
		}
	}
	return s.sorted(), nil
}

// unhurried is one moment of the database for whoever reads every row.
func (db *DB) unhurried(ctx context.Context) (*sql.Tx, error) {
	tx, err := db.readers.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return nil, unavailable(err)
	}
	if _, slow := db.engine.(postgres); slow {
		if _, err := tx.ExecContext(ctx, `SET LOCAL statement_timeout = 0`); err != nil {
			_ = tx.Rollback()
			return nil, unavailable(err)
		}
	}
	return tx, nil
}

// survey gathers what the queries of Holdings find; rows of sites that it does not know make one.
type survey struct{ of map[string]*Holding }

func (s survey) at(site string) *Holding {
	if s.of[site] == nil {
		s.of[site] = &Holding{Site: site}
	}
	return s.of[site]
}

func (s survey) sorted() []Holding {
	all := make([]Holding, 0, len(s.of))
	for _, site := range slices.Sorted(maps.Keys(s.of)) {
		all = append(all, *s.of[site])
	}
	return all
}

func (s survey) site(rows *sql.Rows) error {
	var id string
	var erased bool
	err := rows.Scan(&id, &erased)
	s.at(id).Erased = erased
	return err
}

func (s survey) comments(rows *sql.Rows) error {
	var h Holding
	var whole, part, mail int64
	err := rows.Scan(&h.Site, &h.Comments, &h.Blank, &h.Addresses.Count, &whole, &h.Addresses.Due,
		&h.Networks.Count, &part, &h.Networks.Due, &h.Emails.Count, &mail, &h.Emails.Due)
	h.Addresses.Oldest, h.Networks.Oldest, h.Emails.Oldest = fromMicros(whole), fromMicros(part), fromMicros(mail)
	h.Erased = s.at(h.Site).Erased
	*s.at(h.Site) = h
	return err
}

func (s survey) refused(rows *sql.Rows) error {
	var site string
	var held Held
	var oldest int64
	err := rows.Scan(&site, &held.Count, &oldest, &held.Due)
	held.Oldest = fromMicros(oldest)
	s.at(site).Refused = held
	return err
}

func (s survey) subscriptions(rows *sql.Rows) error {
	var site string
	var confirmed bool
	var held Held
	var oldest int64
	err := rows.Scan(&site, &confirmed, &held.Count, &oldest, &held.Due)
	held.Oldest = fromMicros(oldest)
	if confirmed {
		s.at(site).Confirmed = held
	} else {
		s.at(site).Asked = held
	}
	return err
}

func (s survey) unwanted(rows *sql.Rows) error {
	var site string
	var n int
	err := rows.Scan(&site, &n)
	s.at(site).Unwanted = n
	return err
}

func (s survey) requests(rows *sql.Rows) error {
	var site string
	var r Requests
	err := rows.Scan(&site, &r.Links, &r.Erasing, &r.Erased, &r.Gone)
	s.at(site).Requests = r
	return err
}

// LooksSince counts who looked at addresses, by site and editor.
func (db *DB) LooksSince(ctx context.Context, since time.Time) (all []Looks, err error) {
	err = db.each(ctx, `SELECT c.site, l.name, count(*), max(l.at) FROM look l JOIN comment c ON c.id = l.comment
		WHERE l.at >= $1 GROUP BY c.site, l.name ORDER BY c.site, l.name`, []any{micros(since)}, func(rows *sql.Rows) error {
		var l Looks
		var last int64
		err := rows.Scan(&l.Site, &l.Editor, &l.Count, &last)
		l.Last = fromMicros(last)
		all = append(all, l)
		return err
	})
	return all, err
}

// DigestAddresses counts the addresses that editors left for digests.
func (db *DB) DigestAddresses(ctx context.Context) (n int, err error) {
	err = db.row(ctx, `SELECT count(*) FROM digest`, nil, &n)
	return n, err
}
