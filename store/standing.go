package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"balasan/moderation"
)

// Stand keeps a standing decision, in force when it returns. Invalid when too many of its kind are.
// A sender is kept as keyed hashes of the one site where the ban holds.
func (db *DB) Stand(ctx context.Context, s moderation.Standing, t moderation.Traits) error {
	if err := clean(append(slices.Clone(s.Sites), s.ID, s.Of, s.About, s.Note, s.By)...); err != nil {
		return err
	}
	sites, err := json.Marshal(s.Sites)
	if err != nil {
		return fmt.Errorf("write sites: %w", err)
	}
	likeness, err := likenessJSON(t.Likeness)
	if err != nil {
		return err
	}
	byEmail, byNetwork := db.SenderMarks(ctx, s.Sites[0], t.Email, t.Addr)
	_, err = write(ctx, db, func(w *writer) (nothing, error) {
		if err := w.roomFor(s); err != nil {
			return nothing{}, err
		}
		err := w.exec(`INSERT INTO standing (id, kind, mark, sites, made_of, about, note, editor, name, at, until, ends, likeness, email_mac, net_mac)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11, $12, $13, $14)`,
			s.ID, string(s.Kind), string(s.Mark), string(sites), s.Of, s.About, s.Note, s.Editor, s.By, micros(s.At), micros(s.Until),
			likeness, orNull(byEmail), orNull(byNetwork))
		if err != nil {
			return nothing{}, err
		}
		return nothing{}, w.exec(nextStanding)
	})
	if err == nil {
		err = db.RefreshStanding(ctx, s.At)
	}
	if err != nil {
		return fmt.Errorf("keep standing decision: %w", err)
	}
	return nil
}

const nextStanding = `UPDATE standing_version SET version = version + 1 WHERE one = 1`

// roomFor refuses one more than may be in force at once.
func (w *writer) roomFor(s moderation.Standing) error {
	room, n := moderation.MaxBans, 0
	if s.Kind == moderation.RefuseAlike {
		room = moderation.MaxAlikes
	}
	err := w.row(`SELECT count(*) FROM standing WHERE kind = $1 AND ends > $2`, []any{string(s.Kind), micros(s.At)}, &n)
	if err == nil && n >= room {
		err = invalid("standing", moderation.FaultTooLong)
	}
	return err
}

// Revoke ends a standing decision, in this process before it returns; NotFound. One that has
// ended stays as it is.
func (db *DB) Revoke(ctx context.Context, id string, by moderation.Editor, at time.Time) error {
	if err := clean(id, by.Name); err != nil {
		return err
	}
	_, err := write(ctx, db, func(w *writer) (nothing, error) {
		var ends int64
		if err := w.row(`SELECT ends FROM standing WHERE id = $1`, []any{id}, &ends); err != nil || ends <= micros(at) {
			return nothing{}, orNotFound(err)
		}
		err := w.exec(`UPDATE standing SET revoked_at = $2, revoked_by = $3, ends = $2 WHERE id = $1`, id, micros(at), by.Name)
		if err != nil {
			return nothing{}, err
		}
		return nothing{}, w.exec(nextStanding)
	})
	if err == nil {
		err = db.RefreshStanding(ctx, at)
	}
	if err != nil {
		return fmt.Errorf("revoke standing decision: %w", err)
	}
	return nil
}

const standingColumns = `SELECT id, kind, mark, sites, made_of, about, note, editor, name, at, until, revoked_at, revoked_by, ends`

func scanStanding(scan func(...any) error, more ...any) (s moderation.Standing, ends int64, err error) {
	var sites []byte
	var at, until, revoked int64
	into := []any{&s.ID, &s.Kind, &s.Mark, &sites, &s.Of, &s.About, &s.Note, &s.Editor, &s.By, &at, &until, &revoked, &s.RevokedBy, &ends}
	if err := scan(append(into, more...)...); err != nil {
		return s, 0, err
	}
	s.At, s.Until, s.RevokedAt = fromMicros(at), fromMicros(until), fromMicros(revoked)
	if err := json.Unmarshal(sites, &s.Sites); err != nil {
		return s, 0, fmt.Errorf("sites of standing decision %s: %w", s.ID, err)
	}
	return s, ends, nil
}

