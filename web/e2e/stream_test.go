package e2e

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"

	"balasan/moderation/campaign/streamtest"
	"balasan/moderation/fold"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// TestAStreamIsSettledByKeyboardAlone feeds a made-up stream through the program and settles it as a
// careful editor does who reads what is shown and never errs about that: a campaign as what its
// heading is and a strip as good, after leaving out what is not, reading on while there was an innocent
// to leave out; singles one by one. Every key that decides or leaves out counts, so that who was left
// out and is decided on as a single counts twice. BALASAN_STREAM=long takes
// about 3,200 comments instead of 370.
func TestAStreamIsSettledByKeyboardAlone(t *testing.T) {
	n := 200
	if os.Getenv("BALASAN_STREAM") == "long" {
		n = 2000
	}
	in, ctx := start(t, fromAnywhere), browser(t)
	s := feed(t, in, n)
	signIn(t, in, ctx)
	e := careful{t: t, in: in, press: func(keys ...string) { press(t, ctx, keys...) },
		spam: s, reads: map[string]bool{}, look: func() (look sight) {
			waitFor(t, ctx, `!document.querySelector('form[data-busy], a[data-busy]')`)
			raw := ask[string](t, ctx, sightOf)
			if err := json.Unmarshal([]byte(raw), &look); err != nil {
				t.Fatal(err)
			}
			return look
		}, wait: func(expression string) { waitFor(t, ctx, expression) },
		gone: func(id string) bool {
			return ask[bool](t, ctx, fmt.Sprintf(`document.querySelector('#%s')?.hidden !== false`, id))
		},
		said: func() string {
			return ask[string](t, ctx, `document.querySelector('#flash').outerHTML.slice(0, 300) + document.querySelector('#flash').textContent + document.activeElement.outerHTML.slice(0, 300)`)
		}}
	for text, spam := range s {
		e.reads[fold.Reading(text)] = spam
	}
	for _, name := range []string{"campaign", "doubt", "good", "doubt"} {
		do(t, ctx, chromedp.Navigate(in.Base+"/queue?lane="+name))
		waitFor(t, ctx, `document.readyState == 'complete' && document.documentElement.matches('.js')`)
		e.settle()
	}
	pending, lost, slipped := e.left()
	per100 := 100 * float64(e.decisions) / float64(len(s))
	t.Logf("%d pending: %d keys that decide or leave out, %.1f for 100 pending; %d good comments lost, %d spam approved, %d wait still",
		len(s), e.decisions, per100, lost, slipped, pending)
	if lost > 0 || pending > 0 {
		t.Error("a good comment is lost, or something waits still")
	}
	if n == 2000 && per100 > 8 {
		t.Error("the aim is 8 decisions for 100 pending")
	}
}

// careful is the editor.
type careful struct {
	t         *testing.T
	in        *instance
	spam      map[string]bool // what each text is
	reads     map[string]bool // the same by what it reads like
	press     func(...string)
	look      func() sight
	wait      func(string)
	gone      func(string) bool
	said      func() string
	decisions int
}

// sight is what the editor has before their eyes: the group under the focus.
type sight struct {
	Group, Lane string
	Head        string // of a campaign: what is most like the rest, as it reads
	Texts       []string
	More        bool
}

const sightOf = `(() => { const g = document.activeElement.closest('.g');
	return JSON.stringify(!g ? {} : {Group: g.id, Lane: g.dataset.lane, Head: g.querySelector('h2 bdi')?.textContent ?? '', More: !!g.querySelector('.fold a'),
		Texts: [...g.querySelectorAll('.m:not([hidden]) .text, :scope > .text')].map(e => e.textContent)}) })()`

// settle works until nothing is left in the lane.
func (e *careful) settle() {
	for {
		e.wait(`document.activeElement.matches('.g') || !document.querySelector('#empty').hidden`)
		g := e.look()
		if g.Group == "" {
			return
		}
		if g.Lane == "doubt" {
			e.decide(g, e.is(g.Texts[0]))
			continue
		}
		e.decide(g, e.leaveOut(g))
	}
}

