package web

import (
	"crypto/sha256"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"balasan/moderation"
)

// id is how forms name an editor.
func (h *house) id(name string) string {
	h.t.Helper()
	e, _, err := h.db.EditorByName(h.t.Context(), name)
	if err != nil {
		h.t.Fatal(err)
	}
	return e.ID
}

func post(path, session string, form url.Values) ask {
	return ask{method: http.MethodPost, path: path, session: session, form: form}
}

// stale is a session of somebody who signed in an hour ago.
func (h *house) stale(name string) string {
	h.t.Helper()
	secret, now := "blk_"+strings.Repeat("A", 43), time.Now()
	if err := h.db.AddPass(h.t.Context(), moderation.Pass{Hash: sha256.Sum256([]byte(secret)), Kind: moderation.Session, Editor: h.id(name),
		CreatedAt: now.Add(-time.Hour), SeenAt: now, ProvedAt: now.Add(-time.Hour), ExpiresAt: now.Add(time.Hour)}); err != nil {
		h.t.Fatal(err)
	}
	return secret
}

var signInLink = regexp.MustCompile(houseURL + `(/queue/link/bll_[\w-]{43})`)

func TestAnOwnerInvitesByALinkThatIsShownOnce(t *testing.T) {
	h := newHouse(t)
	owner := h.hire("Ibu", moderation.Owner, "warta")
	made := h.send(post("/queue/people", owner, url.Values{"name": {"Dewi"}, "role": {"editor"}, "site": {"warta"}}))
	link := signInLink.FindStringSubmatch(made.body)
	if made.status != http.StatusOK || link == nil {
		t.Fatalf("no link: %d %s", made.status, made.body)
	}
	list := h.send(get("/queue/people", owner))
	if !strings.Contains(list.body, "Dewi") || !strings.Contains(list.body, "Tautan masuk dari Ibu menunggu") || strings.Contains(list.body, "bll_") {
		t.Errorf("the list does not tell of the invitation, or shows the link: %d", list.status)
	}
	in := h.send(post(link[1], "", url.Values{}))
	session := sessionOf(in)
	if in.header.Get("Location") != "/queue/password" || session == "" {
		t.Fatalf("the link leads to %q", in.header.Get("Location"))
	}
	if a := h.send(get("/queue/people", session)); a.status != http.StatusForbidden {
		t.Errorf("an editor looks after people: %d", a.status)
	}
	h.send(post("/queue/people/role", owner, url.Values{"editor": {h.id("Dewi")}, "site": {"warta"}, "role": {""}}))
	if a := h.send(get("/queue", session)); a.status != http.StatusForbidden {
		t.Errorf("without a role the queue is read: %d", a.status)
	}
}

func TestAnInvitationThatIsWithdrawnOpensNothing(t *testing.T) {
	h := newHouse(t)
	owner := h.hire("Ibu", moderation.Owner, moderation.AllSites)
	made := h.send(post("/queue/people", owner, url.Values{"name": {"Dewi"}, "role": {"viewer"}, "site": {"*"}}))
	link := signInLink.FindStringSubmatch(made.body)
	taken := h.send(post("/queue/people", owner, url.Values{"name": {"Dewi"}, "role": {"viewer"}, "site": {"*"}}))
	if taken.status != http.StatusUnprocessableEntity || !strings.Contains(taken.body, "Nama ini sudah ada") || !strings.Contains(taken.body, `value="Dewi"`) {
		t.Errorf("a taken name: %d", taken.status)
	}
	if a := h.send(post("/queue/people/withdraw", owner, url.Values{"editor": {h.id("Dewi")}})); a.header.Get("Location") != "/queue/people?said=withdrawn" {
		t.Fatalf("withdrawing: %d %s", a.status, a.body)
	}
	if a := h.send(post(link[1], "", url.Values{})); a.status != http.StatusUnauthorized {
		t.Errorf("the link still opens: %d", a.status)
	}
}

