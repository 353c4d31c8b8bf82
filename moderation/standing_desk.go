package moderation

import (
	"context"
	"slices"
	"time"
)

// RefuseAlike refuses for some hours what looks like the refused comments of a batch or of a
// campaign, on all sites where the editor decides.
func (d Desk) RefuseAlike(ctx context.Context, by Editor, of string, hours int) (Standing, error) {
	sites, err := allowed(by, ToDecide)
	if err != nil {
		return Standing{}, err
	}
	if hours < 1 || hours > MaxAlikeHours {
		return Standing{}, fault("hours", FaultFormat)
	}
	refused, err := d.Ledger.Refused(ctx, of, sites, MaxBatch)
	if err != nil {
		return Standing{}, err
	}
	prints := make([]Print, len(refused))
	for i, c := range refused {
		prints[i] = d.Tying.Print(c)
	}
	likeness, model := LikenessOf(prints)
	if len(likeness.Ties) == 0 {
		return Standing{}, fault("alike", FaultTooShort)
	}
	s := d.standing(by, RefuseAlike, of, time.Duration(hours)*time.Hour)
	s.About, s.Sites = beginning(refused[model].Body), slices.Sorted(slices.Values(sites))
	if sites == nil {
		s.Sites = []string{AllSites}
	}
	return s, d.Ledger.Stand(ctx, s, Traits{Likeness: likeness})
}

// Ban refuses for some days what the sender of a comment sends to the same site.
func (d Desk) Ban(ctx context.Context, by Editor, comment string, mark Mark, days int, note string) (Standing, error) {
	entry, err := d.entry(ctx, by, ToDecide, comment)
	switch {
	case err != nil:
		return Standing{}, err
	case !mark.Valid():
		return Standing{}, fault("what", FaultUnknown)
	case days < 1 || days > MaxBanDays:
		return Standing{}, fault("days", FaultFormat)
	case !noteFits(note):
		return Standing{}, &Problem{Code: Invalid, Fields: []FieldFault{{"note", FaultTooLong, MaxNote}}}
	case (entry.Email.IsZero() || !mark.Has(ByEmail)) && (!entry.Addr.IsValid() || entry.Near || !mark.Has(ByNetwork)):
		return Standing{}, fault("what", FaultRequired)
	}
	s := d.standing(by, RefuseSender, comment, time.Duration(days)*24*time.Hour)
	s.Mark, s.Sites, s.About, s.Note = mark, []string{entry.Site}, entry.Name, note
	var traits Traits
	if mark.Has(ByEmail) {
		traits.Email = entry.Email
	}
	if mark.Has(ByNetwork) && !entry.Near {
		traits.Addr = entry.Addr
	}
	return s, d.Ledger.Stand(ctx, s, traits)
}

func (d Desk) standing(by Editor, kind StandingKind, of string, life time.Duration) Standing {
	now := time.Now()
	return Standing{ID: d.NewID(), Kind: kind, Of: of, Editor: by.ID, By: by.Name, At: now, Until: now.Add(life)}
}

// Revoke ends a standing decision before its time, for whoever may decide wherever it holds.
func (d Desk) Revoke(ctx context.Context, by Editor, id string) (Standing, error) {
	s, err := d.Standing(ctx, by, id)
	if err != nil {
		return s, err
	}
	if !s.May(by, ToDecide) {
		return s, &Problem{Code: Forbidden}
	}
	return s, d.Ledger.Revoke(ctx, id, by, time.Now())
}

// retract ends what was made of a batch that is taken back, wherever the editor may.
func (d Desk) retract(ctx context.Context, by Editor, batch string) error {
	now := time.Now()
	all, err := d.Ledger.StandingsOf(ctx, batch, now)
	for _, s := range all {
		if err == nil && s.May(by, ToDecide) {
			err = d.Ledger.Revoke(ctx, s.ID, by, now)
		}
	}
	return err
}

// Standing reads one standing decision.
func (d Desk) Standing(ctx context.Context, by Editor, id string) (Standing, error) {
	sites, err := allowed(by, ToRead)
	if err != nil {
		return Standing{}, err
	}
	return d.Ledger.Standing(ctx, id, sites)
}

// Standings lists the standing decisions that hold where the editor reads.
func (d Desk) Standings(ctx context.Context, by Editor, cursor string) (StandingPage, error) {
	sites, err := allowed(by, ToRead)
	if err != nil {
		return StandingPage{}, err
	}
	return d.Ledger.Standings(ctx, sites, cursor, 50)
}

// Stopped lists what a standing decision stopped, newest first.
func (d Desk) Stopped(ctx context.Context, by Editor, id, cursor string) (Listing, error) {
	sites, err := allowed(by, ToRead)
	if err != nil {
		return Listing{}, err
	}
	return d.Ledger.Stopped(ctx, id, sites, cursor, 50)
}

// Restore brings what a standing decision stopped back into the queue, MaxBatch of it at once, but
// for what somebody has decided on since. It is one batch, which can be undone. More tells that
// some of it is left.
func (d Desk) Restore(ctx context.Context, by Editor, id string) (settled Settled, more bool, err error) {
	sites, err := allowed(by, ToDecide)
	if err != nil {
		return Settled{}, false, err
	}
	ids, err := d.Ledger.StoppedStill(ctx, id, sites, MaxBatch+1)
	if err != nil {
		return Settled{}, false, err
	}
	if len(ids) == 0 {
		return Settled{}, false, &Problem{Code: NotFound}
	}
	more = len(ids) > MaxBatch
	settled, err = d.Decide(ctx, by, Ruling{IDs: ids[:min(len(ids), MaxBatch)], From: IsSpam, To: Pending})
	return settled, more, err
}
