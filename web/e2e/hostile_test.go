package e2e

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"balasan/internal/reliability"
)

// hostile is an instance full of payloads and a browser that is signed in. The browser fails the
// test when a dialog opens, and also when a policy had to stop something: nothing may get that far.
type hostile struct {
	t   *testing.T
	in  *instance
	ctx context.Context
}

// send submits a payload in every field that takes it, and says how many were taken.
func (h *hostile) send(n int, payload string) (ids []string) {
	h.t.Helper()
	fits := func(s string, most int) string { return string([]rune(s)[:min(len([]rune(s)), most)]) }
	base := map[string]string{"page": "jahat", "page_title": "Judul", "name": "Penguji", "email": fmt.Sprintf("penguji%d@contoh.id", n), "body": fmt.Sprintf("Percobaan nomor %d", n)}
	for field, value := range map[string]string{
		"name": fits(payload, 80), "body": payload + fmt.Sprintf(" nomor %d", n), "website": "https://situs.example/" + payload,
		"page": payload, "page_title": payload, "email": `"` + payload + `"@contoh.id`,
	} {
		sent := map[string]string{field: value}
		for key, plain := range base {
			if key != field {
				sent[key] = plain
			}
		}
		var receipt struct{ ID string }
		if h.in.call("/v1/sites/demo/comments", sent, &receipt) == 202 {
			ids = append(ids, receipt.ID)
		}
	}
	return ids
}

// open goes to a page and waits a moment for what it may do by itself.
func (h *hostile) open(path string) {
	h.t.Helper()
	do(h.t, h.ctx, chromedp.Navigate(h.in.Base+path))
	waitFor(h.t, h.ctx, `document.readyState == 'complete'`)
}

// TestHostileTextOpensNoDialog puts 120 payloads into every field and looks at every page.
func TestHostileTextOpensNoDialog(t *testing.T) {
	in := start(t, "BALASAN_POLICY_CHALLENGE=never", "BALASAN_POLICY_MODE=hold")
	h := &hostile{t, in, browser(t)}
	all := payloads()
	if len(all) != 120 {
		t.Fatalf("%d payloads", len(all))
	}
	var ids []string
	for n, payload := range all {
		ids = append(ids, h.send(n, payload)...)
	}
	if len(ids) < 4*len(all) {
		t.Fatalf("only %d submissions were taken: the test is broken", len(ids))
	}
	signIn(t, in, h.ctx)
	h.readAll(ids)
	h.approveSome(ids)
	for _, thread := range append([]string{"jahat", all[0], all[40]}, all[80:84]...) {
		h.open("/sites/demo/threads?page=" + url.QueryEscape(thread))
		h.open("/sites/demo/form?page=" + url.QueryEscape(thread))
	}
	h.reflect(all)
}

// readAll goes through the lists of every lane and state, and opens some comments.
func (h *hostile) readAll(ids []string) {
	h.t.Helper()
	for _, list := range []string{"/queue?lane=campaign", "/queue?lane=doubt", "/queue?lane=good", "/queue?state=pending&limit=100", "/queue?state=spam&limit=100"} {
		for path := list; path != ""; {
			h.open(path)
			path = ask[string](h.t, h.ctx, `document.querySelector('.next a')?.getAttribute('href') ?? ''`)
		}
	}
	for i, id := range ids {
		if i%40 == 0 {
			h.open("/queue/comments/" + id)
			h.open("/queue/groups/" + id)
			h.open("/queue/comments/" + id + "/sender")
			h.open("/queue/rules/new?kind=name&comment=" + id)
		}
	}
	for _, path := range []string{"/queue/history", "/queue/standing", "/queue/rules", "/queue/overview", "/queue/people", "/queue/account"} {
		h.open(path)
	}
}

