package e2e

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

const written = "Terima kasih infonya, jalan desa kami akhirnya diperbaiki."

// openDemo opens the demo page and waits for the form.
func openDemo(in *instance) step {
	return chromedp.Steps(chromedp.Navigate(in.Base+"/demo"), chromedp.ScrollIntoView("balasan-thread"),
		shows(".balasan-form"))
}

// fill types a reply into the visible form.
func fill(body string) step {
	return chromedp.Steps(
		chromedp.SendKeys("#balasan-f-body", body),
		chromedp.SendKeys("#balasan-f-name", "Sari"),
		chromedp.SendKeys("#balasan-f-email", "sari@contoh.id"),
	)
}

const challengeToken = `document.querySelector('input[name=challenge]').value`

// solve waits for the challenge and types its answer.
func solve(t testing.TB, in *instance, ctx context.Context) {
	t.Helper()
	waitFor(t, ctx, challengeToken+` && document.querySelector('.balasan-picture').naturalWidth > 0`)
	do(t, ctx, chromedp.Evaluate[chromedp.Void](`document.querySelector("#balasan-f-answer").value = ""`),
		chromedp.SendKeys("#balasan-f-answer", in.answer(ask[string](t, ctx, challengeToken))))
}

func TestAReplyGoesFromTheDemoThroughTheQueueBackToThePage(t *testing.T) {
	in, ctx := start(t), browser(t)
	do(t, ctx, openDemo(in), fill(written))
	solve(t, in, ctx)
	do(t, ctx, chromedp.Click(".balasan-send"))
	waitFor(t, ctx, `!document.querySelector('#balasan-sent').hidden`)
	if left := ask[string](t, ctx, `document.querySelector('#balasan-f-body').value`); left != "" {
		t.Errorf("the form still holds %q", left)
	}
	if _, public := in.get("/v1/sites/demo/threads?page=" + in.Base + "/demo"); strings.Contains(public, "jalan desa") {
		t.Error("a pending comment is public")
	}
	signIn(t, in, ctx)
	waitFor(t, ctx, `document.querySelectorAll('.g:not([hidden])').length == 1`)
	do(t, ctx, chromedp.KeyEvent("j"), chromedp.KeyEvent("a"))
	waitFor(t, ctx, `document.querySelectorAll('.g:not([hidden])').length == 0`)
	in.appears("jalan desa")
	do(t, ctx, openDemo(in))
	waitFor(t, ctx, `document.querySelector('.balasan-body')?.textContent.includes('jalan desa')`)
}

// appears waits until the demo's thread shows a text, in the markup that its embed reads: an
// approval is public within a second.
func (in *instance) appears(text string) {
	in.t.Helper()
	in.appearsOn("demo", in.Base+"/demo", text)
}

func TestAReplyWithoutJavaScript(t *testing.T) {
	in, ctx := start(t), browser(t)
	do(t, ctx, withScripts(false), chromedp.Navigate(in.Base+"/demo"),
		chromedp.Click("noscript a, .noscript a"), shows(".balasan-form"),
		fill(written), chromedp.SendKeys("#balasan-f-email", " dan"))
	first := ask[string](t, ctx, challengeToken)
	do(t, ctx, chromedp.SendKeys("#balasan-f-answer", in.answer(first)),
		chromedp.Click(".balasan-send"), shows("#balasan-f-email[aria-invalid]"))
	if again := ask[string](t, ctx, challengeToken); again != first {
		t.Error("a wrong e-mail cost the visitor another picture")
	}
	if kept := ask[string](t, ctx, `document.querySelector('#balasan-f-body').value`); kept != written {
		t.Errorf("the text became %q", kept)
	}
	do(t, ctx, withScripts(true))
	accessible(t, ctx, "form with a fault")
	do(t, ctx, withScripts(false))
	do(t, ctx, retype("#balasan-f-email", "sari@contoh.id"), chromedp.Click(".balasan-send"),
		shows("#balasan-sent"), chromedp.Click(".balasan-back a"))
	waitFor(t, ctx, `location.pathname == '/demo'`)
}

// virtualMinutes lets the timers of the page run ahead while the world stands still.
func virtualMinutes(n float64) step {
	n *= 60_000
	return command(emulation.SetVirtualTimePolicy, emulation.SetVirtualTimePolicyParams{
		Policy: emulation.VirtualTimePolicyPauseIfNetworkFetchesPending, Budget: &n})
}

