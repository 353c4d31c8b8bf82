package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/fsnotify/fsnotify"

	"balasan/configs"
	"balasan/moderation"
)

// desks is the whole program but for its process, with an owner and an editor of demo.
type desks struct {
	t           *testing.T
	s           *service
	h           *house
	dir         string
	owner, sari string // sessions
}

func newDesks(t *testing.T) *desks {
	t.Helper()
	d := &desks{t: t, dir: t.TempDir()}
	load := func() (configs.Config, error) { return configs.Load("", nil, "data="+d.dir, "listen=127.0.0.1:1") }
	cfg, err := load()
	if err != nil {
		t.Fatal(err)
	}
	if d.h, err = enter(t.Context(), cfg); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.h.close() })
	for _, id := range []string{"demo", "desa"} {
		if err := d.h.db.AddSite(t.Context(), moderation.Site{ID: id, Name: "Situs " + id, Language: "id", Policy: moderation.DefaultPolicy()}); err != nil {
			t.Fatal(err)
		}
	}
	if d.s, err = d.h.wire(slog.New(slog.DiscardHandler)); err != nil {
		t.Fatal(err)
	}
	d.s.load, d.s.level, d.s.hangup = load, new(slog.LevelVar), make(chan os.Signal, 1)
	if d.s.files, err = fsnotify.NewWatcher(); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	var done sync.WaitGroup
	done.Go(func() { d.s.reload(ctx, "") })
	t.Cleanup(func() { stop(); done.Wait() })
	d.owner, d.sari = d.hire("Budi", moderation.Owner, moderation.AllSites), d.hire("Sari, M.Pd", moderation.Redact, "demo")
	return d
}

func (d *desks) hire(name string, role moderation.Role, site string) string {
	d.t.Helper()
	link, err := d.h.accounts.Add(d.t.Context(), name, role, site)
	if err != nil {
		d.t.Fatal(err)
	}
	session, err := d.h.accounts.Follow(d.t.Context(), link, "test")
	if err != nil {
		d.t.Fatal(err)
	}
	return session
}

// keep stores a comment that an editor, or nobody, has decided on.
func (d *desks) keep(site, body string, state moderation.State) string {
	d.t.Helper()
	email, _ := moderation.ParseEmail("wati@rahasia.example")
	c := moderation.Comment{ID: newID(), State: moderation.Pending, Verdict: moderation.Verdict{Outcome: moderation.Approve, Approve: 2, Spam: 10},
		Submission: moderation.Submission{Site: site, Page: "kabar", Name: "Wati", Email: email, Body: body, Addr: netip.MustParseAddr("203.0.113.9"),
			At: time.Now(), Form: moderation.Form{Signed: true, Age: time.Minute}}}
	c.Root = c.ID
	_, err := d.h.db.Keep(d.t.Context(), c)
	if err == nil && state != moderation.Pending {
		by := moderation.Editor{ID: newID(), Name: "Ani", Roles: map[string]moderation.Role{moderation.AllSites: moderation.Owner}}
		_, err = moderation.Desk{Ledger: d.h.db, NewID: newID}.Decide(d.t.Context(), by, moderation.Ruling{IDs: []string{c.ID}, From: moderation.Pending, To: state})
	}
	if err != nil {
		d.t.Fatal(err)
	}
	return c.ID
}

type reply struct {
	status int
	body   string
	to     string // where it leads
}

