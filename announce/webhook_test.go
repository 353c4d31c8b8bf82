package announce

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"balasan/moderation"
	"balasan/store/storetest"
)

// hook is a receiver on this machine that keeps what it took.
type hook struct {
	*httptest.Server
	mu     sync.Mutex
	answer int            // 0 is 204
	refuse func(got) bool // answers 400 to these
	heard  []got          // each that was answered 2xx
	calls  int
}

type got struct {
	event
	Raw    string
	Header http.Header
}

func newHook(t *testing.T) *hook {
	h := &hook{}
	h.Server = httptest.NewServer(h)
	t.Cleanup(h.Close)
	return h
}

func (h *hook) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h.mu.Lock()
	defer h.mu.Unlock()
	body, _ := io.ReadAll(r.Body)
	g := got{Raw: string(body), Header: r.Header}
	h.calls++
	switch err := json.Unmarshal(body, &g.event); {
	case err != nil || !verified(r.Header, body):
		w.WriteHeader(http.StatusUnauthorized)
	case h.answer != 0:
		w.WriteHeader(h.answer)
	case h.refuse != nil && h.refuse(g):
		w.WriteHeader(http.StatusBadRequest)
	default:
		h.heard = append(h.heard, g)
		w.WriteHeader(http.StatusNoContent)
	}
}

var hookKey = bytes.Repeat([]byte{9}, 32)

// verified is what docs/operate.md tells receivers to do.
func verified(header http.Header, body []byte) bool {
	mac := hmac.New(sha256.New, hookKey)
	fmt.Fprintf(mac, "%s.%s.%s", header.Get("webhook-id"), header.Get("webhook-timestamp"), body)
	want := base64.StdEncoding.EncodeToString(mac.Sum(nil))
	return slices.ContainsFunc(strings.Fields(header.Get("webhook-signature")), func(s string) bool { return s == "v1,"+want })
}

// hooked is a desk whose follower plans for one webhook.
type hooked struct {
	*desk
	hook   *hook
	sender *Sender
}

func newHooked(t *testing.T, change func(*Webhook)) *hooked {
	d, h := newDesk(t), newHook(t)
	w := Webhook{URL: h.URL + "/hook", Key: hookKey, Comments: d.DB, Client: Outside{Allowed: here}.Client(), NewID: newID}
	if change != nil {
		change(&w)
	}
	d.Plan = func(_ context.Context, f moderation.Fact) ([]moderation.Delivery, error) { return w.Plan(f), nil }
	return &hooked{d, h, &Sender{Target: w.Target(), Post: d.DB, Send: w.Send, Log: silent}}
}

// run lets time pass in steps of a minute.
func (h *hooked) run(span time.Duration) {
	h.t.Helper()
	for end := h.at.Add(span); h.at.Before(end); h.pass(time.Minute) {
		h.follow()
		for n := 1; n > 0; {
			var err error
			n, err = h.sender.Step(h.t.Context(), h.at)
			must(h.t, err)
		}
	}
}

func (h *hooked) reach() moderation.Reach {
	h.t.Helper()
	all, err := h.Reaches(h.t.Context())
	if err != nil || len(all) != 1 {
		h.t.Fatalf("%v %v", all, err)
	}
	return all[0]
}

func (h *hooked) types() (all []string) {
	for _, g := range h.hook.heard {
		all = append(all, g.Type)
	}
	return all
}

func TestAWebhookHearsSignedEventsWithoutWhatIsPersonal(t *testing.T) {
	h := newHooked(t, nil)
	c := storetest.Comment(1)
	id := h.comment(1)
	h.run(window + time.Minute)
	h.rule(moderation.Approved, id)
	h.run(window + time.Minute)
	if types := h.types(); !slices.Equal(types, []string{"comment.received", "comment.approved"}) {
		t.Fatal(types)
	}
	last := h.hook.heard[1]
	if last.ID != last.Header.Get("Webhook-Id") || last.By != "Sari" || last.Comment.ID != id || last.Comment.State != "approved" ||
		last.Comment.Body != c.Body || last.Site != "desa" || last.Comment.Page != storetest.Page {
		t.Errorf("%+v", last.event)
	}
	if stamp, _ := strconv.ParseInt(last.Header.Get("Webhook-Timestamp"), 10, 64); h.at.Unix()-stamp > 600 {
		t.Errorf("stamped %d at %d", stamp, h.at.Unix())
	}
	for _, secret := range []string{c.Email.Reveal(), "@", c.Addr.String(), "redacted"} {
		if strings.Contains(last.Raw, secret) {
			t.Errorf("%s stands in %s", secret, last.Raw)
		}
	}
}

func TestAnEventKeepsItsIDOverTries(t *testing.T) {
	h := newHooked(t, nil)
	var ids []string
	h.hook.refuse = func(g got) bool { ids = append(ids, g.ID); return len(ids) < 3 }
	h.comment(1)
	h.run(time.Hour)
	if len(ids) != 3 || ids[0] != ids[1] || ids[1] != ids[2] {
		t.Error(ids)
	}
}