func TestOneSitesOwnerLooksAfterThatSiteAlone(t *testing.T) {
	h := newHouse(t)
	owner := h.hire("Ibu", moderation.Owner, "warta")
	h.hire("Seberang", moderation.Redact, "kampung")
	h.hire("Dua", moderation.Redact, "kampung")
	if err := h.accounts.Grant(t.Context(), "Dua", "warta", moderation.Viewer, false); err != nil {
		t.Fatal(err)
	}
	list := h.send(get("/queue/people", owner))
	if strings.Contains(list.body, "Seberang") || strings.Contains(list.body, "Kampung") || !strings.Contains(list.body, "Dua") {
		t.Error("the list tells of another site, or lacks somebody of this one")
	}
	for path, form := range map[string]url.Values{
		"/queue/people":          {"name": {"X"}, "role": {"viewer"}, "site": {"kampung"}},
		"/queue/people/role":     {"editor": {h.id("Dua")}, "site": {"kampung"}, "role": {""}},
		"/queue/people/reset":    {"editor": {h.id("Dua")}},
		"/queue/people/dismiss":  {"editor": {h.id("Dua")}},
		"/queue/people/withdraw": {"editor": {h.id("Dua")}},
	} {
		if a := h.send(post(path, owner, form)); a.status != http.StatusForbidden {
			t.Errorf("%s: %d", path, a.status)
		}
	}
}

func TestTheLastOwnerStays(t *testing.T) {
	h := newHouse(t)
	owner := h.hire("Ibu", moderation.Owner, moderation.AllSites)
	a := h.send(post("/queue/people/role", owner, url.Values{"editor": {h.id("Ibu")}, "site": {"*"}, "role": {"viewer"}}))
	if a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, "pemilik terakhir") {
		t.Errorf("answered %d", a.status)
	}
}

// TestWhatIsSensitiveAsksWhoItIs takes its routes from the table: all that changes an account or
// other people, but for ending sessions and proving itself.
func TestWhatIsSensitiveAsksWhoItIs(t *testing.T) {
	h := newHouse(t)
	h.hire("Ibu", moderation.Owner, moderation.AllSites)
	session := h.stale("Ibu")
	asked := 0
	for _, r := range h.server.staffRoutes() {
		sensitive := strings.HasPrefix(r.path, "/queue/account/") || strings.HasPrefix(r.path, "/queue/people") || r.path == "/queue/password"
		if r.method != http.MethodPost || !sensitive || r.path == "/queue/account/prove" || r.path == "/queue/account/sessions" {
			continue
		}
		asked++
		a := h.send(post(r.path, session, url.Values{"password": {"kopi hangat pagi"}}))
		if a.status != http.StatusSeeOther || !strings.HasPrefix(a.header.Get("Location"), "/queue/account/prove?next=") {
			t.Errorf("%s: %d to %q", r.path, a.status, a.header.Get("Location"))
		}
	}
	if asked < 12 {
		t.Errorf("only %d routes were tried", asked)
	}
}

func TestProvingItRotatesTheSessionAndLeadsBack(t *testing.T) {
	h := newHouse(t)
	first := h.hire("Ibu", moderation.Owner, moderation.AllSites)
	h.send(post("/queue/password", first, url.Values{"password": {"kopi hangat pagi"}}))
	session := h.stale("Ibu")
	wrong := h.send(post("/queue/account/prove", session, url.Values{"present": {"salah sekali ini"}, "next": {"/queue/people"}}))
	if wrong.status != http.StatusUnprocessableEntity || sessionOf(wrong) != "" || !strings.Contains(wrong.body, `value="/queue/people"`) {
		t.Errorf("a wrong password: %d", wrong.status)
	}
	right := h.send(post("/queue/account/prove", session, url.Values{"present": {"kopi hangat pagi"}, "next": {"/queue/people"}}))
	fresh := sessionOf(right)
	if right.header.Get("Location") != "/queue/people" || fresh == "" || fresh == session {
		t.Fatalf("proving: %d to %q", right.status, right.header.Get("Location"))
	}
	if a := h.send(get("/queue", session)); a.status != http.StatusSeeOther {
		t.Errorf("the session before still opens: %d", a.status)
	}
	if a := h.send(post("/queue/people", fresh, url.Values{"name": {"Dewi"}, "role": {"viewer"}, "site": {"*"}})); !strings.Contains(a.body, "bll_") {
		t.Errorf("after proving: %d", a.status)
	}
}