func (d *desks) send(session, method, path string, form url.Values) reply {
	d.t.Helper()
	req, err := http.NewRequest(method, "http://127.0.0.1:1"+path, strings.NewReader(form.Encode()))
	if err != nil {
		d.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Sec-Fetch-Site", "same-origin")
	req.Header.Set("Accept-Language", "en")
	req.AddCookie(&http.Cookie{Name: "balasan", Value: session})
	resp, err := d.s.app.Test(req, -1)
	if err != nil {
		d.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		d.t.Fatal(err)
	}
	return reply{resp.StatusCode, string(text), resp.Header.Get("Location")}
}

func (d *desks) get(session, path string) reply { return d.send(session, http.MethodGet, path, nil) }
func (d *desks) post(session, path string, form url.Values) reply {
	return d.send(session, http.MethodPost, path, form)
}

var seenField = regexp.MustCompile(`name="seen" value="([0-9a-f]*)"`)

// seen is the file that a page of the session has looked at.
func (d *desks) seen(session string) string {
	d.t.Helper()
	page := d.post(session, "/queue/rules/new", d.form("demo", "seen"))
	found := seenField.FindStringSubmatch(page.body)
	if found == nil {
		d.t.Fatalf("no trial: %d %s", page.status, page.body)
	}
	return found[1]
}

// form is a filled form, changed by pairs of names and values.
func (d *desks) form(site, term string, pairs ...string) url.Values {
	form := url.Values{"terms": {term}, "way": {"word"}, "in": {"body"}, "site": {site}, "score": {"4"},
		"reason_id": {"Menyebut “{{match}}”"}, "reason_en": {"Says “{{match}}”"}}
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	return form
}

func (d *desks) file() string {
	text, err := os.ReadFile(filepath.Join(d.dir, "own", "rules", "desk.yaml"))
	if err != nil && !os.IsNotExist(err) {
		d.t.Fatal(err)
	}
	return string(text)
}

func has(t *testing.T, what, text string, wants ...string) {
	t.Helper()
	for _, want := range wants {
		if !strings.Contains(text, want) {
			t.Errorf("%s lacks %q", what, want)
		}
	}
}

func TestAChipBecomesARuleInForce(t *testing.T) {
	d := newDesks(t)
	id := d.keep("demo", "foto kerja bakti ada di https://lapakpanci.example/promo", moderation.Pending)
	d.keep("demo", "panci murah https://lapakpanci.example", moderation.IsSpam)
	page := d.get(d.owner, "/queue/rules/new?kind=domain&value=LapakPanci.example&comment="+id)
	has(t, "the proposal", page.body, "Adds 6 to comments on Situs demo", "lapakpanci.example", "desk."+time.Now().Format(time.DateOnly)+".lapakpanci",
		"Looked at: 0 approved, 1 refused, 1 that nobody decided yet", "<dt>Precision</dt><dd>100 %</dd>", "passed → held",
		"<mark>https://lapakpanci.example/promo</mark>", `value="https://lapakpanci.example"`)
	if page.status != http.StatusOK || d.file() != "" {
		t.Fatalf("looking answered %d and wrote %q", page.status, d.file())
	}

	form := d.form("demo", "lapakpanci.example", "way", "domain", "comment", id, "status", "live", "seen", d.seen(d.owner), "keep", "1", "example", "https://lapakpanci.example")
	form["in"] = []string{"body", "website"}
	saved := d.post(d.owner, "/queue/rules", form)
	if saved.status != http.StatusSeeOther || !strings.Contains(saved.to, "said=live") {
		t.Fatalf("saving answered %d %s: %s", saved.status, saved.to, saved.body)
	}
	day := time.Now().Format(time.DateOnly)
	has(t, "the file", d.file(), "# by Budi, "+day+", from comment "+id+"\n- id: desk."+day+".lapakpanci\n  status: live\n  sites: [\"demo\"]\n",
		"    body+website (domain): [\"lapakpanci.example\"]\n", "    spam: [\"https://lapakpanci.example\"]\n")
	v := d.weigh("demo", "lihat https://lapakpanci.example")
	if len(v) == 0 || len(d.weigh("desa", "lihat https://lapakpanci.example")) != 0 {
		t.Errorf("the running program says %v", v)
	}
	has(t, "the list", d.get(d.owner, saved.to).body, "is in force from now on", "In force", "Made by Budi, "+day+".", "Situs demo", "Other rules (")
}

// weigh is which of the desk's rules the running program holds against a text.
func (d *desks) weigh(site, body string) (ids []string) {
	for _, s := range d.s.rules.Weigh(moderation.Case{Submission: moderation.Submission{Site: site, Body: body, At: time.Now()}}).Signals {
		if strings.HasPrefix(s.Rule, "desk.") {
			ids = append(ids, s.Rule)
		}
	}
	return ids
}

func TestARuleThatStopsApprovedCommentsNeedsAWord(t *testing.T) {
	d := newDesks(t)
	d.keep("demo", "Toko saya di pasar kebanjiran kemarin malam.", moderation.Approved)
	tried := d.post(d.owner, "/queue/rules/new", d.form("demo", "toko", "score", "6"))
	has(t, "the trial", tried.body, "Noticed although editors approved them", "<mark>Toko</mark>", "passed → held")

	live := d.form("demo", "toko", "score", "6", "status", "live", "seen", d.seen(d.owner))
	refused := d.post(d.owner, "/queue/rules", live)
	has(t, "the refusal", refused.body, "would stop 1 comment that editors approved", "Save it as a shadow")
	if refused.status != http.StatusUnprocessableEntity || d.file() != "" {
		t.Fatalf("answered %d and wrote %q", refused.status, d.file())
	}
	live.Set("status", "shadow")
	if a := d.post(d.owner, "/queue/rules", live); a.status != http.StatusSeeOther || !strings.Contains(a.to, "said=shadow") {
		t.Fatalf("a shadow: %d %s", a.status, a.body)
	}
	id := d.weigh("demo", "toko itu")[0]
	change := url.Values{"rule": {id}, "status": {"live"}, "seen": {d.seen(d.owner)}}
	if a := d.post(d.owner, "/queue/rules/change", change); a.status != http.StatusUnprocessableEntity || strings.Contains(d.file(), "status: live") {
		t.Fatalf("turned live without a word: %d\n%s", a.status, d.file())
	}
	change.Set("override", `toko palsu "membanjir", # parah`)
	if a := d.post(d.owner, "/queue/rules/change", change); a.status != http.StatusSeeOther || !strings.Contains(a.to, "said=live") {
		t.Fatalf("with a word: %d %s\n%s", a.status, a.to, d.file())
	}
	has(t, "the file", d.file(), `override: "Budi, `+time.Now().Format(time.DateOnly)+`, toko palsu \"membanjir\", # parah"`, "# live by Budi, ")
	change = url.Values{"rule": {id}, "status": {"off"}, "seen": {d.seen(d.owner)}}
	if a := d.post(d.owner, "/queue/rules/change", change); a.status != http.StatusSeeOther || len(d.weigh("demo", "toko itu")) != 0 {
		t.Errorf("turned off: %d", a.status)
	}
}

func TestEditorsMakeShadowsOnTheirSites(t *testing.T) {
	d := newDesks(t)
	other := d.keep("desa", "Kabar dari desa lain", moderation.Approved)
	viewer := d.hire("Vivi", moderation.Viewer, "demo")
	seen := d.seen(d.owner)
	for name, tc := range map[string]struct {
		session string
		form    url.Values
		want    int
	}{
		"a shadow on her site":     {d.sari, d.form("demo", "kupon", "status", "shadow"), http.StatusSeeOther},
		"live on her site":         {d.sari, d.form("demo", "kupona", "status", "live"), http.StatusForbidden},
		"a shadow on another site": {d.sari, d.form("desa", "kuponb", "status", "shadow"), http.StatusForbidden},
		"a shadow everywhere":      {d.sari, d.form("*", "kuponc", "status", "shadow"), http.StatusForbidden},
		"a viewer's shadow":        {viewer, d.form("demo", "kupond", "status", "shadow"), http.StatusForbidden},
		"nowhere":                  {d.owner, d.form("", "kupone", "status", "shadow"), http.StatusUnprocessableEntity},
		"off at once":              {d.owner, d.form("demo", "kuponf", "status", "off"), http.StatusUnprocessableEntity},
	} {
		tc.form.Set("seen", seen)
		if name == "a shadow on her site" {
			defer func() {
				if a := d.post(tc.session, "/queue/rules", tc.form); a.status != tc.want {
					t.Errorf("%s: %d", name, a.status)
				}
				has(t, "the file", d.file(), "# by Sari, M.Pd, ")
			}()
			continue
		}
		if a := d.post(tc.session, "/queue/rules", tc.form); a.status != tc.want {
			t.Errorf("%s: %d, want %d", name, a.status, tc.want)
		}
	}
	if a := d.get(d.sari, "/queue/rules/new?kind=name&comment="+other); a.status != http.StatusNotFound {
		t.Errorf("a comment of another site: %d", a.status)
	}
	if a := d.get(viewer, "/queue/rules"); a.status != http.StatusOK || strings.Contains(a.body, "/queue/rules/change") {
		t.Errorf("a viewer reads: %d", a.status)
	}
}

func TestABrokenFileIsToldAndLeftAlone(t *testing.T) {
	d := newDesks(t)
	id := d.keep("demo", "Halo", moderation.Pending)
	seen := d.seen(d.owner)
	const broken = "version: 1\nrules:\n- id: desk.x\n  scoer: 3\n  match: {body: x}\n"
	d.write("desk.yaml", broken)
	for name, a := range map[string]reply{
		"the proposal": d.get(d.owner, "/queue/rules/new?kind=name&comment="+id),
		"the list":     d.get(d.owner, "/queue/rules"),
		"saving":       d.post(d.owner, "/queue/rules", d.form("demo", "kupon", "status", "shadow", "seen", seen)),
	} {
		has(t, name, a.body, "desk.yaml:4:3: “scoer” is not a key of a rule", "Nothing was saved")
		if a.status != http.StatusServiceUnavailable {
			t.Errorf("%s: %d", name, a.status)
		}
	}
	if d.file() != broken {
		t.Errorf("it was changed:\n%s", d.file())
	}
}

func TestOfTwoWhoSaveAtOnceOneIsAskedToLookAgain(t *testing.T) {
	d := newDesks(t)
	seen := d.seen(d.owner)
	answers := make([]reply, 6)
	var wait sync.WaitGroup
	for i := range answers {
		wait.Go(func() {
			for range 20 { // whoever finds the desk busy asks again
				answers[i] = d.post(d.owner, "/queue/rules", d.form("demo", fmt.Sprintf("kupon%c", 'a'+i), "status", "shadow", "seen", seen))
				if answers[i].status != http.StatusServiceUnavailable {
					return
				}
			}
		})
	}
	wait.Wait()
	won := 0
	for _, a := range answers {
		switch a.status {
		case http.StatusSeeOther:
			won++
		case http.StatusConflict:
			has(t, "the other", a.body, "the rules have changed while you worked", "kupon")
			if again := seenField.FindStringSubmatch(a.body); again == nil || again[1] == seen {
				t.Error("the page would be refused again")
			}
		default:
			t.Errorf("%d %s", a.status, a.body)
		}
	}
	if won != 1 || strings.Count(d.file(), "- id:") != 1 {
		t.Errorf("%d won:\n%s", won, d.file())
	}
}

func TestWhatAnOperatorWritesMeanwhileIsKept(t *testing.T) {
	d := newDesks(t)
	seen := d.seen(d.owner)
	byHand := "# tangan\nversion: 1\nrules:\n    - id: own.kartu\n      match: {body: kartu}   # rapi\n      score: 1\n"
	d.write("desk.yaml", byHand)
	if a := d.post(d.owner, "/queue/rules", d.form("demo", "kupon", "status", "shadow", "seen", seen)); a.status != http.StatusConflict || d.file() != byHand {
		t.Errorf("%d\n%s", a.status, d.file())
	}
	if a := d.post(d.owner, "/queue/rules", d.form("demo", "kupon", "status", "shadow", "seen", d.seen(d.owner))); a.status != http.StatusSeeOther || !strings.HasPrefix(d.file(), byHand+"    # by Budi") {
		t.Errorf("%d\n%s", a.status, d.file())
	}
}

// A rule is called in force when the program runs it, not when it is written.
func TestWhatIsNotTakenOverIsNotCalledInForce(t *testing.T) {
	d := newDesks(t)
	d.keep("demo", "Toko saya di pasar kebanjiran kemarin malam.", moderation.Approved)
	d.write("zz.yaml", "version: 1\nrules:\n- {id: own.toko, match: {body: toko}, score: 9}\n") // the guard refuses it, and the reload with it
	saved := d.post(d.owner, "/queue/rules", d.form("demo", "kupon", "status", "live", "seen", d.seen(d.owner)))
	if saved.status != http.StatusSeeOther || !strings.Contains(saved.to, "said=waits") || len(d.weigh("demo", "kupon")) != 0 {
		t.Fatalf("%d %s", saved.status, saved.to)
	}
	has(t, "the list", d.get(d.owner, saved.to).body, "the program still uses the rules before", "Not used by the program yet")
	d.write("zz.yaml", "version: 1\nrules: []\n")
	if err := d.s.askReload(t.Context()); err != nil || len(d.weigh("demo", "kupon")) != 1 {
		t.Errorf("after it was mended: %v", err)
	}
}

// A look at the past ends early rather than late, and says so.
func TestALookThatRunsOutOfTimeIsCut(t *testing.T) {
	d := newDesks(t)
	for i := range 150 {
		d.keep("demo", fmt.Sprintf("Kabar ke-%d dari desa", i), moderation.Pending)
	}
	b := newRulebook(d.s)
	for range 5 {
		ctx, cancel := context.WithTimeout(t.Context(), 400*time.Millisecond)
		cut, err := b.look(ctx, nil, func(brief context.Context, p *past) {
			for p.err == nil { // until the time is over
				for range p.all(brief) {
				}
			}
		})
		if parent := ctx.Err(); parent == nil && (!cut || err != nil) {
			t.Errorf("cut %v, %v", cut, err)
		}
		cancel()
	}
	if cut, err := b.look(t.Context(), nil, func(ctx context.Context, p *past) {
		p.most = 100
		for range p.all(ctx) {
		}
	}); !cut || err != nil {
		t.Errorf("150 comments where 100 are looked at: cut %v, %v", cut, err)
	}
}

// write puts a file of rules into the operator's folder.
func (d *desks) write(name, text string) {
	d.t.Helper()
	dir := filepath.Join(d.dir, "own", "rules")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		d.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
		d.t.Fatal(err)
	}
}

