package web_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"balasan/captcha"
	"balasan/moderation"
	"balasan/store"
	"balasan/web"

	"github.com/gofiber/fiber/v2"
	"github.com/google/uuid"
)

const (
	host   = "balasan.test"
	portal = "https://desa.id"
	page   = portal + "/berita/1"
)

// door is a server over the real parts; only limits and rules are as tame as can be.
type door struct {
	t      testing.TB
	app    *fiber.App
	db     *store.DB
	server *web.Server
	keys   captcha.Keys
}

type tame struct{ after time.Duration }

func (l *tame) Spend(context.Context, moderation.Allowance, netip.Addr) moderation.Spent {
	return moderation.Spent{After: l.after}
}

func (*tame) Weigh(moderation.Case) moderation.Opinion { return moderation.Opinion{Version: "test"} }

type challenges struct {
	captcha.Challenges
	*captcha.Studio
}

func open(t testing.TB, change ...func(*web.Server)) *door {
	t.Helper()
	secret := func(string) ([]byte, bool) { return []byte("0123456789abcdef0123456789abcdef"), true }
	db, err := store.Open(t.Context(), store.Options{Path: filepath.Join(t.TempDir(), "b.db"), Keys: store.Keys{Current: store.Named("k1"), Master: secret}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	policy := moderation.DefaultPolicy()
	for _, s := range []moderation.Site{
		{ID: "desa", Name: "Desa", Language: "id", Origins: []string{portal}, Policy: policy},
		{ID: "kota", Name: "Kota", Language: "en", Origins: []string{"https://kota.id"}, Policy: policy},
	} {
		if err := db.AddSite(t.Context(), s); err != nil {
			t.Fatal(err)
		}
	}
	keys := captcha.Keys{Current: func() string { return "k1" }, Secret: secret}
	calm := &tame{}
	ch := challenges{captcha.Challenges{Keys: keys, Marks: &captcha.Memory{}}, captcha.NewStudio(captcha.StudioOptions{Keys: keys})}
	s := &web.Server{Sites: db, Threads: db, Limits: calm, Challenges: ch, FormKey: []byte("form key of 32 bytes, more or less"),
		Intake: moderation.Intake{Limits: calm, Challenges: ch, Judge: moderation.Judge{Rules: calm}, Store: db,
			Digest: func(s string) uint64 { h := fnv.New64a(); _, _ = h.Write([]byte(s)); return h.Sum64() },
			NewID:  func() string { return uuid.Must(uuid.NewV7()).String() }}}
	for _, c := range change {
		c(s)
	}
	return &door{t: t, app: s.App(), db: db, server: s, keys: keys}
}

// ask sends one request; header lines are "Name: value".
func (d *door) ask(method, target, body string, header ...string) (*http.Response, string) {
	d.t.Helper()
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	r.Host = host // fiber's own client sends none
	for _, line := range header {
		name, value, _ := strings.Cut(line, ": ")
		r.Header.Add(name, value)
	}
	answer, err := d.app.Test(r, 20_000)
	if err != nil {
		d.t.Fatal(err)
	}
	defer answer.Body.Close()
	raw, err := io.ReadAll(answer.Body)
	if err != nil {
		d.t.Fatal(err)
	}
	return answer, string(raw)
}

type heard struct {
	ID, State, Code, Type, Detail, Token, Form, Image, Audio string
	Fields                                                   []struct{ Field, Code, Detail string }
	Challenge                                                *struct{ Token, Image, Audio string }
	Traps                                                    []string
	Page, Next                                               string
	Count                                                    int
	Comments                                                 []struct {
		ID, Parent, Name, Website, Avatar string
		Body                              string `json:"body_html"`
	}
	Counts []int
}

func (d *door) hear(body string) (h heard) {
	d.t.Helper()
	if err := json.Unmarshal([]byte(body), &h); err != nil {
		d.t.Fatalf("%v in %.200s", err, body)
	}
	return h
}

const formType = "Content-Type: application/x-www-form-urlencoded"
const jsonType = "Content-Type: application/json"

func (d *door) challenge() heard {
	d.t.Helper()
	answer, body := d.ask("POST", "/v1/sites/desa/challenges", url.Values{"page": {page}}.Encode(), formType)
	if answer.StatusCode != 201 {
		d.t.Fatalf("%d %s", answer.StatusCode, body)
	}
	return d.hear(body)
}

func (d *door) solved() url.Values {
	d.t.Helper()
	token := d.challenge().Token
	digits, err := d.keys.Answer(token)
	if err != nil {
		d.t.Fatal(err)
	}
	return url.Values{"page": {page}, "name": {"Sari"}, "email": {"sari@contoh.id"}, "body": {"Terima kasih infonya."},
		"challenge": {token}, "answer": {digits}}
}

func (d *door) submit(v url.Values, header ...string) (*http.Response, heard) {
	d.t.Helper()
	answer, body := d.ask("POST", "/v1/sites/desa/comments", v.Encode(), append(header, formType)...)
	return answer, d.hear(body)
}

func (d *door) approve(ids ...string) {
	d.t.Helper()
	by := moderation.Editor{ID: "e1", Name: "Budi"}
	if _, err := d.db.Rule(d.t.Context(), moderation.Ruling{IDs: ids, To: moderation.Approved}, by, uuid.NewString(), nil, time.Now()); err != nil {
		d.t.Fatal(err)
	}
}

func TestAReplyGoesFromThePageToThePage(t *testing.T) {
	d := open(t)
	v := d.solved()
	v.Set("key", "k-1")
	answer, got := d.submit(v, "Origin: "+portal)
	if answer.StatusCode != 202 || got.State != "pending" || answer.Header.Get("Access-Control-Allow-Origin") != portal {
		t.Fatalf("%d %+v", answer.StatusCode, got)
	}
	if _, again := d.submit(v); again.ID != got.ID {
		t.Errorf("the retry was told %+v", again)
	}
	if _, body := d.ask("GET", "/v1/sites/desa/threads?page="+url.QueryEscape(page), ""); d.hear(body).Count != 0 {
		t.Error("a pending comment is public")
	}
	d.approve(got.ID)
	fresh := url.QueryEscape(page) + "&order=newest" // not in the cache yet
	answer, body := d.ask("GET", "/v1/sites/desa/threads?page="+fresh, "")
	thread := d.hear(body)
	if thread.Count != 1 || thread.Comments[0].Name != "Sari" || strings.Contains(body, "contoh.id") {
		t.Errorf("thread %s", body)
	}
	if answer, _ := d.ask("GET", "/v1/sites/desa/threads?page="+fresh, "", "If-None-Match: "+answer.Header.Get("ETag")); answer.StatusCode != 304 {
		t.Errorf("with the ETag: %d", answer.StatusCode)
	}
	if _, body := d.ask("GET", "/v1/sites/desa/counts?page=x&page="+url.QueryEscape(page), ""); fmt.Sprint(d.hear(body).Counts) != "[0 1]" {
		t.Errorf("counts %s", body)
	}
	if _, body := d.ask("GET", "/sites/desa/threads?order=newest&page="+url.QueryEscape(page), ""); !strings.Contains(body, `id="balasan-`+got.ID) {
		t.Errorf("fragment %s", body)
	}
}

func TestWhatBadInputGets(t *testing.T) {
	d := open(t)
	comments := "/v1/sites/desa/comments"
	good := d.solved()
	with := func(key, value string) string {
		v, _ := url.ParseQuery(good.Encode())
		v.Set(key, value)
		return v.Encode()
	}
	for name, tc := range map[string]struct {
		method, target, body string
		header               []string
		status               int
		code                 string
	}{
		"nothing at all":                  {"POST", comments, "", []string{formType}, 422, "invalid"},
		"an unknown content type":         {"POST", comments, "x", []string{"Content-Type: text/plain"}, 415, "media_type"},
		"no content type":                 {"POST", comments, "x", nil, 415, "media_type"},
		"a compressed body":               {"POST", comments, "\x1f\x8b", []string{formType, "Content-Encoding: gzip"}, 415, "media_type"},
		"broken JSON":                     {"POST", comments, `{"a"`, []string{jsonType}, 400, "malformed"},
		"a JSON list":                     {"POST", comments, `[]`, []string{jsonType}, 400, "malformed"},
		"a field twice in JSON":           {"POST", comments, `{"name":"a","name":"b"}`, []string{jsonType}, 400, "malformed"},
		"deep JSON":                       {"POST", comments, `{"a":` + strings.Repeat("[", 20_000) + strings.Repeat("]", 20_000) + `}`, []string{jsonType}, 400, "malformed"},
		"a lone surrogate":                {"POST", comments, `{"name":"\ud800"}`, []string{jsonType}, 400, "malformed"},
		"a NUL in JSON":                   {"POST", comments, `{"name":"a\u0000b"}`, []string{jsonType}, 400, "malformed"},
		"something behind the JSON":       {"POST", comments, `{} {}`, []string{jsonType}, 400, "malformed"},
		"invalid UTF-8 in JSON":           {"POST", comments, "{\"name\":\"\xff\"}", []string{jsonType}, 400, "malformed"},
		"invalid UTF-8 in a form":         {"POST", comments, "name=%ff", []string{formType}, 400, "malformed"},
		"a NUL in a form":                 {"POST", comments, "name=%00", []string{formType}, 400, "malformed"},
		"a field twice in a form":         {"POST", comments, "name=a&name=b", []string{formType}, 400, "malformed"},
		"a number where a text belongs":   {"POST", comments, `{"page":1}`, []string{jsonType}, 422, "invalid"},
		"65 fields":                       {"POST", comments, manyFields(65), []string{formType}, 400, "malformed"},
		"an unknown site":                 {"POST", "/v1/sites/tidak/comments", good.Encode(), []string{formType}, 404, "not_found"},
		"another page's origin":           {"POST", comments, good.Encode(), []string{formType, "Origin: https://evil.example"}, 403, "wrong_origin"},
		"an origin that ends like ours":   {"POST", comments, good.Encode(), []string{formType, "Origin: https://evil-desa.id"}, 403, "wrong_origin"},
		"an origin that begins like ours": {"POST", comments, good.Encode(), []string{formType, "Origin: https://desa.id.evil.example"}, 403, "wrong_origin"},
		"an opaque origin":                {"POST", comments, good.Encode(), []string{formType, "Origin: null"}, 403, "wrong_origin"},
		"a foreign page":                  {"POST", comments, with("page", "https://evil.example/x"), []string{formType}, 403, "wrong_origin"},
		"cross-site without an origin":    {"POST", comments, good.Encode(), []string{formType, "Sec-Fetch-Site: cross-site"}, 403, "wrong_origin"},
		"another site's challenge":        {"POST", "/v1/sites/kota/comments", with("page", "x"), []string{formType}, 422, "captcha_invalid"},
		"another page's challenge":        {"POST", comments, with("page", page+"0"), []string{formType}, 422, "captcha_invalid"},
		"no challenge":                    {"POST", comments, with("challenge", ""), []string{formType}, 422, "captcha_required"},
		"no answer":                       {"POST", comments, with("answer", ""), []string{formType}, 422, "captcha_required"},
		"a token of nobody":               {"POST", comments, with("challenge", "abc"), []string{formType}, 422, "captcha_invalid"},
		"a wrong path":                    {"GET", "/v1/nothing", "", nil, 404, "not_found"},
		"a wrong method":                  {"GET", comments, "", nil, 405, "wrong_method"},
		"a method nobody knows":           {"DELETE", comments, "", nil, 405, "wrong_method"},
		"a slash too many":                {"POST", comments + "/", good.Encode(), []string{formType}, 404, "not_found"},
		"a picture of nothing":            {"GET", "/v1/challenges/abc.png", "", nil, 422, "captcha_invalid"},
		"a thread without a page":         {"GET", "/v1/sites/desa/threads", "", nil, 422, "invalid"},
		"a thread in no order":            {"GET", "/v1/sites/desa/threads?page=x&order=sideways", "", nil, 422, "invalid"},
		"a thread of an unknown site":     {"GET", "/v1/sites/tidak/threads?page=x", "", nil, 404, "not_found"},
		"a broken cursor":                 {"GET", "/v1/sites/desa/threads?page=x&cursor=!", "", nil, 400, "malformed"},
		"invalid UTF-8 in the address":    {"GET", "/v1/sites/desa/threads?page=%ff", "", nil, 400, "malformed"},
	} {
		t.Run(name, func(t *testing.T) {
			d.t = t
			answer, body := d.ask(tc.method, tc.target, tc.body, tc.header...)
			got := d.hear(body)
			if answer.StatusCode != tc.status || got.Code != tc.code {
				t.Fatalf("%d %s, want %d %s", answer.StatusCode, body, tc.status, tc.code)
			}
			if kind := answer.Header.Get("Content-Type"); kind != "application/problem+json" {
				t.Errorf("content type %s", kind)
			}
			if fresh := got.Challenge != nil; fresh != (strings.HasPrefix(tc.code, "captcha_") && tc.method == "POST") {
				t.Errorf("a fresh challenge: %v", fresh)
			}
			for _, echo := range []string{"sari@", "Sari", "evil"} {
				if strings.Contains(body, echo) {
					t.Errorf("echoes %s: %s", echo, body)
				}
			}
			if _, page := d.ask("GET", got.Type, ""); !strings.Contains(page, "<h1>") {
				t.Errorf("no page for %s", got.Type)
			}
		})
	}
	if answer, got := d.submit(good); answer.StatusCode != 202 {
		t.Errorf("the challenge was spent by bad input: %+v", got)
	}
	if answer, got := d.submit(good); answer.StatusCode != 409 || got.Code != "captcha_reused" || got.Challenge == nil {
		t.Errorf("reuse: %d %+v", answer.StatusCode, got)
	}
}

func TestAFieldThatCannotBeReadIsNamed(t *testing.T) {
	d := open(t)
	const jsonType, formType = "Content-Type: application/json", "Content-Type: application/x-www-form-urlencoded"
	for body, want := range map[string]struct{ kind, field string }{
		`{"name":"a","name":"b"}`:          {jsonType, "name"},
		`{"page":"x","body":"\ud800"}`:     {jsonType, "body"},
		`{"name":"a\u0000b"}`:              {jsonType, "name"},
		`{"email":["a"]}`:                  {jsonType, "email"},
		`page=x&name=%ff`:                  {formType, "name"},
		`name=a&name=b`:                    {formType, "name"},
		`{"<b>":"a","<b>":"b"}`:            {jsonType, ""},
		`{"page":"x"} {}`:                  {jsonType, ""},
		`%3Cb%3E=1&%3Cb%3E=2`:              {formType, ""},
		"{\"name\":\"ya\",\"\xff\":\"1\"}": {jsonType, ""},
	} {
		_, said := d.ask("POST", "/v1/sites/desa/comments", body, want.kind)
		var got struct {
			Code   string
			Fields []struct{ Field, Detail string }
		}
		if err := json.Unmarshal([]byte(said), &got); err != nil || got.Code != "malformed" {
			t.Errorf("%s: %v %s", body, err, said)
		}
		if named := len(got.Fields) == 1 && got.Fields[0].Field == want.field && got.Fields[0].Detail != ""; named != (want.field != "") {
			t.Errorf("%s: %s", body, said)
		}
	}
}

func manyFields(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "f%d=1&", i)
	}
	return b.String()
}

