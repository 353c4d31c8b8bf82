package faults

import (
	"crypto/md5"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"balasan/internal/mailtest"
	"balasan/internal/program"
	"balasan/internal/redistest"
	"balasan/internal/reliability"
)

// TestFaultCanariesWalkThrough sends a visitor through everything the program does and then looks for
// them in everything that came out of it and stayed behind.
func TestFaultCanariesWalkThrough(t *testing.T) {
	w := newWalk(t)
	w.walk()
	before := search(w.canaries(), w.places())
	for _, leak := range before.leaks {
		t.Error(leak)
	}
	for _, what := range []string{"e-mail", "name", "editor's e-mail"} {
		if before.allowed[what] == 0 {
			t.Errorf("the %s is not even found where it belongs: the search is blind", what)
		}
	}
	sum := md5.Sum([]byte(w.email))                                                                            // the control: what other programs publish
	w.approve(w.submit("Lihat "+hex.EncodeToString(sum[:]), "lain@contoh.example", "203.0.113.50", "", false)) // its owner is banned by now
	w.await(program.Thread("kenari"), hex.EncodeToString(sum[:]))
	planted := search(w.canaries(), w.places())
	if !strings.Contains(strings.Join(planted.leaks, "\n"), "MD5 hex of the e-mail in GET /v1/sites/demo/threads") ||
		!strings.Contains(strings.Join(planted.leaks, "\n"), "in file balasan.db") {
		t.Errorf("control: a planted hash is not found: %v", planted.leaks)
	}
	reliability.Tell(t, reliability.Line{Area: reliability.Privacy, Promises: "P4",
		Fault: "one visitor's e-mail, address and name, an editor's e-mail and two secrets walk through everything",
		Seen: fmt.Sprintf("%d responses, letters, events, commands, logs, keys of Redis and files (%.1f MB) searched for them and their MD5, SHA-1 and SHA-256: %d hits outside of where they belong",
			before.places, float64(before.bytes)/1e6, len(before.leaks)),
		Control: fmt.Sprintf("an MD5 planted in a comment was found in %d places", len(planted.leaks))})
}

// walk is one run and all that was seen of it.
type walk struct {
	*testing.T
	p                   *program.Program
	box                 *mailtest.Box
	redis               *redistest.Server
	cookie, metrics     string
	email, addr, name   string
	editor              string // their e-mail
	chatSecret, hookKey string
	mu                  sync.Mutex
	seen                map[string][]byte
}

func newWalk(t *testing.T) *walk {
	unique := strings.ToLower(hex.EncodeToString([]byte(time.Now().Format("150405.000000"))))
	w := &walk{T: t, seen: map[string][]byte{}, email: "Kenari." + unique + "@rahasia.example", addr: "198.51.100.213", name: "Kenari " + unique,
		editor: "redaksi." + unique + "@kantor.example", chatSecret: "123456:sandi-" + unique, hookKey: "a2VuYXJpLWRhbGFtLXNhbmdrYXItZW1hcy0xMjM0NTY="}
	w.box = mailtest.Start(t, "none")
	w.redis = redistest.Start(t)
	hook := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.note("webhook", append([]byte(fmt.Sprint(r.Header)), body...))
	}))
	t.Cleanup(hook.Close)
	chat := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) { // it refuses, so that its address is complained about
		body, _ := io.ReadAll(r.Body)
		w.note("chat", body)
		rw.WriteHeader(http.StatusInternalServerError)
	}))
	t.Cleanup(chat.Close)
	config := filepath.Join(t.TempDir(), "my.yaml")
	text := fmt.Sprintf("announce:\n  wait: 0s\n  networks: [127.0.0.0/8]\n  webhooks:\n    - url: %s\n      secret: whsec_%s\n      events: [received, approved, spam, trashed, pending]\n"+
		"  telegram:\n    token: \"%s\"\n    chat: \"@redaksi\"\n    api: %s\nmail:\n  host: 127.0.0.1\n  port: %d\n  encryption: none\n  from: Redaksi <redaksi@balasan.example>\n  hourly: 100000\n",
		hook.URL, w.hookKey, w.chatSecret, chat.URL, w.box.Port)
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	address := placeFor(t)
	w.metrics = placeFor(t)
	w.p = program.Serve(t, program.Open().With(program.Settings{"CONFIG": config, "LISTEN": address, "PUBLIC_URL": "http://" + address,
		"REDIS_URL": w.redis.URL(), "TRUSTED_PROXIES": "127.0.0.1/32", "LOG_LEVEL": "debug", "METRICS_LISTEN": w.metrics, "BLIND_CHECKS": "0"}))
	w.cookie = w.p.SignedIn(t)
	return w
}