// What people type, they type into one rule.
func TestHostileWordsStayInTheirRule(t *testing.T) {
	d := newDesks(t)
	evil := "x\"]\n- id: judol.brand\n  status: off #{{.}} '"
	d.hire("Mallory\n# by Budi\n- id: evil", moderation.Owner, "demo")
	form := d.form("demo", "kupon", "status", "shadow", "seen", d.seen(d.owner), "reason_id", `tutup"} - id: evil # {{match}}`, "reason_en", `'`+"`"+`{{.}}: [`)
	if a := d.post(d.owner, "/queue/rules", form); a.status != http.StatusSeeOther {
		t.Fatalf("%d %s", a.status, a.body)
	}
	for _, r := range d.s.rules.Set().List() {
		if r.File == deskFile && (r.Reason.ID != `tutup"} - id: evil # {{match}}` || !strings.HasSuffix(r.ID, ".kupon")) {
			t.Errorf("%+v", r)
		}
	}
	for name, form := range map[string]url.Values{
		"a reason of two lines": d.form("demo", "kupon", "reason_id", evil), "an example of two lines": d.form("demo", "kupon", "example", evil, "keep", "1"),
		"a group of its own": d.form("demo", "kupon", "group", evil), "a long term": d.form("demo", strings.Repeat("k", 10_000)),
		"a list of the rule files": d.form("demo", "@judol-brands"), "a site that is none": d.form(evil, "kupon"), "a way that is none": d.form("demo", "kupon", "way", evil),
		"no number": d.form("demo", "kupon", "score", "NaN"), "an address in the example": d.form("demo", "kupon", "example", "kupon wati@rahasia.example", "keep", "1"),
		"a number in the example": d.form("demo", "kupon", "example", "kupon 0812-3456-7890", "keep", "1"), "a day that is none": d.form("demo", "kupon", "until", evil), "a day that is over": d.form("demo", "kupon", "until", "2020-01-31"),
		"an example that is not noticed": d.form("demo", "kupon", "example", "kartu", "keep", "1"),
	} {
		before := d.file()
		form.Set("status", "shadow")
		form.Set("seen", d.seen(d.owner))
		if a := d.post(d.owner, "/queue/rules", form); a.status != http.StatusUnprocessableEntity || d.file() != before {
			t.Errorf("%s: %d\n%s", name, a.status, d.file())
		} else if strings.Contains(a.body, "fault.") {
			t.Errorf("%s: no sentence for it: %s", name, a.body)
		}
	}
}

