package e2e

import (
	"os"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

func TestShots(t *testing.T) {
	dir := os.Getenv("BALASAN_PICTURES")
	if dir == "" {
		t.Skip()
	}
	in, ctx := start(t, fromAnywhere), browser(t)
	in.stage(t)
	signIn(t, in, ctx)
	lane(t, in, ctx, "campaign")
	group := ask[string](t, ctx, `document.activeElement.dataset.group`)
	press(t, ctx, kb.Enter, "x", "s")
	waitFor(t, ctx, `document.querySelector('#flash .said')`)
	picture(ctx, "flash-wide")
	do(t, ctx, window(390, "dark"))
	picture(ctx, "flash-narrow")
	press(t, ctx, "z")
	waitFor(t, ctx, `document.querySelector('#flash').textContent.includes('diurungkan')`)
	do(t, ctx, window(1280, "light"))
	press(t, ctx, "?")
	picture(ctx, "help")
	lane(t, in, ctx, "doubt")
	press(t, ctx, "r")
	waitFor(t, ctx, `document.activeElement.name == 'body'`)
	picture(ctx, "reply-open")
	press(t, ctx, kb.Escape, "b")
	waitFor(t, ctx, `document.activeElement.name == 'what'`)
	picture(ctx, "ban-open")
	press(t, ctx, kb.Escape, "e")
	waitFor(t, ctx, `document.activeElement.name == 'body'`)
	do(t, ctx, chromedp.SetValue(".panel textarea", "Videonya ada di kantor desa."))
	press(t, ctx, kb.Tab, kb.Enter)
	waitFor(t, ctx, `document.querySelector('.text').textContent.includes('kantor desa')`)
	press(t, ctx, "n")
	waitFor(t, ctx, `document.activeElement.name == 'note'`)
	press(t, ctx, "tanya Pak RT dulu", kb.Enter)
	waitFor(t, ctx, `document.querySelector('.noted')`)
	id := ask[string](t, ctx, `document.activeElement.closest('.g').dataset.id`)
	press(t, ctx, "h")
	waitFor(t, ctx, `document.querySelector('#drawer[open] .tally')`)
	picture(ctx, "drawer")
	for _, path := range []string{"/queue/groups/" + group, "/queue/comments/" + id, "/queue/comments/" + id + "/sender", "/queue/history", "/queue/keys", "/queue?q=jembatan", "/queue?lane=doubt", "/queue?state=approved"} {
		for _, w := range []int{320, 1280, 390} {
			for _, scheme := range []string{"light", "dark"} {
				do(t, ctx, window(w, scheme), chromedp.Navigate(in.Base+path))
				name := strings.NewReplacer(group, "G", id, "ID").Replace(path)
				fits(t, ctx, name)
				accessible(t, ctx, name)
				picture(ctx, name+" "+scheme+" "+map[int]string{1280: "wide", 390: "narrow", 320: "tiny"}[w])
			}
		}
	}
}
