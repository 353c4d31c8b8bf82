package web_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"balasan/moderation"
	"balasan/web"
)

// asking is what a door asks of its visitors; it can be changed while it is open.
type asking struct {
	atomic.Pointer[moderation.Asking]
}

func (a *asking) set(required bool, id, en string) {
	a.Store(&moderation.Asking{Required: required, Wordings: []moderation.Wording{moderation.NewWording("id", id), moderation.NewWording("en", en)}})
}

// asks is a door that asks its visitors to agree.
func asks(t *testing.T, required bool, id, en string) *door {
	d, _ := asksAnew(t, required, id, en)
	return d
}

func asksAnew(t *testing.T, required bool, id, en string) (*door, *asking) {
	a := &asking{}
	a.set(required, id, en)
	return open(t, a.ask), a
}

func (a *asking) ask(s *web.Server) {
	s.Asks = func(string) moderation.Asking { return *a.Load() }
	in := s.Intake.(moderation.Intake)
	in.Asks = s.Asks
	s.Intake = in
}

// wordingDoc is the wording as programs read it.
type wordingDoc struct {
	Hash, Language, Text, HTML string
	Required                   bool
}

func (d *door) wording(body string) (w *wordingDoc) {
	d.t.Helper()
	var doc struct{ Consent *wordingDoc }
	if err := json.Unmarshal([]byte(body), &doc); err != nil {
		d.t.Fatal(err)
	}
	return doc.Consent
}

// agreed is what the sender of a comment agreed to.
func (d *door) agreed(id string) moderation.Agreement {
	d.t.Helper()
	e, err := d.db.Entry(d.t.Context(), id, nil)
	if err != nil {
		d.t.Fatal(err)
	}
	return e.Agreed
}

const (
	old   = "Saya setuju.\nBaca https://desa.id/privasi?a=1&b=2."
	newer = "Saya setuju, juga dengan <arsip>."
	oldEN = "I agree."
)

func TestAProgramIsToldWhatMustBeAgreedTo(t *testing.T) {
	d := asks(t, true, old, oldEN)
	for lang, want := range map[string]moderation.Wording{"id": moderation.NewWording("id", old), "en": moderation.NewWording("en", oldEN)} {
		_, body := d.ask("POST", "/v1/sites/desa/challenges?lang="+lang, url.Values{"page": {page}}.Encode(), formType)
		w := d.wording(body)
		if w == nil || w.Hash != want.Hash || w.Text != want.Text || w.Language != lang || !w.Required || !strings.Contains(w.HTML, `value="`+want.Hash+`"`) {
			t.Errorf("%s: %s", lang, body)
		}
	}
	if _, body := open(t).ask("POST", "/v1/sites/desa/challenges", url.Values{"page": {page}}.Encode(), formType); strings.Contains(body, "consent") {
		t.Errorf("where nothing is asked: %s", body)
	}
}

func TestConsentIsAskedBeforeTheChallengeIsSpent(t *testing.T) {
	d, a := asksAnew(t, true, old, oldEN)
	v := d.solved()
	refused := func(want string) *wordingDoc {
		t.Helper()
		answer, body := d.ask("POST", "/v1/sites/desa/comments", v.Encode(), formType)
		got := d.hear(body)
		if answer.StatusCode != 422 || got.Code != "invalid" || len(got.Fields) != 1 || got.Fields[0].Field != "consent" || got.Fields[0].Code != want {
			t.Fatalf("%d %s", answer.StatusCode, body)
		}
		return d.wording(body)
	}
	first := refused("required")
	v.Set("consent", first.Hash)
	a.set(true, newer, oldEN)
	now := refused("unknown")
	if now.Text != newer || !strings.Contains(now.HTML, "dengan &lt;arsip&gt;.") {
		t.Errorf("the present wording is told as %+v", now)
	}
	v.Set("consent", "1")
	refused("unknown")
	v.Set("consent", now.Hash)
	answer, got := d.submit(v)
	if answer.StatusCode != http.StatusAccepted {
		t.Fatalf("%d %+v", answer.StatusCode, got)
	}
	if kept := d.agreed(got.ID); kept.Wording != moderation.NewWording("id", newer) || !kept.Ticked || time.Since(kept.At) > time.Minute {
		t.Errorf("kept %+v", kept)
	}
}

