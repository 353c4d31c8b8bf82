package web

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"balasan/moderation"
)

func TestAnEditorSeesWhatWasAgreedTo(t *testing.T) {
	h := newHouse(t)
	session := h.hire("Sari", moderation.Redact, "warta")
	w := moderation.NewWording("id", "Saya <setuju>.\nBaca https://warta.example/privasi")
	id := h.keep(func(c *moderation.Comment) { c.Agreed = moderation.Agreement{Wording: w, Ticked: true, At: c.At} })
	told := h.keep(func(c *moderation.Comment) {
		c.Agreed = moderation.Agreement{Wording: moderation.NewWording("en", "By sending you agree."), At: c.At}
	})
	silent := h.keep(nil)
	has(t, h.send(get("/queue/comments/"+id, session)), "Pengirim mencentang kotak persetujuan", "<code title=\"SHA-256 "+w.Hash+`">`+w.Hash[:12]+"</code>",
		`lang="id" dir="auto">Saya &lt;setuju&gt;.<br>Baca <a href="https://warta.example/privasi"`)
	has(t, h.send(get("/queue/comments/"+told+"?lang=en", session)), "The sender sent it below a notice", "By sending you agree.")
	if page := h.send(get("/queue/comments/"+silent, session)); strings.Contains(page.body, "Persetujuan") {
		t.Errorf("something is shown where nothing was asked: %s", page.body)
	}

	call := func(id string) (doc struct {
		ID      string
		Consent *struct {
			Hash, Language, Text string
			Ticked               bool
			At                   time.Time
		}
	}) {
		t.Helper()
		if err := json.Unmarshal([]byte(h.send(get("/v1/editor/comments/"+id, session)).body), &doc); err != nil {
			t.Fatal(err)
		}
		return doc
	}
	if got := call(id); got.ID != id || got.Consent == nil || got.Consent.Hash != w.Hash || got.Consent.Text != w.Text || got.Consent.Language != "id" || !got.Consent.Ticked || got.Consent.At.IsZero() {
		t.Errorf("%+v", got)
	}
	if got := call(silent); got.ID != silent || got.Consent != nil {
		t.Errorf("%+v", got)
	}
}
