package web

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"balasan/moderation"

	"github.com/pquerna/otp/totp"
)

// sessionOf reads the secret out of an answer's cookie.
func sessionOf(a answer) string {
	for _, line := range a.header.Values("Set-Cookie") {
		if c, err := http.ParseSetCookie(line); err == nil && strings.HasSuffix(c.Name, "balasan") {
			return c.Value
		}
	}
	return ""
}

func TestOnlyOurOwnPagesMayPost(t *testing.T) {
	h := newHouse(t)
	session := h.hire("Sari", moderation.Redact, "warta")
	token, err := h.accounts.NewToken(t.Context(), "Sari", "skrip", moderation.Scope{}, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct {
		headers map[string]string
		token   bool
		status  int
	}{
		"our page":                       {map[string]string{"Sec-Fetch-Site": "same-origin", "Origin": houseURL}, false, 200},
		"our page, an old browser":       {map[string]string{"Origin": houseURL}, false, 200},
		"another site":                   {map[string]string{"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"}, false, 403},
		"a neighbour under one domain":   {map[string]string{"Sec-Fetch-Site": "same-site", "Origin": "http://x.queue.test"}, false, 403},
		"another site, an old browser":   {map[string]string{"Origin": "https://evil.example"}, false, 403},
		"our name as a prefix":           {map[string]string{"Origin": houseURL + ".evil.example"}, false, 403},
		"an opaque origin":               {map[string]string{"Origin": "null"}, false, 403},
		"neither header":                 {nil, false, 403},
		"typed into the address bar":     {map[string]string{"Sec-Fetch-Site": "none"}, false, 403},
		"a script with a token":          {nil, true, 200},
		"a token beside a foreign page":  {map[string]string{"Sec-Fetch-Site": "cross-site"}, true, 200},
		"a bad token beside the session": {map[string]string{"Authorization": "Bearer bls_x", "Sec-Fetch-Site": "same-origin"}, false, 401},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			a := ask{method: http.MethodPost, path: "/v1/editor/decisions", session: session, json: decideJSON(moderation.Approved, h.keep(nil))}
			if tt.token {
				a.session, a.token = "", token
			}
			if got := h.raw(a, tt.headers); got.status != tt.status {
				t.Errorf("answered %d %s, want %d", got.status, got.body, tt.status)
			} else if challenge := got.header.Get("WWW-Authenticate"); (challenge == "Bearer") != (got.status == 401) {
				t.Errorf("%d asks for %q", got.status, challenge)
			}
		})
	}
}

func TestEveryPostOfAPageAsksWhereItComesFrom(t *testing.T) {
	h := newHouse(t)
	session := h.hire("Sari", moderation.Owner, moderation.AllSites)
	for _, r := range h.server.staffRoutes() {
		if r.method != http.MethodPost {
			continue
		}
		a := ask{method: r.method, path: strings.NewReplacer(":id", "x", ":batch", "x", ":secret", "x").Replace(r.path), session: session, form: url.Values{}}
		if got := h.raw(a, map[string]string{"Sec-Fetch-Site": "cross-site"}); got.status != http.StatusForbidden {
			t.Errorf("%s answered %d", r.path, got.status)
		}
	}
}

func TestALinkOpenedByAScannerStaysGood(t *testing.T) {
	h := newHouse(t)
	link, err := h.accounts.Add(t.Context(), "Sari", moderation.Owner, moderation.AllSites)
	if err != nil {
		t.Fatal(err)
	}
	path := SignInPath(link)
	for range 3 {
		if a := h.send(get(path, "")); a.status != http.StatusOK || sessionOf(a) != "" {
			t.Fatalf("GET: %d", a.status)
		}
	}
	in := h.send(ask{method: http.MethodPost, path: path, form: url.Values{}})
	if in.header.Get("Location") != "/queue/password" || sessionOf(in) == "" {
		t.Fatalf("POST: %d to %s", in.status, in.header.Get("Location"))
	}
	again := h.send(ask{method: http.MethodPost, path: path, form: url.Values{}})
	if again.status != http.StatusUnauthorized || !strings.Contains(again.body, "sudah dipakai") {
		t.Errorf("a second POST: %d", again.status)
	}
}