// placeFor is an address that nobody listens on yet.
func placeFor(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// canaries say where each may be: the e-mail in its owner's letters and the audited view, the name where
// comments are shown and kept, the others nowhere.
func (w *walk) canaries() []canary {
	starts := func(all ...string) func(string) bool {
		return func(place string) bool {
			for _, one := range all {
				if strings.HasPrefix(place, one) {
					return true
				}
			}
			return false
		}
	}
	return []canary{
		{"e-mail", w.email, starts("letter to "+w.email, "POST /v1/editor/comments/:id/address", "POST /me/")},
		{"address", w.addr, starts()},
		{"name", w.name, starts("GET /v1/sites/demo/threads", "GET /sites/demo/threads", "GET /queue", "POST /queue", "GET /v1/editor", "POST /v1/editor", "webhook", "letter to ", "POST /me/",
			"file balasan.db", "file backup.db", "command explain")},
		{"editor's e-mail", w.editor, starts("letter to "+w.editor, "GET /queue/announce", "POST /queue/announce")},
		{"chat's token", w.chatSecret, starts()},
		{"webhook's secret", w.hookKey, starts()},
	}
}

var ids = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)

// note keeps what was seen under the name of its place, with IDs and queries left out.
func (w *walk) note(place string, text []byte) {
	place, _, _ = strings.Cut(ids.ReplaceAllString(place, ":id"), "?")
	w.mu.Lock()
	defer w.mu.Unlock()
	w.seen[place] = append(append(w.seen[place], '\n'), text...)
}

// ask sends a request through a proxy that names the client, and notes the answer.
func (w *walk) ask(method, path, from, kind, body string) []byte {
	w.Helper()
	req, err := http.NewRequest(method, w.p.Base+path, strings.NewReader(body))
	if err != nil {
		w.Fatal(err)
	}
	req.Header.Set("X-Forwarded-For", from)
	if method == http.MethodPost {
		req.Header.Set("Content-Type", kind)
		req.Header.Set("Origin", w.p.Base)
	}
	if strings.Contains(path, "/queue") || strings.Contains(path, "/editor") {
		req.Header.Set("Cookie", w.cookie)
	}
	resp, err := program.Browser.Do(req)
	if err != nil {
		w.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode >= 500 {
		w.Fatalf("%s %s: %d %v %s", method, path, resp.StatusCode, err, text)
	}
	w.note(method+" "+path, append([]byte(fmt.Sprint(resp.StatusCode, resp.Header, "\n")), text...))
	return text
}

const (
	asJSON = "application/json"
	asForm = "application/x-www-form-urlencoded"
	office = "192.0.2.10" // where the editor sits
)

// submit sends a comment and returns its ID.
func (w *walk) submit(body, email, from, parent string, notify bool) string {
	w.Helper()
	sent := map[string]any{"page": "kenari", "name": w.name, "email": email, "body": body, "key": ids.FindString(body) + body}
	if parent != "" {
		sent["parent"] = parent
	}
	if notify {
		sent["notify"] = "1"
	}
	text, _ := json.Marshal(sent)
	answer := w.ask(http.MethodPost, "/v1/sites/demo/comments", from, asJSON, string(text))
	var receipt struct{ ID string }
	if err := json.Unmarshal(answer, &receipt); err != nil || receipt.ID == "" {
		w.Fatalf("not taken: %s", answer)
	}
	return receipt.ID
}

func (w *walk) approve(id string) { w.decide(id, "approved") }

func (w *walk) decide(id, to string) {
	w.Helper()
	if text := w.ask(http.MethodPost, "/v1/editor/decisions", office, asJSON, `{"ids":["`+id+`"],"to":"`+to+`"}`); !strings.Contains(string(text), id) {
		w.Fatalf("not decided: %s", text)
	}
}

// await asks a page until it holds a text.
func (w *walk) await(path, text string) {
	w.Helper()
	w.p.Await(w.T, path, "", func(a program.Answer) bool { return strings.Contains(string(a.Body), text) })
	w.ask(http.MethodGet, path, w.addr, "", "")
}

// letter waits for a letter to somebody and returns the path of its link.
func (w *walk) letter(to string) string {
	w.Helper()
	for end := time.Now().Add(program.Patience); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		for _, l := range w.box.Take() {
			w.note("letter to "+l.To, []byte(l.Raw+l.Text+l.HTML))
			if l.To == to {
				return regexp.MustCompile(`/(?:subscriptions|me)/[A-Za-z0-9_-]+`).FindString(l.Text)
			}
		}
	}
	w.Fatalf("no letter to %s; the log says:\n%s", to, w.p.Log())
	return ""
}

