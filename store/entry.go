package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"balasan/moderation"
)

// entryColumns are a comment as the queue shows it.
const entryColumns = `
SELECT c.id, c.site, t.page, t.title, c.parent, c.root, c.depth, c.staff, c.state, c.version, c.name, c.email_sealed,
	c.addr_sealed, c.website, c.body, c.text_digest, c.language, c.unsolved, c.form_signed, c.form_age, c.form_traps,
	c.verdict, c.blind, c.key, c.at, coalesce(p.name, ''), coalesce(p.body, ''), c.edited, c.blanked_at > 0
FROM comment c JOIN thread t ON t.id = c.thread LEFT JOIN comment p ON p.id = c.parent
WHERE c.id `

const entryQuery = entryColumns + `= $1`

// entriesAtOnce is how many entries one query reads; the last query repeats one to be full.
const entriesAtOnce = 20

var entriesQuery = func() string {
	places := make([]string, entriesAtOnce)
	for i := range places {
		places[i] = "$" + strconv.Itoa(i+1)
	}
	return entryColumns + "IN (" + strings.Join(places, ", ") + ")"
}()

// sealedRow is what of an entry must be opened or decoded after reading.
type sealedRow struct {
	email, addr, verdict []byte
	text                 sql.NullInt64
	key                  sql.NullString
	age, at              int64
	edited               int
}

func (db *DB) entry(ctx context.Context, id string) (moderation.Entry, error) {
	all, err := db.scanned(ctx, entryQuery, []any{id})
	switch {
	case err != nil:
		return moderation.Entry{}, err
	case len(all) == 0:
		return moderation.Entry{}, notFound()
	}
	return all[0], nil
}

// entries reads the comments in this order; one that was purged meanwhile is left out.
func (db *DB) entries(ctx context.Context, ids []string) ([]moderation.Entry, error) {
	found, err := db.entriesByID(ctx, ids)
	return inOrder(ids, found), err
}

func inOrder(ids []string, found map[string]moderation.Entry) []moderation.Entry {
	entries := make([]moderation.Entry, 0, len(ids))
	for _, id := range ids {
		if e, ok := found[id]; ok {
			entries = append(entries, e)
		}
	}
	return entries
}

func (db *DB) entriesByID(ctx context.Context, ids []string) (map[string]moderation.Entry, error) {
	found := make(map[string]moderation.Entry, len(ids))
	for chunk := range slices.Chunk(ids, entriesAtOnce) {
		args := make([]any, entriesAtOnce)
		for i := range args {
			args[i] = chunk[min(i, len(chunk)-1)]
		}
		all, err := db.scanned(ctx, entriesQuery, args)
		if err != nil {
			return nil, fmt.Errorf("read comments: %w", err)
		}
		for _, e := range all {
			found[e.ID] = e
		}
	}
	return found, nil
}

// scanned reads entries with all that belongs to them.
func (db *DB) scanned(ctx context.Context, query string, args []any) (all []moderation.Entry, err error) {
	var sealed []sealedRow
	err = db.each(ctx, query, args, func(rows *sql.Rows) error {
		var e moderation.Entry
		var r sealedRow
		err := rows.Scan(&e.ID, &e.Site, &e.Page, &e.PageTitle, &e.Parent, &e.Root, &e.Depth, &e.Staff,
			&e.State, &e.Version, &e.Name, &r.email, &r.addr, &e.Website, &e.Body, &r.text, &e.Language, &e.Unsolved,
			&e.Form.Signed, &r.age, &e.Form.Traps, &r.verdict, &e.Blind, &r.key, &r.at, &e.ParentName, &e.ParentBody, &r.edited, &e.Removed)
		all, sealed = append(all, e), append(sealed, r)
		return err
	})
	for i := range all {
		if err == nil {
			err = db.complete(ctx, &all[i], sealed[i])
		}
	}
	return all, err
}

// complete opens what is sealed and adds what editors did.
func (db *DB) complete(ctx context.Context, e *moderation.Entry, r sealedRow) (err error) {
	if e.Near, err = db.unseal(ctx, r, &e.Comment); err != nil {
		return err
	}
	e.Level = e.Verdict.Level()
	e.Comment.PageTitle = e.PageTitle
	if e.Version > 0 {
		e.Decided, err = db.decisions(ctx, e.ID)
	}
	if err == nil && r.edited > 0 {
		e.Edits, err = db.edits(ctx, e.ID)
	}
	return err
}

// unseal opens and decodes what lies in the file in another form. Near tells that only the network is
// left of the address.
func (db *DB) unseal(ctx context.Context, r sealedRow, c *moderation.Comment) (near bool, err error) {
	site, err := db.site(ctx, c.Site)
	if moderation.CodeOf(err) == moderation.NotFound { // it was erased: what was sealed is noise
		r.email, r.addr, site.keys = nil, nil, &siteKeys{}
	} else if err != nil {
		return false, err
	}
	email, err := site.keys.unseal(c.ID, fieldEmail, r.email)
	if err != nil {
		return false, err
	}
	if email != "" {
		if c.Email, err = moderation.ParseEmail(email); err != nil {
			return false, fmt.Errorf("e-mail of comment %s: %w", c.ID, err)
		}
	}
	addr, err := site.keys.unseal(c.ID, fieldAddr, r.addr)
	if err != nil {
		return false, err
	}
	if addr != "" {
		if c.Addr, near, err = readAddr(addr); err != nil {
			return false, fmt.Errorf("address of comment %s does not parse", c.ID)
		}
	}
	c.Text, c.Key, c.At = uint64(r.text.Int64), r.key.String, fromMicros(r.at)
	c.Form.Age = time.Duration(r.age) * time.Microsecond
	c.Verdict, err = readVerdict(r.verdict)
	return near, err
}

// decisions reads a comment's log, newest first.
func (db *DB) decisions(ctx context.Context, comment string) ([]moderation.Decision, error) {
	var all []moderation.Decision
	err := db.each(ctx, `SELECT batch, editor, name, from_state, to_state, note, undoes, deed, at
		FROM decision WHERE comment = $1 ORDER BY version DESC`, []any{comment}, func(rows *sql.Rows) error {
		d := moderation.Decision{Comment: comment}
		var at int64
		err := rows.Scan(&d.Batch, &d.Editor, &d.By, &d.From, &d.To, &d.Note, &d.Undoes, &d.Deed, &at)
		d.At = fromMicros(at)
		all = append(all, d)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read decisions on %s: %w", comment, err)
	}
	return all, nil
}