func TestEveryFaultIsNamedAtOnceInTheReadersLanguage(t *testing.T) {
	d := open(t)
	for lang, want := range map[string]string{"id": "Isi nama Anda.", "en": "Please enter your name."} {
		answer, body := d.ask("POST", "/v1/sites/desa/comments?lang="+lang, "page=x&email=no&website=javascript:1", formType)
		got := d.hear(body)
		if answer.StatusCode != 422 || len(got.Fields) != 4 || got.Fields[1].Detail != want {
			t.Errorf("%s: %s", lang, body)
		}
	}
}

func TestALimitSaysWhenToComeBack(t *testing.T) {
	d := open(t, func(s *web.Server) {
		in := s.Intake.(moderation.Intake)
		in.Limits = &tame{after: 2500 * time.Millisecond}
		s.Intake = in
	})
	answer, got := d.submit(d.solved())
	if answer.StatusCode != 429 || got.Code != "limited" || answer.Header.Get("Retry-After") != "3" {
		t.Errorf("%d %+v, after %q", answer.StatusCode, got, answer.Header.Get("Retry-After"))
	}
}

func TestAnotherHostIsMisdirected(t *testing.T) {
	d := open(t, func(s *web.Server) { s.PublicURLs = []string{"https://komentar.desa.id"} })
	answer, body := d.ask("GET", "/v1/sites/desa/counts", "")
	if got := d.hear(body); answer.StatusCode != 421 || got.Code != "wrong_host" || got.Type != "https://komentar.desa.id/problems/wrong_host" {
		t.Errorf("%d %s", answer.StatusCode, body)
	}
	for _, path := range []string{"/healthz", "/readyz"} {
		if answer, body := d.ask("GET", path, ""); answer.StatusCode != 200 {
			t.Errorf("%s is asked by address and answers %d %s", path, answer.StatusCode, body)
		}
	}
}

