package store

import (
	"database/sql"
	"encoding/binary"
	"errors"

	"balasan/moderation"
)

// member is a comment as campaigns know it.
type member struct {
	number   int64
	comment  string
	site     string
	campaign sql.NullInt64
	place    int
	state    moderation.State
	refused  bool // by an editor
	likely   bool // spam, as the judge sees it
	at       int64
}

// join makes g a member of the campaigns that its ties lead to, which become one.
func (w *writer) join(g *gathered, tying moderation.Tying) error {
	m, fresh, err := w.enrol(g)
	if err != nil || !fresh {
		return err
	}
	repeats := false
	for _, tie := range g.print.Ties {
		if repeats && (tie.Kind == moderation.TieTemplate || tie.Kind == moderation.TieNear) {
			continue // its twin has them
		}
		met, err := w.meet(m, g, tie, tying)
		if err != nil {
			return err
		}
		repeats = repeats || met && tie.Kind == moderation.TieText
	}
	return nil
}

// enrol adds a member that is alone; false when it was added before.
func (w *writer) enrol(g *gathered) (*member, bool, error) {
	m := &member{comment: g.ID, site: g.Site, place: g.print.Place(), likely: g.Verdict.Suspected(), at: micros(g.At)}
	var ruled int
	err := w.row(`SELECT state, ruled FROM comment WHERE id = $1`, []any{g.ID}, &m.state, &ruled)
	if err != nil || len(g.print.Ties) == 0 {
		if errors.Is(err, sql.ErrNoRows) {
			err = nil
		}
		return nil, false, err
	}
	m.refused = m.state == moderation.IsSpam && ruled > 0
	err = w.row(`INSERT INTO campaign_member (comment, site, pending, place, sketch, likely, at) VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (comment) DO NOTHING RETURNING number`,
		[]any{m.comment, m.site, m.state == moderation.Pending, m.place, packSketch(&g.print.Sketch), m.likely, m.at}, &m.number)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, false, nil
	}
	return m, err == nil, err
}

// tiedQuery finds who had a tie not too long ago.
const tiedQuery = `SELECT m.number, m.comment, m.site, m.campaign, m.place, m.sketch, m.likely, m.at, t.good, t.had
	FROM campaign_tie t JOIN campaign_member m ON m.number = t.member JOIN comment c ON c.id = m.comment
	WHERE t.tie = $1 AND m.at >= $2`

// meet looks for who had a tie before and brings both into one campaign where it holds.
func (w *writer) meet(m *member, g *gathered, tie moderation.Tie, tying moderation.Tying) (bool, error) {
	var other member
	var sketch []byte
	f := moderation.Found{Tie: tie}
	err := w.row(tiedQuery, []any{tie.Key(), m.at - moderation.CampaignSpan.Microseconds()},
		&other.number, &other.comment, &other.site, &other.campaign, &other.place, &sketch, &other.likely, &other.at, &f.Good, &f.Had)
	good := one(!g.print.Doubted && tie.Kind.Shared())
	if errors.Is(err, sql.ErrNoRows) {
		return false, w.exec(`INSERT INTO campaign_tie (tie, member, good, had) VALUES ($1, $2, $3, 1)
			ON CONFLICT (tie) DO UPDATE SET member = excluded.member, good = excluded.good, had = 1`, tie.Key(), m.number, good)
	}
	if err != nil {
		return false, err
	}
	unpackSketch(sketch, &f.Sketch)
	holds := tying.Holds(g.print, f)
	if holds {
		err = w.unite(m, &other, g)
		if err == nil {
			err = errors.Join(w.resemble(m, f.Likeness(g.print)), w.resemble(&other, f.Likeness(g.print)))
		}
	}
	if err == nil {
		err = w.retie(f, m, &other, holds, good)
	}
	return holds, err
}

// retie counts who had a tie, while that matters, and lets it move on to m when other is old.
func (w *writer) retie(f moderation.Found, m, other *member, holds bool, good int) error {
	last := other.number
	if holds && m.at-other.at > moderation.TieSteady.Microseconds() {
		last = m.number
	}
	had := one(f.Tie.Kind.Whole() && f.Had < moderation.TwinCap)
	if f.Good >= goodCap {
		good = 0
	}
	if last == other.number && had == 0 && good == 0 {
		return nil
	}
	return w.exec(`UPDATE campaign_tie SET member = $2, good = good + $3, had = had + $4 WHERE tie = $1`, f.Tie.Key(), last, good, had)
}

// resemble moves a member back in its campaign once it resembles another one more.
func (w *writer) resemble(m *member, likeness int) error {
	place := moderation.Closer(m.place, likeness)
	if place == m.place {
		return nil
	}
	m.place = place
	return w.exec(`UPDATE campaign_member SET place = $2 WHERE number = $1`, m.number, place)
}

// unite brings m and other into one campaign; m is the comment g.
func (w *writer) unite(m, other *member, g *gathered) error {
	if !other.campaign.Valid {
		if err := w.found(other); err != nil {
			return err
		}
	}
	switch {
	case !m.campaign.Valid:
		return w.admit(m, other.campaign.Int64, g.faces)
	case m.campaign.Int64 != other.campaign.Int64:
		into, err := w.merge(m.campaign.Int64, other.campaign.Int64)
		m.campaign.Int64 = into
		return err
	}
	return nil
}

