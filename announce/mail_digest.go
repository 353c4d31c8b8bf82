package announce

import (
	"context"
	"fmt"
	"slices"
	"time"

	"balasan/moderation"
)

// Digests knows what editors want to be told, and what waits.
type Digests interface {
	Digest(ctx context.Context, editor string) (moderation.Digest, error)
	RefuseDigest(ctx context.Context, editor string, at time.Time) error
	DueDigests(ctx context.Context, at time.Time, limit int) ([]moderation.Digest, error)
	LeaveDigest(ctx context.Context, d moderation.Digest, due time.Time, left []moderation.Delivery, at time.Time) error
	Editors(context.Context) ([]moderation.Editor, error)

	LaneCounts(ctx context.Context, sites []string) (moderation.LaneCounts, error)
	Groups(context.Context, moderation.LaneFilter) (moderation.GroupPage, error)
	List(context.Context, moderation.Filter) (moderation.Listing, error)
	Newest(ctx context.Context, sites []string, lane moderation.Lane, limit int) ([]moderation.Entry, error)
}

const (
	digestsAtOnce = 20
	digestGroups  = 3 // of a lane that a digest shows
	digestQuote   = 200
)

// Step leaves the digests whose time has come and that have something new to tell, and tells how
// many it looked at.
func (m *Mail) Step(ctx context.Context, at time.Time) (int, error) {
	due, err := m.Digests.DueDigests(ctx, at, digestsAtOnce)
	if err != nil || len(due) == 0 {
		return 0, err
	}
	editors, err := m.Digests.Editors(ctx)
	if err != nil {
		return 0, err
	}
	for _, d := range due {
		if err := m.leave(ctx, d, editors, at); err != nil {
			return 0, fmt.Errorf("digest of %s: %w", d.Editor, err)
		}
	}
	return len(due), nil
}

func (m *Mail) leave(ctx context.Context, d moderation.Digest, editors []moderation.Editor, at time.Time) error {
	due := d.NextAt
	d.NextAt = d.Next(at)
	var left []moderation.Delivery
	if sites, any := readable(d, editors); any {
		newest, err := m.newest(ctx, sites)
		if err != nil {
			return err
		}
		if newest > d.Newest {
			d.Newest, d.SentAt = newest, at
			left = append(left, moderation.Delivery{Target: moderation.MailTarget, Ref: moderation.MailRef(moderation.LetterDigest, d.Editor), Event: newEventID()})
		}
	}
	return m.Digests.LeaveDigest(ctx, d, due, left, at)
}

// readable are the sites that a digest may tell of, nil for all; any is false where there are none.
func readable(d moderation.Digest, editors []moderation.Editor) (sites []string, any bool) {
	at := slices.IndexFunc(editors, func(e moderation.Editor) bool { return e.ID == d.Editor })
	if at < 0 {
		return nil, false
	}
	sites, all := d.Within(editors[at])
	if all {
		return nil, true
	}
	return sites, len(sites) > 0
}

// newest is the ID of the comment that came last of all that wait; empty for none.
func (m *Mail) newest(ctx context.Context, sites []string) (id string, err error) {
	for _, lane := range []moderation.Lane{"", moderation.InCampaign} {
		entries, err := m.Digests.Newest(ctx, sites, lane, 1)
		if err != nil {
			return "", err
		}
		if len(entries) > 0 {
			id = max(id, entries[0].ID)
		}
	}
	return id, nil
}

// address asks an editor whether the address is theirs.
func (m *Mail) address(ctx context.Context, editor string) (Letter, error) {
	d, who, err := m.wanted(ctx, editor)
	if err != nil {
		return Letter{}, err
	}
	if !d.ConfirmedAt.IsZero() {
		return Letter{}, errNothing
	}
	w := wordsOf(d.Language)
	return Letter{To: d.Email, Language: d.Language, Subject: w.addressSubject, Small: w.addressSmall,
		Parts: []part{{Text: fmt.Sprintf(w.addressWhy, oneLine(who.Name, 60))}, {Link: link{w.addressGo, m.link(d.Token)}}}}, nil
}

