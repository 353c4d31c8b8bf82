package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"balasan/moderation"
)

// standing is what a decision compares with before it sets.
type standing struct {
	id, site, page string
	state          moderation.State
	version        int
	ruled, edited  int   // its versions after the last change of state and of text
	at             int64 // when the comment came
	blank          bool  // its text is gone
}

// act is who does what, when and as part of what.
type act struct {
	batch, note, undoes string
	deed                moderation.Deed
	whole               int
	by                  moderation.Editor
	at                  time.Time
}

// deal is one transaction of decisions under way.
type deal struct {
	*writer
	act
	settled moderation.Settled
	tallies *tallies
	sites   map[string]sampled // for the list of batches
}

// sampled counts a batch's decisions on one site and names one of their comments.
type sampled struct {
	comment string
	count   int
}

// Rule changes what still stands as the ruling expects it, comment by comment, in one durable
// transaction with log and outbox. Nil sites means all.
func (db *DB) Rule(ctx context.Context, r moderation.Ruling, by moderation.Editor, batch string, sites []string, at time.Time) (moderation.Settled, error) {
	if err := clean(slices.Concat(r.IDs, r.Apart, []string{r.Note, batch})...); err != nil {
		return moderation.Settled{}, err
	}
	return db.settled(ctx, act{batch: batch, note: r.Note, whole: r.Whole, by: by, at: at}, func(d *deal) error {
		for _, id := range r.Apart {
			if err := d.apart(id, sites); err != nil {
				return err
			}
		}
		for _, id := range slices.Compact(slices.Sorted(slices.Values(r.IDs))) {
			s, err := d.find(id, sites)
			switch {
			case err != nil:
			case s == nil: // told as unknown
			case r.Expects(s.state) && s.state != r.To:
				err = d.change(*s, r.To)
			default:
				err = d.lose(*s, s.ruled)
			}
			if err != nil {
				return err
			}
		}
		return d.dropLeases(r.Apart...)
	})
}

// Answer keeps an editor's reply and approves it and, while it waits, its parent. A parent that
// was refused meanwhile is lost and nothing is kept. Undoing the batch trashes the reply.
func (db *DB) Answer(ctx context.Context, c moderation.Comment, by moderation.Editor, batch string) (moderation.Settled, error) {
	a := act{batch: batch, by: by, at: c.At}
	c.State = moderation.Trashed // until the logged approval below
	row, err := db.newRow(ctx, c)
	if err != nil {
		return moderation.Settled{}, err
	}
	return db.settled(ctx, a, func(d *deal) error {
		parent, err := d.standing(c.Parent)
		switch {
		case err != nil:
			return orNotFound(err)
		case parent.state == moderation.Pending:
			err = d.change(parent, moderation.Approved)
		case parent.state != moderation.Approved:
			return d.lose(parent, parent.ruled)
		}
		if err != nil {
			return err
		}
		if _, err := d.keep(row); err != nil {
			return err
		}
		reply := standing{id: c.ID, site: c.Site, page: c.Page, state: c.State}
		if err := d.change(reply, moderation.Approved); err != nil {
			return err
		}
		return d.dropLeases()
	})
}

// settled runs decide in one transaction and sums up what it changed as a batch, or adds it to
// the batch of that name.
func (db *DB) settled(ctx context.Context, a act, decide func(*deal) error) (moderation.Settled, error) {
	settled, err := write(ctx, db, func(w *writer) (moderation.Settled, error) {
		d := &deal{writer: w, act: a, settled: moderation.Settled{Batch: a.batch}, tallies: newTallies(), sites: map[string]sampled{}}
		err := decide(d)
		if err == nil {
			err = d.tally(d.tallies)
		}
		if err == nil && len(d.settled.Changed) > 0 {
			err = d.sumUp()
		}
		return d.settled, err
	})
	if err != nil {
		return settled, fmt.Errorf("keep decisions: %w", err)
	}
	return settled, nil
}