// Standing reads one, its count bounded to sites, of which nil is all; NotFound outside of them.
func (db *DB) Standing(ctx context.Context, id string, sites []string) (moderation.Standing, error) {
	if err := clean(id); err != nil {
		return moderation.Standing{}, err
	}
	s, _, err := scanStanding(func(into ...any) error {
		return db.row(ctx, standingColumns+` FROM standing WHERE id = $1`, []any{id}, into...)
	})
	if err == nil && !s.Concerns(sites) {
		err = notFound()
	}
	if err == nil {
		s.Stopped, err = db.countStopped(ctx, id, sites)
	}
	if err != nil {
		return moderation.Standing{}, orNotFound(err)
	}
	return s, nil
}

const standingsOfQuery = standingColumns + ` FROM standing WHERE made_of = $1 AND ends > $2`

// StandingsOf lists those that were made of a batch or a comment and hold at that moment.
func (db *DB) StandingsOf(ctx context.Context, of string, at time.Time) (all []moderation.Standing, err error) {
	if err := clean(of); err != nil {
		return nil, err
	}
	err = db.each(ctx, standingsOfQuery, []any{of, micros(at)}, func(rows *sql.Rows) error {
		s, _, err := scanStanding(rows.Scan)
		all = append(all, s)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list standing decisions of %s: %w", of, err)
	}
	return all, nil
}

const standingsQuery = standingColumns + ` FROM standing WHERE (ends, id) < ($1, $2) ORDER BY ends DESC, id DESC LIMIT $3`

// Standings lists those that hold on one of the sites, of which nil is all: what ends last first,
// so that what is in force comes before what has ended. It reads past those of other sites.
func (db *DB) Standings(ctx context.Context, sites []string, cursor string, limit int) (page moderation.StandingPage, err error) {
	ends, id := int64(1)<<62, ""
	if cursor != "" {
		at, last, _ := strings.Cut(cursor, ".")
		if ends, err = strconv.ParseInt(at, 10, 64); err != nil || !isID(last) {
			return page, &moderation.Problem{Code: moderation.Malformed}
		}
		id = last
	}
	for {
		read := 0
		err := db.each(ctx, standingsQuery, []any{ends, id, limit + 1}, func(rows *sql.Rows) error {
			s, at, err := scanStanding(rows.Scan)
			read++
			if err != nil || page.Next != "" {
				return err
			}
			if len(page.Standing) == limit && s.Concerns(sites) {
				page.Next = fmt.Sprintf("%d.%s", ends, id)
				return nil
			}
			ends, id = at, s.ID
			if s.Concerns(sites) {
				page.Standing = append(page.Standing, s)
			}
			return nil
		})
		if err != nil {
			return page, fmt.Errorf("list standing decisions: %w", err)
		}
		if page.Next != "" || read <= limit {
			return page, db.countAll(ctx, page.Standing, sites)
		}
	}
}

func (db *DB) countAll(ctx context.Context, all []moderation.Standing, sites []string) (err error) {
	for i := range all {
		if all[i].Stopped, err = db.countStopped(ctx, all[i].ID, sites); err != nil {
			return err
		}
	}
	return nil
}

// countStopped counts no further than [moderation.CountCap].
func (db *DB) countStopped(ctx context.Context, id string, sites []string) (total int, err error) {
	if sites == nil {
		err = db.row(ctx, `SELECT count(*) FROM (SELECT 1 FROM standing_stop WHERE standing = $1 LIMIT $2) AS capped`,
			[]any{id, moderation.CountCap}, &total)
		return total, err
	}
	for _, site := range sites {
		n := 0
		err := db.row(ctx, `SELECT count(*) FROM (SELECT 1 FROM standing_stop WHERE standing = $1 AND site = $2 LIMIT $3) AS capped`,
			[]any{id, site, moderation.CountCap}, &n)
		if err != nil {
			return 0, err
		}
		total += n
	}
	return min(total, moderation.CountCap), nil
}