func TestPicturesAndVoices(t *testing.T) {
	d := open(t)
	got := d.challenge()
	for target, kind := range map[string]string{got.Image: "image/png", got.Audio: "audio/wav"} {
		answer, body := d.ask("GET", strings.TrimPrefix(target, "http://"+host), "")
		if answer.StatusCode != 200 || answer.Header.Get("Content-Type") != kind || len(body) < 100 {
			t.Errorf("%s: %d %s", target, answer.StatusCode, answer.Header)
		}
		if !strings.HasPrefix(answer.Header.Get("Cache-Control"), "private") {
			t.Errorf("%s may be shared", target)
		}
	}
}

func TestTheFormWithoutScriptsKeepsEverything(t *testing.T) {
	d := open(t)
	_, body := d.ask("GET", "/sites/desa/form?page="+url.QueryEscape(page), "")
	v := hidden(body)
	if v.Get("challenge") == "" || v.Get("key") == "" || v.Get("form") == "" {
		t.Fatalf("hidden fields %v", v)
	}
	digits, err := d.keys.Answer(v.Get("challenge"))
	if err != nil {
		t.Fatal(err)
	}
	v.Set("body", "Halo <b>&\"")
	v.Set("name", "Sari")
	v.Set("answer", digits)
	v.Set("act", "send")
	target := "/sites/desa/form?page=" + url.QueryEscape(page)

	answer, body := d.ask("POST", target, v.Encode(), formType, "Origin: http://"+host)
	kept := hidden(body)
	if answer.StatusCode != 422 || !strings.Contains(body, "Halo &lt;b&gt;&amp;&#34;</textarea>") || !strings.Contains(body, `value="`+digits+`"`) ||
		!strings.Contains(body, "Isi alamat email Anda") || kept.Get("challenge") != v.Get("challenge") || kept.Get("key") != v.Get("key") {
		t.Fatalf("%d %s", answer.StatusCode, body)
	}
	v.Set("email", "sari@contoh.id")
	v.Set("answer", "000000")
	answer, body = d.ask("POST", target, v.Encode(), formType)
	if again := hidden(body); answer.StatusCode != 422 || again.Get("challenge") == v.Get("challenge") || !strings.Contains(body, "sari@contoh.id") {
		t.Fatalf("a wrong answer: %d %s", answer.StatusCode, body)
	}
	v.Set("challenge", hidden(body).Get("challenge"))
	v.Set("act", "new")
	_, body = d.ask("POST", target, v.Encode(), formType)
	v.Set("challenge", hidden(body).Get("challenge"))
	if !strings.Contains(body, "Halo &lt;b&gt;") {
		t.Error("a new picture lost the text")
	}
	digits, _ = d.keys.Answer(v.Get("challenge"))
	v.Set("answer", digits)
	v.Set("act", "send")
	answer, body = d.ask("POST", target, v.Encode(), formType)
	if answer.StatusCode != 303 {
		t.Fatalf("%d %s", answer.StatusCode, body)
	}
	if _, thanks := d.ask("GET", answer.Header.Get("Location"), ""); !strings.Contains(thanks, "Terima kasih") ||
		!strings.Contains(thanks, "Menunggu persetujuan") || !strings.Contains(thanks, `<a href="`+page+`">`) {
		t.Errorf("%s says %s", answer.Header.Get("Location"), thanks)
	}
	if _, thanks := d.ask("GET", "/sites/desa/sent?return=https://evil.example/", ""); strings.Contains(thanks, "evil") {
		t.Errorf("a foreign way back: %s", thanks)
	}
}

