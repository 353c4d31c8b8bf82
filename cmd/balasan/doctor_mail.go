package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"balasan/announce"
	"balasan/moderation"
)

// mailWays are the ports that mail servers take letters on, tried where the configured one fails.
var mailWays = []struct {
	port       int
	encryption string
}{{465, "tls"}, {587, "starttls"}}

// mail signs in to the mail server, and sends a letter when it was asked to.
func (e *exam) mail(ctx context.Context) {
	const check = "mail"
	m := newMail(e.cfg.Mail, e.db)
	if m == nil {
		e.skip(check, "not configured")
		return
	}
	m.Timeout = min(m.Timeout, examLimit/4) // other ports want their turn
	if err := m.Connect(ctx); err != nil {
		e.bad(check, fmt.Sprintf("%s:%d: %s", m.Host, m.Port, err), e.otherWay(ctx, *m, err))
		return
	}
	if e.mailTo == "" {
		e.ok(check, "%s:%d takes letters; --mail-to ADDRESS sends one", m.Host, m.Port)
		return
	}
	to, err := moderation.ParseEmail(e.mailTo)
	if err != nil {
		e.bad(check, "--mail-to is no address", "write it as nama@example.id")
		return
	}
	test := moderation.Letter{ID: newID(), To: to, Language: "en", Subject: "balasan: test", Text: "This is a test. Mail from balasan arrives here."}
	if err := m.Post(ctx, test, time.Now()); err != nil {
		e.bad(check, err.Error(), "mail.from must be an address that the account may send for")
		return
	}
	e.ok(check, "%s:%d took a test mail", m.Host, m.Port)
}

// otherWay finds a port that works, or says what to look at.
func (e *exam) otherWay(ctx context.Context, m announce.Mail, cause error) string {
	if strings.Contains(cause.Error(), "name and password") {
		return "correct mail.username and mail.password; many providers want a password made for programs"
	}
	for _, way := range mailWays {
		if way.port == m.Port && way.encryption == m.Encryption {
			continue
		}
		m.Port, m.Encryption = way.port, way.encryption
		if m.Connect(ctx) == nil {
			return fmt.Sprintf("set mail.port: %d and mail.encryption: %s, which work", way.port, way.encryption)
		}
	}
	switch text := cause.Error(); {
	case strings.Contains(text, "name is not known"):
		return "correct mail.host"
	case strings.Contains(text, "certificate"):
		return "set mail.host to the name that stands in the server's certificate"
	default:
		return "465 and 587 do not work either: many hosting companies block outgoing mail until asked; ask yours, or use its own mail server"
	}
}