// approveSome makes a part public, with a hostile note, and looks at the embed.
func (h *hostile) approveSome(ids []string) {
	h.t.Helper()
	bearer := "Bearer " + h.in.token()
	var answer map[string]any
	for at := 0; at < len(ids); at += 100 {
		h.in.call("/v1/editor/decisions", map[string]any{"ids": ids[at:min(at+50, len(ids))], "from": "pending", "to": "approved", "note": shells[0]},
			&answer, "Authorization", bearer)
	}
	h.open("/queue?state=approved&limit=100")
	h.open("/queue/history")
	time.Sleep(1100 * time.Millisecond) // what was approved is public within a second
	h.open("/demo")
	do(h.t, h.ctx, chromedp.Evaluate[chromedp.Void](`document.querySelector('balasan-thread').setAttribute('page', 'jahat'); document.querySelector('balasan-thread').replaceWith(document.querySelector('balasan-thread').cloneNode())`))
	waitFor(h.t, h.ctx, `document.querySelector('.balasan-comment, .balasan-form')`)
}

// reflect puts payloads into every parameter of every page. In short it takes one in twenty.
func (h *hostile) reflect(all []string) {
	h.t.Helper()
	step := 20
	if reliability.Long() {
		step = 1
	}
	names := strings.Fields("lane state site page q cursor lang limit said n batch lost back next kind value comment rule days mark return parent order")
	for i := 0; i < len(all); i += step {
		query := url.Values{}
		for _, name := range names {
			query.Set(name, all[i])
		}
		for _, path := range []string{"/queue", "/queue/history", "/queue/rules/new", "/queue/standing", "/queue/overview", "/queue/keys", "/queue/signin", "/sites/demo/form", "/sites/demo/sent", "/demo"} {
			h.open(path + "?" + query.Encode())
		}
		one := url.QueryEscape(all[i])
		h.open("/queue?state=pending&q=" + one)
		h.open("/queue?said=spam&n=3&batch=" + one)
		h.open("/queue/comments/" + url.PathEscape(all[i]))
	}
}

// TestThePayloadsOpenDialogsWhereNothingHoldsThem is the control: written into a page without any
// care, most of them do what they came for.
func TestThePayloadsOpenDialogsWhereNothingHoldsThem(t *testing.T) {
	if _, err := os.Stat(chromium); err != nil {
		t.Skip("SKIPPED: no /usr/bin/chromium; apt-get install chromium")
	}
	var some []string
	for i, payload := range payloads() {
		if i%6 == 0 || reliability.Long() {
			some = append(some, payload)
		}
	}
	opened := careless(t, some)
	if opened < len(some)/4 {
		t.Errorf("only %d of %d payloads open a dialog in a careless page: they are too tame", opened, len(some))
	}
	t.Logf("%d of %d payloads open a dialog in a careless page", opened, len(some))
}

// careless serves each payload in a page that escapes nothing and counts those that open a dialog.
func careless(t *testing.T, all []string) (opened int) {
	t.Helper()
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		payload := r.URL.Query().Get("p")
		fmt.Fprintf(w, `<!doctype html><input value="%s"><div>%s</div>`, payload, payload)
	}))
	defer site.Close()
	ctx := plainBrowser(t)
	hit := make(chan bool, len(all)*8)
	err := chromedp.Listen(ctx, func(event any) {
		if _, dialog := event.(*page.EventJavascriptDialogOpening); dialog {
			hit <- true
			go func() {
				_, _ = within(ctx, command(page.HandleJavaScriptDialog, page.HandleJavaScriptDialogParams{Accept: true}))
			}()
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, payload := range all {
		brief, cancel := context.WithTimeout(ctx, 3*time.Second)
		_, _ = chromedp.Run(brief, chromedp.Navigate(site.URL+"/?p="+url.QueryEscape(payload))) // some lead elsewhere
		cancel()
		select {
		case <-hit:
			opened++
		case <-time.After(60 * time.Millisecond):
		}
		for len(hit) > 0 {
			<-hit
		}
	}
	return opened
}
