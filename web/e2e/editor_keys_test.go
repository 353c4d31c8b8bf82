package e2e

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	net "github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// press types keys one after the other.
func press(t testing.TB, ctx context.Context, keys ...string) {
	t.Helper()
	for _, key := range keys {
		do(t, ctx, chromedp.KeyEvent(key))
	}
}

// lane opens a lane of the queue and waits for its first group to have the focus.
func lane(t testing.TB, in *instance, ctx context.Context, name string) {
	t.Helper()
	do(t, ctx, chromedp.Navigate(in.Base+"/queue?lang=id&lane="+name))
	waitFor(t, ctx, `document.activeElement.matches('.g')`)
}

// count is what a tab says.
func count(lane string) string {
	return fmt.Sprintf(`document.querySelector('[data-count=%s]').textContent`, lane)
}

const shown = `[...document.querySelectorAll('.g:not([hidden])')].length`

func TestACampaignIsSettledByOneKeyAndTakenBackByAnother(t *testing.T) {
	in, ctx := start(t, fromAnywhere), browser(t)
	in.stage(t)
	signIn(t, in, ctx)
	lane(t, in, ctx, "campaign")
	first := ask[string](t, ctx, `document.activeElement.dataset.group`)
	groups, doubts := ask[int](t, ctx, shown), ask[string](t, ctx, count("doubt"))
	press(t, ctx, kb.Enter) // the member that is least like the rest quotes the spam
	waitFor(t, ctx, `document.activeElement.matches('.m') && document.activeElement.textContent.includes('Bu Endang')`)
	press(t, ctx, "x")
	waitFor(t, ctx, `document.activeElement.querySelector('[name=left]').checked`)
	all := ask[int](t, ctx, `+document.querySelector('.g .main .n').dataset.all`)
	press(t, ctx, "s")
	waitFor(t, ctx, fmt.Sprintf(`document.querySelector('#flash').textContent.includes('%d komentar ditandai spam')`, all-1))
	waitFor(t, ctx, fmt.Sprintf(`%s == %d && document.activeElement.matches('.g')`, shown, groups-1))
	waitFor(t, ctx, count("doubt")+` == `+doubts+` + 1`) // who was left out waits as a single
	if top := ask[float64](t, ctx, `scrollY`); top > 50 {
		t.Errorf("the page has moved by %g", top)
	}
	press(t, ctx, "z")
	waitFor(t, ctx, fmt.Sprintf(`document.querySelector('#flash').textContent.includes('%d keputusan diurungkan')`, all-1))
	waitFor(t, ctx, fmt.Sprintf(`document.activeElement.dataset.group == %q`, first))
}

func TestLookAlikesAreRefusedFromTheFlash(t *testing.T) {
	in, ctx := start(t, fromAnywhere), browser(t)
	in.stage(t)
	signIn(t, in, ctx)
	lane(t, in, ctx, "campaign")
	press(t, ctx, "s")
	waitFor(t, ctx, `document.querySelector('#flash form[action="/queue/standing/alike"]')`)
	do(t, ctx, chromedp.Click(`#flash form[action="/queue/standing/alike"] button`))
	waitFor(t, ctx, `document.querySelector('#flash').textContent.includes('Yang mirip ditolak selama 24 jam')`)
}