// walk is everything that a visitor and an editor do.
func (w *walk) walk() {
	for _, path := range []string{"/demo", "/sites/demo/form?page=kenari", "/sites/demo/sent", "/v1/sites/demo/counts?page=kenari", "/problems/invalid", "/nowhere"} {
		w.ask(http.MethodGet, path, w.addr, "", "")
	}
	w.ask(http.MethodPost, "/v1/sites/demo/challenges", w.addr, asJSON, `{"page":"kenari"}`)
	id := w.submit("Terima kasih, beritanya berguna.", w.email, w.addr, "", true)
	spam := w.submit("Main di raja88 sekarang juga, bonus besar!", w.email, w.addr, "", false)
	w.ask(http.MethodPost, "/v1/sites/demo/comments", w.addr, asJSON, `{"page":"kenari","name":""}`)
	w.look(id, spam)
	w.approve(id)
	w.decide(spam, "spam")
	w.ask(http.MethodPost, "/v1/editor/standing/ban", office, asJSON, `{"comment":"`+spam+`","what":"both","days":1,"note":"iklan"}`)
	w.await(program.Thread("kenari"), id)
	w.await("/sites/demo/threads?page=kenari", "beritanya berguna")
	w.confirm(w.letter(w.email))
	w.approve(w.submit("Saya setuju.", "tetangga@contoh.example", "203.0.113.9", id, false))
	w.letter(w.email)
	w.ask(http.MethodPost, "/v1/editor/replies", office, asJSON, `{"to":"`+id+`","body":"Sama-sama."}`)
	w.ask(http.MethodPost, "/queue/announce", office, asForm, url.Values{"email": {w.editor}, "cadence": {"hourly"}, "zone": {"UTC"}, "at": {"07:00"}}.Encode())
	w.confirm(w.letter(w.editor))
	feed := regexp.MustCompile(`/queue/feed\.atom\?key=[A-Za-z0-9_-]+`).FindString(string(w.ask(http.MethodPost, "/queue/feed", office, asForm, "")))
	if feed == "" {
		w.Error("there is no feed")
	}
	w.ask(http.MethodGet, feed, office, "", "")
	w.look(id, spam)
	if text := w.ask(http.MethodPost, "/v1/editor/comments/"+id+"/address", office, asJSON, `{}`); !strings.Contains(string(text), w.email) {
		w.Errorf("the audited view shows no address: %s", text)
	}
	for _, args := range [][]string{{"backup", filepath.Join(w.p.Dir, "backup.db")}, {"verify"}, {"privacy", "report"}, {"privacy", "report", "--json"}, {"keys", "list"},
		{"site", "list", "--json"}, {"editor", "list"}, {"announce", "list"}, {"announce", "dead"}, {"explain", id}, {"check", "--print"}} {
		out, err := w.p.Command(args...)
		if err != nil {
			w.Error(err)
		}
		w.note("command "+strings.Join(args[:min(2, len(args))], " "), []byte(out))
	}
	w.erase(id)
}

