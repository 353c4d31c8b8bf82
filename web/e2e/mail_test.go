package e2e

import (
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"balasan/internal/mailtest"
)

// posting starts the program with a mail server. The undo window is short, but longer than a test
// takes to undo.
func posting(t *testing.T) (*instance, *mailtest.Box) {
	box := mailtest.Start(t, "none")
	return start(t, "BALASAN_MAIL_HOST=127.0.0.1", fmt.Sprintf("BALASAN_MAIL_PORT=%d", box.Port), "BALASAN_MAIL_ENCRYPTION=none",
		"BALASAN_MAIL_FROM=Redaksi Desa <redaksi@desa.example>", "BALASAN_MAIL_HOURLY=100000", "BALASAN_ANNOUNCE_WAIT=3s"), box
}

// wish submits a comment whose sender asks to hear of replies.
func (in *instance) wish(name, email, body string) (id string) {
	in.t.Helper()
	page := in.Base + "/demo"
	var challenge struct{ Token string }
	in.call("/v1/sites/demo/challenges", map[string]string{"page": page}, &challenge)
	var receipt struct{ ID, Code string }
	if status := in.call("/v1/sites/demo/comments", map[string]any{"page": page, "page_title": "Jembatan baru", "name": name, "email": email, "notify": true,
		"body": body, "challenge": challenge.Token, "answer": in.answer(challenge.Token)}, &receipt); status != 202 {
		in.t.Fatalf("a submission was answered %d %s", status, receipt.Code)
	}
	return receipt.ID
}

// post presses a button of a page without scripts.
func (in *instance) post(path string, form url.Values) string {
	in.t.Helper()
	res, err := http.PostForm(in.Base+path, form)
	if err != nil {
		in.t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		in.t.Fatalf("%s answered %d", path, res.StatusCode)
	}
	return path
}

// TestRepliesAreToldByMail walks from the ticked box to the end of the letters.
func TestRepliesAreToldByMail(t *testing.T) {
	in, box := posting(t)
	var letters []mailtest.Letter
	bearer := []string{"Authorization", "Bearer " + in.token()}
	arrived := func(to, about string) (found mailtest.Letter) {
		t.Helper()
		in.eventually("a letter to "+to+": "+about, func() bool {
			letters = append(letters, box.Take()...)
			for _, l := range letters {
				if l.To == to && strings.Contains(l.Subject(), about) {
					found = l
				}
			}
			return found.To != ""
		})
		return found
	}
	count := func(to string) (n int) {
		for _, l := range letters {
			if l.To == to {
				n++
			}
		}
		return n
	}
	others := 0
	pass := func() { // lets everything from before be told: another letter comes after it
		t.Helper()
		others++
		to := fmt.Sprintf("lain%d@contoh.id", others)
		in.wish("Orang lain", to, fmt.Sprintf("Komentar lain nomor %d tentang jembatan.", others))
		in.approveAll()
		arrived(to, "Konfirmasi")
	}
	reply := func(to, body string) (batch string) {
		t.Helper()
		var settled struct{ Batch string }
		if status := in.call("/v1/editor/replies", map[string]string{"to": to, "body": body}, &settled, bearer...); status != 200 {
			t.Fatalf("the reply was answered %d", status)
		}
		return settled.Batch
	}

	id := in.wish(canaryName, canaryEmail, canaryText)
	in.approveAll()
	asked := arrived(canaryEmail, "Konfirmasi")
	_, link, _ := strings.Cut(asked.Text, in.Base)
	link, _, _ = strings.Cut(link, "\n")
	for range 2 { // as scanners of mail do
		if status, page := in.get(link); status != 200 || strings.Contains(page, canaryEmail) {
			t.Errorf("%s: %d %s", link, status, page)
		}
	}
	reply(id, "Belum dikabarkan, sebab belum dikonfirmasi.")
	pass()
	in.post(link, url.Values{"act": {"confirm"}})

	undone := reply(id, "Balasan yang ditarik kembali.")
	var out any
	if status := in.call("/v1/editor/decisions/"+undone+"/undo", map[string]any{}, &out, bearer...); status != 200 {
		t.Fatalf("undo: %d %v", status, out)
	}
	pass()
	if n := count(canaryEmail); n != 1 {
		t.Fatalf("%d letters before a reply stood", n)
	}
	reply(id, "Terima kasih, sudah kami teruskan.")
	told := arrived(canaryEmail, "Balasan untuk komentar Anda")
	if !strings.Contains(told.Text, "Terima kasih, sudah kami teruskan.") || !strings.Contains(told.Text, "/demo#balasan-") {
		t.Errorf("the letter says %s", told.Text)
	}
	pass()
	if n := count(canaryEmail); n != 2 {
		t.Fatalf("%d letters: a reply is told once", n)
	}

	one := told.Header.Get("List-Unsubscribe")
	in.post(strings.TrimPrefix(strings.Trim(one, "<>"), in.Base), url.Values{"List-Unsubscribe": {"One-Click"}})
	reply(id, "Ini tidak lagi dikabarkan.")
	pass()
	if n := count(canaryEmail); n != 2 {
		t.Fatalf("%d letters: they were ended", n)
	}

	hidden := traces(canaryEmail)
	for _, l := range letters {
		if l.To == canaryEmail {
			continue
		}
		if found := sighting(l.Raw+l.Text+l.HTML, hidden); found != "" {
			t.Errorf("the letter to %s shows %q", l.To, found)
		}
	}
	if found := sighting(in.Log(), append(hidden, link)); found != "" {
		t.Errorf("the log shows %q", found)
	}
	for _, name := range []string{"balasan.db", "balasan.db-wal"} {
		raw, _ := os.ReadFile(filepath.Join(in.dir, name))
		if found := sighting(string(raw), append(hidden, strings.TrimPrefix(link, "/subscriptions/"))); found != "" {
			t.Errorf("%s shows %q", name, found)
		}
	}
}

