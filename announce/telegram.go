package announce

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"

	"balasan/moderation"
)

// Groups finds what waits together with a comment.
type Groups interface {
	Comments
	Group(ctx context.Context, id string, sites []string) (moderation.Group, error)
}

// Telegram tells one chat what needs a person: new doubtful comments, and campaigns once they are
// big. It says how many, on which sites and pages; names and texts of visitors stay here.
type Telegram struct {
	API      string // https://api.telegram.org
	Token    string
	Chat     string
	Language string                 // "id" or "en"
	Queue    string                 // address of the queue
	SiteName func(id string) string // what the chat reads of a site
	Groups   Groups
	Client   *http.Client
	NewID    func() string

	mu   sync.Mutex
	told map[string]time.Time // big campaigns of the last day
}

const (
	telegramTarget = "telegram"
	doubtRef       = "doubt" // other refs are campaigns

	// BigCampaign is how many pending comments make a campaign worth a message.
	BigCampaign = 20
	// TelegramBatch is how many deliveries one message sums up.
	TelegramBatch = 1000

	toldLife = 24 * time.Hour // before a campaign that still grows is told again
	toldCap  = 1024
)

// Target names the chat.
func (t *Telegram) Target() string { return telegramTarget }

// Plan is for a Follower of what is received: one delivery for a doubtful comment, and one a day
// for a big campaign.
func (t *Telegram) Plan(ctx context.Context, f moderation.Fact) ([]moderation.Delivery, error) {
	g, err := t.Groups.Group(ctx, f.Comment, nil)
	if err != nil {
		return nil, err // NotFound: somebody was there already
	}
	d := moderation.Delivery{Target: telegramTarget, Event: t.NewID()}
	switch {
	case g.Lane == moderation.InCampaign && g.Pending >= BigCampaign && t.isNews(g.ID, f.At):
		d.Ref = g.ID
	case g.Lane == moderation.InDoubt && len(g.Members) > 0 && g.Members[0].Verdict.Level() == moderation.Doubtful:
		d.Ref = doubtRef
	default:
		return nil, nil
	}
	return []moderation.Delivery{d}, nil
}

// isNews remembers which campaigns were told. A restart forgets: then one is told twice.
func (t *Telegram) isNews(campaign string, at time.Time) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if at.Sub(t.told[campaign]) < toldLife {
		return false
	}
	if t.told == nil || len(t.told) >= toldCap {
		t.told = map[string]time.Time{}
	}
	t.told[campaign] = at
	return true
}

// waiting is what a message sums up.
type waiting struct {
	doubtful  int
	sites     []string // of the doubtful, each once
	pages     []string // likewise, the first three
	campaigns []string // a line each
}

// Send is for a Sender: one message for all that still waits, none when nothing does.
func (t *Telegram) Send(ctx context.Context, all []moderation.Delivery, _ time.Time) error {
	var w waiting
	for _, d := range all {
		if err := t.add(ctx, &w, d); err != nil && moderation.CodeOf(err) != moderation.NotFound {
			return errors.New("the queue cannot be read")
		}
	}
	if w.doubtful == 0 && len(w.campaigns) == 0 {
		return nil
	}
	return t.Say(ctx, t.message(w))
}

func (t *Telegram) add(ctx context.Context, w *waiting, d moderation.Delivery) error {
	if d.Ref != doubtRef {
		g, err := t.Groups.Group(ctx, d.Fact.Comment, nil)
		if err == nil {
			w.campaigns = append(w.campaigns, fmt.Sprintf(t.words().campaign, g.Pending, t.site(d.Fact.Site)))
		}
		return err
	}
	e, err := t.Groups.Entry(ctx, d.Fact.Comment, nil)
	if err != nil || e.State != moderation.Pending {
		return err
	}
	w.doubtful++
	w.sites = once(w.sites, t.site(e.Site), 10)
	title := e.PageTitle
	if title == "" {
		title = e.Page
	}
	w.pages = once(w.pages, oneLine(title, 80), 3)
	return nil
}

// once adds a text that is not there yet, up to a number of them.
func once(all []string, text string, most int) []string {
	if len(all) >= most || slices.Contains(all, text) {
		return all
	}
	return append(all, text)
}

func (t *Telegram) site(id string) string {
	if t.SiteName == nil {
		return id
	}
	return oneLine(t.SiteName(id), 60)
}

// words of the messages in one language.
type words struct{ one, many, more, campaign, test string }

var telegramWords = map[string]words{
	"id": {"1 komentar ragu menunggu di %s.", "%d komentar ragu menunggu di %s.", "dan lainnya",
		"Kampanye besar: %d komentar serupa menunggu di %s.", "Pesan percobaan dari balasan: kabar antrean akan sampai di sini."},
	"en": {"1 doubtful comment waits on %s.", "%d doubtful comments wait on %s.", "and more",
		"A big campaign: %d similar comments wait on %s.", "A test message of balasan: news of the queue will arrive here."},
}

func (t *Telegram) words() words {
	if w, known := telegramWords[t.Language]; known {
		return w
	}
	return telegramWords["id"]
}

// message is plain text: nothing in it is read as markup.
func (t *Telegram) message(w waiting) string {
	say := t.words()
	lines := w.campaigns
	if len(lines) > 5 {
		lines = append(lines[:5:5], say.more)
	}
	switch sites := strings.Join(w.sites, ", "); {
	case w.doubtful == 1:
		lines = append(lines, fmt.Sprintf(say.one, sites))
	case w.doubtful > 1:
		lines = append(lines, fmt.Sprintf(say.many, w.doubtful, sites))
	}
	for _, page := range w.pages {
		lines = append(lines, "· "+page)
	}
	return strings.Join(append(lines, t.Queue), "\n")
}

// Test sends a message that tells of nothing.
func (t *Telegram) Test(ctx context.Context) error { return t.Say(ctx, t.words().test) }

// Say sends one message to the chat, https://core.telegram.org/bots/api#sendmessage.
func (t *Telegram) Say(ctx context.Context, text string) error {
	body, err := json.Marshal(map[string]any{"chat_id": t.Chat, "text": text, "link_preview_options": map[string]bool{"is_disabled": true}})
	if err != nil {
		return err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, t.API+"/bot"+t.Token+"/sendMessage", bytes.NewReader(body))
	if err != nil {
		return errors.New("the address of Telegram or the token does not parse")
	}
	r.Header.Set("Content-Type", "application/json")
	status, _, answered, err := exchange(ctx, t.Client, r)
	if err != nil {
		return err
	}
	var answer struct {
		OK          bool   `json:"ok"`
		Description string `json:"description"`
		Parameters  struct {
			RetryAfter int `json:"retry_after"`
		} `json:"parameters"`
	}
	if err := json.Unmarshal(answered, &answer); err == nil && answer.OK {
		return nil
	}
	err = fmt.Errorf("the chat's server answered %d %s", status, oneLine(answer.Description, 100))
	if s := answer.Parameters.RetryAfter; s > 0 {
		err = &later{err, time.Duration(min(s, 24*60*60)) * time.Second}
	}
	return err
}

// oneLine is a text without what could break a line or turn its direction, cut to a length in runes.
func oneLine(s string, most int) string {
	s = strings.Join(strings.Fields(strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.In(r, unicode.Cc, unicode.Cf):
			return -1
		}
		return r
	}, s)), " ")
	if runes := []rune(s); len(runes) > most {
		return string(runes[:most-1]) + "…"
	}
	return s
}
