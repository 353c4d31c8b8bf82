package e2e

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// postForm sends a form as a page of the queue would, and lands where the answer leads.
func postForm(path string, fields map[string]string) step {
	raw, _ := json.Marshal(fields)
	return chromedp.Evaluate[chromedp.Void](fmt.Sprintf(`(() => { const form = document.createElement('form'); form.method = 'post'; form.action = %q;
		for (const [name, value] of Object.entries(%s)) form.append(Object.assign(document.createElement('input'), {type: 'hidden', name, value}));
		document.body.append(form); form.submit() })()`, path, raw))
}

// TestStandingDecisions makes, meets, revokes and restores on the running program, by forms alone.
func TestStandingDecisions(t *testing.T) {
	in, ctx := start(t), browser(t)
	first := in.submit("Bu Tejo", "kemarin saya coba resep warung ini dan langsung dapat pelanggan banyak sekali, tanya saja ke dapurcuan.example")
	rude := in.submit("Pak Marah", "Dasar pemalas semua yang duduk di balai desa itu, tidak ada yang becus bekerja.")
	bearer := "Bearer " + in.token()
	var settled struct{ Batch string }
	in.call("/v1/editor/decisions", map[string]any{"ids": []string{first}, "to": "spam"}, &settled, "Authorization", bearer)
	signIn(t, in, ctx)
	do(t, ctx, chromedp.Navigate(in.Base+"/queue?lang=id"), postForm("/queue/standing/alike", map[string]string{"batch": settled.Batch, "back": "state=spam"}))
	waitFor(t, ctx, `document.querySelector('#flash .said')?.textContent.includes('Yang mirip ditolak selama 24 jam')`)
	near := in.submit("Mas Tejo", "kemarin 𝐬𝐚𝐲𝐚 coba resep warung ini dan langsung dapat 𝐩𝐞𝐥𝐚𝐧𝐠𝐠𝐚𝐧 banyak sekali, tanya saja ke toko kami ya")
	do(t, ctx, postForm("/queue/standing/ban", map[string]string{"id": rude, "what": "email", "days": "7", "note": "Menghina perangkat desa berulang kali"}))
	waitFor(t, ctx, `document.querySelector('#flash .said')?.textContent.includes('dilarang selama 7 hari')`)

	banned := in.submit("Pak Marah", "Jalan rusak lagi.") // all that this test sends comes from one address
	for id, want := range map[string]string{near: "menolak yang mirip sampai", banned: "melarang pengirim ini sampai"} {
		_, entry := in.get("/v1/editor/comments/"+id, "Authorization", bearer, "Accept-Language", "id")
		if !strings.Contains(entry, `"state":"spam"`) || !strings.Contains(entry, want) {
			t.Errorf("not stopped by %q: %s", want, entry)
		}
	}
	do(t, ctx, chromedp.Navigate(in.Base+"/queue/comments/"+near))
	picture(ctx, "standing reason")
	do(t, ctx, chromedp.Navigate(in.Base+"/queue/standing"), chromedp.Click(".stand:last-child button"))
	waitFor(t, ctx, `document.querySelector('#flash .said')?.textContent.includes('dicabut')`)
	one := ask[string](t, ctx, `[...document.querySelectorAll('.stand .acts a')].find(a => a.closest('.stand').textContent.includes('resep warung')).pathname`)
	for _, path := range []string{"/queue/standing", one} {
		for _, scheme := range []string{"light", "dark"} {
			for _, width := range []int{320, 390, 1280} {
				name := fmt.Sprintf("standing %s %s %d", map[bool]string{true: "one", false: "list"}[path == one], scheme, width)
				do(t, ctx, window(width, scheme), chromedp.Navigate(in.Base+path))
				fits(t, ctx, name)
				accessible(t, ctx, name)
				picture(ctx, name)
			}
		}
	}
	do(t, ctx, withScripts(false), chromedp.Navigate(in.Base+one), chromedp.Click(".restore button"), shows("#flash .said form"))
	_, entry := in.get("/v1/editor/comments/"+near, "Authorization", bearer)
	if !strings.Contains(entry, `"state":"pending"`) {
		t.Errorf("not restored: %s", entry)
	}
	do(t, ctx, chromedp.Click("#flash .said form button"))
	do(t, ctx, withScripts(true))
	waitFor(t, ctx, `location.pathname == '/queue'`)
	if _, entry = in.get("/v1/editor/comments/"+near, "Authorization", bearer); !strings.Contains(entry, `"state":"spam"`) {
		t.Errorf("not undone: %s", entry)
	}
}