// TestAMailServerThatIsDownHoldsNothingUp: what is to be told waits, and /readyz says so.
func TestAMailServerThatIsDownHoldsNothingUp(t *testing.T) {
	in, box := posting(t)
	box.Refuse("from", 421)
	in.wish("Wayan", "wayan@contoh.id", "Semoga lancar.")
	in.approveAll()
	in.eventually("/readyz says that mail waits", func() bool {
		status, body := in.get("/readyz")
		return status == 200 && strings.Contains(body, "mail") && strings.Contains(body, "letters wait")
	})
	in.submit("Made", "Kami menunggu kabar baik dari desa.")
	box.Refuse("from", 0)
	in.eventually("the letter arrives", func() bool { return len(box.Take()) == 1 })
	in.eventually("/readyz is well", func() bool {
		_, body := in.get("/readyz")
		return !strings.Contains(body, "letters wait")
	})
}

// TestThePagesAboutMail are looked at in the real browser, and used without scripts.
func TestThePagesAboutMail(t *testing.T) {
	in, box := posting(t)
	ctx := browser(t)
	do(t, ctx, openDemo(in), chromedp.Focus("#balasan-f-body"))
	waitFor(t, ctx, challengeToken)
	if ask[bool](t, ctx, `document.querySelector('#balasan-f-notify').checked`) {
		t.Error("the box is ticked by itself")
	}
	do(t, ctx, fill("Terima kasih beritanya. Semoga jembatan cepat selesai."), chromedp.Click("#balasan-f-notify"))
	looks(t, ctx, "mail form")
	in.wish("Wayan", "wayan@contoh.id", "Semoga lancar.")
	in.approveAll()
	var link string
	in.eventually("the question arrives", func() bool {
		for _, l := range box.Take() {
			_, rest, _ := strings.Cut(l.Text, in.Base)
			link = in.Base + strings.Fields(rest)[0]
		}
		return link != ""
	})
	do(t, ctx, withScripts(false), chromedp.Navigate(link))
	do(t, ctx, withScripts(true))
	looks(t, ctx, "mail asked")
	do(t, ctx, withScripts(false), chromedp.Click(`[value=confirm]`), shows(`[role=status]`), withScripts(true))
	looks(t, ctx, "mail confirmed")
	do(t, ctx, withScripts(false), chromedp.Click(`[value=all]`))
	do(t, ctx, withScripts(true))
	waitFor(t, ctx, `!document.querySelector('form')`)
	looks(t, ctx, "mail ended")

	signIn(t, in, ctx)
	do(t, ctx, chromedp.Navigate(in.Base+"/queue/announce?lang=id"), chromedp.SendKeys("#email", "sari@"), chromedp.Click(".acts button.main"))
	waitFor(t, ctx, `document.querySelector('#email-fault')`)
	looks(t, ctx, "announce fault")
	do(t, ctx, chromedp.SetValue("#email", "sari@contoh.id"), chromedp.Click(".acts button.main"))
	waitFor(t, ctx, `document.querySelector('[value=forget]')`)
	looks(t, ctx, "announce asked")
	in.eventually("the editor's question arrives", func() bool {
		for _, l := range box.Take() {
			_, rest, _ := strings.Cut(l.Text, in.Base)
			link = in.Base + strings.Fields(rest)[0]
			return l.To == "sari@contoh.id"
		}
		return false
	})
	do(t, ctx, chromedp.Navigate(link))
	looks(t, ctx, "digest asked")
}
