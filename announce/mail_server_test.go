package announce

import (
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	"balasan/internal/mailtest"
	"balasan/moderation"
)

func email(t *testing.T, s string) moderation.Email {
	t.Helper()
	e, err := moderation.ParseEmail(s)
	must(t, err)
	return e
}

func letter(t *testing.T) Letter {
	return Letter{ID: "satu", To: email(t, "wayan@contoh.id"), Language: "id", At: time.Date(2026, 11, 25, 1, 2, 3, 0, time.UTC), Subject: "Balasan untuk Anda",
		Stop: "https://komentar.example/subscriptions/abc", StopWord: "Berhenti", Small: "Karena Anda memintanya.",
		Parts: []part{{Text: "Ada balasan."}, {Quote: quote{"Sari", "Baris <b>satu</b>\nbaris dua"}}, {Link: link{"Baca", "https://desa.id/1#balasan-9"}}}}
}

func TestALetterArrivesOverEveryEncryption(t *testing.T) {
	for _, encryption := range []string{MailTLS, MailStartTLS, MailPlain} {
		t.Run(encryption, func(t *testing.T) {
			var login []string
			if encryption != MailPlain {
				login = []string{"redaksi", "rahasia"}
			}
			box := mailtest.Start(t, encryption, login...)
			must(t, reached(box, encryption).Send(t.Context(), letter(t)))
			got := box.Take()
			if len(got) != 1 || got[0].From != "redaksi@desa.example" || got[0].To != "wayan@contoh.id" {
				t.Fatalf("got %+v", got)
			}
		})
	}
}