func TestARetryAfterTheWordingChangedIsTheSameComment(t *testing.T) {
	d, a := asksAnew(t, true, old, oldEN)
	v := d.solved()
	v.Set("key", "k-1")
	v.Set("consent", moderation.NewWording("en", oldEN).Hash)
	_, first := d.submit(v)
	a.set(true, newer, "I agree to more.")
	for _, hash := range []string{v.Get("consent"), "", moderation.NewWording("id", newer).Hash} {
		v.Set("consent", hash)
		if answer, again := d.submit(v); answer.StatusCode != http.StatusAccepted || again.ID != first.ID {
			t.Errorf("with %q: %d %+v", hash, answer.StatusCode, again)
		}
	}
	if kept := d.agreed(first.ID); kept.Wording != moderation.NewWording("en", oldEN) {
		t.Errorf("kept %+v", kept)
	}
}

func TestConsentWithoutScripts(t *testing.T) {
	d, a := asksAnew(t, true, old, oldEN)
	const box = `name="consent" type="checkbox" value="`
	for lang, want := range map[string]string{"id": `Saya setuju.<br>Baca <a href="https://desa.id/privasi?a=1&amp;b=2" target="_blank" rel="noopener">https://desa.id/privasi?a=1&amp;b=2</a>.`, "en": "I agree."} {
		_, body := d.ask("GET", "/sites/desa/form?lang="+lang+"&page="+url.QueryEscape(page), "")
		if !strings.Contains(body, box) || !strings.Contains(body, `lang="`+lang+`">`+want) || strings.Contains(body, " checked") {
			t.Errorf("%s: %s", lang, body)
		}
	}
	v := d.solved()
	send := func(want int) string {
		t.Helper()
		answer, body := d.ask("POST", "/sites/desa/form?lang=id", v.Encode(), formType, "Accept: text/html")
		if answer.StatusCode != want {
			t.Fatalf("%d %s", answer.StatusCode, body)
		}
		return body
	}
	const marked = `aria-describedby="balasan-e-consent" aria-invalid="true"`
	if body := send(422); !strings.Contains(body, marked) || !strings.Contains(body, `href="#balasan-f-consent">Centang kotak ini`) || !strings.Contains(body, v.Get("body")) ||
		!strings.Contains(body, `name="challenge" value="`+v.Get("challenge")) || !strings.Contains(body, `value="`+v.Get("answer")+`"`) {
		t.Errorf("without a tick: %s", body)
	}
	v.Set("consent", moderation.NewWording("id", old).Hash)
	v.Set("email", "bukan")
	if body := send(422); !strings.Contains(body, " checked") || strings.Contains(body, marked) {
		t.Errorf("a fault elsewhere costs the tick: %s", body)
	}
	v.Set("email", "sari@contoh.id")
	a.set(true, newer, oldEN)
	if body := send(422); strings.Contains(body, " checked") || !strings.Contains(body, marked) || !strings.Contains(body, "Teks persetujuan ini baru saja diperbarui") || !strings.Contains(body, "&lt;arsip&gt;") {
		t.Errorf("a changed wording: %s", body)
	}
	v.Set("consent", moderation.NewWording("id", newer).Hash)
	send(303)
}

func TestANoticeIsAgreedToBySending(t *testing.T) {
	d, a := asksAnew(t, false, old, oldEN)
	if _, body := d.ask("GET", "/sites/desa/form?page="+url.QueryEscape(page), ""); strings.Contains(body, `id="balasan-f-consent" name`) || !strings.Contains(body, `type="hidden" name="notice" value="`+moderation.NewWording("id", old).Hash) {
		t.Errorf("the form: %s", body)
	}
	v := d.solved()
	_, untold := d.submit(v)
	if kept := d.agreed(untold.ID); kept.Hash != "" {
		t.Errorf("who was told nothing agreed to %+v", kept)
	}
	v = d.solved()
	v.Set("notice", moderation.NewWording("id", old).Hash)
	a.set(false, newer, oldEN)
	if answer, got := d.submit(v); answer.StatusCode != 422 || got.Fields[0].Code != "unknown" {
		t.Errorf("a notice from before: %d %+v", answer.StatusCode, got)
	}
	v.Set("notice", moderation.NewWording("id", newer).Hash)
	_, got := d.submit(v)
	if kept := d.agreed(got.ID); kept.Text != newer || kept.Ticked {
		t.Errorf("kept %+v", kept)
	}
}

func TestTheFragmentFollowsItsWording(t *testing.T) {
	d, a := asksAnew(t, true, old, oldEN)
	shows := func(text string) {
		t.Helper()
		for end := time.Now().Add(5 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
			if _, body := d.ask("GET", "/sites/desa/threads?page="+url.QueryEscape(page), ""); strings.Contains(body, text) {
				return
			}
		}
		t.Errorf("the fragment never shows %s", text)
	}
	shows("Saya setuju.<br>")
	a.set(true, newer, oldEN)
	shows("&lt;arsip&gt;")
	a.set(false, newer, oldEN)
	shows(`name="notice"`)
}
