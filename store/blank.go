package store

import (
	"context"
	"database/sql"
	"time"

	"balasan/moderation"
)

const (
	heldColumns = `SELECT c.id, c.site, c.state, c.version, c.verdict,
		coalesce((SELECT e.before FROM edit e WHERE e.comment = c.id ORDER BY e.version LIMIT 1), c.body),
		EXISTS (SELECT 1 FROM lesson l WHERE l.comment = c.id) FROM comment c `
	// oldRefused are those that nobody refused or decided on since.
	oldRefused = heldColumns + `WHERE c.blanked_at = 0 AND c.state IN ('spam', 'trashed') AND c.at < $1 AND NOT EXISTS (
		SELECT 1 FROM decision d WHERE d.comment = c.id AND d.version = c.ruled AND d.at >= $1) ORDER BY c.at LIMIT $2`
)

// blankRefused removes the texts of spam and trash, and what standing decisions that have ended quote.
func (db *DB) blankRefused(ctx context.Context, before int64, words func(string) []byte, at time.Time) (seen int, gone int64, err error) {
	some, err := db.heldBy(ctx, oldRefused, before, retainRows)
	if err != nil {
		return 0, 0, err
	}
	gone, err = db.blank(ctx, some, words, at)
	if err == nil && len(some) < retainRows {
		_, err = write(ctx, db, func(w *writer) (nothing, error) {
			return nothing{}, w.exec(`UPDATE standing SET about = '' WHERE ends < $1 AND about <> ''`, before)
		})
	}
	return len(some), gone, err
}

// heldBy reads what a query of heldColumns finds.
func (db *DB) heldBy(ctx context.Context, query string, args ...any) (some []held, err error) {
	err = db.each(ctx, query, args, func(rows *sql.Rows) error {
		var h held
		err := rows.Scan(&h.id, &h.site, &h.state, &h.version, &h.verdict, &h.text, &h.taught)
		some = append(some, h)
		return err
	})
	return some, err
}

// setBlank is $2 to $4: avatar, verdict and time.
const (
	setBlank = `name = '', website = '', body = '', email_sealed = NULL, email_mac = NULL, addr_sealed = NULL,
	net_mac = NULL, addr_part = FALSE, avatar = $2, verdict = $3, blanked_at = $4`
	blankComment = `UPDATE comment SET ` + setBlank + ` WHERE id = $1 AND state = $5 AND version = $6 AND blanked_at = 0`
)

// blank removes what a sender wrote and who they were. The row stays with its place in the thread,
// its state and its log, so that replies, tallies and campaigns stay right; of a text that taught its
// words stay as numbers unless words is nil. Who was decided on meanwhile is left alone.
func (db *DB) blank(ctx context.Context, some []held, words func(string) []byte, at time.Time) (int64, error) {
	if len(some) == 0 {
		return 0, nil
	}
	packed := make([][]byte, len(some))
	for i, h := range some {
		if h.taught && words != nil {
			packed[i] = words(h.text)
		}
	}
	avatars, verdicts, err := db.leftovers(ctx, some)
	if err != nil {
		return 0, err
	}
	return write(ctx, db, func(w *writer) (n int64, err error) {
		for i, h := range some {
			one, err := w.changed(blankComment, h.id, avatars[i], verdicts[i], micros(at), h.state, h.version)
			if err == nil && one > 0 {
				err = w.exec(`UPDATE edit SET before = '' WHERE comment = $1`, h.id)
			}
			if err == nil && one > 0 && packed[i] != nil {
				err = w.exec(`INSERT INTO lesson_words (comment, words) VALUES ($1, $2) ON CONFLICT (comment) DO NOTHING`, h.id, packed[i])
			}
			if err != nil {
				return n, err
			}
			n += one
		}
		return n, nil
	})
}

// leftovers are the avatars and the verdicts of comments without names and texts.
func (db *DB) leftovers(ctx context.Context, some []held) (avatars [][]byte, verdicts []string, err error) {
	verdicts = make([]string, len(some))
	for i, h := range some {
		if verdicts[i], err = silent(h.verdict); err != nil {
			return nil, nil, err
		}
	}
	avatars, err = db.plainAvatars(ctx, some) // their names are not read: the avatar of nobody
	return avatars, verdicts, err
}

// silent is a verdict without what it quotes: rules, scores and outcome stay. One that does not read
// is replaced by an empty one.
func silent(verdict []byte) (string, error) {
	v, err := readVerdict(verdict)
	if err != nil {
		v = moderation.Verdict{Outcome: moderation.Hold}
	}
	for i := range v.Signals {
		s := &v.Signals[i]
		s.Spans, s.Term, s.Reason = nil, "", moderation.Text{}
	}
	return verdictJSON(v)
}