func TestALetterSaysWhatItIs(t *testing.T) {
	box := mailtest.Start(t, MailPlain)
	must(t, reached(box, MailPlain).Send(t.Context(), letter(t)))
	l := box.Take()[0]
	for name, want := range map[string]string{
		"Message-Id":            "<satu@desa.example>",
		"Date":                  "Wed, 25 Nov 2026 01:02:03 +0000",
		"From":                  `"Redaksi Desa" <redaksi@desa.example>`,
		"To":                    "<wayan@contoh.id>",
		"Auto-Submitted":        "auto-generated",
		"List-Unsubscribe":      "<https://komentar.example/subscriptions/abc>",
		"List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
		"Content-Language":      "id",
	} {
		if got := l.Header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if want := "Ada balasan.\n\nSari:\n> Baris <b>satu</b>\n> baris dua\n\nBaca:\nhttps://desa.id/1#balasan-9\n\n-- \nKarena Anda memintanya.\nBerhenti: https://komentar.example/subscriptions/abc\n"; strings.TrimRight(l.Text, "\n")+"\n" != want {
		t.Errorf("text %q", l.Text)
	}
	if !strings.Contains(l.HTML, "Baris &lt;b&gt;satu") {
		t.Errorf("a visitor's markup is markup: %s", l.HTML)
	}
	for _, remote := range []string{"<img", "src=", "url(", "<script", "<link"} {
		if strings.Contains(l.HTML, remote) {
			t.Errorf("the letter loads something: %s", remote)
		}
	}
}

func TestNoHeaderTakesALineOfAVisitor(t *testing.T) {
	box := mailtest.Start(t, MailPlain)
	for _, evil := range []string{"Halo\r\nBcc: korban@contoh.id", "Halo\nBcc: korban@contoh.id\n\nisi", "Halo\rBcc: korban@contoh.id", "Halo\u2028Bcc: korban@contoh.id", "=?utf-8?q?Halo=0D=0ABcc:_korban@contoh.id?="} {
		l := letter(t)
		l.Subject = evil
		must(t, reached(box, MailPlain).Send(t.Context(), l))
		got := box.Take()[0]
		if got.Header.Get("Bcc") != "" || got.To != "wayan@contoh.id" || strings.Contains(got.Raw[:strings.Index(got.Raw, "\r\n\r\n")], "\r\nBcc:") {
			t.Errorf("%q became %s", evil, got.Raw)
		}
		if strings.ContainsAny(got.Subject(), "\r\n") && !strings.HasPrefix(evil, "=?") {
			t.Errorf("%q reads %q", evil, got.Subject())
		}
	}
	for _, evil := range []string{"a@contoh.id\r\nBcc: korban@contoh.id", "a@contoh.id,korban@contoh.id", "<a@contoh.id>", "a b@contoh.id"} {
		if _, err := moderation.ParseEmail(evil); err == nil {
			t.Errorf("%q is taken for an address", evil)
		}
	}
}

func TestEveryTroubleHasItsNameAndItsCure(t *testing.T) {
	tlsBox, startBox, plainBox := mailtest.Start(t, MailTLS, "redaksi", "rahasia"), mailtest.Start(t, MailStartTLS, "redaksi", "rahasia"), mailtest.Start(t, MailPlain)
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	shut := closed.Addr().(*net.TCPAddr).Port
	must(t, closed.Close())
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	defer silent.Close()

	for name, test := range map[string]struct {
		box        *mailtest.Box
		encryption string
		change     func(*MailServer)
		found, fix string
	}{
		"all is well":                        {tlsBox, MailTLS, nil, "takes the connection (tls) and the sign-in", ""},
		"starttls on a port for tls":         {tlsBox, MailStartTLS, nil, "does not answer in time", "with tls works: set mail.port: "},
		"tls on a port for starttls":         {startBox, MailTLS, nil, "does not speak TLS", "with starttls works: set mail.port: "},
		"the wrong password":                 {tlsBox, MailTLS, func(s *MailServer) { s.Password = "lain" }, "refuses username or password (535)", "correct mail.username and mail.password"},
		"a certificate for nobody we trust":  {tlsBox, MailTLS, func(s *MailServer) { s.Roots = nil }, "certificate", "set mail.host to the name"},
		"a name that nobody knows":           {tlsBox, MailTLS, func(s *MailServer) { s.Host = "tidak-ada.invalid" }, "name of the mail server is not known", "correct mail.host"},
		"a closed port, another one is open": {tlsBox, MailTLS, func(s *MailServer) { s.Others = []Route{{s.Port, MailTLS}}; s.Port = shut }, "refuses the connection", "with tls works"},
		"a closed port and no other":         {tlsBox, MailTLS, func(s *MailServer) { s.Port = shut }, "refuses the connection", "are open: correct mail.host"},
		"a port that says nothing":           {tlsBox, MailStartTLS, func(s *MailServer) { s.Port, s.Timeout = silent.Addr().(*net.TCPAddr).Port, 300*time.Millisecond }, "does not answer in time", "a firewall may stop it"},
		"no starttls anywhere":               {plainBox, MailStartTLS, nil, "offers no STARTTLS", "ask whoever runs the server"},
		"a password that nobody asks for":    {plainBox, MailPlain, func(s *MailServer) { s.Username, s.Password = "a", "b" }, "takes no sign-in this way", "remove mail.username"},
	} {
		t.Run(name, func(t *testing.T) {
			server := reached(test.box, test.encryption)
			if test.change != nil {
				test.change(&server)
			}
			f := server.Examine(t.Context())
			if f.OK != (test.fix == "") || !strings.Contains(f.Found, test.found) || !strings.Contains(f.Fix, test.fix) {
				t.Errorf("found %q, fix %q", f.Found, f.Fix)
			}
			if strings.Contains(f.Found+f.Fix, "rahasia") {
				t.Error("the password is told")
			}
		})
	}
}

func TestARefusedLetterSaysWhoseFaultItIs(t *testing.T) {
	for name, test := range map[string]struct {
		what           string
		code           []int
		says           string
		alone, unknown bool
	}{
		"no such address":                {"wayan@contoh.id", []int{550, 5, 1, 1}, "refuses the recipient (550)", true, true},
		"relaying denied":                {"wayan@contoh.id", []int{550, 5, 7, 1}, "refuses the recipient (550)", true, false},
		"a full mailbox":                 {"wayan@contoh.id", []int{452, 4, 2, 2}, "refuses the recipient (452)", true, false},
		"grey for now":                   {"wayan@contoh.id", []int{450, 4, 7, 1}, "refuses the recipient (450)", true, false},
		"a sender that may not":          {"from", []int{553, 5, 7, 1}, "refuses the sender (553)", false, false},
		"a letter that looks like spam":  {"data", []int{554, 5, 7, 1}, "refuses the letter (554)", true, false},
		"a server that goes down":        {"from", []int{421, 4, 3, 2}, "does not answer in time (421)", false, false},
		"a sign-in that was not asked":   {"from", []int{530, 5, 7, 0}, "refuses username or password (530)", false, false},
		"a recipient before the sign-in": {"wayan@contoh.id", []int{530, 5, 7, 0}, "refuses username or password (530)", false, false},
	} {
		t.Run(name, func(t *testing.T) {
			box := mailtest.Start(t, MailPlain)
			box.Refuse(test.what, test.code[0], test.code[1:]...)
			err := reached(box, MailPlain).Send(t.Context(), letter(t))
			failed, ok := errors.AsType[*MailError](err)
			if !ok || !strings.Contains(err.Error(), test.says) || errors.Is(err, ErrAlone) != test.alone || failed.Unknown != test.unknown {
				t.Errorf("got %+v", err)
			}
			if strings.Contains(err.Error(), "wayan") {
				t.Errorf("the address is told: %v", err)
			}
		})
	}
}

// TestWhatVisitorsWroteIsNoMarkup puts hostile texts where letters quote them.
func TestWhatVisitorsWroteIsNoMarkup(t *testing.T) {
	box := mailtest.Start(t, MailPlain)
	for _, evil := range []string{"<script>alert(1)</script>", `"><img src=x onerror=alert(1)>`, "<a href='javascript:alert(1)'>x</a>", "</title><b>", "{{.To}}", "<!--", "&lt;script&gt;", "\u202eevil\u202c"} {
		l := letter(t)
		l.Subject, l.Small = evil, evil
		l.Parts = []part{{Text: evil}, {Head: evil}, {Quote: quote{evil, evil}}, {List: []string{evil}}, {Link: link{evil, "javascript:alert(1)"}}}
		must(t, reached(box, MailPlain).Send(t.Context(), l))
		got := box.Take()[0].HTML
		for _, alive := range []string{"<script", "<img", "<b>", "<!--", "'javascript", `"javascript`, "<a href='"} {
			if strings.Contains(got, alive) {
				t.Errorf("%q lives on as %s in %s", evil, alive, got)
			}
		}
	}
}

func TestACodeIsFoundInAnAnswerAlone(t *testing.T) {
	for answer, want := range map[string]string{
		"sending SMTP RCPT TO command: 550 5.1.1 no such user, affected recipient(s): <a@b.id>": "5.1.1",
		"sending SMTP RCPT TO command: 550-5.1.1 no such user":                                  "5.1.1",
		"sending SMTP RCPT TO command: 550 no such user, affected recipient(s): <5.1.1@b.id>":   "",
		"sending SMTP RCPT TO command: 450 4.2.1 later":                                         "",
		"sending SMTP RCPT TO command: 550 rejected: 5.1.1 is what others say":                  "",
		"sending SMTP RCPT TO command: write tcp 10.5.1.1:25: broken pipe":                      "",
	} {
		if got := codeIn(answer); got != want {
			t.Errorf("%s: got %q", answer, got)
		}
	}
}
