package main

import (
	"context"
	"log/slog"
	"time"

	"balasan/announce"
	"balasan/configs"
	"balasan/moderation"
	"balasan/store"
	"balasan/web"
)

// mailServer is the configured one.
func mailServer(m configs.Mail) announce.MailServer {
	return announce.MailServer{Host: m.Host, Port: m.Port, Encryption: m.Encryption, Username: m.Username, Password: m.Password,
		From: m.Sender(), Timeout: m.Timeout}
}

// addMail tells by mail where there is a server: subscribers of replies, behind the undo window,
// and editors who want digests.
func (t *tellers) addMail(cfg configs.Config, db *store.DB, log *slog.Logger) {
	if cfg.Mail.Host == "" {
		return
	}
	t.mail = &announce.Mail{Server: mailServer(cfg.Mail), Subscribers: db, Digests: db, Requests: db, Base: cfg.Origin(), SiteName: siteName(db)}
	t.followers = append(t.followers, announce.Follower{Name: moderation.MailTarget, Outbox: db, Wait: cfg.Announce.Wait, Plan: t.mail.Plan, Log: log,
		Kinds: []moderation.FactKind{moderation.FactReceived, moderation.FactDecided}})
	t.senders = append(t.senders, &announce.Sender{Target: moderation.MailTarget, Post: db, Send: t.mail.Send,
		Gap: time.Hour / time.Duration(cfg.Mail.Hourly), Log: log})
	if cfg.PublicURL == "" {
		log.Warn("links in mail lead to this machine; set public_url to the address that visitors see", "links", cfg.Origin())
	}
}

// mailNote is what /readyz says of mail; empty when nothing is wrong.
func (s *service) mailNote() string {
	if s.told.mail == nil || s.told.mail.Trouble() == "" {
		return ""
	}
	return s.told.mail.Trouble() + ": letters wait and are tried again"
}

// mailBook is what the front door needs of mail; nil where there is none.
func (s *service) mailBook() web.Mail {
	if s.told.mail == nil {
		return nil
	}
	return s.db
}

// mail speaks to the mail server, and sends a test letter on request.
func (e *exam) mail(ctx context.Context) {
	const check = "mail"
	switch {
	case e.cfg.Mail.Host != "":
	case e.mailTo.IsZero():
		e.skip(check, "not configured")
		return
	default:
		e.bad(check, "not configured, so that no letter can be sent", "set mail.host and mail.from")
		return
	}
	server := mailServer(e.cfg.Mail)
	found := server.Examine(ctx)
	if found.OK && !e.mailTo.IsZero() {
		found = server.Test(ctx, e.mailTo, "id", time.Now())
	}
	if !found.OK {
		e.bad(check, found.Found, found.Fix)
		return
	}
	e.ok(check, "%s", found.Found)
	e.reached(ctx, check, moderation.MailTarget)
}
