package announce

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"balasan/moderation"
)

// Subscribers knows who asked to hear of replies.
type Subscribers interface {
	Comments
	// Subscribe follows the wish of an approved comment's sender; NotFound where there is none.
	Subscribe(ctx context.Context, comment string, at time.Time) (moderation.Subscription, error)
	Subscription(ctx context.Context, id string) (moderation.Subscription, error)
	// MayAsk takes one of the few questions that an address may be asked.
	MayAsk(ctx context.Context, id, event string, at time.Time) (bool, error)
	// Subscribers are the IDs of those who are yet to be told of a reply.
	Subscribers(ctx context.Context, reply string) ([]string, error)
	Informed(ctx context.Context, id, reply string, at time.Time) error
	DropSubscription(ctx context.Context, id string) error
}

// DataRequests knows who asked for a link to what is kept of them.
type DataRequests interface {
	// DataLetter is a request whose letter is written now; NotFound where none is to go out.
	DataLetter(ctx context.Context, id string, at time.Time) (moderation.DataRequest, error)
}

// Mail writes letters and hands them to a server. Nothing of a letter is kept: it is put into
// words when it is sent, from what stands by then.
type Mail struct {
	Server      MailServer
	Subscribers Subscribers
	Digests     Digests
	Requests    DataRequests
	Base        string                 // address of this instance
	SiteName    func(id string) string // what readers call a site

	trouble atomic.Pointer[string]
}

// Trouble is why the server took nothing lately; empty when it did.
func (m *Mail) Trouble() string {
	if t := m.trouble.Load(); t != nil {
		return *t
	}
	return ""
}

// Plan is for a Follower: a letter to each who waits for this reply, and a question to its
// sender, if they ask to hear of replies to it.
func (m *Mail) Plan(ctx context.Context, f moderation.Fact) ([]moderation.Delivery, error) {
	if f.To != moderation.Approved {
		return nil, nil
	}
	ids, err := m.Subscribers.Subscribers(ctx, f.Comment)
	if err != nil {
		return nil, err
	}
	var all []moderation.Delivery
	add := func(kind moderation.Letter, whom string) {
		all = append(all, moderation.Delivery{Target: moderation.MailTarget, Ref: moderation.MailRef(kind, whom), Event: newEventID()})
	}
	for _, id := range ids {
		add(moderation.LetterReply, id)
	}
	sub, err := m.Subscribers.Subscribe(ctx, f.Comment, f.At)
	switch {
	case err == nil && sub.ConfirmedAt.IsZero():
		add(moderation.LetterAsk, sub.ID)
	case err != nil && moderation.CodeOf(err) != moderation.NotFound:
		return nil, err
	}
	return all, nil
}

// Send is for a Sender, which hands over one at a time.
func (m *Mail) Send(ctx context.Context, all []moderation.Delivery, at time.Time) error {
	for _, d := range all {
		if err := m.send(ctx, d, at); err != nil {
			return err
		}
	}
	return nil
}

// errNothing is a letter that has nothing to say any more.
var errNothing = &moderation.Problem{Code: moderation.NotFound}

func (m *Mail) send(ctx context.Context, d moderation.Delivery, at time.Time) error {
	kind, whom, _ := strings.Cut(d.Ref, " ")
	l, err := m.write(ctx, moderation.Letter(kind), whom, d, at)
	switch {
	case err != nil && moderation.CodeOf(err) == moderation.NotFound:
		return nil
	case err != nil:
		return errors.New("what the letter is about cannot be read")
	}
	l.ID, l.At = d.Event, at
	err = m.Server.Send(ctx, l)
	m.note(err)
	if refused, ok := errors.AsType[*MailError](err); ok && refused.Unknown {
		return m.forget(ctx, moderation.Letter(kind), whom, at)
	}
	if err == nil && moderation.Letter(kind) == moderation.LetterReply {
		_ = m.Subscribers.Informed(ctx, whom, d.Fact.Comment, at) // a database that is away is told when the delivery is settled
	}
	return err
}

// note keeps what is wrong with the server, for whoever asks how it is.
func (m *Mail) note(err error) {
	text := ""
	if err != nil && !errors.Is(err, ErrAlone) {
		text = err.Error()
	}
	m.trouble.Store(&text)
}

// forget ends what an address cannot get.
func (m *Mail) forget(ctx context.Context, kind moderation.Letter, whom string, at time.Time) error {
	switch kind {
	case moderation.LetterDigest, moderation.LetterAddress:
		return m.Digests.RefuseDigest(ctx, whom, at)
	case moderation.LetterData:
		return nil // it is forgotten within a day anyway
	default:
		return m.Subscribers.DropSubscription(ctx, whom)
	}
}

