package e2e

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// quick sends a reply to a site that asks for no challenge and returns its id.
func (in *instance) quick(reply map[string]string) string {
	in.t.Helper()
	reply["page"], reply["email"] = in.Base+"/demo", "pembaca@contoh.id"
	var receipt struct{ ID, Code string }
	if status := in.call("/v1/sites/demo/comments", reply, &receipt); status != 202 {
		in.t.Fatalf("a submission was answered %d %s", status, receipt.Code)
	}
	return receipt.ID
}

// appearsOn waits until the fragment that the embed reads shows a text.
func (in *instance) appearsOn(site, page, text string) {
	in.t.Helper()
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if _, public := in.get("/sites/" + site + "/threads?lang=id&page=" + url.QueryEscape(page)); strings.Contains(public, text) {
			return
		}
	}
	in.t.Fatalf("%q does not become public", text)
}

func TestAnAnswerNestsBelowWhatItAnswers(t *testing.T) {
	in, ctx := start(t), browser(t)
	first := in.submit("Budi", "Kapan jembatan selesai?")
	in.submit("Wati", "Semoga lancar semuanya.")
	in.approveAll()
	in.appears("Semoga lancar")
	do(t, ctx, openDemo(in), chromedp.Click("#balasan-"+first+" .balasan-reply"))
	if title := ask[string](t, ctx, `document.querySelector('.balasan-title').textContent`); title != "Balas Budi" {
		t.Errorf("the form says %q", title)
	}
	do(t, ctx, fill(written))
	solve(t, in, ctx)
	do(t, ctx, chromedp.Click(".balasan-send"))
	waitFor(t, ctx, `!document.querySelector('#balasan-sent').hidden`)
	if title := ask[string](t, ctx, `document.querySelector('.balasan-title').textContent`); title != "Tinggalkan Balasan" {
		t.Errorf("after sending the form says %q", title)
	}
	in.approveAll()
	in.appears("jalan desa")
	do(t, ctx, openDemo(in))
	order := ask[string](t, ctx, `[...document.querySelectorAll('.balasan-comment')].map(e => e.dataset.depth + e.querySelector('.balasan-name').textContent).join()`)
	if order != "0Budi,1Sari,0Wati" {
		t.Errorf("the thread reads %s", order)
	}
}

func TestMoreCommentsAreLoadedOnDemand(t *testing.T) {
	in, ctx := start(t, "BALASAN_POLICY_CHALLENGE=never"), browser(t)
	for i := range 53 {
		in.quick(map[string]string{"name": "Sari", "body": fmt.Sprintf("Bagian nomor %d dari cerita yang panjang.", i)})
	}
	in.approveAll()
	in.approveAll()
	in.appears("53 komentar")
	do(t, ctx, openDemo(in))
	const shown = `document.querySelectorAll('.balasan-comment').length`
	if n := ask[int](t, ctx, shown); n != 50 {
		t.Fatalf("%d comments at first", n)
	}
	do(t, ctx, chromedp.Click(".balasan-more"))
	waitFor(t, ctx, shown+` == 53 && !document.querySelector('.balasan-more')`)
	if focused := ask[bool](t, ctx, `document.activeElement.closest('.balasan-comment') == document.querySelectorAll('.balasan-comment')[50]`); !focused {
		t.Error("the focus is not on the first that came")
	}
	fits(t, ctx, "long thread")
}

func TestTheChallengeCanBeHeardChangedOrLeftUnsolved(t *testing.T) {
	in, ctx := start(t), browser(t)
	do(t, ctx, openDemo(in), fill(written))
	waitFor(t, ctx, challengeToken)
	first := ask[string](t, ctx, challengeToken)
	do(t, ctx, chromedp.Click(".balasan-listen"))
	waitFor(t, ctx, `performance.getEntriesByType('resource').some(e => e.name.includes('.wav?lang=id') && [200, 206].includes(e.responseStatus))`)
	do(t, ctx, chromedp.Click(".balasan-new"))
	waitFor(t, ctx, fmt.Sprintf("%s != %q && document.querySelector('.balasan-picture').src.includes(%[1]s)", challengeToken, first))
	if kept := ask[string](t, ctx, `document.querySelector('#balasan-f-body').value`); kept != written {
		t.Errorf("a new picture made the text %q", kept)
	}
	do(t, ctx, chromedp.Click(".balasan-unsolved"))
	waitFor(t, ctx, `!document.querySelector('#balasan-sent').hidden`)
	in.approveAll()
	in.appears("jalan desa")
}