func (e *careful) is(text string) bool {
	spam, known := e.spam[text]
	if !known {
		spam, known = e.reads[text]
	}
	if !known {
		e.t.Fatalf("never sent: %q", text)
	}
	return spam
}

// leaveOut takes out of a group what most of it is not, and tells what the rest is.
func (e *careful) leaveOut(g sight) (spam bool) {
	spam = g.Lane == "campaign" && e.is(g.Head)
	e.press(kb.Enter)
	for at := 0; at < len(g.Texts); at++ {
		if at > 0 {
			e.press("j")
		}
		if e.is(g.Texts[at]) == spam {
			continue
		}
		e.decisions++
		if g.Lane == "good" { // spam in a strip is called so at once, and the next row has the focus
			before := len(g.Texts)
			e.press("s")
			e.wait(fmt.Sprintf(`document.querySelectorAll('#%s .m:not([hidden])').length == %d`, g.Group, before-1))
			g = e.look()
			if e.press("k"); at > 0 {
				e.press("k")
			}
			at = max(-1, at-2)
			continue
		}
		e.press("x")
		g = e.look() // more of it may be shown now
	}
	return spam
}

func (e *careful) decide(g sight, spam bool) {
	e.decisions++
	if g.Lane == "campaign" && !spam {
		e.press(kb.Escape) // from the member to the group: approval is not what campaigns are there for
	}
	e.press(map[bool]string{true: "s", false: "a"}[spam])
	for i := 0; i < 100; i++ {
		if e.look(); e.gone(g.Group) {
			return
		}
	}
	e.t.Fatal(g.Group, g.Lane, len(g.Texts), spam, e.said())
}

// left reads what became of all that was sent.
func (e *careful) left() (pending, lost, slipped int) {
	bearer := e.in.bearer()
	for _, state := range []string{"pending", "approved", "spam", "trashed"} {
		for cursor := ""; ; {
			_, body := e.in.get("/v1/editor/queue?limit=100&state="+state+"&cursor="+url.QueryEscape(cursor), bearer...)
			var page struct {
				Comments []struct{ Body string }
				Next     string
			}
			if err := json.Unmarshal([]byte(body), &page); err != nil {
				e.t.Fatal(err)
			}
			for _, c := range page.Comments {
				switch spam := e.is(c.Body); {
				case state == "pending":
					pending++
				case !spam && state != "approved":
					lost++
				case spam && state == "approved":
					slipped++
				}
			}
			if cursor = page.Next; cursor == "" {
				break
			}
		}
	}
	return pending, lost, slipped
}

// feed sends n spam and n honest comments, of which some quote the spam, and tells what each is.
func feed(t *testing.T, in *instance, n int) map[string]bool {
	t.Helper()
	rng := rand.New(rand.NewPCG(7, 7))
	in.run("site", "change", "demo", "--challenge", "never", "--spam", "100")
	is := map[string]bool{}
	spam := streamtest.Spam(rng, n)
	for _, text := range append(streamtest.Quotes(rng, spam, n/50), streamtest.Ham(rng, n-n/50)...) {
		is[text] = false
	}
	for i, text := range spam {
		is[fmt.Sprintf("%s %s", text, strings.Repeat("!", i%3))] = true
	}
	var all []said
	for text := range is {
		at := len(all)
		all = append(all, said{streamtest.Pick(rng, strings.Fields("Sari Budi Dewi Agus Rina Joko Putri Andi Wati Eko Fitri Dian Yanto Lina Bayu")),
			fmt.Sprintf("p%d@contoh.id", at), strings.TrimSpace(text), fmt.Sprintf("berita-%d", at%60), fmt.Sprintf("Berita %d", at%60), network(at)})
	}
	for text, spam := range is {
		if trimmed := strings.TrimSpace(text); trimmed != text {
			delete(is, text)
			is[trimmed] = spam
		}
	}
	in.say(all[0]) // the site's change is known from now on
	queue := make(chan said)
	var senders sync.WaitGroup
	for range 8 {
		senders.Go(func() {
			for s := range queue {
				in.say(s)
			}
		})
	}
	for _, s := range all[1:] {
		queue <- s
	}
	close(queue)
	senders.Wait()
	in.gathered()
	return is
}
