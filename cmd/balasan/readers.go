package main

import (
	"context"
	"crypto/rand"
	"time"

	"balasan/announce"
	"balasan/moderation"
	"balasan/store"
	"balasan/web"
)

// readers writes to senders of comments who asked to hear of replies, behind the undo window.
type readers struct {
	db   *store.DB
	base string
}

// readers is the follower that walks the outbox for them.
func (s *service) readers() announce.Follower {
	r := readers{s.db, s.cfg.Origin()}
	return announce.Follower{Name: "replies", Outbox: s.db, Wait: s.cfg.Announce.Wait, Log: s.log, Plan: r.plan,
		Kinds: []moderation.FactKind{moderation.FactReceived, moderation.FactDecided}}
}

// plan writes its letters itself, each once however often a fact is met, and leaves nothing to others.
func (r readers) plan(ctx context.Context, f moderation.Fact) ([]moderation.Delivery, error) {
	if f.To != moderation.Approved {
		return nil, nil
	}
	e, err := r.db.Entry(ctx, f.Comment, nil)
	if err != nil || e.State != moderation.Approved {
		return nil, err
	}
	if err := r.ask(ctx, e); err != nil || e.Parent == "" {
		return nil, err
	}
	return nil, r.tell(ctx, e)
}

// ask lets the sender of what is now public confirm the wish.
func (r readers) ask(ctx context.Context, e moderation.Entry) error {
	asked, _, err := r.db.Wish(ctx, e.ID)
	if err != nil && moderation.CodeOf(err) == moderation.NotFound || asked {
		return nil
	}
	site, siteErr := r.db.Site(ctx, e.Site)
	if err != nil || siteErr != nil || e.Email.IsZero() {
		return err
	}
	secret := rand.Text()
	return r.db.AskReader(ctx, e.ID, web.AskLetter(newID(), r.base, secret, site.Name, e), secret, time.Now())
}

// tell lets the sender of the comment above know of a reply by somebody else.
func (r readers) tell(ctx context.Context, reply moderation.Entry) error {
	_, confirmed, err := r.db.Wish(ctx, reply.Parent)
	if err != nil && moderation.CodeOf(err) == moderation.NotFound || !confirmed {
		return nil
	}
	above, err := r.db.Entry(ctx, reply.Parent, nil)
	if err != nil || above.State != moderation.Approved || above.Email.IsZero() || above.Email == reply.Email {
		return err
	}
	site, err := r.db.Site(ctx, reply.Site)
	if err != nil {
		return err
	}
	secret := rand.Text()
	return r.db.TellReader(ctx, above.ID, reply.ID, web.ReplyLetter(newID(), r.base, secret, site.Name, above, reply), secret, time.Now())
}
