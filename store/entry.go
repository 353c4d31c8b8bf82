package store

import (
	"context"
	"database/sql"
	"fmt"
	"net/netip"
	"time"

	"balasan/moderation"
)

// entryQuery reads one comment as the queue shows it.
const entryQuery = `
SELECT c.id, c.site, t.page, t.title, c.parent, c.root, c.depth, c.staff, c.state, c.version, c.name, c.email_sealed,
	c.addr_sealed, c.website, c.body, c.text_digest, c.language, c.unsolved, c.form_signed, c.form_age, c.form_traps,
	c.verdict, c.blind, c.key, c.at, coalesce(p.name, ''), coalesce(p.body, ''), c.edited
FROM comment c JOIN thread t ON t.id = c.thread LEFT JOIN comment p ON p.id = c.parent
WHERE c.id = $1`

// sealedRow is what of an entry must be opened or decoded after reading.
type sealedRow struct {
	email, addr, verdict []byte
	text                 sql.NullInt64
	key                  sql.NullString
	age, at              int64
}

func (db *DB) entry(ctx context.Context, id string) (moderation.Entry, error) {
	var e moderation.Entry
	var r sealedRow
	var edited int
	err := db.row(ctx, entryQuery, []any{id}, &e.ID, &e.Site, &e.Page, &e.PageTitle, &e.Parent, &e.Root, &e.Depth, &e.Staff,
		&e.State, &e.Version, &e.Name, &r.email, &r.addr, &e.Website, &e.Body, &r.text, &e.Language, &e.Unsolved,
		&e.Form.Signed, &r.age, &e.Form.Traps, &r.verdict, &e.Blind, &r.key, &r.at, &e.ParentName, &e.ParentBody, &edited)
	if err != nil {
		return e, orNotFound(err)
	}
	if err := db.unseal(ctx, r, &e.Comment); err != nil {
		return e, err
	}
	e.Level = e.Verdict.Level()
	e.Comment.PageTitle = e.PageTitle
	if e.Version > 0 {
		e.Decided, err = db.decisions(ctx, id)
	}
	if err == nil && edited > 0 {
		e.Edits, err = db.edits(ctx, id)
	}
	return e, err
}

// entries reads the comments in this order; one that was purged meanwhile is left out.
func (db *DB) entries(ctx context.Context, ids []string) ([]moderation.Entry, error) {
	entries := make([]moderation.Entry, 0, len(ids))
	for _, id := range ids {
		e, err := db.entry(ctx, id)
		if moderation.CodeOf(err) == moderation.NotFound {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("read comment %s: %w", id, err)
		}
		entries = append(entries, e)
	}
	return entries, nil
}

// unseal opens and decodes what lies in the file in another form.
func (db *DB) unseal(ctx context.Context, r sealedRow, c *moderation.Comment) error {
	site, err := db.site(ctx, c.Site)
	if err != nil {
		return err
	}
	email, err := site.keys.unseal(c.ID, fieldEmail, r.email)
	if err != nil {
		return err
	}
	if email != "" {
		if c.Email, err = moderation.ParseEmail(email); err != nil {
			return fmt.Errorf("e-mail of comment %s: %w", c.ID, err)
		}
	}
	addr, err := site.keys.unseal(c.ID, fieldAddr, r.addr)
	if err != nil {
		return err
	}
	if addr != "" {
		if c.Addr, err = netip.ParseAddr(addr); err != nil {
			return fmt.Errorf("address of comment %s does not parse", c.ID)
		}
	}
	c.Text, c.Key, c.At = uint64(r.text.Int64), r.key.String, fromMicros(r.at)
	c.Form.Age = time.Duration(r.age) * time.Microsecond
	c.Verdict, err = readVerdict(r.verdict)
	return err
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
