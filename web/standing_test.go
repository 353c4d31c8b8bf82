package web

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"balasan/moderation"
	"balasan/moderation/campaign"
	"balasan/moderation/rules"
)

// newStandingHouse has a desk that knows look-alikes.
func newStandingHouse(t *testing.T) *house {
	t.Helper()
	h := newHouse(t)
	h.server.Queue.Desk.Tying = &campaign.Ties{Links: func(folded string) ([]string, []string) {
		l := rules.FindLinks(folded)
		return l.Hosts, l.Handles
	}}
	return h
}

const gambling = "udah seminggu main di 𝐏𝐔𝐋𝐀𝐔𝟕𝟕𝟕 dan hasilnya lumayan banget sekali"

// refused keeps a comment, calls it spam and returns its id and the batch.
func (h *house) refused(body string) (id, batch string) {
	h.t.Helper()
	id = h.keep(func(c *moderation.Comment) { c.Body = body })
	sari := moderation.Editor{ID: "s", Name: "Sari", Roles: map[string]moderation.Role{moderation.AllSites: moderation.Owner}}
	settled, err := h.server.Queue.Desk.Decide(h.t.Context(), sari, moderation.Ruling{IDs: []string{id}, To: moderation.IsSpam})
	if err != nil {
		h.t.Fatal(err)
	}
	return id, settled.Batch
}

// stopped keeps a comment as a standing decision leaves it.
func (h *house) stopped(standing string) string {
	return h.keep(func(c *moderation.Comment) {
		c.Body, c.State, c.Verdict.Outcome = gambling, moderation.IsSpam, moderation.Spam
		for range 4 {
			c.Verdict.Signals = append(c.Verdict.Signals, moderation.Signal{Rule: "test.more", Score: 3, Reason: moderation.Text{ID: "lain", EN: "more"}})
		}
		c.Verdict.Signals = append(c.Verdict.Signals, moderation.Signal{Rule: moderation.RuleAlike, Force: moderation.Spam, Term: standing,
			Reason: moderation.Text{ID: "Sari menolak yang mirip sampai 26 Nov 14.00 WIB", EN: "Sari refuses look-alikes until 26 Nov 14:00 WIB"}})
	})
}

func (h *house) form(path, session string, pairs ...string) answer {
	h.t.Helper()
	form := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	return h.send(ask{method: http.MethodPost, path: path, session: session, form: form})
}

// onlyStanding is the one in the list of calls.
func (h *house) onlyStanding(session string) standingDoc {
	h.t.Helper()
	var list struct{ Standing []standingDoc }
	a := h.send(get("/v1/editor/standing", session))
	if err := json.Unmarshal([]byte(a.body), &list); err != nil || len(list.Standing) != 1 {
		h.t.Fatalf("%v: %s", err, a.body)
	}
	return list.Standing[0]
}

func has(t *testing.T, a answer, wants ...string) {
	t.Helper()
	for _, want := range wants {
		if !strings.Contains(a.body, want) {
			t.Errorf("%d without %q: %s", a.status, want, a.body)
		}
	}
}

func TestAStandingDecisionByForms(t *testing.T) {
	h := newStandingHouse(t)
	sari := h.hire("Sari", moderation.Redact, "warta")
	_, batch := h.refused(gambling)
	done := h.form("/queue/standing/alike", sari, "batch", batch, "hours", "24", "back", "state=spam&site=warta")
	to := done.header.Get("Location")
	if done.status != http.StatusSeeOther || !strings.Contains(to, "said=alike") || !strings.Contains(to, "site=warta") {
		t.Fatalf("%d to %q: %s", done.status, to, done.body)
	}
	has(t, h.send(get(to, sari)), "Yang mirip ditolak selama 24 jam.")
	d := h.onlyStanding(sari)
	first, second := h.stopped(d.ID), h.stopped(d.ID)
	has(t, h.send(get("/queue/standing", sari)), "Berlaku", gambling, "udah seminggu main di pulau777", "Warta Kota", "23 jam lagi", "2 komentar dihentikan", "Cabut")
	page := h.send(get("/queue?state=spam", sari))
	reasons, _, _ := strings.Cut(page.body[strings.Index(page.body, "g-"+first):], "</ul>")
	if !strings.Contains(reasons, "Sari menolak yang mirip sampai 26 Nov 14.00 WIB") {
		t.Errorf("the reason is not among the first: %s", reasons)
	}
	one := "/queue/standing/" + d.ID
	has(t, h.send(get(one, sari)), "/queue/comments/"+first, "/queue/comments/"+second, "Kembalikan ke antrean")
	if gone := h.form("/queue/standing/revoke", sari, "standing", d.ID); gone.header.Get("Location") != "/queue/standing?said=revoked" {
		t.Errorf("%d to %q", gone.status, gone.header.Get("Location"))
	}
	has(t, h.send(get("/queue/standing?said=revoked", sari)), "Keputusan dicabut", "Sudah berakhir", "Dicabut oleh")
	back := h.form("/queue/standing/restore", sari, "standing", d.ID)
	shown := h.send(get(back.header.Get("Location"), sari))
	has(t, shown, "2 komentar kembali ke antrean.", `action="/queue/undo"`)
	_, undo, _ := strings.Cut(shown.body, `name="batch" value="`)
	undo, _, _ = strings.Cut(undo, `"`)
	h.form("/queue/undo", sari, "batch", undo)
	has(t, h.send(get("/v1/editor/comments/"+first, sari)), `"state":"spam"`)
}

