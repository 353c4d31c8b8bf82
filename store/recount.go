package store

import (
	"database/sql"
	"errors"

	"balasan/moderation"
)

// onSite names what campaigns count site by site.
type onSite struct {
	campaign int64
	site     string
}

// counts are changes of an onSite.
type counts struct{ refused, pending, likely int }

// recount follows a decision in the campaign of its comment; the sums are written by tally.
func (w *writer) recount(s standing, to moderation.State, t *tallies) error {
	var number int64
	var campaign sql.NullInt64
	var likely bool
	err := w.row(`SELECT number, campaign, likely FROM campaign_member WHERE comment = $1`, []any{s.id}, &number, &campaign, &likely)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err == nil && (s.state == moderation.Pending) != (to == moderation.Pending) {
		err = w.exec(`UPDATE campaign_member SET pending = $2 WHERE number = $1`, number, to == moderation.Pending)
	}
	if err != nil || !campaign.Valid {
		return err
	}
	t.touched[campaign.Int64] = true
	at := onSite{campaign.Int64, s.site}
	c, pending := t.campaigns[at], one(to == moderation.Pending)-one(s.state == moderation.Pending)
	c.pending += pending
	c.likely += pending * one(likely)
	c.refused += one(to == moderation.IsSpam) - one(s.state == moderation.IsSpam && s.ruled > 0)
	t.campaigns[at] = c
	return nil
}

// tallies are what one transaction changes of rows that many of its comments share: each such row
// is written once.
type tallies struct {
	campaigns map[onSite]counts
	touched   map[int64]bool // campaigns
	threads   map[place]int  // approved comments more or less; a thread that is here has a new version
}

type place struct{ site, page string }

func newTallies() *tallies {
	return &tallies{campaigns: map[onSite]counts{}, touched: map[int64]bool{}, threads: map[place]int{}}
}

func (w *writer) tally(t *tallies) error {
	for at, more := range t.threads {
		if err := w.exec(publishMore, at.site, at.page, more); err != nil {
			return err
		}
	}
	refused := map[int64]int{}
	for at, c := range t.campaigns {
		refused[at.campaign] += c.refused
		if c == (counts{}) {
			continue
		}
		err := w.exec(`UPDATE campaign_site SET refused = refused + $3, pending = pending + $4, likely = likely + $5
			WHERE campaign = $1 AND site = $2`, at.campaign, at.site, c.refused, c.pending, c.likely)
		if err != nil {
			return err
		}
	}
	for campaign, n := range refused {
		if n == 0 {
			continue
		}
		if err := w.exec(`UPDATE campaign SET refused = refused + $2 WHERE number = $1`, campaign, n); err != nil {
			return err
		}
	}
	return nil
}