func (m *Mail) write(ctx context.Context, kind moderation.Letter, whom string, d moderation.Delivery, at time.Time) (Letter, error) {
	switch kind {
	case moderation.LetterAsk:
		return m.ask(ctx, whom, d, at)
	case moderation.LetterReply:
		return m.reply(ctx, whom, d.Fact.Comment)
	case moderation.LetterAddress:
		return m.address(ctx, whom)
	case moderation.LetterDigest:
		return m.digest(ctx, whom)
	case moderation.LetterData:
		return m.data(ctx, whom, at)
	default:
		return Letter{}, errNothing
	}
}

// ask is the one letter to an address that has not confirmed. It holds nothing that its sender
// wrote, its page and that page's title among it, so that nobody can say anything to others through it.
func (m *Mail) ask(ctx context.Context, id string, d moderation.Delivery, at time.Time) (Letter, error) {
	s, err := m.Subscribers.Subscription(ctx, id)
	if err != nil {
		return Letter{}, err
	}
	e, err := m.Subscribers.Entry(ctx, d.Fact.Comment, nil)
	if err != nil {
		return Letter{}, err
	}
	if e.State != moderation.Approved || !s.ConfirmedAt.IsZero() {
		return Letter{}, errNothing
	}
	if may, err := m.Subscribers.MayAsk(ctx, id, d.Event, at); err != nil || !may {
		return Letter{}, cmp.Or[error](err, errNothing)
	}
	w, site := wordsOf(s.Language), m.site(s.Site)
	return Letter{To: s.Email, Language: s.Language, Subject: fmt.Sprintf(w.askSubject, site), Small: fmt.Sprintf(w.askSmall, site),
		Stop: m.link(s.Token), StopWord: w.askStop,
		Parts: []part{{Text: fmt.Sprintf(w.askWhy, site)}, {Link: link{w.askGo, m.link(s.Token)}}, {Text: w.askIgnore}}}, nil
}

const (
	quotedReply = 600 // runes
	quotedName  = 80
)

// reply is told once, while it is approved and wanted.
func (m *Mail) reply(ctx context.Context, id, comment string) (Letter, error) {
	waiting, err := m.Subscribers.Subscribers(ctx, comment)
	if err != nil {
		return Letter{}, err
	}
	if !slices.Contains(waiting, id) {
		return Letter{}, errNothing
	}
	s, err := m.Subscribers.Subscription(ctx, id)
	if err != nil {
		return Letter{}, err
	}
	e, err := m.Subscribers.Entry(ctx, comment, nil)
	if err != nil {
		return Letter{}, err
	}
	w := wordsOf(s.Language)
	who := oneLine(passage(e, e.Name, quotedName), quotedName)
	if e.Staff {
		who = fmt.Sprintf(w.staff, who)
	}
	parts := []part{{Text: fmt.Sprintf(w.replyWhy, title(s.Page, s.PageTitle))}, {Quote: quote{who, passage(e, e.Body, quotedReply)}}}
	if moderation.PageOrigin(s.Page) != "" {
		parts = append(parts, part{Link: link{w.replyGo, s.Page + "#balasan-" + e.ID}})
	}
	return Letter{To: s.Email, Language: s.Language, Subject: fmt.Sprintf(w.replySubject, m.site(s.Site)), Small: w.replySmall,
		Stop: m.link(s.Token), StopWord: w.replyStop, Parts: parts}, nil
}

// data brings a link to who asked for it, whatever other mail they want. It repeats nothing of
// what is kept.
func (m *Mail) data(ctx context.Context, id string, at time.Time) (Letter, error) {
	r, err := m.Requests.DataLetter(ctx, id, at)
	if err != nil {
		return Letter{}, err
	}
	w, site := wordsOf(r.Language), m.site(r.Site)
	return Letter{To: r.Email, Language: r.Language, Subject: fmt.Sprintf(w.dataSubject, site), Small: fmt.Sprintf(w.dataSmall, site),
		Parts: []part{{Text: fmt.Sprintf(w.dataWhy, site)}, {Link: link{w.dataGo, m.Base + "/me/" + r.Token}}, {Text: w.dataUntil}, {Text: w.dataIgnore}}}, nil
}

func (m *Mail) link(token string) string { return m.Base + "/subscriptions/" + token }

func (m *Mail) site(id string) string {
	if m.SiteName == nil {
		return id
	}
	return cmp.Or(oneLine(m.SiteName(id), 60), id)
}

// title is what a page is called.
func title(page, name string) string { return oneLine(cmp.Or(name, page), 120) }
