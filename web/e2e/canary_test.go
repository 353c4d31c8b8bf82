package e2e

import (
	"bytes"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

// The canaries: each occurs once in the world, so that any sighting is a leak.
const (
	canaryEmail = "kenari.7f3a@surat-rahasia.example"
	canaryIP    = "203.0.113.77"
	canaryName  = "Kenari Tujuhefa"
	canaryText  = "Kalimat kenari empatdelapan tentang jalan desa yang rusak."
)

// TestCanariesAreSeenWhereTheyMayBeAndNowhereElse walks one reply through everything that runs
// and then searches all that anyone could read.
func TestCanariesAreSeenWhereTheyMayBeAndNowhereElse(t *testing.T) {
	shared := startRedis(t)
	metrics := "127.0.0.1:" + freePort(t)
	hook := newReceiver(t, http.StatusNoContent)
	in := start(t, "BALASAN_CONFIG="+hooked(t, hook), "BALASAN_REDIS_URL=redis://"+shared, "BALASAN_TRUSTED_PROXIES=127.0.0.1/32",
		"BALASAN_METRICS_LISTEN="+metrics, "BALASAN_LOG_LEVEL=debug")
	c := &canary{t: t, in: in, client: &http.Client{}}
	c.walk()
	in.eventually("a webhook hears of the approval", func() bool { return hook.count("comment.approved") == 1 })
	c.published["webhook"] = hook.raw

	hidden := traces(canaryEmail, canaryIP)
	hidden = append(hidden, traces(c.secrets...)...)
	for where, text := range c.public {
		c.absent(where, text, append(hidden, canaryText, canaryName)...)
	}
	for where, text := range c.published {
		c.absent(where, text, hidden...)
		if !strings.Contains(text, canaryName) {
			t.Errorf("%s does not show the approved name: the walk is broken", where)
		}
	}
	for where, text := range c.editors {
		c.absent(where, text, hidden...)
	}
	_, figures := fetch(t, c.client, "http://"+metrics+"/metrics")
	c.absent("metrics", figures, append(hidden, canaryName, canaryText)...)
	c.absent("log", strings.ReplaceAll(in.Log(), in.Link, ""), append(hidden, canaryName, canaryText)...)
	c.absent("redis", dumpRedis(t, shared), append(hidden, canaryName, canaryText)...)
	in.run("backup", filepath.Join(in.dir, "copy.db"))
	c.files(hidden)
	if !strings.Contains(c.audited, canaryEmail) {
		t.Errorf("the audited look shows %q", c.audited)
	}
}

// TestTheCanarySearchFindsAPlantedLeak is the negative control of the search itself.
func TestTheCanarySearchFindsAPlantedLeak(t *testing.T) {
	for _, leak := range traces(canaryEmail) {
		if found := sighting("before "+leak+" after", traces(canaryEmail)); found == "" {
			t.Errorf("%x goes unseen", leak)
		}
	}
}

type canary struct {
	t         *testing.T
	in        *instance
	client    *http.Client
	secrets   []string
	public    map[string]string // before approval
	published map[string]string // after
	editors   map[string]string
	audited   string
}

// walk submits, looks everywhere, approves, looks again, and looks as an editor.
func (c *canary) walk() {
	in, page := c.in, c.in.Base+"/demo"
	header := []string{"X-Forwarded-For", canaryIP}
	c.public, c.published, c.editors = map[string]string{}, map[string]string{}, map[string]string{}
	var challenge struct{ Token string }
	in.call("/v1/sites/demo/challenges", map[string]string{"page": page}, &challenge, header...)
	reply := map[string]string{"page": page, "name": canaryName, "email": canaryEmail, "body": canaryText,
		"challenge": challenge.Token, "answer": "0"}
	c.post("a refusal", reply, header)
	reply["answer"] = in.answer(challenge.Token)
	reply["email"] = canaryEmail + "@"
	c.post("a faulty field", reply, header)
	reply["email"] = canaryEmail
	receipt := c.post("the receipt", reply, append(header, "Idempotency-Key", "kenari-kunci-91"))
	for _, path := range c.readers() {
		_, c.public[path] = in.get(path, header...)
	}
	token := in.token()
	c.secrets = append(c.secrets, token)
	c.signIn()
	bearer := []string{"Authorization", "Bearer " + token}
	id, _ := receipt["id"].(string)
	_, c.editors["queue call"] = in.get("/v1/editor/queue", bearer...)
	_, c.editors["queue page"] = fetch(c.t, c.client, in.Base+"/queue")
	c.editors["feed"] = c.feed()
	_, c.editors["entry page"] = fetch(c.t, c.client, in.Base+"/queue/comments/"+id)
	var out any
	in.call("/v1/editor/decisions", map[string]any{"ids": []string{id}, "to": "approved"}, &out, bearer...)
	c.editors["decision"] = fmt.Sprint(out)
	for _, path := range c.readers()[:2] {
		for end := time.Now().Add(5 * time.Second); !strings.Contains(c.published[path], canaryName) && time.Now().Before(end); {
			_, c.published[path] = in.get(path, header...)
		}
	}
	in.call("/v1/editor/comments/"+id+"/address", map[string]any{}, &out, bearer...)
	c.audited = fmt.Sprint(out)
}

func (c *canary) readers() []string {
	page := url.QueryEscape(c.in.Base + "/demo")
	return []string{"/v1/sites/demo/threads?page=" + page, "/sites/demo/threads?page=" + page, "/v1/sites/demo/counts?page=" + page,
		"/sites/demo/form?page=" + page, "/demo", "/healthz", "/readyz", "/nowhere?x=" + url.QueryEscape(canaryEmail)}
}

func (c *canary) post(what string, reply map[string]string, header []string) map[string]any {
	var out map[string]any
	c.in.call("/v1/sites/demo/comments", reply, &out, header...)
	c.public[what] = fmt.Sprint(out)
	return out
}

// signIn takes the owner's link with a browser's cookies.
func (c *canary) signIn() {
	jar, err := cookiejar.New(nil)
	if err != nil {
		c.t.Fatal(err)
	}
	c.client.Jar = jar
	req, err := http.NewRequestWithContext(c.t.Context(), http.MethodPost, c.in.Link, nil)
	if err != nil {
		c.t.Fatal(err)
	}
	req.Header.Set("Origin", c.in.Base)
	res, err := c.client.Do(req)
	if err != nil {
		c.t.Fatal(err)
	}
	res.Body.Close()
	base, _ := url.Parse(c.in.Base)
	for _, cookie := range jar.Cookies(base) {
		c.secrets = append(c.secrets, cookie.Value)
	}
	if len(c.secrets) < 2 {
		c.t.Fatal("signing in gave no cookie")
	}
}

// files searches everything that was written to disk: database, write-ahead log, backup.
func (c *canary) files(hidden []string) {
	err := filepath.WalkDir(c.in.dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		c.absent(filepath.Base(path), string(content), hidden...)
		return err
	})
	if err != nil {
		c.t.Error(err)
	}
}

