package announce

import (
	"context"
	"errors"
	"fmt"
	"time"

	"balasan/moderation"
)

// Finding is what an examination of the mail server came to.
type Finding struct {
	OK    bool
	Found string
	Fix   string // what to do; empty when all is well
}

const greetLimit = 7 * time.Second // of one way to speak to a server

// Examine speaks to the server as configured, and where that fails in other ways as well, so as to
// name the setting that is wrong. It sends nothing.
func (s MailServer) Examine(ctx context.Context) Finding {
	own := Route{s.Port, s.Encryption}
	err := s.try(ctx, own)
	if err == nil {
		return Finding{OK: true, Found: fmt.Sprintf("%s:%d takes the connection (%s)%s", s.Host, s.Port, s.Encryption, signedIn(s.Username))}
	}
	found := fmt.Sprintf("%s:%d (%s): %s", s.Host, s.Port, s.Encryption, err)
	if aboutRoute[err.Trouble] {
		if works, ok := s.otherRoute(ctx, own); ok {
			return Finding{Found: found, Fix: fmt.Sprintf("port %d with %s works: set mail.port: %d and mail.encryption: %s", works.Port, works.Encryption, works.Port, works.Encryption)}
		}
	}
	return Finding{Found: found, Fix: s.mend(err)}
}

func signedIn(username string) string {
	if username == "" {
		return ""
	}
	return " and the sign-in"
}

// aboutRoute are the troubles that another port or encryption may cure.
var aboutRoute = map[Trouble]bool{noAnswer: true, noPort: true, noTLS: true, noStartTLS: true, noAuth: true, otherTrouble: true}

func (s MailServer) try(ctx context.Context, r Route) *MailError {
	s.Timeout = min(s.Timeout, greetLimit)
	limit, cancel := context.WithTimeout(ctx, s.Timeout)
	defer cancel()
	if failed, ok := errors.AsType[*MailError](s.greet(limit, r)); ok {
		return failed
	}
	return nil
}

// otherRoute finds a way that works, or one on which the server at least answers to a wrong
// password.
func (s MailServer) otherRoute(ctx context.Context, own Route) (Route, bool) {
	others := s.Others
	if others == nil {
		others = customRoutes
	}
	for _, r := range append([]Route{{own.Port, otherWay[own.Encryption]}}, others...) {
		if r == own || r.Encryption == "" {
			continue
		}
		if err := s.try(ctx, r); err == nil || err.Trouble == badAuth {
			return r, true
		}
	}
	return Route{}, false
}

var otherWay = map[string]string{MailTLS: MailStartTLS, MailStartTLS: MailTLS}

// mend says in plain words what to do about a trouble.
func (s MailServer) mend(e *MailError) string {
	switch e.Trouble {
	case noName:
		return "correct mail.host, or let this machine ask a DNS server that knows it"
	case noPort:
		return fmt.Sprintf("neither port %d nor 465 and 587 are open: correct mail.host, or ask whoever runs the server for its port", s.Port)
	case noAnswer:
		return "a firewall may stop it: many hosts block port 25; ask for 465 or 587 to be opened"
	case noTLS, noStartTLS:
		return "ask whoever runs the server for a port with TLS; mail.encryption: none is for a server on this machine"
	case badCert:
		return "set mail.host to the name that stands in the server's certificate"
	case badAuth:
		return "correct mail.username and mail.password; with two-step sign-in the provider gives a password for programs"
	case noAuth:
		return "the server asks for no password here: remove mail.username and mail.password, or use its port for sending (465, 587)"
	case badSender:
		return "set mail.from to an address that this account may send from"
	case badRecipient:
		return "the account may not send there, or the address does not exist: try another one with --mail-to"
	case badLetter:
		return "the server takes the letter for spam: look at SPF, DKIM and DMARC of the domain in mail.from"
	default:
		return "look at the server's log for this moment"
	}
}

// Test sends a letter that tells of nothing.
func (s MailServer) Test(ctx context.Context, to moderation.Email, language string, at time.Time) Finding {
	w := wordsOf(language)
	err := s.Send(ctx, Letter{ID: newEventID(), To: to, Language: language, At: at, Subject: w.testSubject, Small: w.testSmall, Parts: []part{{Text: w.testWhy}}})
	if failed, ok := errors.AsType[*MailError](err); ok {
		return Finding{Found: failed.Error(), Fix: s.mend(failed)}
	}
	return Finding{OK: true, Found: "the server took a test letter; look into the mailbox, the spam folder too"}
}