// refusedWith checks a refusal that passes: told, counted down, text kept, sent later.
func refusedWith(code string) string {
	return fmt.Sprintf(`heard.includes('balasan:problem %s') && document.querySelector('.balasan-status').textContent.includes('mengirim lagi dalam') &&
		/· \d+ (detik|menit)/.test(document.querySelector('.balasan-send').textContent) && document.querySelector('.balasan-send').disabled`, code)
}

func TestTooManySubmissionsWaitAndKeepTheText(t *testing.T) {
	in, ctx := start(t, "BALASAN_LIMITS_SUBMIT_NARROW=1/1m", "BALASAN_POLICY_CHALLENGE=never"), browser(t)
	in.quick(map[string]string{"name": "Sari", "body": "Yang pertama."})
	do(t, ctx, openDemo(in), chromedp.Evaluate[chromedp.Void](heardEvents), fill(written), chromedp.Click(".balasan-send"))
	waitFor(t, ctx, refusedWith("limited"))
	if kept := ask[string](t, ctx, `document.querySelector('#balasan-f-body').value`); kept != written {
		t.Errorf("the text became %q", kept)
	}
	accessible(t, ctx, "waiting")
	do(t, ctx, virtualMinutes(2))
	waitFor(t, ctx, `!document.querySelector('.balasan-send').disabled && document.querySelector('.balasan-send').textContent == 'Kirim Komentar'`)
}

func TestAStoreThatCannotKeepCostsNoText(t *testing.T) {
	in, ctx := start(t, "BALASAN_POLICY_CHALLENGE=never"), browser(t)
	db := in.database()
	if _, err := db.ExecContext(t.Context(), "BEGIN IMMEDIATE"); err != nil {
		t.Fatal(err)
	}
	do(t, ctx, openDemo(in), chromedp.Evaluate[chromedp.Void](heardEvents), fill(written), chromedp.Click(".balasan-send"))
	waitFor(t, ctx, `heard.includes('balasan:problem unavailable')`)
	if kept := ask[string](t, ctx, `document.querySelector('#balasan-f-body').value`); kept != written {
		t.Errorf("the text became %q", kept)
	}
	if _, err := db.ExecContext(t.Context(), "ROLLBACK"); err != nil {
		t.Fatal(err)
	}
	waitFor(t, ctx, `!document.querySelector('.balasan-send').disabled`)
	do(t, ctx, chromedp.Click(".balasan-send"))
	waitFor(t, ctx, `!document.querySelector('#balasan-sent').hidden`)
}

// refuseThreads lets every read of a thread fail until the page is told that all is well.
const refuseThreads = `const real = fetch; window.fetch = (to, ...rest) => /threads/.test(to) && !window.well ? Promise.resolve(new Response('', {status: 503})) : real(to, ...rest)`

func TestAThreadThatCannotBeReadSaysSoAndComesLater(t *testing.T) {
	in, ctx := start(t), browser(t)
	do(t, ctx, command(page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: refuseThreads}),
		chromedp.Navigate(in.Base+"/demo"), chromedp.ScrollIntoView("balasan-thread"))
	waitFor(t, ctx, `document.querySelector('[role=status].balasan-away')?.textContent.startsWith('Komentar belum dapat dimuat')`)
	do(t, ctx, chromedp.Evaluate[chromedp.Void](`window.well = true; 0`), virtualMinutes(0.5))
	waitFor(t, ctx, `document.querySelector('#balasan-f-body') && !document.querySelector('.balasan-away')`)
}

