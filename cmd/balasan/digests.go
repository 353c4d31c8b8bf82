package main

import (
	"context"
	"crypto/rand"
	"slices"
	"time"

	"balasan/announce"
	"balasan/moderation"
	"balasan/store"
	"balasan/web"
)

const (
	digestEvery = time.Minute
	digestTop   = 3 // groups of a lane
)

// digests writes letters to editors who asked for them.
type digests struct {
	db   *store.DB
	desk moderation.Desk
	base string
	next time.Time
}

// Step writes what is due, once a minute, and tells how many letters that made.
func (d *digests) Step(ctx context.Context, at time.Time) (int, error) {
	if at.Before(d.next) {
		return 0, nil
	}
	d.next = at.Add(digestEvery)
	all, err := d.db.Digests(ctx)
	if err != nil || len(all) == 0 {
		return 0, err
	}
	editors, err := d.db.Editors(ctx)
	written := 0
	for _, one := range all {
		i := slices.IndexFunc(editors, func(e moderation.Editor) bool { return e.ID == one.Editor })
		if err != nil || i < 0 || !one.Due(at) {
			continue
		}
		var told bool
		if told, err = d.write(ctx, one, editors[i], at); told {
			written++
		}
	}
	return written, err
}

// write tells one editor, if anything came since the last time that still waits.
func (d *digests) write(ctx context.Context, one moderation.Digest, editor moderation.Editor, at time.Time) (bool, error) {
	sites, all := editor.Sites(moderation.ToRead)
	if !all && len(sites) == 0 {
		return false, nil
	}
	fresh, err := d.fresh(ctx, sites, one.LookedAt)
	if err != nil {
		return false, err
	}
	if !fresh {
		return false, d.db.Digested(ctx, one, nil, "", at)
	}
	news, err := d.news(ctx, editor, sites)
	if err != nil {
		return false, err
	}
	secret := rand.Text()
	letter := web.DigestLetter(newID(), d.base, secret, one, news)
	return true, d.db.Digested(ctx, one, &letter, secret, at)
}

func (d *digests) fresh(ctx context.Context, sites []string, since time.Time) (bool, error) {
	for _, lane := range []moderation.Lane{"", moderation.InCampaign} { // the empty one is all the others
		newest, err := d.db.Newest(ctx, sites, lane, 1)
		if err != nil || len(newest) > 0 && newest[0].At.After(since) {
			return err == nil, err
		}
	}
	return false, nil
}

func (d *digests) news(ctx context.Context, editor moderation.Editor, sites []string) (n web.DigestNews, err error) {
	if n.Counts, err = d.desk.LaneCounts(ctx, editor, ""); err != nil {
		return n, err
	}
	if n.Oldest, err = d.db.Oldest(ctx, sites); err != nil {
		return n, err
	}
	for _, lane := range []moderation.Lane{moderation.InCampaign, moderation.InDoubt} {
		page, err := d.desk.Lane(ctx, editor, moderation.LaneFilter{Lane: lane, Limit: digestTop})
		if err != nil {
			return n, err
		}
		n.Top = append(n.Top, page.Groups...)
	}
	return n, nil
}

// addLetters lets a service write to editors and readers and lets them ask for it. Without a mail
// server it does nothing.
func (s *service) addLetters(server *web.Server, desk moderation.Desk) {
	if s.told.mail == nil {
		return
	}
	server.Queue.Mail = s.db
	s.told.followers = append(s.told.followers, s.readers())
	s.digests = &digests{db: s.db, desk: desk, base: s.cfg.Origin()}
}

// digest writes digests until ctx ends.
func (s *service) digest(ctx context.Context) {
	if s.digests != nil {
		announce.Run(ctx, s.db.Busy, s.log, s.digests.Step)
	}
}