func TestSinglesAreReadAnsweredChangedAndNotedByKeyboard(t *testing.T) {
	in, ctx := start(t, fromAnywhere), browser(t)
	in.stage(t)
	signIn(t, in, ctx)
	lane(t, in, ctx, "doubt")
	press(t, ctx, "n")
	waitFor(t, ctx, `document.activeElement.name == 'note'`)
	press(t, ctx, "tanya Pak RT", kb.Enter)
	waitFor(t, ctx, `document.activeElement.matches('.g') && document.activeElement.querySelector('.noted')?.textContent.includes('tanya Pak RT')`)
	press(t, ctx, "e")
	waitFor(t, ctx, `document.activeElement.name == 'body'`)
	do(t, ctx, chromedp.SetValue(".panel textarea", "Tautannya dibuang redaksi."))
	press(t, ctx, kb.Tab, kb.Enter)
	waitFor(t, ctx, `document.activeElement.matches('.g') && document.activeElement.querySelector('.text').textContent == 'Tautannya dibuang redaksi.'`)
	press(t, ctx, "h")
	waitFor(t, ctx, `document.querySelector('#drawer[open] .tally')`)
	accessible(t, ctx, "the sender's history")
	press(t, ctx, kb.Escape)
	waitFor(t, ctx, `!document.querySelector('#drawer[open]')`)
	press(t, ctx, "r")
	waitFor(t, ctx, `document.activeElement.name == 'body'`)
	press(t, ctx, "Terima kasih!", kb.Tab, kb.Enter)
	waitFor(t, ctx, `document.querySelector('#flash').textContent.includes('Balasan terbit')`)
	in.say(said{"Nanti", "nanti@contoh.id", "Kalau mau lihat lagi ada di https://lain-lagi.example/v/813 ya", "pasar", "Pasar", network(900)})
	waitFor(t, ctx, `!document.querySelector('#fresh').hidden`)
	press(t, ctx, ".")
	waitFor(t, ctx, `document.activeElement.matches('.g')`)
	press(t, ctx, "/")
	waitFor(t, ctx, `document.activeElement.id == 'search'`)
	do(t, ctx, chromedp.SetValue("#search", "domain:lain-lagi.example"))
	press(t, ctx, kb.Enter)
	waitFor(t, ctx, `location.search.includes('q=') && `+shown+` == 1`)
	press(t, ctx, "Z")
	waitFor(t, ctx, `location.pathname == '/queue/history' && document.body.textContent.includes('tanya Pak RT')`)
}

func TestAStripIsApprovedButForWhatIsLeftOutOrSpam(t *testing.T) {
	in, ctx := start(t, fromAnywhere), browser(t)
	in.stage(t)
	signIn(t, in, ctx)
	lane(t, in, ctx, "good")
	n := ask[int](t, ctx, `document.querySelectorAll('.m').length`)
	press(t, ctx, kb.Enter, "s") // the first row is spam
	waitFor(t, ctx, fmt.Sprintf(`document.querySelectorAll('.m:not([hidden])').length == %d && document.activeElement.matches('.m')`, n-1))
	press(t, ctx, "j", "x", "a")
	waitFor(t, ctx, fmt.Sprintf(`document.querySelector('#flash').textContent.includes('%d komentar disetujui')`, n-2))
	waitFor(t, ctx, `document.querySelectorAll('.m:not([hidden])').length == 1`)
	press(t, ctx, "z", "z")
	waitFor(t, ctx, fmt.Sprintf(`document.querySelectorAll('.m:not([hidden])').length == %d`, n))
}

func TestColleaguesSeeWhoReadsWhatAndWhoWasFirst(t *testing.T) {
	in, sari, budi := start(t, fromAnywhere), browser(t), browser(t)
	in.stage(t)
	signIn(t, in, sari)
	link := strings.TrimSpace(in.run("editor", "add", "Budi Santoso", "--role", "editor", "--site", "demo"))
	do(t, budi, chromedp.Navigate(anyURL.FindString(link)), chromedp.Click("button.main"))
	waitFor(t, budi, `location.pathname.startsWith('/queue/password') || location.pathname == '/queue'`)
	lane(t, in, budi, "campaign")
	lane(t, in, sari, "campaign")
	waitFor(t, sari, `document.querySelector('.g .lease b')?.textContent == 'BS'`)
	if told := ask[string](t, sari, `document.querySelector('.g .lease').textContent`); !strings.Contains(told, "Sedang dibuka oleh Budi Santoso") {
		t.Errorf("a screen reader hears %q", told)
	}
	accessible(t, sari, "a lease")
	press(t, budi, "s")
	waitFor(t, budi, `document.querySelector('#flash .said')`)
	waitFor(t, sari, `document.querySelector('.g.taken .taken-by')?.textContent.includes('Budi Santoso menandai ini spam')`)
	fits(t, sari, "taken")
}