func TestSigningInRotatesTheSession(t *testing.T) {
	h := newHouse(t)
	first := h.hire("Sari", moderation.Redact, "warta")
	planted := "blk_" + strings.Repeat("A", 43)
	set := h.send(ask{method: http.MethodPost, path: "/queue/password", session: first, form: url.Values{"password": {"kopi hangat pagi"}}})
	second := sessionOf(set)
	if second == "" || h.send(get("/queue", first)).status != http.StatusSeeOther {
		t.Fatalf("a new password left the old session: %d", set.status)
	}
	form := url.Values{"name": {"Sari"}, "password": {"kopi hangat pagi"}, "next": {"/queue?state=spam"}}
	for name, before := range map[string]string{"a planted session": planted, "an own session": second} {
		in := h.send(ask{method: http.MethodPost, path: "/queue/signin", session: before, form: form})
		fresh := sessionOf(in)
		if in.status != http.StatusSeeOther || in.header.Get("Location") != "/queue?state=spam" || fresh == "" || fresh == before {
			t.Fatalf("%s: %d to %s", name, in.status, in.header.Get("Location"))
		}
		if a := h.send(get("/queue", before)); a.status != http.StatusSeeOther {
			t.Errorf("%s still opens: %d", name, a.status)
		}
		if a := h.send(get("/queue", fresh)); a.status != http.StatusOK {
			t.Errorf("the fresh session: %d", a.status)
		}
	}
}

func TestRefusalsAtTheDoorAreAlike(t *testing.T) {
	h := newHouse(t)
	session := h.hire("Sari", moderation.Redact, "warta")
	h.send(ask{method: http.MethodPost, path: "/queue/password", session: session, form: url.Values{"password": {"kopi hangat pagi"}}})
	try := func(name string) answer {
		return h.send(ask{method: http.MethodPost, path: "/queue/signin", form: url.Values{"name": {name}, "password": {"salah sekali ini"}}})
	}
	known, unknown := try("Sari"), try("Tono")
	if known.status != http.StatusUnauthorized || strings.ReplaceAll(known.body, "Sari", "X") != strings.ReplaceAll(unknown.body, "Tono", "X") {
		t.Errorf("the answers differ: %d and %d", known.status, unknown.status)
	}
	h.server.Limits.(*generous).after = 90 * time.Second
	if a := try("Sari"); a.status != http.StatusTooManyRequests || a.header.Get("Retry-After") != "90" || !strings.Contains(a.body, "2 menit") {
		t.Errorf("too many attempts: %d", a.status)
	}
}

func TestTheCookieIsBoundToTheHost(t *testing.T) {
	for base, want := range map[string]string{"https://queue.test": "__Host-balasan", houseURL: "balasan"} {
		h := newHouse(t)
		h.server.PublicURLs = []string{base}
		link, err := h.accounts.Add(t.Context(), "Sari", moderation.Owner, moderation.AllSites)
		if err != nil {
			t.Fatal(err)
		}
		session := ""
		for _, step := range []ask{
			post(SignInPath(link), "", url.Values{}),
			post("/queue/password", "", url.Values{"password": {"kopi hangat pagi"}}),
			post("/queue/account/prove", "", url.Values{"present": {"kopi hangat pagi"}}),
			post("/queue/account/codes/end", "", url.Values{}),
			post("/queue/signin", "", url.Values{"name": {"Sari"}, "password": {"kopi hangat pagi"}}),
		} {
			step.header = map[string]string{"Cookie": want + "=" + session, "Origin": base}
			in := h.send(step)
			c, err := http.ParseSetCookie(in.header.Get("Set-Cookie"))
			if err != nil {
				t.Fatalf("%s: %d %v", step.path, in.status, err)
			}
			if c.Name != want || c.Secure != (want != "balasan") || !c.HttpOnly || c.Path != "/" || c.Domain != "" || c.SameSite != http.SameSiteLaxMode {
				t.Errorf("%s: %s sets %s", base, step.path, in.header.Get("Set-Cookie"))
			}
			if c.Value == session || !strings.HasPrefix(c.Value, "blk_") {
				t.Errorf("%s does not rotate the session", step.path)
			}
			session = c.Value
		}
	}
}