// hidden reads the hidden fields of a form.
func hidden(body string) url.Values {
	v := url.Values{}
	for _, part := range strings.Split(body, `<input type="hidden" name="`)[1:] {
		name, rest, _ := strings.Cut(part, `" value="`)
		value, _, _ := strings.Cut(rest, `"`)
		v.Set(name, value)
	}
	return v
}

func TestALinkOnThePortalLeadsToTheForm(t *testing.T) {
	d := open(t)
	for target, want := range map[string]int{page: 200, "https://evil.example/x": 403} {
		answer, _ := d.ask("GET", "/sites/desa/form?page="+url.QueryEscape(target), "", "Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: navigate")
		if answer.StatusCode != want {
			t.Errorf("to the form for %s: %d, want %d", target, answer.StatusCode, want)
		}
	}
}

func TestSomeoneWhoCannotSolveItIsHeardToo(t *testing.T) {
	d := open(t)
	v := d.solved()
	v.Set("act", "unsolved")
	v.Del("answer")
	if answer, body := d.ask("POST", "/sites/desa/form", v.Encode(), formType); answer.StatusCode != 303 {
		t.Errorf("%d %s", answer.StatusCode, body)
	}
}

func TestAClosedThreadSaysSo(t *testing.T) {
	d := open(t)
	if err := d.db.SetThread(t.Context(), "desa", page, moderation.Closed, moderation.Editor{ID: "e1"}, time.Now()); err != nil {
		t.Fatal(err)
	}
	if _, body := d.ask("GET", "/sites/desa/form?page="+url.QueryEscape(page), ""); !strings.Contains(body, "sudah ditutup") || strings.Contains(body, "<form") {
		t.Errorf("form %s", body)
	}
	if answer, got := d.submit(d.solved()); answer.StatusCode != 403 || got.Code != "thread_closed" {
		t.Errorf("%d %+v", answer.StatusCode, got)
	}
}