// found begins a campaign with a member that was alone.
func (w *writer) found(m *member) error {
	var ruled int
	var thread int64
	var name, network []byte
	err := w.row(`SELECT state, ruled, thread, name, net_mac FROM comment WHERE id = $1`, []any{m.comment}, &m.state, &ruled, &thread, &name, &network)
	if err != nil {
		return err
	}
	m.refused = m.state == moderation.IsSpam && ruled > 0
	var number int64
	err = w.row(`INSERT INTO campaign (id, size, refused, pages, names, networks, last_at)
		VALUES ($1, 0, 0, 0, 0, 0, $2) RETURNING number`, []any{m.comment, m.at}, &number)
	if err != nil {
		return err
	}
	return w.admit(m, number, [3]int64{thread, face(name), face(network)})
}

// admit puts a member that is alone into a campaign.
func (w *writer) admit(m *member, campaign int64, faces [3]int64) error {
	var counts [3]int
	err := w.row(`SELECT pages, names, networks FROM campaign WHERE number = $1`, []any{campaign}, &counts[0], &counts[1], &counts[2])
	if err == nil {
		err = w.exec(`UPDATE campaign_member SET campaign = $2 WHERE number = $1`, m.number, campaign)
	}
	if err == nil {
		err = w.exec(`UPDATE comment SET lane = 'campaign', place = 0 WHERE id = $1`, m.comment)
	}
	if err != nil {
		return err
	}
	m.campaign = sql.NullInt64{Int64: campaign, Valid: true}
	for kind, hash := range faces {
		if counts[kind] >= moderation.FaceCap {
			continue
		}
		added, err := w.changed(`INSERT INTO campaign_face (campaign, kind, hash) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`, campaign, kind+1, hash)
		if err != nil {
			return err
		}
		counts[kind] += int(added)
	}
	err = w.exec(`UPDATE campaign SET size = size + 1, refused = refused + $2, id = CASE WHEN $3 < id THEN $3 ELSE id END,
		pages = $4, names = $5, networks = $6, last_at = CASE WHEN $7 > last_at THEN $7 ELSE last_at END WHERE number = $1`,
		campaign, one(m.refused), m.comment, counts[0], counts[1], counts[2], m.at)
	if err == nil {
		err = w.exec(`INSERT INTO campaign_site (campaign, site, size, refused, pending, likely) VALUES ($1, $2, 1, $3, $4, $5)`+addSite,
			campaign, m.site, one(m.refused), one(m.state == moderation.Pending), one(m.state == moderation.Pending && m.likely))
	}
	return err
}

// addSite ends an insert of what a campaign counts on a site, where it may count there already.
const addSite = ` ON CONFLICT (campaign, site) DO UPDATE SET size = campaign_site.size + excluded.size,
	refused = campaign_site.refused + excluded.refused, pending = campaign_site.pending + excluded.pending,
	likely = campaign_site.likely + excluded.likely`

func one(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

// merge puts the smaller of two campaigns into the larger and returns its number.
func (w *writer) merge(a, b int64) (into int64, err error) {
	var sizeA, sizeB int
	if err := w.row(`SELECT a.size, b.size FROM campaign a, campaign b WHERE a.number = $1 AND b.number = $2`, []any{a, b}, &sizeA, &sizeB); err != nil {
		return 0, err
	}
	if sizeA < sizeB || sizeA == sizeB && a > b {
		a, b = b, a
	}
	for _, step := range mergeSteps {
		if err := w.exec(step, a, b); err != nil {
			return 0, err
		}
	}
	return a, nil
}

// mergeSteps put the campaign $2 into $1.
var mergeSteps = []string{
	`UPDATE campaign_member SET campaign = $1 WHERE campaign = $2`,
	`INSERT INTO campaign_site (campaign, site, size, refused, pending, likely)
		SELECT $1, site, size, refused, pending, likely FROM campaign_site WHERE campaign = $2` + addSite,
	`DELETE FROM campaign_site WHERE campaign = $2 AND campaign <> $1`,
	`INSERT INTO campaign_face (campaign, kind, hash) SELECT $1, kind, hash FROM campaign_face WHERE campaign = $2 ON CONFLICT DO NOTHING`,
	`DELETE FROM campaign_face WHERE campaign = $2 AND campaign <> $1`,
	`UPDATE campaign SET size = campaign.size + b.size, refused = campaign.refused + b.refused,
		id = CASE WHEN b.id < campaign.id THEN b.id ELSE campaign.id END,
		last_at = CASE WHEN b.last_at > campaign.last_at THEN b.last_at ELSE campaign.last_at END,
		pages = (SELECT count(*) FROM campaign_face WHERE campaign = $1 AND kind = 1),
		names = (SELECT count(*) FROM campaign_face WHERE campaign = $1 AND kind = 2),
		networks = (SELECT count(*) FROM campaign_face WHERE campaign = $1 AND kind = 3)
		FROM campaign b WHERE campaign.number = $1 AND b.number = $2`,
	`DELETE FROM campaign WHERE number = $2 AND number <> $1`,
}

func packSketch(s *moderation.Sketch) []byte {
	b := make([]byte, 0, 2*len(s))
	for _, v := range s {
		b = binary.BigEndian.AppendUint16(b, v)
	}
	return b
}

func unpackSketch(b []byte, s *moderation.Sketch) {
	for i := range min(len(s), len(b)/2) {
		s[i] = binary.BigEndian.Uint16(b[2*i:])
	}
}
