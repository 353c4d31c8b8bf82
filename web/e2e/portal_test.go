package e2e

import (
	"cmp"
	"context"
	"fmt"
	"html"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// portal is another site on another host and port, whose own policy allows no more than the embed
// needs. Its pages have one canonical address, whatever their query.
type portal struct {
	in     *instance
	site   string
	Origin string
}

// newPortal serves pages with the thread of a site of in.
func newPortal(in *instance, site string) *portal {
	in.t.Helper()
	p := &portal{in: in, site: site}
	server := httptest.NewServer(http.HandlerFunc(p.serve))
	in.t.Cleanup(server.Close)
	_, port, _ := net.SplitHostPort(server.Listener.Addr().String())
	p.Origin = "http://localhost:" + port // 127.0.0.1 is another site in a browser's eyes
	return p
}

// serve paints an article; the query's parameters become attributes of the thread.
func (p *portal) serve(w http.ResponseWriter, r *http.Request) {
	base := p.in.Base
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", fmt.Sprintf("default-src 'none'; script-src %[1]s/embed/; style-src %[1]s/embed/; img-src %[1]s; media-src %[1]s; "+
		"connect-src %[1]s; base-uri 'none'; form-action %[1]s; require-trusted-types-for 'script'; trusted-types balasan", base))
	var attributes strings.Builder
	for name, values := range r.URL.Query() {
		fmt.Fprintf(&attributes, ` %s="%s"`, html.EscapeString(name), html.EscapeString(values[0]))
	}
	fmt.Fprintf(w, `<!doctype html><html lang="%[7]s"><meta charset="utf-8"><title>Warta</title><link rel="icon" href="%[1]s/assets/none">
<link rel="canonical" href="%[2]s%[3]s"><h1>Sungai meluap</h1><p>Ada <balasan-count site="%[4]s">?</balasan-count> komentar.</p>
<balasan-thread site="%[4]s"%[5]s></balasan-thread><script type="module" src="%[1]s/embed/v1.js"></script>
<p><a id="plain" href="%[1]s/sites/%[4]s/form?page=%[6]s">Tulis komentar</a></p></html>`,
		base, p.Origin, r.URL.Path, p.site, attributes.String(), url.QueryEscape(p.Origin+r.URL.Path), cmp.Or(r.URL.Query().Get("page-lang"), "id"))
}

// open shows a page of the portal and waits for its form.
func (p *portal) open(path string) step {
	return chromedp.Steps(chromedp.Navigate(p.Origin+path), chromedp.ScrollIntoView("balasan-thread"), shows(".balasan-form"))
}

// listed adds the portal to the instance as a site that asks for a challenge.
func listed(in *instance) *portal {
	in.t.Helper()
	p := newPortal(in, "warta")
	in.run("site", "add", "warta", p.Origin)
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if status, _ := in.get("/v1/sites/warta/counts?page=" + p.Origin + "/banjir"); status == http.StatusOK {
			return p
		}
	}
	in.t.Fatal("a site that was added does not become known")
	return nil
}

func TestAPortalOfAnotherOriginUnderAStrictPolicy(t *testing.T) {
	in, ctx := start(t), browser(t)
	p := listed(in)
	do(t, ctx, p.open("/banjir?utm_source=surat"), chromedp.Evaluate[chromedp.Void](heardEvents), fill(written))
	solve(t, in, ctx)
	do(t, ctx, chromedp.Click(".balasan-send"))
	waitFor(t, ctx, `!document.querySelector('#balasan-sent').hidden`)
	if heard := ask[string](t, ctx, `heard.join()`); heard != "balasan:sent pending" {
		t.Errorf("the page heard %q", heard)
	}
	in.approveAll()
	in.appearsOn("warta", p.Origin+"/banjir", "jalan desa")
	do(t, ctx, p.open("/banjir?halaman=2&lang=id"))
	waitFor(t, ctx, `document.querySelector('.balasan-body')?.textContent.includes('jalan desa')`)
	do(t, ctx, p.open("/kering"))
	if n := ask[int](t, ctx, `document.querySelectorAll('.balasan-comment').length`); n != 0 {
		t.Errorf("another page shows %d of its comments", n)
	}
}

