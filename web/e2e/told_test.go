package e2e

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// receiver is a webhook's other end.
type receiver struct {
	*httptest.Server
	mu    sync.Mutex
	heard []string // types
	raw   string
}

func newReceiver(t *testing.T, answer int) *receiver {
	r := &receiver{}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		body, _ := io.ReadAll(req.Body)
		var event struct{ Type string }
		_ = json.Unmarshal(body, &event)
		r.mu.Lock()
		defer r.mu.Unlock()
		r.heard, r.raw = append(r.heard, event.Type), r.raw+string(body)+fmt.Sprint(req.Header)
		w.WriteHeader(answer)
	}))
	t.Cleanup(r.Close)
	return r
}

func (r *receiver) count(kind string) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(slices.DeleteFunc(slices.Clone(r.heard), func(h string) bool { return h != kind }))
}

// hooked writes a configuration that tells these at once.
func hooked(t *testing.T, hooks ...*receiver) (path string) {
	text := "announce:\n  wait: 0s\n  networks: [127.0.0.1]\n  webhooks:\n"
	for _, hook := range hooks {
		text += fmt.Sprintf("  - {url: %s, secret: whsec_%s}\n", hook.URL, base64.StdEncoding.EncodeToString([]byte(strings.Repeat("k", 32))))
	}
	path = filepath.Join(t.TempDir(), "balasan.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestWhatHappensIsTold goes from the form to a webhook, and looks at the pages about it.
func TestWhatHappensIsTold(t *testing.T) {
	hook, gone := newReceiver(t, 204), newReceiver(t, 410)
	in, ctx := start(t, "BALASAN_CONFIG="+hooked(t, hook, gone)), browser(t)
	in.submit("Kadek", "Semoga lancar. Kami di Karanganyar siap bantu atur lalu lintas.")
	in.eventually("a webhook hears of the comment", func() bool { return hook.count("comment.received") == 1 })
	in.approveAll()
	in.eventually("a webhook hears of the approval", func() bool { return hook.count("comment.approved") == 1 })
	in.eventually("the other one said that it wants no more", func() bool { return gone.count("comment.received") == 1 })
	for _, personal := range []string{"@contoh", "email"} {
		if strings.Contains(hook.raw, personal) {
			t.Errorf("%s stands in %s", personal, hook.raw)
		}
	}
	if list, dead := in.run("announce", "list"), in.run("announce", "dead"); !strings.Contains(list, "off since") || !strings.Contains(dead, "(410)") {
		t.Errorf("the commands say\n%s\n%s", list, dead)
	}
	for _, r := range replies {
		in.submit(r.name, r.body)
	}

	signIn(t, in, ctx)
	do(t, ctx, chromedp.Navigate(in.Base+"/queue/feed?lang=id"), chromedp.Click(`button[name=new]`), shows("#address"))
	address := ask[string](t, ctx, `document.querySelector('#address').value`)
	if _, feed := in.get(strings.TrimPrefix(address, in.Base)); !strings.Contains(feed, "Wayan Sudarma") {
		t.Errorf("the feed at %s: %s", address, feed)
	}
	looks(t, ctx, "feed made")
	do(t, ctx, chromedp.Navigate(in.Base+"/queue/announce/log"))
	looks(t, ctx, "told")
	do(t, ctx, withScripts(false), chromedp.Navigate(in.Base+"/queue/announce/log"), chromedp.Click(`[name=delivery] + button`), shows(`[role=status]`))
	in.eventually("it is tried again", func() bool { return gone.count("comment.received") == 2 })
}

// eventually waits until something that the program does by itself has happened.
func (in *instance) eventually(what string, happened func() bool) {
	in.t.Helper()
	for end := time.Now().Add(30 * time.Second); !happened(); time.Sleep(30 * time.Millisecond) {
		if time.Now().After(end) {
			in.t.Fatalf("not in 30 s: %s", what)
		}
	}
}

// feed makes an address for a feed reader and reads it.
func (c *canary) feed() string {
	req, err := http.NewRequestWithContext(c.t.Context(), http.MethodPost, c.in.Base+"/queue/feed", nil)
	if err != nil {
		c.t.Fatal(err)
	}
	req.Header.Set("Origin", c.in.Base)
	res, err := c.client.Do(req)
	if err != nil {
		c.t.Fatal(err)
	}
	defer res.Body.Close()
	page, err := io.ReadAll(res.Body)
	key := regexp.MustCompile(`blf_[\w-]+`).FindString(string(page))
	if err != nil || key == "" {
		c.t.Fatalf("no key: %v %s", err, page)
	}
	c.secrets = append(c.secrets, key)
	_, feed := c.in.get("/queue/feed.atom?key=" + key)
	return feed
}

// looks holds a page against every size and scheme.
func looks(t *testing.T, ctx context.Context, page string) {
	t.Helper()
	for _, scheme := range []string{"light", "dark"} {
		for _, width := range []int{320, 390, 1280} {
			name := fmt.Sprintf("%s %s %d", page, scheme, width)
			do(t, ctx, window(width, scheme))
			fits(t, ctx, name)
			accessible(t, ctx, name)
			picture(ctx, name)
		}
	}
}
