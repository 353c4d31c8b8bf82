package web

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"balasan/moderation"
)

func wishes(change ...string) url.Values {
	v := url.Values{"email": {"sari@contoh.id"}, "cadence": {"daily"}, "at": {"06:30"}, "zone": {"Asia/Makassar"}, "quiet": {"21:00"}, "wake": {"05:30"}, "site": {"warta"}}
	for i := 0; i+1 < len(change); i += 2 {
		v.Set(change[i], change[i+1])
	}
	return v
}

func (h *house) digestOf(name string) (moderation.Digest, error) {
	h.t.Helper()
	e, _, err := h.db.EditorByName(h.t.Context(), name)
	if err != nil {
		h.t.Fatal(err)
	}
	return h.db.Digest(h.t.Context(), e.ID)
}

func TestAnEditorAsksForDigests(t *testing.T) {
	h := newHouse(t)
	session := h.hire("Sari", moderation.Viewer, "warta")
	got := h.send(ask{method: http.MethodPost, path: "/queue/announce", session: session, form: wishes("site", "warta")})
	if got.status != http.StatusOK || !strings.Contains(got.body, "Buka tautan dalam surat") {
		t.Fatalf("%d %s", got.status, got.body)
	}
	d, err := h.digestOf("Sari")
	if err != nil || d.At != 6*60+30 || d.Quiet.String() != "21:00-05:30" || d.Zone != "Asia/Makassar" || len(d.Sites) != 1 || !d.ConfirmedAt.IsZero() {
		t.Fatalf("%+v %v", d, err)
	}
	link := "/subscriptions/" + d.Token
	if page := h.raw(ask{method: http.MethodGet, path: link}, nil); page.status != 200 || !strings.Contains(page.body, "Kirim ringkasan komentar") {
		t.Errorf("%d %s", page.status, page.body)
	}
	if d, _ := h.digestOf("Sari"); !d.ConfirmedAt.IsZero() {
		t.Error("looking at the link confirmed it")
	}
	h.raw(ask{method: http.MethodPost, path: link, form: url.Values{"act": {"confirm"}}}, nil)
	if d, _ := h.digestOf("Sari"); d.ConfirmedAt.IsZero() {
		t.Error("the button did not confirm it")
	}
	h.raw(ask{method: http.MethodPost, path: link, form: url.Values{"List-Unsubscribe": {"One-Click"}}}, nil)
	if d, _ := h.digestOf("Sari"); d.Cadence != moderation.NoDigest {
		t.Errorf("one click ended nothing: %s", d.Cadence)
	}
	h.send(ask{method: http.MethodPost, path: "/queue/announce", session: session, form: url.Values{"act": {"forget"}}})
	if _, err := h.digestOf("Sari"); moderation.CodeOf(err) != moderation.NotFound {
		t.Errorf("the address is kept: %v", err)
	}
}

func TestEditorsSeeTheirOwnAddressOnly(t *testing.T) {
	h := newHouse(t)
	h.send(ask{method: http.MethodPost, path: "/queue/announce", session: h.hire("Sari", moderation.Owner, moderation.AllSites), form: wishes()})
	page := h.send(ask{method: http.MethodGet, path: "/queue/announce", session: h.hire("Budi", moderation.Owner, moderation.AllSites)})
	if page.status != http.StatusOK || strings.Contains(page.body, "sari@contoh.id") {
		t.Errorf("%d %s", page.status, page.body)
	}
}

func TestAWishThatCannotBeKeptIsSaidBesideItsField(t *testing.T) {
	h := newHouse(t)
	session := h.hire("Sari", moderation.Redact, "warta")
	for field, form := range map[string]url.Values{
		"email":   wishes("email", "bukan"),
		"cadence": wishes("cadence", "yearly"),
		"at":      wishes("at", "25:00"),
		"zone":    wishes("zone", "Asia/Atlantis"),
		"quiet":   wishes("wake", ""),
	} {
		got := h.send(ask{method: http.MethodPost, path: "/queue/announce", session: session, form: form})
		if got.status != http.StatusUnprocessableEntity || !strings.Contains(got.body, tr("id", "announce.fault."+field)) {
			t.Errorf("%s: %d %s", field, got.status, got.body)
		}
	}
	if _, err := h.digestOf("Sari"); moderation.CodeOf(err) != moderation.NotFound {
		t.Errorf("something was kept: %v", err)
	}
	h.send(ask{method: http.MethodPost, path: "/queue/announce", session: session, form: wishes("site", "kampung")})
	if d, err := h.digestOf("Sari"); err != nil || len(d.Sites) != 0 {
		t.Errorf("another's site is kept: %v %v", d.Sites, err)
	}
}
