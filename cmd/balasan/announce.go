package main

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"balasan/announce"
	"balasan/configs"
	"balasan/moderation"
	"balasan/store"
)

// tellers are the announcements of one installation.
type tellers struct {
	webhooks  []announce.Webhook
	telegram  *announce.Telegram // nil without a token
	mail      *announce.Mail     // nil without a server
	followers []announce.Follower
	senders   []*announce.Sender
}

// newTellers reads who is told what from the configuration.
func newTellers(cfg configs.Config, db *store.DB, log *slog.Logger) *tellers {
	t, a := &tellers{}, cfg.Announce
	client := announce.Outside{Allowed: a.Allowed()}.Client()
	for _, w := range a.Webhooks {
		hook := announce.Webhook{URL: w.URL, Key: w.Key(), Sites: w.Sites, Events: w.Events, Comments: db, Client: client, NewID: newID}
		t.webhooks = append(t.webhooks, hook)
		t.senders = append(t.senders, &announce.Sender{Target: hook.Target(), Post: db, Send: hook.Send, Log: log})
	}
	if len(t.webhooks) > 0 {
		t.followers = append(t.followers, announce.Follower{Name: "webhook", Outbox: db, Wait: a.Wait, Plan: t.planWebhooks, Log: log,
			Kinds: []moderation.FactKind{moderation.FactReceived, moderation.FactDecided}})
	}
	t.addMail(cfg, db, log)
	if a.Telegram.Token == "" {
		return t
	}
	t.telegram = &announce.Telegram{API: a.Telegram.API, Token: a.Telegram.Token, Chat: a.Telegram.Chat, Language: a.Telegram.Language,
		Queue: cfg.Origin() + "/queue", SiteName: siteName(db), Groups: db, Client: client, NewID: newID}
	open := func(at time.Time) time.Time { return a.Quiet.Open(at, cfg.Zone()) }
	t.senders = append(t.senders, &announce.Sender{Target: t.telegram.Target(), Post: db, Send: t.telegram.Send,
		Batch: announce.TelegramBatch, Gap: time.Minute, Open: open, Log: log})
	t.followers = append(t.followers, announce.Follower{Name: t.telegram.Target(), Outbox: db, Wait: time.Minute, // campaigns are gathered by then
		Kinds: []moderation.FactKind{moderation.FactReceived}, Plan: t.telegram.Plan, Log: log})
	return t
}

func siteName(db *store.DB) func(id string) string {
	return func(id string) string {
		site, _ := db.Site(context.Background(), id) // from its cache
		return site.Name
	}
}

func (t *tellers) planWebhooks(_ context.Context, f moderation.Fact) (all []moderation.Delivery, err error) {
	for _, w := range t.webhooks {
		all = append(all, w.Plan(f)...)
	}
	return all, nil
}

// announce tells others until ctx ends. Each target has a loop of its own, so that none waits for
// another one.
func (s *service) announce(ctx context.Context) {
	var all sync.WaitGroup
	for _, f := range s.told.followers {
		all.Go(func() { announce.Run(ctx, s.db.Busy, s.log, f.Step) })
	}
	if s.told.mail != nil {
		all.Go(func() { announce.Run(ctx, s.db.Busy, s.log, s.told.mail.Step) })
	}
	for _, sender := range s.told.senders {
		all.Go(func() { announce.Run(ctx, s.db.Busy, s.log, sender.Step) })
	}
	all.Wait()
}

// undelivered sums up what waits and what was given up, for the figures.
func (s *service) undelivered() (waiting, dead float64) {
	ctx, cancel := context.WithTimeout(context.Background(), probeLimit)
	defer cancel()
	all, _ := s.db.Reaches(ctx) // a database that is away is told elsewhere
	for _, r := range all {
		waiting, dead = waiting+float64(r.Waiting), dead+float64(r.Dead)
	}
	return waiting, dead
}