func TestWhatVisitorsWroteStaysTextOnThePagesOfRules(t *testing.T) {
	d := newDesks(t)
	const evil = `<img src=x onerror=alert(1)> kupon "><script>alert(2)</script>`
	id := d.keep("demo", evil, moderation.Approved)
	page := "/queue/rules/new?" + url.Values{"kind": {"phrase"}, "value": {evil}, "comment": {id}}.Encode()
	form := d.form("demo", "kupon", "status", "shadow", "reason_id", evil, "reason_en", evil, "seen", d.seen(d.owner))
	if a := d.post(d.owner, "/queue/rules", form); a.status != http.StatusSeeOther {
		t.Fatalf("%d %s", a.status, a.body)
	}
	for name, a := range map[string]reply{"the proposal": d.get(d.owner, page), "the trial": d.post(d.owner, "/queue/rules/new", form),
		"the list": d.get(d.owner, "/queue/rules?said="+url.QueryEscape(evil)+"&rule="+url.QueryEscape(evil))} {
		if strings.Contains(a.body, "<img") || strings.Contains(a.body, "<script>") || !strings.Contains(a.body, "&lt;img") {
			t.Errorf("%s: %s", name, a.body)
		}
		if strings.Contains(a.body, "rahasia.example") {
			t.Errorf("%s shows an address", name)
		}
	}
}

func TestOnlyPostsOfThisOriginChangeRules(t *testing.T) {
	d := newDesks(t)
	for _, path := range []string{"/queue/rules", "/queue/rules/change", "/queue/rules/new"} {
		req, _ := http.NewRequest(http.MethodPost, "http://127.0.0.1:1"+path, strings.NewReader(d.form("demo", "kupon", "status", "shadow").Encode()))
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.Header.Set("Sec-Fetch-Site", "cross-site")
		req.AddCookie(&http.Cookie{Name: "balasan", Value: d.owner})
		resp, err := d.s.app.Test(req, -1)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != http.StatusForbidden {
			t.Errorf("%s: %d", path, resp.StatusCode)
		}
	}
}
