package announce

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	netmail "net/mail"
	"net/textproto"
	"regexp"
	"strings"
	"syscall"
	"time"

	"github.com/wneessen/go-mail"

	"balasan/moderation"
)

// Ways to keep what goes to a mail server from others.
const (
	MailTLS      = "tls"      // from the first byte
	MailStartTLS = "starttls" // after a greeting, never without
	MailPlain    = "none"     // for a server on this machine
)

// MailServer takes mail from this machine.
type MailServer struct {
	Host       string
	Port       int
	Encryption string
	Username   string // empty: nobody signs in
	Password   string
	From       netmail.Address
	Timeout    time.Duration  // of one letter
	Roots      *x509.CertPool // nil is the system's
	Others     []Route        // that Examine tries as well; nil is what servers have by custom
}

// Route is where and how a server may be spoken to.
type Route struct {
	Port       int
	Encryption string
}

var customRoutes = []Route{{465, MailTLS}, {587, MailStartTLS}}

// Trouble is one word for why a mail server did not take a letter.
type Trouble string

const (
	noName       Trouble = "the name of the mail server is not known"
	noAnswer     Trouble = "the mail server does not answer in time"
	noPort       Trouble = "the mail server refuses the connection"
	noTLS        Trouble = "what answers does not speak TLS"
	noStartTLS   Trouble = "the mail server offers no STARTTLS"
	badCert      Trouble = "the certificate of the mail server is not one for this name that is trusted"
	noAuth       Trouble = "the mail server takes no sign-in this way"
	badAuth      Trouble = "the mail server refuses username or password"
	badSender    Trouble = "the mail server refuses the sender"
	badRecipient Trouble = "the mail server refuses the recipient"
	badLetter    Trouble = "the mail server refuses the letter"
	otherTrouble Trouble = "the mail server could not be spoken to"
)

// MailError says why a letter was not taken, without what the server wrote: that may repeat the
// address.
type MailError struct {
	Trouble
	Code    int  // of the answer; 0 where there was none
	Unknown bool // there is no such address, now or ever
	err     error
}

func (e *MailError) Error() string {
	if e.Code == 0 {
		return string(e.Trouble)
	}
	return fmt.Sprintf("%s (%d)", e.Trouble, e.Code)
}

// Is makes what concerns one letter alone an ErrAlone.
func (e *MailError) Is(target error) bool {
	return target == ErrAlone && (e.Trouble == badRecipient || e.Trouble == badLetter)
}

// Send hands one letter over. A nil error means that the server has taken it; others are a
// *MailError.
func (s MailServer) Send(ctx context.Context, l Letter) error {
	m, err := l.message(s.From)
	if err != nil {
		return &MailError{Trouble: badLetter, err: err}
	}
	client, err := s.client(Route{s.Port, s.Encryption})
	if err != nil {
		return &MailError{Trouble: otherTrouble, err: err}
	}
	ctx, cancel := context.WithTimeout(ctx, s.Timeout)
	defer cancel()
	err = client.DialAndSendWithContext(ctx, m)
	if err == nil || m.IsDelivered() { // what goes wrong in parting is no matter
		return nil
	}
	return trouble(err)
}

func (s MailServer) client(r Route) (*mail.Client, error) {
	options := []mail.Option{mail.WithPort(r.Port), mail.WithTimeout(s.Timeout), mail.WithoutNoop(),
		mail.WithTLSConfig(&tls.Config{ServerName: s.Host, RootCAs: s.Roots, MinVersion: tls.VersionTLS12})}
	switch r.Encryption {
	case MailTLS:
		options = append(options, mail.WithSSL())
	case MailStartTLS:
		options = append(options, mail.WithTLSPolicy(mail.TLSMandatory))
	default:
		options = append(options, mail.WithTLSPolicy(mail.NoTLS))
	}
	if s.Username != "" {
		options = append(options, mail.WithSMTPAuth(mail.SMTPAuthAutoDiscover), mail.WithUsername(s.Username), mail.WithPassword(s.Password))
	}
	return mail.NewClient(s.Host, options...)
}

