package main

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"regexp"
	"strings"
	"testing"
	"time"

	"balasan/internal/mailtest"
	"balasan/moderation"
)

// reader is the sender of a comment, with everything that serve wires behind.
type reader struct {
	t    *testing.T
	mail *mailtest.Server
	h    *house
	s    *service
	desk moderation.Desk
	by   moderation.Editor
	at   time.Time
}

func newReader(t *testing.T) *reader {
	r := &reader{t: t, at: time.Now()}
	r.mail, r.h, r.s = mailed(t)
	r.desk = r.s.digests.desk
	editors, err := r.h.db.Editors(t.Context())
	if err != nil || len(editors) != 1 {
		t.Fatal(err)
	}
	r.by = editors[0]
	r.arrived(0) // a follower begins at the end
	return r
}

// comment takes in what asks to hear of replies.
func (r *reader) comment() string {
	r.t.Helper()
	email, _ := moderation.ParseEmail("wati@surat.example")
	c := moderation.Comment{ID: newID(), State: moderation.Pending, Verdict: moderation.Verdict{Outcome: moderation.Hold, Score: 6, Spam: 10},
		Submission: moderation.Submission{Site: "demo", Page: "https://desa.example.id/banjir", PageTitle: "BELI", Name: "Wati", Language: "id", Consent: "id 1",
			Email: email, Body: "Kapan surut?", Addr: netip.MustParseAddr("203.0.113.77"), At: time.Now()}}
	c.Root = c.ID
	if _, err := r.h.db.Keep(r.t.Context(), c); err != nil {
		r.t.Fatal(err)
	}
	return c.ID
}

func (r *reader) rule(id string, to moderation.State) moderation.Settled {
	r.t.Helper()
	done, err := r.desk.Decide(r.t.Context(), r.by, moderation.Ruling{IDs: []string{id}, To: to})
	if err != nil {
		r.t.Fatal(err)
	}
	return done
}

func (r *reader) reply(to string) {
	r.t.Helper()
	if _, err := r.desk.Reply(r.t.Context(), r.by, moderation.Reply{To: to, Body: "Besok pagi."}); err != nil {
		r.t.Fatal(err)
	}
}

// arrived lets the follower and the sender do what is due, and counts letters.
func (r *reader) arrived(want int) mailtest.Letter {
	r.t.Helper()
	for n := 1; n > 0; {
		followed, err := r.s.told.followers[0].Step(r.t.Context(), r.at)
		sent, sendErr := r.s.told.senders[0].Step(r.t.Context(), r.at)
		if err != nil || sendErr != nil {
			r.t.Fatal(err, sendErr)
		}
		n = followed + sent
	}
	all := r.mail.Arrived()
	if len(all) != want {
		r.t.Fatalf("%d letters, want %d", len(all), want)
	}
	if want == 0 {
		return mailtest.Letter{}
	}
	return all[want-1]
}

var letterLink = regexp.MustCompile(`/subscriptions/[A-Z2-7]{26}`)

// press posts the link of a letter, as its page's button does.
func (r *reader) press(l mailtest.Letter, form string) {
	r.t.Helper()
	req := httptest.NewRequest(http.MethodPost, letterLink.FindString(l.Raw), strings.NewReader(form))
	req.Host = "desa.example.id"
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	answer, err := r.s.app.Test(req, -1)
	if err != nil || answer.StatusCode != http.StatusOK {
		r.t.Fatalf("%v %v", answer, err)
	}
}

func TestAReaderHearsOfAReplyOnceAndStops(t *testing.T) {
	r := newReader(t)
	id := r.comment()
	r.at = r.at.Add(time.Hour)
	r.arrived(0) // it waits for an editor
	r.rule(id, moderation.Approved)
	r.at = time.Now().Add(5 * time.Minute)
	r.arrived(0) // within the undo window
	r.at = r.at.Add(time.Hour)
	ask := r.arrived(1)
	if ask.To != "wati@surat.example" || strings.Contains(ask.Raw, "BELI") || strings.Contains(ask.Raw, "Kapan") {
		t.Error(ask.Raw)
	}
	r.reply(id)
	r.at = r.at.Add(time.Hour)
	r.arrived(1) // nobody confirmed
	r.press(ask, "")
	r.reply(id)
	r.at = r.at.Add(time.Hour)
	told := r.arrived(2)
	if !strings.Contains(told.Raw, "Besok pagi") || told.Head.Get("List-Unsubscribe-Post") == "" {
		t.Error(told.Raw)
	}
	r.at = r.at.Add(time.Hour)
	r.arrived(2)
	r.press(told, "List-Unsubscribe=One-Click")
	r.press(told, "List-Unsubscribe=One-Click")
	r.reply(id)
	r.at = r.at.Add(time.Hour)
	r.arrived(2)
}

func TestWhatIsTakenBackSendsNothing(t *testing.T) {
	r := newReader(t)
	id := r.comment()
	done := r.rule(id, moderation.Approved)
	if _, err := r.desk.Undo(t.Context(), r.by, done.Batch); err != nil {
		t.Fatal(err)
	}
	r.at = r.at.Add(time.Hour)
	r.arrived(0)
}

func TestWhoWantsNothingOfTheSiteIsNotAskedAgain(t *testing.T) {
	r := newReader(t)
	first := r.comment()
	r.rule(first, moderation.Approved)
	r.at = r.at.Add(time.Hour)
	r.press(r.arrived(1), "")
	r.reply(first)
	r.at = r.at.Add(time.Hour)
	r.press(r.arrived(2), "all=1")
	r.rule(r.comment(), moderation.Approved)
	r.reply(first)
	r.at = r.at.Add(time.Hour)
	r.arrived(2)
}

func TestAnAddressIsNotFloodedWithQuestions(t *testing.T) {
	r := newReader(t)
	for range moderation.MaxConfirms + 2 {
		r.rule(r.comment(), moderation.Approved)
	}
	r.at = r.at.Add(time.Hour)
	r.arrived(moderation.MaxConfirms)
}
