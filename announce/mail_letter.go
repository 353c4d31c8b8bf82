package announce

import (
	"bytes"
	"crypto/rand"
	"html/template"
	netmail "net/mail"
	"strings"
	"time"
	"unicode"

	"github.com/wneessen/go-mail"

	"balasan/moderation"
)

// Letter is one mail as it is put into words. It loads nothing from anywhere and tells nobody
// whether it was read.
type Letter struct {
	ID       string // of the message; the same in each try
	To       moderation.Email
	Language string
	At       time.Time
	Subject  string
	Parts    []part
	Stop     string // address whose POST ends letters of this kind; empty for none
	Small    string // why it came, below all
	StopWord string // what stands on the link to Stop
}

// part is a stretch of a letter: one of its fields is set.
type part struct {
	Text  string
	Head  string
	Quote quote
	Link  link
	List  []string
}

type quote struct{ Who, Text string }

type link struct{ Label, URL string }

// message is the letter for the wire. Whatever visitors wrote, no header gets a line of theirs:
// the subject is one line, and addresses are parsed ones.
func (l Letter) message(from netmail.Address) (*mail.Msg, error) {
	m := mail.NewMsg()
	m.FromMailAddress(&from)
	if err := m.EnvelopeFrom(from.Address); err != nil {
		return nil, err
	}
	m.ToMailAddress(oneAddress(l.To))
	m.Subject(oneLine(l.Subject, 150))
	m.SetMessageIDWithValue(l.ID + "@" + domainOf(from.Address))
	m.SetDateWithValue(l.At)
	m.SetGenHeader("Auto-Submitted", "auto-generated")
	m.SetGenHeader(mail.HeaderXAutoResponseSuppress, "All")
	m.SetGenHeader("Content-Language", l.Language)
	if l.Stop != "" {
		m.SetListUnsubscribe(l.Stop)
		m.SetListUnsubscribePost()
	}
	var page bytes.Buffer
	if err := letterPage.Execute(&page, l); err != nil {
		return nil, err
	}
	m.SetBodyString(mail.TypeTextPlain, l.text())
	m.AddAlternativeString(mail.TypeTextHTML, page.String())
	return m, nil
}

func domainOf(address string) string { return address[strings.LastIndexByte(address, '@')+1:] }

// text is the letter for readers without HTML.
func (l Letter) text() string {
	var out strings.Builder
	line := func(s ...string) { out.WriteString(strings.Join(s, "") + "\n") }
	for _, p := range l.Parts {
		switch {
		case p.Head != "":
			line(p.Head)
			line(strings.Repeat("-", len([]rune(p.Head))))
		case p.Quote.Text != "":
			line(p.Quote.Who, ":")
			for row := range strings.SplitSeq(p.Quote.Text, "\n") {
				line("> ", row)
			}
		case p.Link.URL != "":
			line(p.Link.Label, ":")
			line(p.Link.URL)
		case len(p.List) > 0:
			for _, item := range p.List {
				line("- ", item)
			}
		default:
			line(p.Text)
		}
		line()
	}
	line("-- ") // RFC 3676, 4.3
	line(l.Small)
	if l.Stop != "" {
		line(l.StopWord, ": ", l.Stop)
	}
	return out.String()
}

// letterPage is the same for readers of HTML: no picture, no script, nothing that is fetched.
var letterPage = template.Must(template.New("letter").Parse(`<!doctype html>
<html lang="{{.Language}}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark"><title>{{.Subject}}</title></head>
<body style="margin:0;padding:24px 16px;font:16px/1.5 system-ui,sans-serif"><div style="max-width:36em;margin:0 auto">
{{range .Parts}}{{if .Head}}<h2 style="font-size:17px;margin:24px 0 8px">{{.Head}}</h2>
{{else if .Quote.Text}}<blockquote style="margin:16px 0;padding:2px 0 2px 14px;border-left:3px solid #0b6e4f"><b dir="auto">{{.Quote.Who}}</b><br><span dir="auto" style="white-space:pre-line">{{.Quote.Text}}</span></blockquote>
{{else if .Link.URL}}<p style="margin:20px 0"><a href="{{.Link.URL}}" style="display:inline-block;padding:10px 18px;background:#0b6e4f;color:#ffffff;text-decoration:none;border-radius:6px">{{.Link.Label}}</a></p>
{{else if .List}}<ul>{{range .List}}<li dir="auto">{{.}}</li>{{end}}</ul>
{{else}}<p>{{.Text}}</p>
{{end}}{{end}}<p style="margin-top:32px;padding-top:12px;border-top:1px solid #999999;font-size:13px">{{.Small}}{{if .Stop}}<br><a href="{{.Stop}}">{{.StopWord}}</a>{{end}}</p>
</div></body></html>
`))

// passage is what a letter quotes of a visitor: cut to a length in runes, without control
// characters and without the sender's address, whoever wrote it there.
func passage(e moderation.Entry, text string, most int) string {
	text = strings.Map(func(r rune) rune {
		if r != '\n' && unicode.In(r, unicode.Cc, unicode.Cf) {
			return -1
		}
		return r
	}, text)
	if address := e.Email.Reveal(); address != "" {
		text = strings.ReplaceAll(text, address, "•••")
	}
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most-1]) + "…"
	}
	return text
}

// newEventID names a letter.
func newEventID() string { return strings.ToLower(rand.Text()) }