func TestSigningInByCode(t *testing.T) {
	h := newHouse(t)
	session := h.hire("Sari", moderation.Redact, "warta")
	session = sessionOf(h.send(post("/queue/password", session, url.Values{"password": {"kopi hangat pagi"}})))
	sari, _, err := h.db.EditorByName(t.Context(), "Sari")
	if err != nil {
		t.Fatal(err)
	}
	begun, err := h.accounts.BeginCodes(sari, "balasan")
	if err != nil {
		t.Fatal(err)
	}
	code, err := totp.GenerateCode(begun.Secret, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	shown := h.send(post("/queue/account/codes", session, url.Values{"ticket": {begun.Ticket}, "code": {code}}))
	recovery := regexp.MustCompile(`[a-z2-7]{4}(-[a-z2-7]{4}){3}`).FindAllString(shown.body, -1)
	renewed := sessionOf(shown)
	if len(recovery) != 10 || renewed == "" || renewed == session || h.send(get("/queue", session)).status != http.StatusSeeOther {
		t.Fatalf("%d recovery codes, session %q: %d", len(recovery), renewed, shown.status)
	}
	ticket := func() string {
		half := h.send(post("/queue/signin", "", url.Values{"name": {"Sari"}, "password": {"kopi hangat pagi"}, "next": {"/queue?state=spam"}}))
		_, rest, _ := strings.Cut(half.body, `name="ticket" value="`)
		ticket, _, _ := strings.Cut(rest, `"`)
		if half.status != http.StatusOK || sessionOf(half) != "" || ticket == "" {
			t.Fatalf("the password alone: %d", half.status)
		}
		return ticket
	}
	try := func(ticket, code, before string) answer {
		return h.send(post("/queue/signin/code", before, url.Values{"ticket": {ticket}, "code": {code}, "next": {"/queue?state=spam"}}))
	}
	if a := try(ticket(), code, ""); a.status != http.StatusUnprocessableEntity || sessionOf(a) != "" || !strings.Contains(a.body, "sudah dipakai") {
		t.Errorf("a used code: %d", a.status)
	}
	if a := try("x", recovery[0], ""); a.status != http.StatusUnauthorized || sessionOf(a) != "" {
		t.Errorf("without a ticket: %d", a.status)
	}
	in := try(ticket(), recovery[0], renewed)
	if fresh := sessionOf(in); in.header.Get("Location") != "/queue?state=spam" || fresh == "" || fresh == renewed {
		t.Fatalf("a recovery code: %d to %q", in.status, in.header.Get("Location"))
	}
	if a := h.send(get("/queue", renewed)); a.status != http.StatusSeeOther {
		t.Errorf("the session before still opens: %d", a.status)
	}
	kept := ticket()
	h.server.Limits.(*generous).after = 90 * time.Second
	if a := try(kept, recovery[1], ""); a.status != http.StatusTooManyRequests || a.header.Get("Retry-After") != "90" || sessionOf(a) != "" {
		t.Errorf("too many attempts: %d", a.status)
	}
}

func TestEditorsAnswersStayPrivate(t *testing.T) {
	h := newHouse(t)
	session := h.hire("Sari", moderation.Owner, moderation.AllSites)
	for _, path := range []string{"/queue", "/queue/signin", "/queue/account", "/queue/people", "/queue/password", "/v1/editor/queue", "/v1/editor/pending"} {
		a := h.send(get(path, session))
		if a.header.Get("Cache-Control") != "no-store" || !strings.Contains(a.header.Get("Content-Security-Policy"), "frame-ancestors 'none'") ||
			a.header.Get("Referrer-Policy") != "same-origin" || a.header.Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("%s: %v", path, a.header)
		}
	}
}

func TestNextStaysWithinTheQueue(t *testing.T) {
	tests := map[string]string{
		"/queue?state=spam":       "/queue?state=spam",
		"/queue/comments/x":       "/queue/comments/x",
		"":                        "/queue",
		"//evil.example":          "/queue",
		"/\\evil.example":         "/queue",
		"https://evil.example/":   "/queue",
		"/queue@evil.example":     "/queue",
		"http:/queue":             "/queue",
		"/queue/comments/../../x": "/queue/comments/../../x", // of this host all the same
		"/queue\t":                "/queue",
		"javascript:alert(1)":     "/queue",
		"/queue/signout":          "/queue",
	}
	for next, want := range tests {
		if got := within(next); got != want {
			t.Errorf("within(%q) = %q, want %q", next, got, want)
		}
	}
}

func TestOwnSessionsAreEnded(t *testing.T) {
	h := newHouse(t)
	session := h.hire("Sari", moderation.Redact, "warta")
	list := h.send(get("/queue/account", session))
	_, rest, found := strings.Cut(list.body, `name="pass" value="`)
	if !found || !strings.Contains(list.body, "Firefox · Linux") {
		t.Fatal("the session is not listed")
	}
	hash, _, _ := strings.Cut(rest, `"`)
	other := h.hire("Budi", moderation.Owner, moderation.AllSites)
	h.send(ask{method: http.MethodPost, path: "/queue/account/sessions", session: other, form: url.Values{"pass": {hash}}})
	if a := h.send(get("/queue", session)); a.status != http.StatusOK {
		t.Fatal("someone else ended it")
	}
	h.send(ask{method: http.MethodPost, path: "/queue/account/sessions", session: session, form: url.Values{"pass": {hash}}})
	if a := h.send(get("/queue", session)); a.status != http.StatusSeeOther {
		t.Errorf("an ended session: %d", a.status)
	}
}
