package e2e

import (
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

const (
	wording   = "Saya setuju nama dan tulisan saya ditampilkan di halaman ini dan disimpan sesuai kebijakan di https://desa.example.id/privasi"
	wordingEN = "I agree that my name and text are shown on this page and kept as https://desa.example.id/privacy says"
	changed   = "Saya setuju nama dan tulisan saya ditampilkan di halaman ini dan di arsip tahunan."
)

// asks writes what visitors are asked to agree to.
func asks(t *testing.T, path, id, en string, required bool) {
	t.Helper()
	text := fmt.Sprintf("consent:\n  - {id: %q, en: %q, required: %v}\n", id, en, required)
	if err := os.WriteFile(path+".new", []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		t.Fatal(err)
	}
}

// asking starts the program with a wording that can be changed while it runs.
func asking(t *testing.T, required bool) (in *instance, change func(id string)) {
	path := filepath.Join(t.TempDir(), "my.yaml")
	asks(t, path, wording, wordingEN, required)
	in = start(t, "BALASAN_CONFIG="+path)
	reloads := 0
	return in, func(id string) {
		t.Helper()
		reloads++
		asks(t, path, id, "I agree to the archive as well.", required)
		in.eventually("the wording is in force", func() bool { return strings.Count(in.Log(), "is in force") >= reloads })
	}
}

const (
	box       = "#balasan-f-consent"
	focusedID = `document.activeElement.id`
	boxFault  = `document.querySelector('#balasan-e-consent').textContent`
)

func TestConsentIsAskedForByABox(t *testing.T) {
	in, change := asking(t, true)
	ctx := browser(t)
	do(t, ctx, openDemo(in), fill(written))
	solve(t, in, ctx)
	token := ask[string](t, ctx, challengeToken)
	do(t, ctx, chromedp.Click(".balasan-send"))
	waitFor(t, ctx, boxFault)
	if at := ask[string](t, ctx, focusedID); "#"+at != box {
		t.Errorf("the focus is on %q", at)
	}
	if said := ask[string](t, ctx, `document.getElementById(document.activeElement.getAttribute('aria-describedby')).textContent`); !strings.Contains(said, "Centang kotak ini") {
		t.Errorf("a screen reader hears %q", said)
	}
	accessible(t, ctx, "the box with its fault")
	change(changed)
	do(t, ctx, chromedp.KeyEvent(" "), chromedp.Click(".balasan-send"))
	waitFor(t, ctx, `document.querySelector('.balasan-consent').textContent.includes('arsip tahunan')`)
	waitFor(t, ctx, focusedID+` == 'balasan-f-consent'`)
	if ask[bool](t, ctx, `document.querySelector('`+box+`').checked`) {
		t.Error("a wording that nobody has read is ticked")
	}
	if again := ask[string](t, ctx, challengeToken); again != token {
		t.Error("it cost the visitor another picture")
	}
	do(t, ctx, chromedp.KeyEvent(" "), chromedp.Click(".balasan-send"))
	waitFor(t, ctx, `!document.querySelector('#balasan-sent').hidden`)
	if ask[bool](t, ctx, `document.querySelector('`+box+`').checked`) {
		t.Error("the next comment is agreed to already")
	}
	if report := in.run("privacy", "report", "--json"); !strings.Contains(report, changed) || strings.Contains(report, wording) {
		t.Errorf("the report says %s", report)
	}
	signIn(t, in, ctx)
	waitFor(t, ctx, `document.querySelector('a[href^="/queue/comments/"]')`)
	do(t, ctx, chromedp.Navigate(in.Base+ask[string](t, ctx, `document.querySelector('a[href^="/queue/comments/"]').getAttribute('href')`)),
		chromedp.Click("details:has(code[title]) summary"))
	waitFor(t, ctx, `document.querySelector('main').innerText.includes('arsip tahunan')`)
	accessible(t, ctx, "the entry with what was agreed to")
	picture(ctx, "consent entry")
}

func TestAPageThatWasOpenBeforeAnythingWasAskedGetsTheBox(t *testing.T) {
	path := filepath.Join(t.TempDir(), "my.yaml")
	if err := os.WriteFile(path, []byte("log: {level: info}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	in, ctx := start(t, "BALASAN_CONFIG="+path), browser(t)
	do(t, ctx, openDemo(in), fill(written))
	solve(t, in, ctx)
	asks(t, path, wording, wordingEN, true)
	in.eventually("the wording is in force", func() bool { return strings.Contains(in.Log(), "is in force") })
	do(t, ctx, chromedp.Click(".balasan-send"))
	waitFor(t, ctx, focusedID+` == 'balasan-f-consent'`)
	do(t, ctx, chromedp.Click(".balasan-consent label span"), chromedp.Click(".balasan-send"))
	waitFor(t, ctx, `!document.querySelector('#balasan-sent').hidden`)
}

func TestConsentWithoutJavaScript(t *testing.T) {
	in, _ := asking(t, true)
	ctx := browser(t)
	form := in.Base + "/sites/demo/form?page=" + url.QueryEscape(in.Base+"/demo")
	do(t, ctx, withScripts(false), chromedp.Navigate(form), shows(".balasan-form"), fill(written))
	first := ask[string](t, ctx, challengeToken)
	do(t, ctx, chromedp.SendKeys("#balasan-f-answer", in.answer(first)), chromedp.Click(".balasan-send"), shows(box+"[aria-invalid]"))
	if kept := ask[string](t, ctx, `document.querySelector('#balasan-f-body').value`); kept != written || ask[string](t, ctx, challengeToken) != first {
		t.Errorf("the text became %q, or it cost a picture", kept)
	}
	do(t, ctx, withScripts(true))
	accessible(t, ctx, "form without a tick")
	do(t, ctx, withScripts(false), chromedp.Click(box), chromedp.Click(".balasan-send"), shows("#balasan-sent"))
}

func TestANoticeIsReadAndSentUnder(t *testing.T) {
	in, change := asking(t, false)
	ctx := browser(t)
	do(t, ctx, openDemo(in), fill(written))
	solve(t, in, ctx)
	change(changed)
	do(t, ctx, chromedp.Click(".balasan-send"))
	waitFor(t, ctx, `document.querySelector('.balasan-consent').textContent.includes('arsip tahunan')`)
	waitFor(t, ctx, focusedID+` == 'balasan-f-consent'`)
	accessible(t, ctx, "the notice that was changed")
	do(t, ctx, chromedp.Click(".balasan-send"))
	waitFor(t, ctx, `!document.querySelector('#balasan-sent').hidden`)
}

func TestTheWordingInEveryLook(t *testing.T) {
	for name, required := range map[string]bool{"box": true, "notice": false} {
		in, _ := asking(t, required)
		ctx := browser(t)
		do(t, ctx, openDemo(in), fill(written)) // and the draft is there from then on
		for _, lang := range []string{"id", "en"} {
			for _, scheme := range []string{"light", "dark"} {
				for _, width := range []int{320, 1280} {
					look := fmt.Sprintf("consent %s %s %s %d", name, lang, scheme, width)
					do(t, ctx, window(width, scheme), chromedp.Navigate(in.Base+"/demo?lang="+lang), chromedp.ScrollIntoView("balasan-thread"),
						shows(".balasan-form"), chromedp.Focus("#balasan-f-body"))
					waitFor(t, ctx, challengeToken)
					do(t, ctx, chromedp.Click(".balasan-send"))
					waitFor(t, ctx, `document.querySelector('[aria-invalid]')`)
					fits(t, ctx, look)
					accessible(t, ctx, look)
					picture(ctx, look)
				}
			}
		}
	}
}