func TestAPortalWithoutJavaScript(t *testing.T) {
	in, ctx := start(t), browser(t)
	p := listed(in)
	do(t, ctx, withScripts(false), chromedp.Navigate(p.Origin+"/banjir"), chromedp.Click("#plain"), shows(".balasan-form"), fill(written))
	do(t, ctx, chromedp.SendKeys("#balasan-f-answer", in.answer(ask[string](t, ctx, challengeToken))), chromedp.Click(".balasan-send"))
	do(t, ctx, shows("#balasan-sent"), chromedp.Click(".balasan-back a"))
	waitFor(t, ctx, fmt.Sprintf("location.href == %q", p.Origin+"/banjir"))
	in.approveAll()
	in.appearsOn("warta", p.Origin+"/banjir", "jalan desa")
	do(t, ctx, withScripts(true), p.open("/banjir?lang=id"))
	waitFor(t, ctx, `document.querySelector('balasan-count').textContent == '1'`)
}

func TestAnOriginThatIsNotListedIsRefusedAndTold(t *testing.T) {
	in, ctx := start(t), browser(t)
	listed(in)
	stranger := newPortal(in, "warta")
	do(t, ctx, stranger.open("/tiruan?lang=en"), chromedp.Focus("#balasan-f-body"))
	waitFor(t, ctx, `document.querySelector('.balasan-status').textContent.includes('not listed')`)
	do(t, ctx, fill(written), chromedp.Click(".balasan-send"))
	waitFor(t, ctx, `document.querySelector('.balasan-faults').textContent.includes('not listed')`)
	if kept := ask[string](t, ctx, `document.querySelector('#balasan-f-body').value`); kept != written {
		t.Errorf("the text became %q", kept)
	}
	do(t, ctx, withScripts(false), chromedp.Navigate(stranger.Origin+"/tiruan"), chromedp.Click("#plain"), shows("h1"))
	if shown := ask[string](t, ctx, `document.body.textContent`); !strings.Contains(shown, "not listed") {
		t.Errorf("without scripts the stranger reads %q", shown)
	}
}

func TestAMistypedSiteIsToldToThePagesAuthor(t *testing.T) {
	in, ctx := start(t), browser(t)
	p := newPortal(in, "wrata")
	do(t, ctx, chromedp.Navigate(p.Origin+"/"), chromedp.Evaluate[chromedp.Void](`window.told = []; console.error = (text) => told.push(text)`),
		chromedp.ScrollIntoView("balasan-thread"))
	waitFor(t, ctx, `(document.querySelector('balasan-thread').load(), told.some((text) => text.includes('wrata')))`)
}

// inShadow evaluates an expression in which r is the thread's shadow root.
func inShadow(expression string) string {
	return `((r) => ` + expression + `)(document.querySelector('balasan-thread').shadowRoot)`
}

func TestAnIsolatedThreadWorksInItsShadow(t *testing.T) {
	in, ctx := start(t), browser(t)
	p := listed(in)
	do(t, ctx, chromedp.Navigate(p.Origin+"/banjir?isolate=1"), chromedp.ScrollIntoView("balasan-thread"))
	waitFor(t, ctx, inShadow(`r?.querySelector('form')`))
	do(t, ctx, chromedp.Evaluate[chromedp.Void](inShadow(`r.querySelector('#balasan-f-body').focus()`)), chromedp.KeyEvent(written))
	tab := chromedp.KeyEvent(kb.Tab)
	do(t, ctx, tab, chromedp.KeyEvent("Sari"), tab, chromedp.KeyEvent("sari@contoh.id"), tab)
	waitFor(t, ctx, inShadow(`r.querySelector('[name=challenge]').value && r.querySelector('.balasan-picture').naturalWidth`))
	token := ask[string](t, ctx, inShadow(`r.querySelector('[name=challenge]').value`))
	do(t, ctx, tab, chromedp.KeyEvent(in.answer(token)), chromedp.KeyEvent(kb.Enter))
	waitFor(t, ctx, inShadow(`!r.querySelector('#balasan-sent').hidden`))
	if outside := ask[int](t, ctx, `document.querySelectorAll('.balasan, head link[rel=stylesheet]').length`); outside != 0 {
		t.Errorf("%d things of the embed are outside of its shadow", outside)
	}
	if colour := ask[string](t, ctx, inShadow(`getComputedStyle(r.querySelector('.balasan-send')).backgroundColor`)); colour == "rgba(0, 0, 0, 0)" {
		t.Error("the shadow has no style")
	}
}

