package e2e

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// decide settles comments over the API.
func (in *instance) decide(to string, ids ...string) {
	in.t.Helper()
	var settled any
	if status := in.call("/v1/editor/decisions", map[string]any{"ids": ids, "to": to}, &settled, "Authorization", "Bearer "+in.token()); status != 200 {
		in.t.Fatalf("the decision was answered %d: %v", status, settled)
	}
}

func TestARuleFromTheQueueInEveryLook(t *testing.T) {
	in, ctx := start(t, "BALASAN_DEADLINES_REQUEST=30s"), browser(t)
	in.run("site", "change", "demo", "--spam", "40") // so that all of it waits
	good := in.submit("Bu Rahmawati", "Lapak sayur di dekat gerbang itu milik warga RT 04, mohon jangan digusur. Kami sudah berjualan sejak pagi buta.")
	in.decide("approved", good)
	bad := in.submit("Hoki Panci", "Ambil kupon di 𝐋𝐚𝐩𝐚𝐤 𝐒𝐚𝐲𝐮𝐫 resmi https://lapakpanci.example/daftar sekarang juga")
	in.decide("spam", bad)
	for i := range 3 {
		in.submit("Pembeli", fmt.Sprintf("Di lapak sayur itu harganya berapa ya, bu? Pertanyaan ke-%d.", i))
	}
	signIn(t, in, ctx)
	proposal := in.Base + "/queue/rules/new?" + url.Values{"kind": {"phrase"}, "comment": {bad}, "value": {"𝐋𝐚𝐩𝐚𝐤 𝐒𝐚𝐲𝐮𝐫"}}.Encode()
	looks := func(name, address string) {
		for _, scheme := range []string{"light", "dark"} {
			for _, width := range []int{320, 390, 1280} {
				look := fmt.Sprintf("%s %s %d", name, scheme, width)
				do(t, ctx, window(width, scheme), chromedp.Navigate(address))
				fits(t, ctx, look)
				accessible(t, ctx, look)
				picture(ctx, look)
			}
		}
	}
	looks("rule", proposal)

	// All of it works without scripts: live is refused, a shadow is saved, and listed.
	do(t, ctx, withScripts(false), window(1280, "light"), chromedp.Navigate(proposal), chromedp.Click("button[value=live]"), shows(".refusal"))
	if text := ask[string](t, ctx, `document.querySelector('.refusal').innerText`); !strings.Contains(text, "1 komentar yang sudah disetujui") || !strings.Contains(text, "Lapak sayur di dekat gerbang") {
		t.Errorf("refused: %s", text)
	}
	for _, width := range []int{390, 1280} {
		do(t, ctx, window(width, "light"))
		picture(ctx, fmt.Sprintf("rule refused %d", width))
	}
	do(t, ctx, chromedp.Click("button[value=shadow]"), shows(".rulecard"))
	if text := ask[string](t, ctx, `document.querySelector('main').innerText`); !strings.Contains(text, "berjalan sebagai bayangan") || !strings.Contains(text, "lapak-sayur") {
		t.Errorf("the list: %s", text)
	}
	do(t, ctx, withScripts(true))
	looks("rules", in.Base+"/queue/rules")
	do(t, ctx, window(1280, "light"), chromedp.Navigate(in.Base+"/queue/rules"), chromedp.Click(".others summary"))
	picture(ctx, "rules others")
	do(t, ctx, chromedp.Navigate(in.Base+"/queue/rules?lang=en"))
	accessible(t, ctx, "rules in English")
}
