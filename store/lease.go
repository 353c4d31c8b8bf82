package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"balasan/moderation"
)

// TakeLease gives the group to by for [moderation.LeaseLife] unless somebody else's lease of it is
// good; the answer is the lease that stands.
func (db *DB) TakeLease(ctx context.Context, group string, by moderation.Editor, at time.Time) (moderation.Lease, error) {
	if !isID(group) {
		return moderation.Lease{}, notFound()
	}
	lease, err := write(ctx, db, func(w *writer) (moderation.Lease, error) {
		err := w.exec(`INSERT INTO lease (group_id, editor, name, until) VALUES ($1, $2, $3, $4)
			ON CONFLICT (group_id) DO UPDATE SET editor = excluded.editor, name = excluded.name, until = excluded.until
			WHERE lease.editor = excluded.editor OR lease.until <= $5`,
			group, by.ID, by.Name, micros(at.Add(moderation.LeaseLife)), micros(at))
		lease, until := moderation.Lease{Group: group}, int64(0)
		if err == nil {
			err = w.row(`SELECT editor, name, until FROM lease WHERE group_id = $1`, []any{group}, &lease.Editor, &lease.By, &until)
		}
		lease.Until = fromMicros(until)
		return lease, err
	})
	if err != nil {
		return lease, fmt.Errorf("take lease: %w", err)
	}
	return lease, nil
}

// DropLease gives a group back; somebody else's lease is left alone.
func (db *DB) DropLease(ctx context.Context, group string, by moderation.Editor) error {
	_, err := write(ctx, db, func(w *writer) (nothing, error) {
		return nothing{}, w.exec(`DELETE FROM lease WHERE group_id = $1 AND editor = $2`, group, by.ID)
	})
	return err
}

// Leases lists those that are good. There are as many as editors have groups open.
func (db *DB) Leases(ctx context.Context, at time.Time) ([]moderation.Lease, error) {
	var all []moderation.Lease
	err := db.each(ctx, `SELECT group_id, editor, name, until FROM lease WHERE until > $1 ORDER BY group_id`, []any{micros(at)}, func(rows *sql.Rows) error {
		var l moderation.Lease
		var until int64
		err := rows.Scan(&l.Group, &l.Editor, &l.By, &until)
		l.Until = fromMicros(until)
		all = append(all, l)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list leases: %w", err)
	}
	return all, nil
}

// dropLeases ends the editor's leases on groups that this deal decided on or took apart.
func (d *deal) dropLeases(apart ...string) error {
	decided := make(map[string]bool, len(d.settled.Changed))
	for _, id := range apart {
		decided[id] = true
	}
	for _, made := range d.settled.Changed {
		decided[made.Comment] = true
	}
	var over []string
	err := d.each(`SELECT l.group_id, coalesce(m.campaign, 0) FROM lease l LEFT JOIN campaign_member m ON m.comment = l.group_id
		WHERE l.editor = $1`, []any{d.by.ID}, func(rows *sql.Rows) error {
		var group string
		var campaign int64
		err := rows.Scan(&group, &campaign)
		if decided[group] || d.tallies.touched[campaign] {
			over = append(over, group)
		}
		return err
	})
	for _, group := range over {
		err = errors.Join(err, d.exec(`DELETE FROM lease WHERE group_id = $1`, group))
	}
	return err
}