// find reads how a comment stands; nil when it is unknown here, which settled then tells.
func (d *deal) find(id string, sites []string) (*standing, error) {
	s, err := d.standing(id)
	if errors.Is(err, sql.ErrNoRows) || err == nil && !within(s.site, sites) {
		d.settled.Unknown = append(d.settled.Unknown, id)
		return nil, nil
	}
	return &s, err
}

// within tells whether site is one of those; nil is all sites.
func within(site string, sites []string) bool { return sites == nil || slices.Contains(sites, site) }

func (w *writer) standing(id string) (standing, error) {
	s := standing{id: id}
	err := w.row(`SELECT c.site, t.page, c.state, c.version, c.ruled, c.edited, c.at, c.blanked_at > 0 FROM comment c JOIN thread t ON t.id = c.thread WHERE c.id = $1`,
		[]any{id}, &s.site, &s.page, &s.state, &s.version, &s.ruled, &s.edited, &s.at, &s.blank)
	return s, err
}

// setState and setPending are compare-and-set; what comes back to the lane of doubts comes to the
// place that its page has now.
const (
	setWhere   = ` WHERE id = $1 AND state = $3 AND version = $4`
	setState   = `UPDATE comment SET state = $2, version = version + 1, ruled = version + 1` + setWhere
	setPending = `UPDATE comment SET state = $2, version = version + 1, ruled = version + 1, place = CASE WHEN lane = 'doubt'
		THEN (SELECT t.place FROM thread t WHERE t.id = comment.thread) ELSE 0 END` + setWhere
)

// change brings a comment into another state: compare-and-set, log, thread and outbox. One whose text
// is gone stays what it was: it would be public without a word.
func (d *deal) change(s standing, to moderation.State) error {
	if s.blank {
		return d.lose(s, s.ruled)
	}
	set := setState
	if to == moderation.Pending {
		set = setPending
	}
	n, err := d.changed(set, s.id, string(to), string(s.state), s.version)
	if err != nil {
		return err
	}
	if n == 0 {
		return d.lose(s, s.ruled)
	}
	if public := one(to == moderation.Approved) - one(s.state == moderation.Approved); public != 0 {
		d.tallies.threads[place{s.site, s.page}] += public
	}
	if err := d.recount(s, to, d.tallies); err != nil {
		return err
	}
	return d.log(s, to)
}

// log writes a decision down and tells the outbox; the comment's version has moved on already.
func (d *deal) log(s standing, to moderation.State) error {
	made := moderation.Decision{Batch: d.batch, Comment: s.id, Editor: d.by.ID, By: d.by.Name, From: s.state, To: to,
		Note: d.note, Undoes: d.undoes, Deed: d.deed, At: fromMicros(micros(d.at))}
	err := d.exec(`INSERT INTO decision (batch, comment, version, editor, name, from_state, to_state, note, undoes, deed, at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
		made.Batch, made.Comment, s.version+1, made.Editor, made.By, string(made.From), string(made.To), made.Note, made.Undoes,
		string(made.Deed), micros(made.At))
	if err == nil {
		err = d.announce(fact{"decided", s.site, s.id, d.batch, to, micros(made.At)})
	}
	d.hint(s.site, s.page)
	d.settled.Changed = append(d.settled.Changed, made)
	sample := d.sites[s.site]
	d.sites[s.site] = sampled{cmp.Or(sample.comment, s.id), sample.count + 1}
	return err
}

// lose tells who was first: whoever made this version of the comment.
func (d *deal) lose(s standing, version int) error {
	lost := moderation.Conflict{ID: s.id, State: s.state, At: fromMicros(s.at)}
	var at int64
	err := d.row(`SELECT name, batch, at FROM decision WHERE comment = $1 AND version = $2`, []any{s.id, version}, &lost.By, &lost.Batch, &at)
	switch {
	case err == nil:
		lost.At = fromMicros(at)
	case !errors.Is(err, sql.ErrNoRows):
		return err
	}
	d.settled.Lost = append(d.settled.Lost, lost)
	return nil
}