func TestWhoComesSecondMayAgreeOrTakeItBack(t *testing.T) {
	in, ctx := start(t, fromAnywhere), browser(t)
	in.stage(t)
	signIn(t, in, ctx)
	link := in.run("editor", "add", "Sari", "--role", "editor", "--site", "demo")
	first := browser(t)
	do(t, first, chromedp.Navigate(anyURL.FindString(link)), chromedp.Click("button.main"))
	waitFor(t, first, `location.pathname.startsWith('/queue/password') || location.pathname == '/queue'`)
	lane(t, in, ctx, "doubt")
	lane(t, in, first, "doubt")
	// A page that hears nothing: its list is as it was.
	do(t, ctx, chromedp.Evaluate[chromedp.Void](`(() => { const g = document.activeElement; window.was = g.outerHTML; })()`))
	press(t, first, "s")
	waitFor(t, first, `document.querySelector('#flash .said')`)
	waitFor(t, ctx, `document.querySelector('.taken')`)
	do(t, ctx, chromedp.Evaluate[chromedp.Void](`(() => { const g = document.querySelector('.taken'); g.classList.remove('taken'); g.querySelector('.taken-by').remove(); g.focus(); })()`))
	press(t, ctx, "a")
	waitFor(t, ctx, `document.querySelector('#flash').textContent.includes('Sari sudah menandai ini spam')`)
	accessible(t, ctx, "the loser's sentence")
	do(t, ctx, chromedp.Click(`#flash form[action="/queue/undo"] button`))
	waitFor(t, ctx, `document.querySelector('#flash').textContent.includes('1 keputusan diurungkan')`)
	press(t, ctx, "a")
	waitFor(t, ctx, `document.querySelector('#flash').textContent.includes('1 komentar disetujui')`)
}

func TestAFingerApprovesAndRefuses(t *testing.T) {
	in, ctx := start(t, fromAnywhere), browser(t)
	in.stage(t)
	signIn(t, in, ctx)
	do(t, ctx, window(390, "light"), command(emulation.SetTouchEmulationEnabled, emulation.SetTouchEmulationEnabledParams{Enabled: true}))
	lane(t, in, ctx, "good")
	n := ask[int](t, ctx, `document.querySelectorAll('.m').length`)
	drag(t, ctx, ".m .text", -200)
	waitFor(t, ctx, fmt.Sprintf(`document.querySelectorAll('.m:not([hidden])').length == %d`, n-1))
	drag(t, ctx, ".m:not([hidden]) .text", 200)
	waitFor(t, ctx, fmt.Sprintf(`document.querySelector('#flash').textContent.includes('%d komentar disetujui')`, n-1))
}

// drag moves a finger sideways over the first element that matches.
func drag(t testing.TB, ctx context.Context, selector string, by float64) {
	t.Helper()
	at := ask[[]float64](t, ctx, fmt.Sprintf(`(() => { const e = document.querySelector(%q); e.scrollIntoView({block: 'center'}); const r = e.getBoundingClientRect(); return [r.left + r.width / 2, r.top + r.height / 2]; })()`, selector))
	touch := func(kind string, dx float64) step {
		points := []*input.TouchPoint{{X: at[0] + dx, Y: at[1]}}
		if kind == "touchEnd" {
			points = []*input.TouchPoint{}
		}
		return command(input.DispatchTouchEvent, input.DispatchTouchEventParams{Type: input.DispatchTouchEventType(kind), TouchPoints: points})
	}
	steps := []step{touch("touchStart", 0)}
	for part := 1.0; part <= 10; part++ {
		steps = append(steps, touch("touchMove", by*part/10))
	}
	do(t, ctx, append(steps, touch("touchEnd", by))...)
}

