package web

import (
	"net/http"
	"strings"
	"testing"

	"balasan/moderation"
	"balasan/store/storetest"
)

func TestACampaignIsListedReadAndSettled(t *testing.T) {
	h := newHouse(t)
	warta, both := h.hire("Budi", moderation.Redact, "warta"), h.hire("Sari", moderation.Owner, moderation.AllSites)
	body := func(site, text string) string {
		return h.keep(func(c *moderation.Comment) { c.Site, c.Body = site, text })
	}
	first, spared := body("warta", "t:1"), body("warta", "t:1 s:20")
	body("kampung", "t:1")
	alone := body("warta", "t:2")
	for n := -1; n != 0; {
		var err error
		if n, err = h.db.Gather(t.Context(), storetest.Tying{}); err != nil {
			t.Fatal(err)
		}
	}
	for session, want := range map[string]string{warta: `"size":2,"pending":2`, both: `"size":3,"pending":3`} {
		if a := h.send(ask{method: http.MethodGet, path: "/v1/editor/campaigns", session: session}); a.status != 200 || !strings.Contains(a.body, want) {
			t.Errorf("%d %s, want %s", a.status, a.body, want)
		}
	}
	members := h.send(ask{method: http.MethodGet, path: "/v1/editor/campaigns/" + first, session: warta})
	if members.status != 200 || !strings.Contains(members.body, spared) || !strings.Contains(members.body, `"total":2`) || strings.Contains(members.body, "rahasia") {
		t.Errorf("%d %s", members.status, members.body)
	}
	if a := h.send(ask{method: http.MethodGet, path: "/v1/editor/campaigns/" + alone, session: warta}); a.status != 404 {
		t.Errorf("a comment without a campaign: %d %s", a.status, a.body)
	}
	settle := ask{method: http.MethodPost, path: "/v1/editor/campaigns/" + spared + "/decisions", session: warta, json: `{"to":"spam","spared":["` + spared + `"]}`}
	if a := h.send(settle); a.status != 200 || strings.Count(a.body, `"to":"spam"`) != 1 {
		t.Errorf("%d %s", a.status, a.body)
	}
	if a := h.send(ask{method: http.MethodGet, path: "/v1/editor/campaigns", session: both}); !strings.Contains(a.body, `"size":2,"pending":1,"refused":1`) {
		t.Errorf("afterwards %s", a.body)
	}
}
