package moderation

import (
	"context"
	"slices"
	"strings"
	"time"
)

// Lane reads one page of a lane, with the leases of other editors on its groups.
func (d Desk) Lane(ctx context.Context, by Editor, f LaneFilter) (GroupPage, error) {
	sites, err := allowed(by, ToRead)
	if err != nil {
		return GroupPage{}, err
	}
	if !f.Lane.Valid() {
		return GroupPage{}, fault("lane", FaultUnknown)
	}
	if f.Limit < 1 || f.Limit > 50 {
		f.Limit = 20
	}
	f.Sites = sites
	page, err := d.Ledger.Groups(ctx, f)
	if err != nil {
		return GroupPage{}, err
	}
	for _, g := range page.Groups {
		show(g.Members)
	}
	return page, d.addLeases(ctx, by, page.Groups)
}

// Group reads what waits of the group that a comment belongs to.
func (d Desk) Group(ctx context.Context, by Editor, id string) (Group, error) {
	sites, err := allowed(by, ToRead)
	if err != nil {
		return Group{}, err
	}
	g, err := d.Ledger.Group(ctx, id, sites)
	if err != nil {
		return Group{}, err
	}
	show(g.Members)
	one := []Group{g}
	err = d.addLeases(ctx, by, one)
	return one[0], err
}

func (d Desk) addLeases(ctx context.Context, by Editor, groups []Group) error {
	leases, err := d.Ledger.Leases(ctx, time.Now())
	for i, g := range groups {
		at := slices.IndexFunc(leases, func(l Lease) bool { return l.Group == g.ID && l.Editor != by.ID })
		if at >= 0 {
			groups[i].Lease = &leases[at]
		}
	}
	return err
}

// LaneCounts counts what waits in each lane on one site, or on all that the editor may read.
func (d Desk) LaneCounts(ctx context.Context, by Editor, site string) (LaneCounts, error) {
	sites, err := allowed(by, ToRead)
	if err != nil {
		return LaneCounts{}, err
	}
	if site != "" {
		if !by.May(ToRead, site) {
			return LaneCounts{}, &Problem{Code: Forbidden}
		}
		sites = []string{site}
	}
	return d.Ledger.LaneCounts(ctx, sites)
}

// Lease takes a group, or prolongs that, for LeaseLife; the answer tells who has it, which may be
// somebody else. A lease forbids nothing: it tells colleagues to read something else.
func (d Desk) Lease(ctx context.Context, by Editor, group string) (Lease, error) {
	if _, err := allowed(by, ToDecide); err != nil {
		return Lease{}, err
	}
	return d.Ledger.TakeLease(ctx, group, by, time.Now())
}

// Release gives a group back.
func (d Desk) Release(ctx context.Context, by Editor, group string) error {
	if _, err := allowed(by, ToDecide); err != nil {
		return err
	}
	return d.Ledger.DropLease(ctx, group, by)
}

// Leases lists what editors have open now, on any site: the ID of a group tells nothing of it.
func (d Desk) Leases(ctx context.Context, by Editor) ([]Lease, error) {
	if _, err := allowed(by, ToRead); err != nil {
		return nil, err
	}
	return d.Ledger.Leases(ctx, time.Now())
}

// MaxKindred is how many comments of a sender are shown.
const MaxKindred = 20

// Sender tells what is known of a comment's sender on the sites that the editor may read.
func (d Desk) Sender(ctx context.Context, by Editor, id string) (SenderStory, error) {
	sites, err := allowed(by, ToRead)
	if err != nil {
		return SenderStory{}, err
	}
	story, err := d.Ledger.SenderStory(ctx, id, sites, MaxKindred)
	for i, k := range story.Comments {
		story.Comments[i].Entry = k.Shown()
	}
	return story, err
}

// History lists what editors did on the sites that this one may read, newest first.
func (d Desk) History(ctx context.Context, by Editor, cursor string, limit int) (BatchPage, error) {
	sites, err := allowed(by, ToRead)
	if err != nil {
		return BatchPage{}, err
	}
	return d.Ledger.History(ctx, sites, cursor, min(max(limit, 1), 100))
}

// MaxEdit is the longest text that an editor may give a comment, in runes; no visitor may send a
// longer one either.
const MaxEdit = 20_000

// Edit changes a comment's text, whatever its state; the text before is kept for editors. Version
// is the comment's that the editor saw: when somebody changed its text or state since, nothing is
// done and the error is Decided. The same text again changes nothing, without an error.
func (d Desk) Edit(ctx context.Context, by Editor, id, body string, version int) (Settled, error) {
	entry, err := d.entry(ctx, by, ToDecide, id)
	if err != nil {
		return Settled{}, err
	}
	body = strings.TrimSpace(strings.ReplaceAll(strings.ReplaceAll(body, "\r\n", "\n"), "\r", "\n"))
	if f := textFault(body, MaxEdit, "\n\t"); f != "" {
		return Settled{}, &Problem{Code: Invalid, Fields: []FieldFault{{"body", f, MaxEdit}}}
	}
	if body == entry.Body {
		return Settled{}, nil
	}
	settled, err := d.Ledger.Edit(ctx, id, body, version, by, d.NewID(), []string{entry.Site}, time.Now())
	return settled, verdictOn(settled, err)
}

// Remark logs a note on a comment for other editors; it changes nothing else.
func (d Desk) Remark(ctx context.Context, by Editor, id, note string) (Settled, error) {
	sites, err := allowed(by, ToDecide)
	if err != nil {
		return Settled{}, err
	}
	note = strings.TrimSpace(strings.ReplaceAll(note, "\r\n", "\n"))
	if f := textFault(note, MaxNote, "\n\t"); f != "" {
		return Settled{}, &Problem{Code: Invalid, Fields: []FieldFault{{"note", f, MaxNote}}}
	}
	settled, err := d.Ledger.Remark(ctx, id, note, by, d.NewID(), sites, time.Now())
	return settled, verdictOn(settled, err)
}
