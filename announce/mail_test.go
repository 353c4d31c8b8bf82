package announce

import (
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"balasan/internal/mailtest"
	"balasan/moderation"
	"balasan/store"
)

// post is a desk whose letters go to a server on this machine.
type post struct {
	*desk
	*mailtest.Server
	mail   *Mail
	sender *Sender
	last   error
}

func newPost(t *testing.T) *post {
	p := &post{desk: newDesk(t), Server: mailtest.Start(t)}
	p.mail = &Mail{Host: "127.0.0.1", Port: p.Port, Encryption: "none", From: "Redaksi Désa <redaksi@desa.example.id>", Timeout: 10 * time.Second,
		Letters: p.DB, Report: func(err error) { p.last = err }}
	p.sender = &Sender{Target: store.MailTarget, Post: p.DB, Send: p.mail.Send, Log: silent}
	return p
}

func (p *post) letter() moderation.Letter {
	to, err := moderation.ParseEmail("sari@contoh.id")
	must(p.t, err)
	return moderation.Letter{ID: newID(), To: to, Language: "id", Subject: "3 menunggu\r\nBcc: jahat@example.com", Text: "Halo <b>Sari</b>\n\nhttps://desa.example.id/queue",
		Stop: "https://desa.example.id/subscriptions/abc"}
}

func (p *post) step() int {
	p.t.Helper()
	n, err := p.sender.Step(p.t.Context(), p.at)
	must(p.t, err)
	return n
}

func TestALetterArrivesOnceAndIsForgotten(t *testing.T) {
	p := newPost(t)
	l := p.letter()
	must(t, p.Mail(t.Context(), l, p.at))
	if p.step(); p.step() != 0 {
		t.Error("something is left to send")
	}
	all := p.Arrived()
	if len(all) != 1 || all[0].To != "sari@contoh.id" {
		t.Fatalf("%+v", all)
	}
	head := all[0].Head
	for name, want := range map[string]string{"Message-Id": "<" + l.ID + "@desa.example.id>", "Auto-Submitted": "auto-generated", "Bcc": "",
		"List-Unsubscribe": "<" + l.Stop + ">", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click", "Date": p.at.Format(time.RFC1123Z)} {
		if head.Get(name) != want {
			t.Errorf("%s: %q, want %q", name, head.Get(name), want)
		}
	}
	for _, part := range []string{"text/plain", "text/html", "&lt;b&gt;Sari", "Halo <b>Sari"} {
		if !strings.Contains(all[0].Raw, part) {
			t.Errorf("no %q in %s", part, all[0].Raw)
		}
	}
	if _, err := p.Letter(t.Context(), l.ID); moderation.CodeOf(err) != moderation.NotFound {
		t.Errorf("the letter is still kept: %v", err)
	}
}

func TestALetterWaitsWhileTheServerIsBusy(t *testing.T) {
	p := newPost(t)
	must(t, p.Mail(t.Context(), p.letter(), p.at))
	p.Refuse(&smtp.SMTPError{Code: 451, Message: "sari@contoh.id later"})
	p.step()
	if p.last == nil || strings.Contains(p.last.Error(), "sari") || len(p.Arrived()) > 0 {
		t.Fatalf("said %v", p.last)
	}
	p.Refuse(nil)
	p.at = p.at.Add(time.Hour)
	if p.step(); p.last != nil || len(p.Arrived()) != 1 {
		t.Errorf("%d arrived: %v", len(p.Arrived()), p.last)
	}
}

func TestALetterToNobodyIsForgotten(t *testing.T) {
	p := newPost(t)
	l := p.letter()
	must(t, p.Mail(t.Context(), l, p.at))
	p.Refuse(&smtp.SMTPError{Code: 550, Message: "no such user"})
	p.step()
	if _, err := p.Letter(t.Context(), l.ID); moderation.CodeOf(err) != moderation.NotFound || p.last != nil {
		t.Errorf("the letter is kept: %v %v", err, p.last)
	}
}

func TestAServerThatIsAwayIsToldInPlainWords(t *testing.T) {
	p := newPost(t)
	p.mail.Port = 1
	if err := p.mail.Connect(t.Context()); err == nil || !strings.Contains(err.Error(), "nothing listens") {
		t.Errorf("said %v", err)
	}
	p.mail.Port, p.mail.Encryption = p.Port, "starttls"
	if err := p.mail.Connect(t.Context()); err == nil || !strings.Contains(err.Error(), "STARTTLS") {
		t.Errorf("said %v", err)
	}
}