// wanted reads a digest together with its editor; NotFound when either has left.
func (m *Mail) wanted(ctx context.Context, editor string) (moderation.Digest, moderation.Editor, error) {
	d, err := m.Digests.Digest(ctx, editor)
	if err != nil {
		return d, moderation.Editor{}, err
	}
	editors, err := m.Digests.Editors(ctx)
	if err != nil {
		return d, moderation.Editor{}, err
	}
	at := slices.IndexFunc(editors, func(e moderation.Editor) bool { return e.ID == editor })
	if at < 0 || !d.RefusedAt.IsZero() {
		return d, moderation.Editor{}, errNothing
	}
	return d, editors[at], nil
}

// digest tells what needs a person, as it waits when the letter is sent.
func (m *Mail) digest(ctx context.Context, editor string) (Letter, error) {
	d, who, err := m.wanted(ctx, editor)
	if err != nil {
		return Letter{}, err
	}
	sites, any := readable(d, []moderation.Editor{who})
	if !any || d.ConfirmedAt.IsZero() || d.Cadence == moderation.NoDigest {
		return Letter{}, errNothing
	}
	counts, err := m.Digests.LaneCounts(ctx, sites)
	if err != nil {
		return Letter{}, err
	}
	total := counts.Campaign + counts.Doubt + counts.Good
	if total == 0 {
		return Letter{}, errNothing
	}
	w := wordsOf(d.Language)
	l := Letter{To: d.Email, Language: d.Language, Subject: fmt.Sprintf(w.digestSubject, w.number(total)), Small: w.digestSmall,
		Stop: m.link(d.Token), StopWord: w.digestStop}
	l.Parts = []part{{List: lanes(w, counts)}}
	err = m.addOldest(ctx, &l, d, sites)
	for _, lane := range []moderation.Lane{moderation.InCampaign, moderation.InDoubt} {
		if err == nil && counts.Of(lane) > 0 {
			err = m.addGroups(ctx, &l, lane, sites)
		}
	}
	l.Parts = append(l.Parts, part{Link: link{w.digestGo, m.Base + "/queue"}})
	return l, err
}

func lanes(w mailWords, counts moderation.LaneCounts) (lines []string) {
	for _, lane := range moderation.Lanes {
		words := map[moderation.Lane]string{moderation.InCampaign: w.campaigns, moderation.InDoubt: w.doubts, moderation.LooksGood: w.goods}
		if n := counts.Of(lane); n > 0 {
			lines = append(lines, fmt.Sprintf(words[lane], w.number(n)))
		}
	}
	return lines
}

func (m *Mail) addOldest(ctx context.Context, l *Letter, d moderation.Digest, sites []string) error {
	list, err := m.Digests.List(ctx, moderation.Filter{Sites: sites, State: moderation.Pending, Limit: 1})
	if err == nil && len(list.Entries) > 0 {
		w := wordsOf(d.Language)
		l.Parts = append(l.Parts, part{Text: fmt.Sprintf(w.oldest, w.stamp(list.Entries[0].At, d.Zone))})
	}
	return err
}

// addGroups shows the first few of a lane, with names and the beginning of texts.
func (m *Mail) addGroups(ctx context.Context, l *Letter, lane moderation.Lane, sites []string) error {
	page, err := m.Digests.Groups(ctx, moderation.LaneFilter{Lane: lane, Sites: sites, Limit: digestGroups})
	if err != nil {
		return err
	}
	w := wordsOf(l.Language)
	head := w.topDoubts
	if lane == moderation.InCampaign {
		head = w.topCampaigns
	}
	l.Parts = append(l.Parts, part{Head: head})
	for _, g := range page.Groups {
		if len(g.Members) == 0 {
			continue
		}
		e := g.Members[0]
		who := oneLine(passage(e, e.Name, quotedName), quotedName)
		if lane == moderation.InCampaign {
			who = fmt.Sprintf(w.alike, w.number(g.Pending)) + " · " + who
		}
		l.Parts = append(l.Parts, part{Quote: quote{who + " · " + m.site(e.Site), oneLine(passage(e, e.Body, digestQuote), digestQuote)}})
	}
	return nil
}
