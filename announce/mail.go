package announce

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"html/template"
	"net"
	netmail "net/mail"
	"strings"
	"time"
	"unicode"

	"github.com/wneessen/go-mail"

	"balasan/moderation"
)

// Letters keeps what is to be mailed.
type Letters interface {
	Letter(ctx context.Context, id string) (moderation.Letter, error)
	Sent(ctx context.Context, id string) error
}

// Mail sends letters through one server.
type Mail struct {
	Host               string
	Port               int
	Encryption         string // tls, starttls, none
	Username, Password string
	From               string // an address, with a name before it if it has one
	Timeout            time.Duration
	Letters            Letters
	Report             func(error) // hears how each try went: nil when the server took it
}

// Send is for a Sender, which hands over one at a time. A letter that is gone was sent; one whose
// receiver the server refuses for good is forgotten.
func (m *Mail) Send(ctx context.Context, all []moderation.Delivery, at time.Time) error {
	for _, d := range all {
		letter, err := m.Letters.Letter(ctx, d.Event)
		if moderation.CodeOf(err) == moderation.NotFound && err != nil {
			continue
		}
		if err != nil {
			return errors.New("the letter cannot be read")
		}
		err = m.Post(ctx, letter, at)
		if m.Report != nil && ctx.Err() == nil {
			m.Report(err)
		}
		if err == nil {
			err = m.Letters.Sent(ctx, d.Event)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// Post hands a letter to the server at once. What the error says names no receiver.
func (m *Mail) Post(ctx context.Context, l moderation.Letter, at time.Time) error {
	msg, err := m.message(l, at)
	if err != nil {
		return errors.New("the letter is not well formed")
	}
	client, err := m.client()
	if err != nil {
		return errors.New("the mail server is not well configured")
	}
	ctx, cancel := context.WithTimeout(ctx, m.Timeout)
	defer cancel()
	err = client.DialAndSendWithContext(ctx, msg)
	failed, ok := errors.AsType[*mail.SendError](err)
	switch {
	case err == nil:
		return nil
	case ok && failed.Reason == mail.ErrSMTPRcptTo && failed.ErrorCode() >= 500:
		return nil // nobody there; trying again would only harm the sender's name
	case ok && failed.ErrorCode() > 0:
		return fmt.Errorf("the mail server answered %d (%s)", failed.ErrorCode(), failed.Reason)
	default:
		return plainCause(err)
	}
}

// Connect signs in to the server and sends nothing.
func (m *Mail) Connect(ctx context.Context) error {
	client, err := m.client()
	if err != nil {
		return errors.New("the mail server is not well configured")
	}
	ctx, cancel := context.WithTimeout(ctx, m.Timeout)
	defer cancel()
	if err := client.DialWithContext(ctx); err != nil {
		return plainCause(err)
	}
	_ = client.Close() // what was to be learnt is known
	return nil
}

func (m *Mail) client() (*mail.Client, error) {
	options := []mail.Option{mail.WithPort(m.Port), mail.WithTimeout(m.Timeout), mail.WithTLSPolicy(mail.NoTLS)}
	switch m.Encryption {
	case "tls":
		options = append(options, mail.WithSSL())
	case "starttls":
		options = append(options, mail.WithTLSPolicy(mail.TLSMandatory))
	}
	if m.Username != "" {
		options = append(options, mail.WithSMTPAuth(mail.SMTPAuthAutoDiscover), mail.WithUsername(m.Username), mail.WithPassword(m.Password))
	}
	return mail.NewClient(m.Host, options...)
}

// message writes a letter down. The library folds and encodes what stands in its head; a line end
// in it would be a head of somebody else's.
func (m *Mail) message(l moderation.Letter, at time.Time) (*mail.Msg, error) {
	from, err := netmail.ParseAddress(m.From)
	if err != nil {
		return nil, err
	}
	msg := mail.NewMsg()
	if err := errors.Join(msg.FromFormat(from.Name, from.Address), msg.To(l.To.Reveal())); err != nil {
		return nil, err
	}
	_, domain, _ := strings.Cut(from.Address, "@")
	msg.SetMessageIDWithValue(l.ID + "@" + domain)
	msg.SetDateWithValue(at)
	msg.Subject(headLine(l.Subject))
	msg.SetGenHeader("Auto-Submitted", "auto-generated")
	msg.SetGenHeader("Content-Language", l.Language)
	if l.Stop != "" {
		msg.SetGenHeaderPreformatted("List-Unsubscribe", "<"+headLine(l.Stop)+">")
		msg.SetGenHeader("List-Unsubscribe-Post", "List-Unsubscribe=One-Click")
	}
	html, err := letterHTML(l)
	if err != nil {
		return nil, err
	}
	msg.SetBodyString(mail.TypeTextPlain, l.Text)
	msg.AddAlternativeString(mail.TypeTextHTML, html)
	return msg, nil
}

// headLine is a text that ends no line of a head.
func headLine(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == 0x2028 || r == 0x2029 {
			return ' '
		}
		return r
	}, s)
}

var letterPage = template.Must(template.New("letter").Parse(`<!doctype html><html lang="{{.Language}}"><meta charset="utf-8"><title>{{.Subject}}</title><body>
{{range .Parts}}<p>{{if .Link}}<a href="{{.Link}}">{{.Link}}</a>{{else}}{{range $i, $line := .Lines}}{{if $i}}<br>
{{end}}{{$line}}{{end}}{{end}}</p>
{{end}}</body></html>
`))

type letterPart struct {
	Link  string
	Lines []string
}

// letterHTML is the text again: paragraphs, with a link where one is an address. It loads nothing.
func letterHTML(l moderation.Letter) (string, error) {
	var parts []letterPart
	for text := range strings.SplitSeq(l.Text, "\n\n") {
		part := letterPart{Lines: strings.Split(text, "\n")}
		if len(part.Lines) == 1 && (strings.HasPrefix(text, "https://") || strings.HasPrefix(text, "http://")) {
			part.Link = text
		}
		parts = append(parts, part)
	}
	var page bytes.Buffer
	err := letterPage.Execute(&page, struct {
		Language, Subject string
		Parts             []letterPart
	}{l.Language, l.Subject, parts})
	return page.String(), err
}

// plainCause says what went wrong on the way, without addresses that a server repeats.
func plainCause(err error) error {
	_, noName := errors.AsType[*net.DNSError](err)
	text := err.Error()
	switch {
	case noName:
		return errors.New("the mail server's name is not known")
	case errors.Is(err, context.DeadlineExceeded), strings.Contains(text, "timeout"):
		return errors.New("the mail server does not answer in time")
	case strings.Contains(text, "refused"):
		return errors.New("nothing listens on the mail server's port")
	case strings.Contains(text, "certificate"), strings.Contains(text, "x509"):
		return errors.New("the mail server's certificate is not trusted for its name")
	case strings.Contains(text, "535"), strings.Contains(strings.ToLower(text), "auth"):
		return errors.New("the mail server does not take the name and password")
	case strings.Contains(text, "STARTTLS"):
		return errors.New("the mail server offers no STARTTLS")
	case strings.Contains(text, "tls:"), strings.Contains(text, "first record"):
		return errors.New("the mail server does not speak TLS on this port")
	default:
		return errors.New("the mail server broke off")
	}
}
