package web

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"balasan/moderation"
)

func get(path, session string) ask { return ask{method: http.MethodGet, path: path, session: session} }

func decide(session string, to moderation.State, ids ...string) ask {
	return ask{method: http.MethodPost, path: "/queue/decide", session: session,
		form: url.Values{"id": ids, "from": {"pending"}, "to": {string(to)}, "back": {"state=pending"}}}
}

func decideJSON(to moderation.State, ids ...string) string {
	raw, _ := json.Marshal(map[string]any{"ids": ids, "to": to})
	return string(raw)
}

func TestTheQueueShowsWhyAndNotWho(t *testing.T) {
	h := newHouse(t)
	session := h.hire("Sari", moderation.Redact, "warta")
	token, err := h.accounts.NewToken(t.Context(), "Sari", "skrip", moderation.Scope{}, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	id := h.keep(func(c *moderation.Comment) {
		c.Body = "main di 𝐒𝐋𝟎𝐓 yuk"
		c.Verdict.Signals = []moderation.Signal{{Rule: "judol.brand", Score: 6, Term: "slot",
			Spans:  []moderation.Span{{Field: moderation.FieldBody, Start: len("main di "), End: len("main di 𝐒𝐋𝟎𝐓")}},
			Reason: moderation.Text{ID: "Menyebut situs judi dari rahasia.wati@surat.example", EN: "Names a gambling site"}}}
	})
	page := h.send(get("/queue", session))
	for _, want := range []string{`<mark data-reads="slot">𝐒𝐋𝟎𝐓</mark>`, `&#43;6</b> <code>judol.brand</code>`, "Menyebut situs judi", "Meragukan", "Warta Kota", "Banjir surut"} {
		if !strings.Contains(page.body, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	call := h.raw(ask{method: http.MethodGet, path: "/v1/editor/queue", token: token}, nil)
	if !strings.Contains(call.body, `"rule":"judol.brand","score":6,"term":"slot"`) {
		t.Errorf("the call lacks the reason: %s", call.body)
	}
	for name, a := range map[string]answer{"page": page, "call": call, "entry": h.send(get("/queue/comments/"+id, session)),
		"entry call": h.send(get("/v1/editor/comments/"+id, session))} {
		if a.status != http.StatusOK {
			t.Errorf("%s: %d", name, a.status)
		}
		for _, secret := range []string{"rahasia.wati", "surat.example", "203.0.113.77"} {
			if strings.Contains(a.body, secret) {
				t.Errorf("%s shows %s", name, secret)
			}
		}
	}
	shown := h.send(ask{method: http.MethodPost, path: "/queue/comments/" + id + "/address", session: session, form: url.Values{}})
	if !strings.Contains(shown.body, "rahasia.wati@surat.example") {
		t.Errorf("the audited click shows no address: %d", shown.status)
	}
}

func TestEveryFieldStaysText(t *testing.T) {
	h := newHouse(t)
	session := h.hire("Sari", moderation.Owner, moderation.AllSites)
	for i, evil := range []string{`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `'-alert(1)-'`, `</textarea><svg onload=alert(1)>`, `{{.Name}}`} {
		id := h.keep(func(c *moderation.Comment) {
			c.Name, c.Website, c.Body, c.PageTitle = evil, "https://x.example/"+evil, evil, evil
			c.Page = "javascript:alert(1)//" + evil
			c.Verdict.Signals = []moderation.Signal{{Rule: evil, Score: 1, Term: evil, Reason: moderation.Text{ID: evil},
				Spans: []moderation.Span{{Field: moderation.FieldBody, Start: -5, End: 3}, {Field: moderation.FieldName, Start: 2, End: 9000}}}}
		})
		for _, path := range []string{"/queue", "/queue/comments/" + id, "/queue?page=" + url.QueryEscape(evil), "/queue?said=" + url.QueryEscape(evil) + "&n=3&batch=" + url.QueryEscape(evil), "/queue/signin?next=" + url.QueryEscape(evil)} {
			a := h.send(get(path, session))
			for _, alive := range []string{"<script>", "<img", "<svg onload", `href="javascript:`, "onerror=alert(1)>"} {
				if strings.Contains(a.body, alive) {
					t.Errorf("payload %d on %s: %s is alive", i, path, alive)
				}
			}
		}
	}
}

func TestOfTwoEditorsOneWinsAndTheOtherIsTold(t *testing.T) {
	h := newHouse(t)
	sari, budi := h.hire("Sari", moderation.Redact, "warta"), h.hire("Budi", moderation.Redact, "warta")
	id := h.keep(nil)
	if a := h.send(decide(sari, moderation.IsSpam, id)); a.status != http.StatusSeeOther {
		t.Fatalf("Sari: %d %s", a.status, a.body)
	}
	late := h.send(decide(budi, moderation.Approved, id))
	told := h.send(get(late.header.Get("Location"), budi))
	if !strings.Contains(told.body, "Sari sudah menandai ini spam") {
		t.Errorf("Budi is not told by the page %s", late.header.Get("Location"))
	}
	call := h.send(ask{method: http.MethodPost, path: "/v1/editor/decisions", session: budi, json: decideJSON(moderation.Approved, id)})
	var doc struct {
		Code string
		Lost []struct{ ID, State, By string }
	}
	if err := json.Unmarshal([]byte(call.body), &doc); err != nil || call.status != http.StatusConflict ||
		doc.Code != "decided" || len(doc.Lost) != 1 || doc.Lost[0].By != "Sari" || doc.Lost[0].State != "spam" {
		t.Errorf("the call answers %d %s", call.status, call.body)
	}
	fragment := decide(budi, moderation.Approved, id)
	fragment.header = map[string]string{fragmentHeader: "1"}
	if a := h.send(fragment); a.status != http.StatusOK || !strings.Contains(a.body, `data-gone="`+id+`"`) || !strings.Contains(a.body, "Sari sudah") {
		t.Errorf("the fragment answers %d %s", a.status, a.body)
	}
}

func TestADecisionIsTakenBackByForm(t *testing.T) {
	h := newHouse(t)
	session := h.hire("Sari", moderation.Redact, "warta")
	first, second := h.keep(nil), h.keep(nil)
	done := h.send(decide(session, moderation.Trashed, first, second))
	page := h.send(get(done.header.Get("Location"), session))
	if !strings.Contains(page.body, "2 komentar dibuang.") || strings.Contains(page.body, "g-"+first) {
		t.Fatalf("after %s the page does not tell", done.header.Get("Location"))
	}
	to, err := url.Parse(done.header.Get("Location"))
	if err != nil {
		t.Fatal(err)
	}
	back := h.send(ask{method: http.MethodPost, path: "/queue/undo", session: session, form: url.Values{"batch": {to.Query().Get("batch")}}})
	page = h.send(get(back.header.Get("Location"), session))
	if !strings.Contains(page.body, "2 keputusan diurungkan.") || !strings.Contains(page.body, "g-"+first) || !strings.Contains(page.body, "g-"+second) {
		t.Errorf("after undo, %s lacks what came back", back.header.Get("Location"))
	}
}

func TestAReplyApprovesAndPublishes(t *testing.T) {
	h := newHouse(t)
	session := h.hire("Sari", moderation.Redact, "warta")
	id := h.keep(nil)
	h.send(ask{method: http.MethodPost, path: "/queue/reply", session: session, form: url.Values{"id": {id}, "body": {"Sama-sama!"}}})
	page := h.send(get("/queue?state=approved", session))
	for _, want := range []string{"g-" + id, "Sama-sama!", "Redaksi"} {
		if !strings.Contains(page.body, want) {
			t.Errorf("the approved list lacks %s", want)
		}
	}
}

func TestTheCounterCountsWhatCameSince(t *testing.T) {
	h := newHouse(t)
	session := h.hire("Sari", moderation.Viewer, "warta")
	h.keep(nil)
	mark := newID()
	want := []string{`{"count":"1","newer":""}`, `{"count":"2","newer":"1"}`}
	for _, w := range want {
		if a := h.send(get("/v1/editor/pending?mark="+mark, session)); a.body != w {
			t.Errorf("got %s, want %s", a.body, w)
		}
		h.keep(nil)
	}
}

func TestForeignBodiesAreRefused(t *testing.T) {
	h := newHouse(t)
	session := h.hire("Sari", moderation.Redact, "warta")
	tests := map[string]struct {
		json   string
		status int
	}{
		"not JSON":           {"ids=1", 400},
		"an unknown field":   {`{"ids":["x"],"to":"spam","force":true}`, 400},
		"two values":         {`{"ids":["x"],"to":"spam"}{}`, 400},
		"no ids":             {`{"to":"spam"}`, 422},
		"an unknown state":   {`{"ids":["x"],"to":"gone"}`, 422},
		"an unknown comment": {`{"ids":["x"],"to":"spam"}`, 404},
		"too many":           {decideJSON(moderation.IsSpam, make([]string, moderation.MaxBatch+1)...), 422},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if a := h.send(ask{method: http.MethodPost, path: "/v1/editor/decisions", session: session, json: tt.json}); a.status != tt.status {
				t.Errorf("answered %d %s, want %d", a.status, a.body, tt.status)
			}
		})
	}
}

