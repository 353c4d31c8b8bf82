package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// signIn opens the owner's one-time link and takes it.
func signIn(t testing.TB, in *instance, ctx context.Context) {
	t.Helper()
	do(t, ctx, chromedp.Navigate(in.Link), chromedp.Click("button.main"))
	waitFor(t, ctx, `location.pathname.startsWith('/queue/password') || location.pathname == '/queue'`)
	do(t, ctx, chromedp.Navigate(in.Base+"/queue"))
}

// call posts JSON and reads the answer into out.
func (in *instance) call(path string, body, out any, header ...string) int {
	in.t.Helper()
	sent, err := json.Marshal(body)
	if err != nil {
		in.t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(in.t.Context(), http.MethodPost, in.Base+path, bytes.NewReader(sent))
	if err != nil {
		in.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		in.t.Fatal(err)
	}
	defer res.Body.Close()
	if err := json.NewDecoder(res.Body).Decode(out); err != nil {
		in.t.Fatalf("%s answered %d without JSON: %v", path, res.StatusCode, err)
	}
	return res.StatusCode
}

// submit sends a reply the way a program would and returns its id.
func (in *instance) submit(name, body string) string {
	in.t.Helper()
	page := in.Base + "/demo"
	var challenge struct{ Token string }
	in.call("/v1/sites/demo/challenges", map[string]string{"page": page}, &challenge)
	var receipt struct{ ID, Code string }
	if status := in.call("/v1/sites/demo/comments", map[string]string{"page": page, "page_title": "Jembatan baru", "name": name, "email": "pembaca@contoh.id",
		"body": body, "challenge": challenge.Token, "answer": in.answer(challenge.Token)}, &receipt); status != 202 {
		in.t.Fatalf("a submission was answered %d %s", status, receipt.Code)
	}
	return receipt.ID
}

// token lets a script in.
func (in *instance) token() string {
	in.t.Helper()
	words := strings.Fields(in.run("editor", "token", "owner"))
	for _, word := range words {
		if strings.HasPrefix(word, "bls_") {
			return word
		}
	}
	in.t.Fatalf("no token in %q", words)
	return ""
}

// approveAll approves what is pending.
func (in *instance) approveAll() {
	in.t.Helper()
	bearer := "Bearer " + in.token()
	_, body := in.get("/v1/editor/queue", "Authorization", bearer)
	var queue struct{ Comments []struct{ ID string } }
	if err := json.Unmarshal([]byte(body), &queue); err != nil || len(queue.Comments) == 0 {
		in.t.Fatalf("the queue is %s (%v)", body, err)
	}
	var ids []string
	for _, c := range queue.Comments {
		ids = append(ids, c.ID)
	}
	var settled any
	if status := in.call("/v1/editor/decisions", map[string]any{"ids": ids, "to": "approved"}, &settled, "Authorization", bearer); status != 200 {
		in.t.Fatalf("the decision was answered %d: %v", status, settled)
	}
}

const judol = "𝐒𝐋𝟎𝐓 𝐆𝐀𝐂𝐎𝐑 hari ini di ALEXIS17, langsung maxwin!"

func TestTheQueueByKeyboard(t *testing.T) {
	in, ctx := start(t), browser(t)
	for i := range 3 {
		in.submit("Sari", fmt.Sprintf("Terima kasih beritanya, bagian %d sangat jelas.", i))
	}
	signIn(t, in, ctx)
	do(t, ctx, chromedp.Navigate(in.Base+"/queue?q=bagian")) // a search lists them one by one
	waitFor(t, ctx, `document.querySelectorAll('.g:not([hidden])').length == 3`)
	do(t, ctx, chromedp.KeyEvent("j"))
	first := ask[string](t, ctx, `document.activeElement.closest('.g').dataset.id`)
	do(t, ctx, chromedp.KeyEvent("/"))
	waitFor(t, ctx, `document.activeElement.id == 'search'`)
	do(t, ctx, chromedp.KeyEvent(kb.Escape))
	waitFor(t, ctx, fmt.Sprintf(`document.activeElement.closest('.g')?.dataset.id == %q`, first))
	do(t, ctx, chromedp.KeyEvent("a"))
	waitFor(t, ctx, `document.querySelectorAll('.g:not([hidden])').length == 2`)
	waitFor(t, ctx, `document.activeElement.closest('.g')`)
	do(t, ctx, chromedp.KeyEvent("s"))
	waitFor(t, ctx, `document.querySelectorAll('.g:not([hidden])').length == 1`)
	do(t, ctx, chromedp.KeyEvent("z"))
	waitFor(t, ctx, `document.querySelectorAll('.g:not([hidden])').length == 2`)
	_, public := in.get("/v1/sites/demo/threads?page=" + in.Base + "/demo")
	if !strings.Contains(public, first) || strings.Count(public, `"id"`) != 1 {
		t.Errorf("public after approve, spam and undo: %s", public)
	}
	do(t, ctx, chromedp.KeyEvent("?"), shows("#help[open]"))
	accessible(t, ctx, "help")
}

func TestTheQueueWithoutJavaScript(t *testing.T) {
	in, ctx := start(t), browser(t)
	in.submit("Sari", written)
	signIn(t, in, ctx)
	do(t, ctx, withScripts(false), chromedp.Navigate(in.Base+"/queue"),
		chromedp.Click("button.main.to-approved"), shows("#flash .said"))
	in.appears("jalan desa")
	do(t, ctx, chromedp.Click("#flash form button"), shows(".g:not([hidden])"))
}

func TestEditorsPagesInEveryLook(t *testing.T) {
	in, ctx := start(t), browser(t)
	in.submit("Sari", written)
	id := in.submit("𝐀𝐆𝐄𝐍", judol)
	in.submit("Pak RT <b>tebal</b>", `<img src=x onerror=alert(1)> "><script>alert(2)</script>`)
	do(t, ctx, window(390, "dark"), chromedp.Navigate(in.Base+"/queue/signin"))
	accessible(t, ctx, "sign in")
	fits(t, ctx, "sign in")
	signIn(t, in, ctx)
	do(t, ctx, window(360, "light"), chromedp.Navigate(in.Base+"/queue?lang=en"))
	if cut := ask[bool](t, ctx, `(() => { const tabs = document.querySelector('.tabs'); return tabs.scrollWidth > tabs.clientWidth })()`); cut {
		t.Error("a state of the queue is out of sight on a phone")
	}
	picture(ctx, "queue tabs 360")
	for _, path := range []string{"/queue", "/queue?state=spam", "/queue/comments/" + id, "/queue/passes", "/queue/password"} {
		for _, scheme := range []string{"light", "dark"} {
			for _, width := range []int{320, 390, 1280} {
				name := fmt.Sprintf("%s %s %d", strings.ReplaceAll(strings.Trim(strings.ReplaceAll(path, id, "one"), "/"), "?", " "), scheme, width)
				do(t, ctx, window(width, scheme), chromedp.Navigate(in.Base+path))
				fits(t, ctx, name)
				accessible(t, ctx, name)
				picture(ctx, name)
			}
		}
	}
}
