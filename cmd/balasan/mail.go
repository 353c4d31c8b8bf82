package main

import (
	"log/slog"

	"balasan/announce"
	"balasan/configs"
	"balasan/store"
)

// newMail reads the server of the configuration; nil without one.
func newMail(m configs.Mail, db *store.DB) *announce.Mail {
	if !m.On() {
		return nil
	}
	return &announce.Mail{Host: m.Host, Port: m.Port, Encryption: m.Encryption, Username: m.Username, Password: m.Password,
		From: m.From, Timeout: m.Timeout, Letters: db}
}

// addMail lets letters go out beside the other announcements; report hears when they do not.
func (t *tellers) addMail(m configs.Mail, db *store.DB, log *slog.Logger, report func(error)) {
	if t.mail = newMail(m, db); t.mail == nil {
		return
	}
	t.mail.Report = report
	t.senders = append(t.senders, &announce.Sender{Target: store.MailTarget, Post: db, Send: t.mail.Send, Log: log})
}

// mailWent tells /readyz how the last try at the mail server went.
func (s *service) mailWent(err error) {
	note := ""
	if err != nil {
		note = err.Error() + ": letters wait"
	}
	s.health.set("mail", note)
}