func TestTheQueueSpeaksTheLanguageOfAnOnlySite(t *testing.T) {
	h := newHouse(t)
	if err := h.db.AddSite(t.Context(), moderation.Site{ID: "herald", Name: "Herald", Language: "en", Policy: moderation.DefaultPolicy()}); err != nil {
		t.Fatal(err)
	}
	one, all := h.hire("Ann", moderation.Redact, "herald"), h.hire("Sari", moderation.Owner, moderation.AllSites)
	for name, tc := range map[string]struct{ session, path, accepts, cookie, want string }{
		"an only site":                   {one, "/queue", "id", "", "en"},
		"a choice before the site":       {one, "/queue", "en", "balasan-lang=id", "id"},
		"a wish before the choice":       {one, "/queue?lang=en", "id", "balasan-lang=id", "en"},
		"several sites: the browser":     {all, "/queue", "en-GB,fr;q=0.5", "", "en"},
		"several sites, nothing known":   {all, "/queue", "fr", "", "id"},
		"before signing in, no cookie":   {"", "/queue/signin", "en", "", "en"},
		"a cookie that says no language": {all, "/queue", "id", "balasan-lang=xx", "id"},
	} {
		t.Run(name, func(t *testing.T) {
			a := get(tc.path, tc.session)
			a.header = map[string]string{"Accept-Language": tc.accepts, "Cookie": tc.cookie}
			if tc.session != "" {
				a.header["Cookie"] += "; balasan=" + tc.session
			}
			if page := h.send(a); !strings.Contains(page.body, `<html lang="`+tc.want+`">`) {
				t.Errorf("%d, not in %s", page.status, tc.want)
			}
		})
	}
}