func TestMotionIsLeftOutWhereItIsNotWanted(t *testing.T) {
	in, ctx := start(t), browser(t)
	for wish, want := range map[string]string{"reduce": "0s", "no-preference": "0.12s"} {
		do(t, ctx, command(emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-reduced-motion", Value: wish}}}), openDemo(in))
		if got := ask[string](t, ctx, `getComputedStyle(document.querySelector('.balasan-send')).transitionDuration`); got != want {
			t.Errorf("%s: buttons move for %s", wish, got)
		}
	}
}

func TestAClosedPageSaysSoInsteadOfAForm(t *testing.T) {
	in, ctx := start(t), browser(t)
	closing := strings.NewReader(fmt.Sprintf(`{"site":"demo","page":%q,"mode":"closed"}`, in.Base+"/demo"))
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, in.Base+"/v1/editor/threads", closing)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+in.token())
	answer, err := http.DefaultClient.Do(req)
	if err != nil || answer.StatusCode != http.StatusNoContent {
		t.Fatalf("%v %v", answer, err)
	}
	answer.Body.Close()
	for end := time.Now().Add(30 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		if _, fragment := in.get("/sites/demo/threads?page=" + url.QueryEscape(in.Base+"/demo")); strings.Contains(fragment, "balasan-closed") {
			break
		} else if time.Now().After(end) {
			t.Fatal("the fragment of a closed page keeps its form")
		}
	}
	do(t, ctx, chromedp.Navigate(in.Base+"/demo"), chromedp.ScrollIntoView("balasan-thread"), shows(".balasan-closed"))
	accessible(t, ctx, "closed")
}

// TestRealContentFitsEveryScreen has what portals meet: long names, other scripts, deep threads.
func TestRealContentFitsEveryScreen(t *testing.T) {
	in, ctx := start(t, "BALASAN_POLICY_CHALLENGE=never"), browser(t)
	for _, r := range []map[string]string{
		{"name": "Raden Mas Haryo Sosroningrat Kusumowardhani dari Padukuhan Karanganyar Lor", "body": "Nuwun sewu, kepareng matur.\n\nMatur nuwun."},
		{"name": "فاطمة الزهراء", "body": "شكرا على الخبر، نتمنى أن يكتمل الجسر قريبا. https://contoh.id/berita"},
		{"name": "ꦱꦫꦶ", "body": "ꦩꦠꦸꦂꦤꦸꦮꦸꦤ꧀ꦱꦔꦼꦠ꧀"},
		{"name": "👩‍👩‍👧‍👦🔥", "body": strings.Repeat("mantap👍", 40), "website": "https://contoh.id/" + strings.Repeat("panjang-", 20)},
	} {
		in.quick(r)
	}
	parent := ""
	for i := range 30 {
		parent = in.quick(map[string]string{"name": "Sari", "body": fmt.Sprintf("Jawaban ke-%d dalam percakapan yang tidak mau selesai.", i), "parent": parent})
		in.approveAll()
	}
	in.quick(map[string]string{"name": "Raden Mas Haryo Sosroningrat Kusumowardhani dari Padukuhan Karanganyar Lor", "body": strings.Repeat("Tanpaspasi", 60)})
	in.quick(map[string]string{"name": "فاطمة", "body": "شكرا على الخبر"})
	in.appears("Jawaban ke-29")
	for _, look := range []struct {
		scheme string
		width  int
	}{{"light", 320}, {"dark", 390}, {"light", 1280}} {
		do(t, ctx, window(look.width, look.scheme), openDemo(in))
		name := fmt.Sprintf("real thread %s %d", look.scheme, look.width)
		fits(t, ctx, name)
		accessible(t, ctx, name)
		picture(ctx, name)
	}
	signIn(t, in, ctx)
	for _, look := range []struct {
		scheme string
		width  int
	}{{"light", 320}, {"dark", 390}, {"light", 1280}} {
		do(t, ctx, window(look.width, look.scheme), chromedp.Navigate(in.Base+"/queue"))
		name := fmt.Sprintf("real queue %s %d", look.scheme, look.width)
		fits(t, ctx, name)
		accessible(t, ctx, name)
		picture(ctx, name)
	}
}