func TestATokenIsMadeForWhatWasTicked(t *testing.T) {
	h := newHouse(t)
	session := h.hire("Sari", moderation.Redact, "warta")
	form := url.Values{"label": {"cadangan"}, "act": {"read"}, "site": {""}, "days": {"30"}}
	made := h.send(post("/queue/account/tokens", session, form))
	token := regexp.MustCompile(`bls_[\w-]{43}`).FindString(made.body)
	if token == "" {
		t.Fatalf("no token: %d %s", made.status, made.body)
	}
	if a := h.raw(ask{method: http.MethodGet, path: "/v1/editor/queue", token: token}, nil); a.status != http.StatusOK {
		t.Errorf("reading: %d", a.status)
	}
	if a := h.raw(ask{method: http.MethodPost, path: "/v1/editor/decisions", token: token, json: decideJSON(moderation.IsSpam, h.keep(nil))}, nil); a.status != http.StatusForbidden {
		t.Errorf("deciding: %d", a.status)
	}
	list := h.send(get("/queue/account", session))
	if !strings.Contains(list.body, "cadangan") || !strings.Contains(list.body, "membaca") || strings.Contains(list.body, "bls_") {
		t.Error("the list does not tell of the token, or shows it")
	}
	for name, change := range map[string]url.Values{
		"nothing ticked":       {"act": nil},
		"beyond the role":      {"act": {"manage"}},
		"an act that is none":  {"act": {"fly"}},
		"a site of others":     {"site": {"kampung"}},
		"for ever":             {"days": {"0"}},
		"without a word of it": {"label": {" "}},
	} {
		tried := url.Values{}
		for key, value := range form {
			tried[key] = value
		}
		for key, value := range change {
			tried[key] = value
		}
		if a := h.send(post("/queue/account/tokens", session, tried)); a.status != http.StatusUnprocessableEntity || strings.Contains(a.body, "bls_") {
			t.Errorf("%s: %d", name, a.status)
		}
	}
}

func TestAllOtherSessionsEnd(t *testing.T) {
	h := newHouse(t)
	session := h.hire("Sari", moderation.Redact, "warta")
	other := h.stale("Sari")
	if a := h.send(post("/queue/account/sessions", session, url.Values{"others": {"1"}})); a.status != http.StatusSeeOther {
		t.Fatalf("answered %d", a.status)
	}
	if a := h.send(get("/queue", other)); a.status != http.StatusSeeOther {
		t.Errorf("the other one: %d", a.status)
	}
	if a := h.send(get("/queue", session)); a.status != http.StatusOK {
		t.Errorf("the own one: %d", a.status)
	}
}

func TestOldAddressesLeadToTheAccount(t *testing.T) {
	h := newHouse(t)
	session := h.hire("Sari", moderation.Redact, "warta")
	if a := h.send(get("/queue/passes", session)); a.header.Get("Location") != "/queue/account#sessions" {
		t.Errorf("led to %q", a.header.Get("Location"))
	}
}

func TestNamesOfPeopleStayText(t *testing.T) {
	h := newHouse(t)
	session := h.hire("Ibu", moderation.Owner, moderation.AllSites)
	for _, evil := range []string{`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `' autofocus onfocus=alert(1) x='`} {
		h.send(post("/queue/people", session, url.Values{"name": {evil}, "role": {"viewer"}, "site": {"*"}}))
		h.send(post("/queue/account/tokens", session, url.Values{"label": {evil}, "act": {"read"}, "days": {"30"}}))
		for _, path := range []string{"/queue/people?said=" + url.QueryEscape(evil), "/queue/account?said=" + url.QueryEscape(evil), "/queue/account/prove?next=" + url.QueryEscape(evil)} {
			a := h.send(get(path, session))
			for _, alive := range []string{"<script>", "<img", "onerror=alert(1)>", "' autofocus onfocus"} {
				if strings.Contains(a.body, alive) {
					t.Errorf("%s on %s is alive", evil, path)
				}
			}
		}
	}
}