func TestHeadersOfEveryAnswer(t *testing.T) {
	d := open(t)
	for _, target := range []string{"/demo", "/healthz", "/nothing", "/sites/desa/form?page=x", "/embed/v1.js", "/v1/sites/desa/threads?page=x"} {
		answer, _ := d.ask("GET", target, "")
		policy := answer.Header.Get("Content-Security-Policy")
		if policy == "" || strings.Contains(policy, "unsafe") || answer.Header.Get("X-Content-Type-Options") != "nosniff" || answer.Header.Get("Server") != "" {
			t.Errorf("%s: %v", target, answer.Header)
		}
	}
}

type broken struct{ web.Threads }

func (b broken) ThreadVersion(context.Context, string, string) (int64, error) {
	return 0, errors.New("disk on fire at /secret")
}

func TestOurFaultSaysNothing(t *testing.T) {
	d := open(t, func(s *web.Server) { s.Threads = broken{} })
	answer, body := d.ask("GET", "/v1/sites/desa/threads?page=x", "")
	if answer.StatusCode != 500 || strings.Contains(body, "secret") || !strings.Contains(body, `"request_id"`) {
		t.Errorf("%d %s", answer.StatusCode, body)
	}
}

// listen serves d on a real socket.
func (d *door) listen() string {
	d.t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		d.t.Fatal(err)
	}
	go func() { _ = d.app.Listener(ln) }()
	d.t.Cleanup(func() { _ = d.app.Shutdown() })
	return ln.Addr().String()
}