func TestTheLanguageThatTheTagAsksFor(t *testing.T) {
	in, ctx := start(t), browser(t)
	p := listed(in)
	for lang, want := range map[string]string{"en": "Post Comment", "id": "Kirim Komentar", "": "Kirim Komentar", "xx": "Kirim Komentar"} {
		do(t, ctx, p.open("/banjir?lang="+lang))
		if got := ask[string](t, ctx, `document.querySelector('.balasan-send').textContent`); got != want {
			t.Errorf("lang=%q: %q", lang, got)
		}
	}
	for of, want := range map[string]string{"page-lang=en": "Post Comment", "page-lang=en-GB": "Post Comment", "page-lang=EN&lang=id": "Kirim Komentar",
		"page-lang=fr": "Kirim Komentar", "page-lang=id-ID&lang=en": "Post Comment"} {
		do(t, ctx, p.open("/banjir?"+of))
		if got := ask[string](t, ctx, `document.querySelector('.balasan-send').textContent`); got != want {
			t.Errorf("%s: %q", of, got)
		}
	}
	do(t, ctx, command(emulation.SetLocaleOverride, emulation.SetLocaleOverrideParams{Locale: "en_GB"}), openDemo(in))
	if got := ask[string](t, ctx, `document.querySelector('.balasan-send').textContent`); got != "Kirim Komentar" {
		t.Errorf("the demo for an English browser: %q", got)
	}
}

// heardEvents keeps what the embed tells its page in the list heard.
const heardEvents = `window.heard = []; for (const kind of ['sent', 'problem']) document.addEventListener('balasan:' + kind, (e) => heard.push(e.type + ' ' + (e.detail.code || e.detail.state)))`

// focusedNames are the fields that Tab comes by, from the body of the text on.
func focusedNames(t *testing.T, ctx context.Context) (names []string) {
	t.Helper()
	do(t, ctx, chromedp.Focus("#balasan-f-body"))
	for range 14 {
		names = append(names, ask[string](t, ctx, `document.activeElement.name || ''`))
		do(t, ctx, chromedp.KeyEvent(kb.Tab))
	}
	return names
}

func TestHoneypotsAreNeitherSeenNorReached(t *testing.T) {
	in, ctx := start(t), browser(t)
	for name, open := range map[string]step{"embed": openDemo(in), "page": chromedp.Navigate(in.Base + "/sites/demo/form?page=" + in.Base + "/demo")} {
		do(t, ctx, open, shows(".balasan-form"), chromedp.Focus("#balasan-f-body"))
		waitFor(t, ctx, challengeToken)
		traps := ask[string](t, ctx, `[...document.querySelectorAll('p.balasan-off input')].map(e => e.name).join()`)
		if strings.Count(traps, ",") != 1 {
			t.Fatalf("%s: honeypots %q", name, traps)
		}
		if seen := ask[bool](t, ctx, `[...document.querySelectorAll('p.balasan-off input')].some(e => { const b = e.getBoundingClientRect(); return b.right > 0 && e.checkVisibility() || !e.closest('[aria-hidden=true]') })`); seen {
			t.Errorf("%s: a honeypot is in sight", name)
		}
		for _, at := range focusedNames(t, ctx) {
			if at != "" && strings.Contains(traps, at) {
				t.Errorf("%s: Tab reaches %s", name, at)
			}
		}
	}
}