func TestEditorsCallsTakeEachFieldOnce(t *testing.T) {
	h := newHouse(t)
	session, id := h.hire("Sari", moderation.Redact, "warta"), h.keep(nil)
	for name, body := range map[string]string{
		"a field twice":      `{"ids":["` + id + `"],"to":"spam","to":"approved"}`,
		"an unknown field":   `{"ids":["` + id + `"],"to":"spam","force":true}`,
		"something behind":   `{"ids":["` + id + `"],"to":"spam"} {}`,
		"invalid UTF-8":      "{\"ids\":[\"" + id + "\"],\"to\":\"spam\",\"note\":\"\xff\"}",
		"another upper case": `{"IDS":["` + id + `"],"to":"spam"}`,
	} {
		if a := h.send(ask{method: http.MethodPost, path: "/v1/editor/decisions", session: session, json: body}); a.status != http.StatusBadRequest {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
	}
	if entry := h.send(get("/v1/editor/comments/"+id, session)); !strings.Contains(entry.body, `"state":"pending"`) {
		t.Errorf("it was decided: %s", entry.body)
	}
}

func TestOneMoreReasonIsOne(t *testing.T) {
	for n, want := range map[int]string{1: "1 more reason", 2: "2 more reasons"} {
		if got := (card{Lang: "en", Reasons: make([]reason, topReasons+n)}).MoreReasons(); got != want {
			t.Errorf("%d: %q", n, got)
		}
	}
}

func TestThePasswordPageTellsAPasswordManagerWhose(t *testing.T) {
	h := newHouse(t)
	page := h.send(get("/queue/password", h.hire("Sari", moderation.Redact, "warta")))
	_, field, _ := strings.Cut(page.body, `value="Sari"`)
	if field, _, _ = strings.Cut(field, ">"); !strings.Contains(field, `autocomplete="username"`) || !strings.Contains(field, "readonly") ||
		strings.Contains(page.body, `type="hidden" name="name"`) {
		t.Errorf("no field of a user name: %s", page.body)
	}
}

func TestALimitThatIsNoneIsNamed(t *testing.T) {
	h := newHouse(t)
	session := h.hire("Sari", moderation.Redact, "warta")
	for _, path := range []string{"/v1/editor/queue", "/v1/editor/campaigns", "/v1/editor/campaigns/" + h.keep(nil)} {
		for limit, want := range map[string]int{"-1": 422, "0": 422, "101": 422, "x": 422, "": 422, "100": 200} {
			if a := h.send(get(path+"?limit="+limit, session)); (a.status == 422) != (want == 422) || want == 422 && !strings.Contains(a.body, `"field":"limit"`) {
				t.Errorf("%s?limit=%s: %d %s", path, limit, a.status, a.body)
			}
		}
	}
}
