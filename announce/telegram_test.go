package announce

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"balasan/moderation"
	"balasan/moderation/campaign"
	"balasan/store/storetest"
)

// chat is a server on this machine that answers as Telegram's does.
type chat struct {
	*desk
	bot    *Telegram
	sender *Sender
	said   []string
	answer string // instead of ok
}

func newChat(t *testing.T) *chat {
	c := &chat{desk: newDesk(t)}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var sent struct {
			Chat string `json:"chat_id"`
			Text string `json:"text"`
		}
		body, _ := io.ReadAll(r.Body)
		switch err := json.Unmarshal(body, &sent); {
		case err != nil || r.URL.Path != "/bot123:geheim/sendMessage" || sent.Chat != "@redaksi":
			w.WriteHeader(http.StatusNotFound)
		case c.answer != "":
			w.WriteHeader(http.StatusTooManyRequests)
			_, _ = io.WriteString(w, c.answer)
		default:
			c.said = append(c.said, sent.Text)
			_, _ = io.WriteString(w, `{"ok":true}`)
		}
	}))
	t.Cleanup(server.Close)
	c.bot = &Telegram{API: server.URL, Token: "123:geheim", Chat: "@redaksi", Language: "id", Queue: "https://k.example/queue",
		SiteName: func(string) string { return "Desa Kita" }, Groups: c.DB, Client: Outside{Allowed: here}.Client(), NewID: newID}
	c.Follower = Follower{Name: "telegram", Outbox: c.DB, Kinds: []moderation.FactKind{moderation.FactReceived}, Wait: time.Minute, Plan: c.bot.Plan}
	c.sender = &Sender{Target: c.bot.Target(), Post: c.DB, Send: c.bot.Send, Batch: TelegramBatch, Gap: time.Minute, Log: silent}
	c.follow()
	return c
}

// run lets time pass in steps of ten seconds.
func (c *chat) run(span time.Duration) {
	c.t.Helper()
	for end := c.at.Add(span); c.at.Before(end); c.pass(10 * time.Second) {
		c.follow()
		_, err := c.sender.Step(c.t.Context(), c.at)
		must(c.t, err)
	}
}

func TestTheChatHearsOfWhatNeedsAPerson(t *testing.T) {
	c := newChat(t)
	settled := c.comment(1)
	c.comment(2)
	c.comment(3)
	good := storetest.Comment(4)
	good.At, good.Verdict.Outcome = c.at, moderation.Approve
	_, err := c.Keep(t.Context(), good)
	must(t, err)
	c.rule(moderation.IsSpam, settled)
	c.run(2 * time.Minute)
	want := "2 komentar ragu menunggu di Desa Kita.\n· Jalan desa diperbaiki\nhttps://k.example/queue"
	if len(c.said) != 1 || c.said[0] != want {
		t.Errorf("said %q", c.said)
	}
}

func TestTheChatHearsAtMostOneMessageAMinute(t *testing.T) {
	c := newChat(t)
	for n := range 60 {
		c.comment(n)
		c.run(10 * time.Second)
	}
	c.run(3 * time.Minute)
	if n := len(c.said); n < 5 || n > 13 {
		t.Errorf("%d messages in 13 minutes", n)
	}
}

func TestTheChatSleepsInQuietHours(t *testing.T) {
	c := newChat(t)
	open := c.at.Add(8 * time.Hour)
	c.sender.Open = func(at time.Time) time.Time {
		if at.Before(open) {
			return open
		}
		return at
	}
	for n := range 5 {
		c.comment(n)
	}
	c.run(8*time.Hour - time.Minute)
	if len(c.said) != 0 {
		t.Errorf("woke somebody: %q", c.said)
	}
	c.run(2 * time.Minute)
	if len(c.said) != 1 || !strings.HasPrefix(c.said[0], "5 komentar") {
		t.Errorf("said %q", c.said)
	}
}

func TestABigCampaignIsToldOnce(t *testing.T) {
	c := newChat(t)
	ties := &campaign.Ties{Links: func(string) (hosts, handles []string) { return nil, nil }, Own: func(string) []string { return nil }}
	for n := range BigCampaign + 9 {
		spam := storetest.Comment(n)
		spam.Body, spam.Text, spam.At = "promo bonus besar hari ini di tempat kami ayo daftar sekarang juga teman", 7, c.at
		spam.Verdict.Outcome = moderation.Spam
		_, err := c.Keep(t.Context(), spam)
		must(t, err)
		for gathered := 1; gathered > 0; {
			gathered, err = c.Gather(t.Context(), ties)
			must(t, err)
		}
		c.run(time.Minute)
	}
	c.run(5 * time.Minute)
	if len(c.said) != 1 || !strings.HasPrefix(c.said[0], "Kampanye besar: 2") {
		t.Errorf("said %q", c.said)
	}
}

func TestTheChatIsNotHurried(t *testing.T) {
	c := newChat(t)
	c.answer = `{"ok":false,"error_code":429,"description":"Too Many Requests: retry after 300","parameters":{"retry_after":300}}`
	c.comment(1)
	c.run(2 * time.Minute)
	c.answer = ""
	c.run(2 * time.Minute)
	if len(c.said) != 0 {
		t.Error("it came back too early")
	}
	c.run(8 * time.Minute)
	if len(c.said) != 1 {
		t.Errorf("said %q", c.said)
	}
	reaches, _ := c.Reaches(t.Context())
	if len(reaches) != 1 || reaches[0].Error != "" {
		t.Errorf("%+v", reaches)
	}
}

func TestAMessageHoldsNothingOfItsSender(t *testing.T) {
	if got := oneLine("a\u202eb\r\nc\x00\td", 80); got != "ab c d" {
		t.Errorf("%q", got)
	}
	bot := &Telegram{API: "https://api.telegram.org", Token: "123:geheim", Client: Outside{Allowed: nil, Resolver: names(t, "127.0.0.1")}.Client()}
	if err := bot.Test(context.Background()); err == nil || strings.Contains(err.Error(), "geheim") {
		t.Error(err)
	}
}
