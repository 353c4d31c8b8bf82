package e2e

import (
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

func TestDebug(t *testing.T) {
	in, ctx := start(t, fromAnywhere), browser(t)
	in.stage(t)
	signIn(t, in, ctx)
	lane(t, in, ctx, "doubt")
	press(t, ctx, "a")
	waitFor(t, ctx, `document.querySelector('#flash .said')`)
	in.say(said{"Nanti", "nanti@contoh.id", "Kalau mau lihat lagi ada di https://lain-lagi.example/v/813 ya", "pasar", "Pasar", network(900)})
	time.Sleep(5 * time.Second)
	t.Log(ask[string](t, ctx, `document.querySelector('.head').innerText + document.querySelector('#fresh').outerHTML`))
	_, lanes := in.get("/v1/editor/lanes", in.bearer()...)
	t.Log(lanes)
	_, lanes = in.get("/v1/editor/queue?q=Nanti", in.bearer()...)
	t.Log(lanes)
	for _, path := range []string{"/queue", "/queue?lane=campaign", "/queue?state=approved"} {
		do(t, ctx, window(320, "light"), chromedp.Navigate(in.Base+path))
		t.Log(path, ask[string](t, ctx, `[...document.querySelectorAll('*')].filter(e => e.getBoundingClientRect().right > document.documentElement.clientWidth + 1).map(e => e.tagName + '.' + e.className + ' ' + e.getBoundingClientRect().right).concat(document.documentElement.scrollWidth).slice(0, 12).join('\n')`))
	}
}