func TestABanByForm(t *testing.T) {
	h := newStandingHouse(t)
	sari := h.hire("Sari", moderation.Redact, "warta")
	id := h.keep(func(c *moderation.Comment) { c.Name = "<b>Bos</b>" })
	done := h.form("/queue/standing/ban", sari, "id", id, "what", "both", "days", "7", "note", "mengancam <i>warga</i>", "back", "//evil.example")
	if to := done.header.Get("Location"); done.status != http.StatusSeeOther || !strings.HasPrefix(to, "/queue?") || strings.Contains(to, "evil") {
		t.Fatalf("%d to %q: %s", done.status, to, done.body)
	}
	has(t, h.send(get("/queue?said=ban&n=7", sari)), "Pengirim ini dilarang selama 7 hari.")
	page := h.send(get("/queue/standing?lang=en", sari))
	has(t, page, "&lt;b&gt;Bos&lt;/b&gt;", "mengancam &lt;i&gt;warga&lt;/i&gt;", "e-mail address or network", "in 6 days")
	for _, secret := range []string{"rahasia.wati", "203.0.113"} {
		if strings.Contains(page.body+h.send(get("/v1/editor/standing", sari)).body, secret) {
			t.Errorf("the page tells %s", secret)
		}
	}
}

func TestTheScriptIsToldInWords(t *testing.T) {
	h := newStandingHouse(t)
	sari := h.hire("Sari", moderation.Redact, "warta")
	id, batch := h.refused(gambling)
	_, short := h.refused("mantap min")
	send := func(path string, pairs ...string) answer {
		form := url.Values{}
		for i := 0; i+1 < len(pairs); i += 2 {
			form.Set(pairs[i], pairs[i+1])
		}
		return h.send(ask{method: http.MethodPost, path: path, session: sari, form: form, header: map[string]string{fragmentHeader: "1"}})
	}
	said := send("/queue/standing/alike", "batch", batch)
	has(t, said, `class="said"`, "selama 24 jam", `action="/queue/standing/revoke"`, h.onlyStanding(sari).ID)
	has(t, send("/queue/standing/revoke", "standing", h.onlyStanding(sari).ID), "Keputusan dicabut")
	has(t, send("/queue/standing/alike", "batch", short), "said fault", "terlalu pendek")
	has(t, send("/queue/standing/ban", "id", id, "what", "email", "days", "91"), "said fault", "1 sampai 90 hari")
	has(t, send("/queue/standing/alike", "id", id, "hours", "x"), "said fault", "1 sampai 168 jam")
	has(t, send("/queue/standing/revoke", "standing", "none"), "said fault")
}

func TestStandingRolesRoutesSites(t *testing.T) {
	h := newStandingHouse(t)
	id, batch := h.refused(gambling)
	owner := moderation.Editor{ID: "o", Name: "Oki", Roles: map[string]moderation.Role{"warta": moderation.Owner}}
	routes := []struct {
		act          moderation.Act
		method, path string // %s is a standing decision
		body         string
	}{
		{moderation.ToRead, "GET", "/v1/editor/standing/%s", ""},
		{moderation.ToRead, "GET", "/queue/standing/%s", ""},
		{moderation.ToDecide, "POST", "/v1/editor/standing/alike", `{"of":"` + batch + `","hours":1}`},
		{moderation.ToDecide, "POST", "/v1/editor/standing/ban", `{"comment":"` + id + `","what":"email","days":1}`},
		{moderation.ToDecide, "POST", "/v1/editor/standing/%s/restore", "{}"},
		{moderation.ToDecide, "POST", "/v1/editor/standing/%s/revoke", "{}"},
	}
	for _, role := range []moderation.Role{moderation.Owner, moderation.Redact, moderation.Viewer} {
		for _, site := range []string{"warta", "kampung", moderation.AllSites} {
			name := string(role) + " of " + site
			session := h.hire(name, role, site)
			editor := moderation.Editor{Roles: map[string]moderation.Role{site: role}}
			for _, r := range routes {
				t.Run(fmt.Sprintf("%s: %s %s", name, r.method, r.path), func(t *testing.T) {
					d, err := h.server.Queue.Desk.RefuseAlike(t.Context(), owner, batch, 1)
					if err != nil {
						t.Fatal(err)
					}
					h.stopped(d.ID)
					a := ask{method: r.method, path: strings.ReplaceAll(r.path, "%s", d.ID), session: session, json: r.body}
					got := h.send(a)
					if allowed := editor.May(r.act, "warta"); allowed != (got.status < 300) {
						t.Errorf("allowed %v, answered %d %s", allowed, got.status, got.body)
					}
					foreign := map[string]string{"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"}
					if got := h.raw(a, foreign); r.method == http.MethodPost && got.status != http.StatusForbidden {
						t.Errorf("from another origin: %d", got.status)
					}
					a.session = ""
					if got := h.send(a); got.status != http.StatusUnauthorized && got.status != http.StatusSeeOther {
						t.Errorf("without a session: %d", got.status)
					}
				})
			}
		}
	}
}