// greet connects, signs in and leaves.
func (s MailServer) greet(ctx context.Context, r Route) error {
	client, err := s.client(r)
	if err != nil {
		return &MailError{Trouble: otherTrouble, err: err}
	}
	conn, err := client.DialToSMTPClientWithContext(ctx)
	if err != nil {
		return trouble(err)
	}
	_ = client.CloseWithSMTPClient(conn)
	return nil
}

// trouble reads what went wrong from an error of the library.
func trouble(err error) *MailError {
	if sent, ok := errors.AsType[*mail.SendError](err); ok && sent.ErrorCode() > 0 {
		return refusal(sent)
	}
	e := &MailError{Trouble: otherTrouble, err: err}
	noSuchName, unnamed := errors.AsType[*net.DNSError](err)
	_, notTLS := errors.AsType[tls.RecordHeaderError](err)
	_, badChain := errors.AsType[*tls.CertificateVerificationError](err)
	timeout, timed := errors.AsType[net.Error](err)
	answered := answerCode(err)
	switch text := err.Error(); {
	case unnamed && !noSuchName.IsTimeout:
		e.Trouble = noName
	case notTLS:
		e.Trouble = noTLS
	case badChain:
		e.Trouble = badCert
	case errors.Is(err, syscall.ECONNREFUSED):
		e.Trouble = noPort
	case errors.Is(err, context.DeadlineExceeded), timed && timeout.Timeout():
		e.Trouble = noAnswer
	case strings.Contains(text, "does not support STARTTLS"):
		e.Trouble = noStartTLS
	case answered == 530, answered == 534, answered == 535, answered == 454:
		e.Trouble, e.Code = badAuth, answered
	case strings.Contains(text, "AUTH"), strings.Contains(text, "auth"):
		e.Trouble = noAuth
	}
	return e
}

// refusal is the server's no to one step of handing a letter over.
func refusal(sent *mail.SendError) *MailError {
	e := &MailError{Trouble: otherTrouble, Code: sent.ErrorCode(), err: sent}
	switch sent.Reason {
	case mail.ErrSMTPMailFrom:
		e.Trouble = badSender
	case mail.ErrSMTPRcptTo:
		e.Trouble, e.Unknown = badRecipient, unknownAddress[enhancedCode(sent)]
	case mail.ErrSMTPData, mail.ErrSMTPDataClose, mail.ErrWriteContent:
		e.Trouble = badLetter
	}
	if e.Code == 530 || e.Code == 535 || e.Code == 421 {
		e.Trouble = map[int]Trouble{530: badAuth, 535: badAuth, 421: noAnswer}[e.Code]
	}
	return e
}

// unknownAddress are the codes of RFC 3463 that say so for good. A bare 550 may as well mean that
// this sender may not, which others than its recipient must mend.
var unknownAddress = map[string]bool{"5.1.1": true, "5.1.2": true, "5.1.3": true, "5.1.6": true, "5.1.10": true, "5.2.1": true}

// enhancedCode is the code of RFC 3463 in a refusal: many servers send it without announcing that they do.
func enhancedCode(sent *mail.SendError) string {
	if code := sent.EnhancedStatusCode(); code != "" {
		return code
	}
	return codeIn(sent.Error())
}

// codeIn finds it where an answer has it, behind the number that the answer begins with.
func codeIn(refusal string) string {
	if found := plainCode.FindStringSubmatch(refusal); found != nil {
		return found[1]
	}
	return ""
}

var plainCode = regexp.MustCompile(`^[^:]*: 5\d\d[ -](5\.\d{1,3}\.\d{1,3})\b`)

// oneAddress is what an address list would be read from; nothing of it ends a line.
func oneAddress(to moderation.Email) *netmail.Address { return &netmail.Address{Address: to.Reveal()} }

// answerCode is the number that a server answered outside of a letter; 0 for none.
func answerCode(err error) int {
	if answer, ok := errors.AsType[*textproto.Error](err); ok {
		return answer.Code
	}
	return 0
}