func (c *canary) absent(where, text string, hidden ...string) {
	c.t.Helper()
	if found := sighting(text, hidden); found != "" {
		c.t.Errorf("%s shows %q", where, found)
	}
}

// sighting returns the first hidden value that occurs in text, in any case.
func sighting(text string, hidden []string) string {
	lower := strings.ToLower(text)
	for _, value := range hidden {
		if strings.Contains(text, value) || strings.Contains(lower, strings.ToLower(value)) {
			return value
		}
	}
	return ""
}

// traces are a value and what is computed from it without a key.
func traces(values ...string) []string {
	var all []string
	for _, value := range values {
		all = append(all, value, url.QueryEscape(value), base64.StdEncoding.EncodeToString([]byte(value)))
		m, s1, s2 := md5.Sum([]byte(value)), sha1.Sum([]byte(value)), sha256.Sum256([]byte(value))
		for _, sum := range [][]byte{m[:], s1[:], s2[:]} {
			all = append(all, hex.EncodeToString(sum), base64.StdEncoding.EncodeToString(sum))
		}
	}
	return all
}

func fetch(t testing.TB, client *http.Client, url string) (int, string) {
	t.Helper()
	res, err := client.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var body bytes.Buffer
	if _, err := body.ReadFrom(res.Body); err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, body.String()
}

func freePort(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return port
}

// startRedis runs a real redis-server that keeps nothing, and returns its address.
func startRedis(t testing.TB) string {
	t.Helper()
	path, err := exec.LookPath("redis-server")
	if err != nil {
		t.Skip("SKIPPED: no redis-server; apt-get install redis-server")
	}
	port := freePort(t)
	cmd := exec.Command(path, "--bind", "127.0.0.1", "--port", port, "--save", "", "--appendonly", "no", "--dir", t.TempDir())
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	client := redis.NewClient(&redis.Options{Addr: "127.0.0.1:" + port})
	defer client.Close()
	for end := time.Now().Add(30 * time.Second); client.Ping(t.Context()).Err() != nil; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("redis-server does not answer")
		}
	}
	return "127.0.0.1:" + port
}

// dumpRedis is every key and value, as Redis would write them to a file.
func dumpRedis(t testing.TB, addr string) string {
	t.Helper()
	client := redis.NewClient(&redis.Options{Addr: addr})
	defer client.Close()
	keys, err := client.Keys(t.Context(), "*").Result()
	if err != nil || len(keys) == 0 {
		t.Fatalf("redis holds %d keys (%v): nothing went through it", len(keys), err)
	}
	var all strings.Builder
	for _, key := range keys {
		all.WriteString(key + " " + client.Dump(t.Context(), key).Val() + "\n")
	}
	return all.String()
}