func TestWhatIsRefusedAgainAndAgainIsGivenUpAndHoldsNobodyUp(t *testing.T) {
	h := newHooked(t, nil)
	bad := h.comment(1)
	h.hook.refuse = func(g got) bool { return g.Comment.ID == bad }
	good := h.comment(2)
	h.run(time.Hour)
	if len(h.hook.heard) != 1 || h.hook.heard[0].Comment.ID != good {
		t.Fatalf("heard %v", h.types())
	}
	h.rule(moderation.IsSpam, bad)
	h.run(4 * 24 * time.Hour)
	dead, err := h.DeadLetters(t.Context(), 10)
	if err != nil || len(dead) != 1 || dead[0].Tries != len(Retries)+1 || dead[0].Error != "the receiver answered 400" {
		t.Fatalf("%+v %v", dead, err)
	}
	h.hook.refuse = nil
	if n, err := h.Again(t.Context(), "", dead[0].ID, h.at); n != 1 || err != nil {
		t.Fatal(n, err)
	}
	h.run(10 * time.Minute) // the other letter for it may have failed a moment ago
	if heard := h.hook.heard; len(heard) < 2 || !slices.ContainsFunc(heard, func(g got) bool { return g.ID == dead[0].Event }) {
		t.Errorf("heard %v", h.types())
	}
}

func TestAReceiverThatIsGoneIsLeftAlone(t *testing.T) {
	h := newHooked(t, nil)
	h.hook.answer = http.StatusGone
	h.comment(1)
	h.comment(2)
	h.run(time.Hour)
	h.comment(3)
	h.run(time.Hour)
	if r := h.reach(); h.hook.calls != 1 || r.OffAt.IsZero() || r.Dead != 2 || r.Waiting != 0 {
		t.Errorf("%d calls, %+v", h.hook.calls, r)
	}
	h.hook.answer = 0
	if n, err := h.Again(t.Context(), h.sender.Target, 0, h.at); n != 2 || err != nil {
		t.Fatal(n, err)
	}
	h.comment(4)
	h.run(time.Hour)
	if len(h.hook.heard) != 3 {
		t.Errorf("heard %v", h.types())
	}
}

func TestAWebhookHearsOnlyWhatItAskedFor(t *testing.T) {
	h := newHooked(t, func(w *Webhook) { w.Events, w.Sites = []string{"spam"}, []string{"desa"} })
	id, other := h.comment(1), h.comment(2)
	h.rule(moderation.IsSpam, id)
	h.rule(moderation.Approved, other)
	h.run(time.Hour)
	if types := h.types(); !slices.Equal(types, []string{"comment.spam"}) {
		t.Error(types)
	}
	if left := (Webhook{URL: "https://x.example", Sites: []string{"kota"}, NewID: newID}).Plan(moderation.Fact{Site: "desa"}); left != nil {
		t.Error("another site's event was planned")
	}
}

func TestOneTargetThatIsDownDoesNotHoldUpAnother(t *testing.T) {
	h := newHooked(t, nil)
	fine := 0
	plan := h.Plan
	h.Plan = func(ctx context.Context, f moderation.Fact) ([]moderation.Delivery, error) {
		left, err := plan(ctx, f)
		return append(left, moderation.Delivery{Target: "other", Event: newID()}), err
	}
	h.hook.answer = 500
	other := &Sender{Target: "other", Post: h.DB, Send: func(context.Context, []moderation.Delivery, time.Time) error { fine++; return nil }}
	for n := range 3 {
		h.comment(n)
	}
	h.run(window + time.Minute)
	for n := 1; n > 0; {
		n, _ = other.Step(t.Context(), h.at)
	}
	if fine != 3 || len(h.hook.heard) != 0 {
		t.Errorf("%d and %d arrived", fine, len(h.hook.heard))
	}
}

func TestTheReceiverSaysWhenToComeBack(t *testing.T) {
	d := newDesk(t)
	d.comment(1)
	d.comment(2)
	d.pass(window)
	d.follow()
	calls := 0
	s := &Sender{Target: "hook", Post: d.DB, Log: silent, Send: func(context.Context, []moderation.Delivery, time.Time) error {
		calls++
		return retryAfter(http.Header{"Retry-After": {"600"}}, errors.New("the receiver answered 429"))
	}}
	for range 8 {
		_, err := s.Step(t.Context(), d.at)
		must(t, err)
		d.pass(time.Minute)
	}
	if calls != 1 {
		t.Errorf("%d calls within what it asked for", calls)
	}
}

func TestAClaimThatWasLostIsTriedAgain(t *testing.T) {
	d := newDesk(t)
	d.comment(1)
	d.pass(window)
	d.follow()
	claim := func() int {
		all, err := d.Claim(t.Context(), "hook", 5, d.at, d.at.Add(claimLife))
		must(t, err)
		return len(all)
	}
	if first, second := claim(), claim(); first != 1 || second != 0 {
		t.Errorf("claimed %d and %d", first, second)
	}
	d.pass(claimLife) // the process that had it is gone
	if n := claim(); n != 1 {
		t.Errorf("claimed %d after a crash", n)
	}
}