func TestEveryPageOfTheDeskInEveryLook(t *testing.T) {
	in, ctx := start(t, fromAnywhere), browser(t)
	in.stage(t)
	signIn(t, in, ctx)
	lane(t, in, ctx, "campaign")
	group := ask[string](t, ctx, `document.activeElement.dataset.group`)
	press(t, ctx, kb.Enter, "x", "s") // somebody is left out, and there is a flash
	waitFor(t, ctx, `document.querySelector('#flash .said')`)
	looks(t, ctx, "a flash")
	press(t, ctx, "z")
	waitFor(t, ctx, `document.querySelector('#flash').textContent.includes('diurungkan')`)
	lane(t, in, ctx, "doubt")
	for form, field := range map[string]string{"r": "body", "b": "what", "e": "body", "n": "note"} {
		press(t, ctx, form)
		waitFor(t, ctx, fmt.Sprintf(`document.activeElement.name == %q`, field))
		looks(t, ctx, "the form of "+form)
		press(t, ctx, kb.Escape)
	}
	press(t, ctx, "?")
	waitFor(t, ctx, `document.querySelector('#help[open]')`)
	looks(t, ctx, "help")
	id := ask[string](t, ctx, `document.querySelector('.g').dataset.id`)
	for _, path := range []string{"/queue?lane=campaign", "/queue?lane=doubt", "/queue?lane=good", "/queue/groups/" + group, "/queue/comments/" + id + "?do=edit",
		"/queue/comments/" + id + "/sender", "/queue/history", "/queue/keys", "/queue?q=pasar", "/queue?state=approved", "/queue?state=spam&lang=en"} {
		do(t, ctx, chromedp.Navigate(in.Base+path))
		looks(t, ctx, strings.NewReplacer(group, "group", id, "comment").Replace(strings.Trim(path, "/")))
	}
}

func TestWhatIsWrittenSurvivesALostConnectionAndAnEndedSession(t *testing.T) {
	in, ctx := start(t, fromAnywhere), browser(t)
	in.stage(t)
	signIn(t, in, ctx)
	lane(t, in, ctx, "doubt")
	n := ask[int](t, ctx, shown)
	press(t, ctx, "r")
	waitFor(t, ctx, `document.activeElement.name == 'body'`)
	do(t, ctx, chromedp.SetValue(".panel textarea", "Terima kasih!"), chromedp.Evaluate[chromedp.Void](`window.online = fetch; window.fetch = () => Promise.reject(new TypeError("offline")); 0`))
	press(t, ctx, kb.Tab, kb.Enter)
	waitFor(t, ctx, `document.querySelector('#flash').textContent.includes('Tidak tersambung')`)
	if text := ask[string](t, ctx, `document.querySelector('.panel textarea').value`); text != "Terima kasih!" || ask[int](t, ctx, shown) != n {
		t.Errorf("the reply is %q", text)
	}
	do(t, ctx, chromedp.Evaluate[chromedp.Void](`window.fetch = window.online; 0`), command(net.ClearBrowserCookies, cdp.Empty{}), chromedp.Click(".panel button.main"))
	waitFor(t, ctx, `location.pathname == '/queue/signin'`)
	link := anyURL.FindString(in.run("editor", "reset", "owner"))
	do(t, ctx, chromedp.Navigate(link), chromedp.Click("button.main"))
	waitFor(t, ctx, `location.pathname.startsWith('/queue/password') || location.pathname == '/queue'`)
	writes := func(text string) {
		t.Helper()
		lane(t, in, ctx, "doubt")
		press(t, ctx, "r")
		waitFor(t, ctx, fmt.Sprintf(`document.activeElement.value == %q`, text))
	}
	writes("Terima kasih!")
	do(t, ctx, chromedp.SetValue(".panel textarea", "Terima kasih banyak!"))
	writes("Terima kasih banyak!") // the page was left without a word
	press(t, ctx, kb.Tab, kb.Enter)
	waitFor(t, ctx, `document.querySelector('#flash').textContent.includes('Balasan terbit')`)
}