func TestAnExpiredChallengeNeverCostsTheText(t *testing.T) {
	in, ctx := start(t), browser(t)
	do(t, ctx, openDemo(in), fill(written))
	waitFor(t, ctx, challengeToken)
	first := ask[string](t, ctx, challengeToken)
	// Ten minutes pass for the page alone: the timers of the browser run on virtual time.
	do(t, ctx, virtualMinutes(11))
	waitFor(t, ctx, fmt.Sprintf("%s != %q", challengeToken, first))
	if kept := ask[string](t, ctx, `document.querySelector('#balasan-f-body').value`); kept != written {
		t.Errorf("the text became %q", kept)
	}
}

func TestAWrongAnswerKeepsTheTextAndBringsANewPicture(t *testing.T) {
	in, ctx := start(t), browser(t)
	do(t, ctx, openDemo(in), fill(written))
	waitFor(t, ctx, challengeToken)
	first := ask[string](t, ctx, challengeToken)
	wrong := "000000"
	if in.answer(first) == wrong {
		wrong = "111111"
	}
	do(t, ctx, chromedp.SendKeys("#balasan-f-answer", wrong), chromedp.Click(".balasan-send"))
	waitFor(t, ctx, fmt.Sprintf("%s != %q", challengeToken, first))
	if focused := ask[string](t, ctx, `document.activeElement.name`); focused != "answer" {
		t.Errorf("the focus is on %q", focused)
	}
	solve(t, in, ctx)
	do(t, ctx, chromedp.Click(".balasan-send"))
	waitFor(t, ctx, `!document.querySelector('#balasan-sent').hidden`)
}

func TestADraftSurvivesAClosedTab(t *testing.T) {
	in, ctx := start(t), browser(t)
	do(t, ctx, openDemo(in), fill(written), chromedp.Navigate("about:blank"), openDemo(in))
	if kept := ask[string](t, ctx, `document.querySelector('#balasan-f-body').value`); kept != written {
		t.Errorf("the draft is %q", kept)
	}
}

func TestALinkToTheThanksThanksNobody(t *testing.T) {
	in, ctx := start(t), browser(t)
	do(t, ctx, openDemo(in), fill(written), chromedp.Navigate("about:blank"), chromedp.Navigate(in.Base+"/demo#balasan-sent"), shows(".balasan-form"))
	if shown := ask[bool](t, ctx, `!document.querySelector('#balasan-sent').hidden`); shown {
		t.Error("someone who sent nothing is thanked")
	}
	if kept := ask[string](t, ctx, `document.querySelector('#balasan-f-body').value`); kept != written {
		t.Errorf("the draft is %q", kept)
	}
}

func TestTheKeyboardAloneSendsAReply(t *testing.T) {
	in, ctx := start(t), browser(t)
	do(t, ctx, openDemo(in), chromedp.Focus("#balasan-f-body"))
	tab := chromedp.KeyEvent(kb.Tab)
	do(t, ctx, chromedp.KeyEvent(written), tab, chromedp.KeyEvent("Sari"), tab, chromedp.KeyEvent("sari@contoh.id"), tab)
	waitFor(t, ctx, challengeToken)
	do(t, ctx, tab)
	if focused := ask[string](t, ctx, `document.activeElement.name`); focused != "answer" {
		t.Fatalf("after the website the focus is on %q", focused)
	}
	do(t, ctx, chromedp.KeyEvent(in.answer(ask[string](t, ctx, challengeToken))), chromedp.KeyEvent(kb.Enter))
	waitFor(t, ctx, `!document.querySelector('#balasan-sent').hidden`)
}

func TestVisitorsPagesInEveryLook(t *testing.T) {
	in, ctx := start(t), browser(t)
	in.submit("Pak Budi", "Semoga pasar desa segera dibuka lagi. Info lengkap di https://contoh.id/pasar?tahun=2026&halaman=panjang-sekali-sampai-tidak-muat-di-layar")
	in.approveAll()
	for _, path := range []string{"/demo", "/demo?lang=en", "/sites/demo/form?page=" + in.Base + "/demo"} {
		for _, scheme := range []string{"light", "dark"} {
			for _, width := range []int{320, 1280} {
				name := fmt.Sprintf("%s %s %d", strings.Trim(strings.Split(path, "?page")[0], "/"), scheme, width)
				do(t, ctx, window(width, scheme), chromedp.Navigate(in.Base+path), chromedp.ScrollIntoView(".balasan-form, balasan-thread"),
					shows(".balasan-form"), chromedp.Focus("#balasan-f-body"))
				waitFor(t, ctx, challengeToken)
				fits(t, ctx, name)
				accessible(t, ctx, name)
				picture(ctx, name)
			}
		}
	}
}

// retype replaces what stands in a field.
func retype(field, text string) step {
	return chromedp.Steps(chromedp.Focus(field), chromedp.KeyEvent("a", chromedp.KeyModifiers(chromedp.ModifierCtrl)), chromedp.KeyEvent(text))
}
