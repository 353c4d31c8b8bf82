package e2e

import (
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// TestAVisitorErasesTheirCommentsByALink walks from the form to the erased place, without scripts.
func TestAVisitorErasesTheirCommentsByALink(t *testing.T) {
	in, box := posting(t)
	ctx := browser(t)
	id := in.wish(canaryName, canaryEmail, canaryText)
	in.approveAll()
	in.appears(canaryText)
	var settled struct{ Batch string }
	if status := in.call("/v1/editor/replies", map[string]string{"to": id, "body": "Terima kasih, sudah kami teruskan."}, &settled, "Authorization", "Bearer "+in.token()); status != 200 {
		t.Fatalf("the reply was answered %d", status)
	}
	in.appears("sudah kami teruskan")

	page := in.Base + "/sites/demo/me"
	do(t, ctx, openDemo(in))
	waitFor(t, ctx, `document.querySelector('.balasan-note a[href="`+page+`?lang=id"]') || document.querySelector('.balasan-note a[href="/sites/demo/me?lang=id"]')`)
	do(t, ctx, chromedp.Navigate(page+"?lang=en"))
	looks(t, ctx, "me ask en")
	do(t, ctx, chromedp.Navigate(page+"?lang=id"))
	looks(t, ctx, "me ask id")
	do(t, ctx, withScripts(false), chromedp.SendKeys("#email", "bukan"), chromedp.Click("button.main"), withScripts(true))
	waitFor(t, ctx, `document.querySelector('#fault')`)
	looks(t, ctx, "me ask fault")
	do(t, ctx, withScripts(false), chromedp.SetValue("#email", canaryEmail), chromedp.Click("button.main"), withScripts(true))
	waitFor(t, ctx, `document.querySelector('[role=status]')`)
	looks(t, ctx, "me sent")

	var link string
	in.eventually("the letter arrives", func() bool {
		for _, l := range box.Take() {
			if _, rest, found := strings.Cut(l.Text, in.Base+"/me/"); found && l.To == canaryEmail {
				link = "/me/" + strings.Fields(rest)[0]
			}
		}
		return link != ""
	})
	do(t, ctx, chromedp.Navigate(in.Base+link))
	looks(t, ctx, "me link id")
	do(t, ctx, chromedp.Navigate(in.Base+link+"?lang=en"))
	looks(t, ctx, "me link en")
	do(t, ctx, chromedp.Navigate(in.Base+link), withScripts(false), chromedp.Click("[value=erase]"), withScripts(true))
	waitFor(t, ctx, `document.querySelector('#fault')`)
	looks(t, ctx, "me link fault")
	in.post(link, url.Values{"act": {"export"}})
	in.appears(canaryText)
	do(t, ctx, withScripts(false), chromedp.Click("[name=sure]"), chromedp.Click("[value=erase]"), withScripts(true))
	waitFor(t, ctx, `document.querySelector('[role=status]') && !document.querySelector('form')`)
	looks(t, ctx, "me done")
	in.appears("Dihapus oleh penulisnya.")
	do(t, ctx, openDemo(in))
	waitFor(t, ctx, `document.querySelector('.balasan-list').textContent.includes('Dihapus oleh penulisnya.')`)
	looks(t, ctx, "me erased place")
	signIn(t, in, ctx)
	do(t, ctx, chromedp.Navigate(in.Base+"/queue/comments/"+id+"?lang=id"))
	waitFor(t, ctx, `document.querySelector('.story').textContent.includes('Penulisnya menghapus komentar ini')`)
	looks(t, ctx, "me erased entry")
	hidden := append(traces(canaryEmail), canaryText)
	if found := sighting(in.Log(), append(hidden, link)); found != "" {
		t.Errorf("the log shows %q", found)
	}
}
