package web

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"balasan/moderation"
)

func TestAnOwnerSeesWhatDidNotArriveAndTriesAgain(t *testing.T) {
	h, at := newHouse(t), time.Now()
	session := h.hire("Sari", moderation.Owner, moderation.AllSites)
	open := func() string {
		got := h.send(ask{method: http.MethodGet, path: "/queue/announce/log", session: session})
		if got.status != http.StatusOK {
			t.Fatalf("%d %s", got.status, got.body)
		}
		return got.body
	}
	if page := open(); !strings.Contains(page, "Belum ada yang dikabari") {
		t.Error(page)
	}
	if _, err := h.db.Follow(t.Context(), "webhook", at); err != nil {
		t.Fatal(err)
	}
	id := h.keep(nil)
	left := []moderation.Delivery{{Target: "webhook portal.example 12345678", Event: "e", Fact: moderation.Fact{Kind: moderation.FactDecided, To: moderation.IsSpam, Comment: id, At: at}}}
	if err := h.db.Leave(t.Context(), "webhook", 0, 1, left, at); err != nil {
		t.Fatal(err)
	}
	if err := h.db.TurnOff(t.Context(), left[0].Target, "<b>410</b>", at); err != nil {
		t.Fatal(err)
	}
	page := open()
	for _, want := range []string{"Dihentikan penerima", "&lt;b&gt;410&lt;/b&gt;", "/queue/comments/" + id, `name="delivery" value="1"`} {
		if !strings.Contains(page, want) {
			t.Errorf("no %s in %s", want, page)
		}
	}
	again := h.send(ask{method: http.MethodPost, path: "/queue/announce/log", session: session, form: url.Values{"delivery": {"1"}}})
	if again.status != http.StatusOK || !strings.Contains(again.body, "1 pengumuman akan dicoba lagi") || strings.Contains(again.body, "Dihentikan") {
		t.Errorf("%d %s", again.status, again.body)
	}
}

func TestAnOwnerOfOneSiteDoesNotSeeAnnouncementsOfAll(t *testing.T) {
	h := newHouse(t)
	session := h.hire("Budi", moderation.Owner, "warta")
	for _, method := range []string{http.MethodGet, http.MethodPost} {
		if got := h.send(ask{method: method, path: "/queue/announce/log", session: session, form: url.Values{"delivery": {"1"}}}); got.status != http.StatusNotFound {
			t.Errorf("%s: %d", method, got.status)
		}
	}
}