func TestRawRequests(t *testing.T) {
	d := open(t)
	at := d.listen()
	const post = "POST /v1/sites/desa/comments HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n"
	for name, tc := range map[string]struct {
		raw    string
		status int
	}{
		"CL and TE together":         {post + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
		"Content-Length twice":       {post + "Content-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef", 400},
		"NUL in a header":            {"GET /healthz HTTP/1.1\r\nHost: x\r\nX-A: a\x00b\r\n\r\n", 400},
		"no Host":                    {"GET /healthz HTTP/1.1\r\n\r\n", 400},
		"two Hosts":                  {"GET /healthz HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400},
		"a cookie of 8 kB":           {"GET /healthz HTTP/1.1\r\nHost: x\r\nCookie: a=" + strings.Repeat("c", 8<<10) + "\r\n\r\n", 200},
		"a cookie of 20 kB":          {"GET /healthz HTTP/1.1\r\nHost: x\r\nCookie: a=" + strings.Repeat("c", 20<<10) + "\r\n\r\n", 431},
		"a body said to be 100 MB":   {post + "Content-Length: 104857600\r\n\r\n", 413},
		"a chunked body of 300 kB":   {post + "Transfer-Encoding: chunked\r\n\r\n493e0\r\n" + strings.Repeat("a", 300_000) + "\r\n0\r\n\r\n", 413},
		"70 kB where none belong":    {strings.Replace(post, "/comments", "/challenges", 1) + "Content-Length: 70000\r\n\r\n" + strings.Repeat("a", 70_000), 413},
		"a method that nobody knows": {"BREW /healthz HTTP/1.1\r\nHost: x\r\n\r\n", 405},
	} {
		t.Run(name, func(t *testing.T) {
			conn, err := net.Dial("tcp", at)
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			_ = conn.SetDeadline(time.Now().Add(15 * time.Second))
			go func() { _, _ = io.WriteString(conn, tc.raw) }()
			answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
			if err != nil {
				t.Fatal(err)
			}
			defer answer.Body.Close()
			body, _ := io.ReadAll(answer.Body)
			if answer.StatusCode != tc.status {
				t.Errorf("%d %s, want %d", answer.StatusCode, body, tc.status)
			}
			if answer.StatusCode >= 400 && answer.Header.Get("Content-Type") != "application/problem+json" {
				t.Errorf("no problem document: %s %s", answer.Header, body)
			}
			if answer.StatusCode >= 400 && !strings.HasPrefix(d.hear(string(body)).Type, "/problems/") {
				t.Errorf("the type is no address of ours: %s", body)
			}
		})
	}
}

func TestTheLongestTextFitsHoweverItIsEncoded(t *testing.T) {
	d := open(t)
	policy := moderation.DefaultPolicy()
	policy.MaxBody = 20_000
	if err := d.db.AddSite(t.Context(), moderation.Site{ID: "panjang", Name: "P", Language: "id", Origins: []string{portal}, Policy: policy}); err != nil {
		t.Fatal(err)
	}
	for runes, want := range map[int]int{policy.MaxBody: 202, policy.MaxBody + 1: 422} {
		long := url.Values{"page": {page}, "name": {"Sari"}, "email": {"sari@contoh.id"}, "body": {strings.Repeat("😀", runes)}, "unsolved": {"1"}}
		escaped := `{"page":"` + page + `","name":"Sari","email":"sari@contoh.id","unsolved":"1","body":"` + strings.Repeat(`\ud83d\ude00`, runes) + `"}`
		for kind, text := range map[string]string{formType: long.Encode(), jsonType: escaped} {
			if answer, body := d.ask("POST", "/v1/sites/panjang/comments", text, kind); answer.StatusCode != want {
				t.Errorf("%d runes, %s: %d %s", runes, kind, answer.StatusCode, body)
			}
		}
	}
}

func TestTheBareAddressLeadsToTheQueue(t *testing.T) {
	if answer, body := open(t).ask("GET", "/", ""); answer.StatusCode != 303 || answer.Header.Get("Location") != "/queue" {
		t.Errorf("%d %v %s", answer.StatusCode, answer.Header, body)
	}
}

func TestAWrongMethodIsToldTheRightOnes(t *testing.T) {
	d := open(t)
	for _, tc := range []struct{ method, path, allow string }{
		{"GET", "/v1/sites/desa/comments", "POST"}, {"DELETE", "/v1/sites/desa/comments", "POST"}, {"POST", "/healthz", "GET"},
		{"PUT", "/sites/desa/form", "GET, POST"}, {"PATCH", "/v1/sites/desa/threads?page=x", "GET"},
	} {
		if answer, body := d.ask(tc.method, tc.path, ""); answer.StatusCode != 405 || answer.Header.Get("Allow") != tc.allow {
			t.Errorf("%s %s: %d, allow %q: %s", tc.method, tc.path, answer.StatusCode, answer.Header.Get("Allow"), body)
		}
	}
	if answer, _ := d.ask("DELETE", "/v1/nothing", ""); answer.StatusCode != 404 {
		t.Errorf("a wrong method at a wrong path: %d", answer.StatusCode)
	}
}

func TestAPictureThatIsNotThereIsNoNewOne(t *testing.T) {
	if _, body := open(t).ask("GET", "/v1/challenges/abc.png?lang=id", ""); strings.Contains(body, "Ini gambar baru") || !strings.Contains(body, "Minta gambar baru") {
		t.Error(body)
	}
}