// erase sees and erases all that is kept of the visitor, who is banned by now and wants no mail, by a
// mailed link.
func (w *walk) erase(id string) {
	w.Helper()
	w.ask(http.MethodGet, "/sites/demo/me", w.addr, "", "")
	w.ask(http.MethodPost, "/sites/demo/me", w.addr, asForm, url.Values{"email": {w.email}}.Encode())
	link := ""
	for !strings.HasPrefix(link, "/me/") { // news of a reply may come before it
		link = w.letter(w.email)
	}
	w.ask(http.MethodGet, link, w.addr, "", "")
	if own := string(w.ask(http.MethodPost, link, w.addr, asForm, "act=export")); !strings.Contains(own, w.email) || !strings.Contains(own, w.name) || !strings.Contains(own, id) {
		w.Errorf("the export holds %s", own)
	}
	if answer := string(w.ask(http.MethodPost, link, w.addr, asForm, "act=erase&sure=1")); strings.Contains(answer, "<form") {
		w.Errorf("not erased: %s", answer)
	}
	w.await("/sites/demo/threads?page=kenari", "Dihapus oleh penulisnya.")
	if entry := string(w.ask(http.MethodGet, "/v1/editor/comments/"+id, office, "", "")); strings.Contains(entry, w.name) {
		w.Errorf("an editor still reads %s", entry)
	}
	if out, err := w.p.Command("verify"); err != nil {
		w.Error(out, err)
	}
}

// confirm follows a link from a letter.
func (w *walk) confirm(link string) {
	w.Helper()
	if link == "" {
		w.Fatal("the letter has no link")
	}
	w.ask(http.MethodGet, link, w.addr, "", "")
	w.ask(http.MethodPost, link, w.addr, asForm, "act=confirm")
}

// look opens every page and call that reads.
func (w *walk) look(some ...string) {
	w.Helper()
	paths := []string{"/queue", "/queue?state=approved", "/queue?state=spam", "/queue?q=kenari", "/queue/history", "/queue/standing", "/queue/overview", "/queue/announce",
		"/queue/announce/log", "/queue/account", "/queue/people", "/queue/feed", "/queue/keys", "/v1/editor/queue", "/v1/editor/pending", "/v1/editor/lanes", "/v1/editor/groups",
		"/v1/editor/campaigns", "/v1/editor/leases", "/v1/editor/standing", "/v1/editor/history", "/v1/editor/queue?state=spam", "/healthz", "/readyz"}
	for _, id := range some {
		paths = append(paths, "/queue/comments/"+id, "/queue/comments/"+id+"/sender", "/v1/editor/comments/"+id, "/v1/editor/comments/"+id+"/sender")
	}
	for _, path := range paths {
		w.ask(http.MethodGet, path, office, "", "")
	}
}

// places are all that was seen, and what lies about now.
func (w *walk) places() map[string][]byte {
	w.Helper()
	resp, err := http.Get("http://" + w.metrics + "/metrics")
	if err != nil {
		w.Fatal(err)
	}
	defer resp.Body.Close()
	figures, _ := io.ReadAll(resp.Body)
	w.note("metrics", figures)
	w.note("log", w.p.Log())
	w.noteRedis()
	files, _ := filepath.Glob(filepath.Join(w.p.Dir, "*"))
	for _, file := range files {
		if text, err := os.ReadFile(file); err == nil {
			w.note("file "+filepath.Base(file), text)
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	all := make(map[string][]byte, len(w.seen))
	for place, text := range w.seen {
		all[place] = text
	}
	return all
}

// noteRedis dumps every key.
func (w *walk) noteRedis() {
	w.Helper()
	client := w.redis.Client()
	defer client.Close()
	ctx := w.Context()
	client.ConfigSet(ctx, "rdbcompression", "no")
	keys, err := client.Keys(ctx, "*").Result()
	if err != nil || len(keys) == 0 {
		w.Fatalf("Redis holds nothing: %v", err)
	}
	for _, key := range keys {
		value, _ := client.Dump(ctx, key).Result() // one that has expired meanwhile holds nothing
		w.note("Redis", []byte(key+"\n"+value))
	}
}
