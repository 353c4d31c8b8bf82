package announce

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"balasan/moderation"
)

// Comments finds what is told of a comment.
type Comments interface {
	Entry(ctx context.Context, id string, sites []string) (moderation.Entry, error)
}

// Webhook sends signed events to one address, in the form of https://www.standardwebhooks.com.
type Webhook struct {
	URL      string
	Key      []byte
	Sites    []string // none is all
	Events   []string // "received" and states; none is all
	Comments Comments
	Client   *http.Client
	NewID    func() string
}

// Target names the webhook without what its address may keep secret.
func (w Webhook) Target() string {
	u, err := url.Parse(w.URL)
	if err != nil {
		return "webhook"
	}
	sum := sha256.Sum256([]byte(w.URL))
	return "webhook " + u.Hostname() + " " + hex.EncodeToString(sum[:4])
}

// Plan is for a Follower: one delivery where the webhook asked for it.
func (w Webhook) Plan(f moderation.Fact) []moderation.Delivery {
	if len(w.Sites) > 0 && !slices.Contains(w.Sites, f.Site) || len(w.Events) > 0 && !slices.Contains(w.Events, what(f)) {
		return nil
	}
	return []moderation.Delivery{{Target: w.Target(), Event: w.NewID()}}
}

// what happened to the comment, in one word.
func what(f moderation.Fact) string {
	if f.Kind == moderation.FactReceived {
		return "received"
	}
	return string(f.To)
}

// event is the whole of what a webhook hears. What is personal is not in the type.
type event struct {
	ID      string       `json:"id"`
	Type    string       `json:"type"`
	At      time.Time    `json:"at"`
	Site    string       `json:"site"`
	By      string       `json:"by,omitempty"`
	Comment eventComment `json:"comment"`
}

type eventComment struct {
	ID        string    `json:"id"`
	Parent    string    `json:"parent,omitempty"`
	Page      string    `json:"page"`
	PageTitle string    `json:"page_title"`
	Name      string    `json:"name"`
	Website   string    `json:"website,omitempty"`
	Body      string    `json:"body"`
	Staff     bool      `json:"staff"`
	State     string    `json:"state"`
	Level     string    `json:"level"`
	At        time.Time `json:"at"`
	Removed   bool      `json:"removed,omitempty"` // name and text are gone
}

func newEvent(d moderation.Delivery, e moderation.Entry) event {
	e = e.Shown()
	state := d.Fact.To
	if state == "" {
		state = e.State
	}
	return event{ID: d.Event, Type: "comment." + what(d.Fact), At: d.Fact.At, Site: d.Fact.Site, By: d.Fact.By,
		Comment: eventComment{ID: e.ID, Parent: e.Parent, Page: e.Page, PageTitle: e.PageTitle, Name: e.Name, Website: e.Website,
			Body: e.Body, Staff: e.Staff, State: string(state), Level: string(e.Level), At: e.At, Removed: e.Removed}}
}

// Send is for a Sender, which hands over one at a time. The text is the comment's of now, the
// state the one that is told. A comment that is gone needs no telling.
func (w Webhook) Send(ctx context.Context, all []moderation.Delivery, at time.Time) error {
	for _, d := range all {
		entry, err := w.Comments.Entry(ctx, d.Fact.Comment, nil)
		if moderation.CodeOf(err) == moderation.NotFound && err != nil {
			continue
		}
		if err != nil {
			return errors.New("the comment cannot be read")
		}
		body, err := json.Marshal(newEvent(d, entry))
		if err == nil {
			err = w.post(ctx, d.Event, body, at)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// Test sends an event of its own, "test", that tells of nothing.
func (w Webhook) Test(ctx context.Context, at time.Time) error {
	id := w.NewID()
	body, err := json.Marshal(struct {
		ID   string    `json:"id"`
		Type string    `json:"type"`
		At   time.Time `json:"at"`
	}{id, "test", at})
	if err != nil {
		return err
	}
	return w.post(ctx, id, body, at)
}

func (w Webhook) post(ctx context.Context, id string, body []byte, at time.Time) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, w.URL, bytes.NewReader(body))
	if err != nil {
		return errors.New("the address does not parse")
	}
	stamp := strconv.FormatInt(at.Unix(), 10)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Webhook-Id", id)
	r.Header.Set("Webhook-Timestamp", stamp)
	r.Header.Set("Webhook-Signature", sign(w.Key, id, stamp, body))
	status, header, _, err := exchange(ctx, w.Client, r)
	switch {
	case err != nil:
		return err
	case status == http.StatusGone:
		return fmt.Errorf("%w (410)", ErrGone)
	case status < 200 || status > 299:
		return retryAfter(header, fmt.Errorf("the receiver answered %d", status))
	}
	return nil
}

// sign is "v1," and base64 of HMAC-SHA256 over id, time and body, with dots between.
func sign(key []byte, id, stamp string, body []byte) string {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(id + "." + stamp + "."))
	h.Write(body)
	return "v1," + base64.StdEncoding.EncodeToString(h.Sum(nil))
}

// retryAfter reads from an answer when its sender wants to be asked again.
func retryAfter(header http.Header, cause error) error {
	seconds, err := strconv.Atoi(strings.TrimSpace(header.Get("Retry-After")))
	if err != nil || seconds < 1 || seconds > 24*60*60 {
		return cause
	}
	return &later{cause, time.Duration(seconds) * time.Second}
}
