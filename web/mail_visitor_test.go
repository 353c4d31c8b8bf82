package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"balasan/moderation"
	"balasan/store"
	"balasan/web"
)

// posts is a server that sends mail.
func posts(t *testing.T) *door {
	return open(t, mailing)
}

func mailing(s *web.Server) { s.Mail = s.Sites.(*store.DB) }

// wish tells under which version of the sentence a comment's sender asked for letters.
func (d *door) wish(id string) bool {
	d.t.Helper()
	d.approve(id)
	_, err := d.db.Subscribe(d.t.Context(), id, time.Now())
	if err != nil && moderation.CodeOf(err) != moderation.NotFound {
		d.t.Fatal(err)
	}
	return err == nil
}

func TestTheBoxIsOfferedWhereThereIsMail(t *testing.T) {
	const box = `name="notify" type="checkbox" value="1" aria-describedby`
	form, fragment := "/sites/desa/form?page="+url.QueryEscape(page), "/sites/desa/threads?page="+url.QueryEscape(page)
	for _, path := range []string{form, fragment} {
		if _, body := open(t).ask("GET", path, ""); strings.Contains(body, "notify") {
			t.Errorf("%s offers letters that nobody sends", path)
		}
		if _, body := posts(t).ask("GET", path, ""); !strings.Contains(body, box) || !strings.Contains(body, "Beri tahu saya lewat email jika ada balasan") {
			t.Errorf("%s offers none, or has the box ticked: %s", path, body)
		}
		d := posts(t)
		site, err := d.db.Site(t.Context(), "desa")
		if err != nil {
			t.Fatal(err)
		}
		site.Policy.Notify = false
		if err := d.db.UpdateSite(t.Context(), site); err != nil {
			t.Fatal(err)
		}
		if _, body := d.ask("GET", path, ""); strings.Contains(body, "notify") {
			t.Errorf("%s offers letters that the site does not want", path)
		}
	}
}

func TestAWishForLettersIsKept(t *testing.T) {
	for name, test := range map[string]struct {
		door   *door
		notify string
		want   bool
	}{
		"a ticked box":                 {posts(t), "1", true},
		"a box as browsers send it":    {posts(t), "on", true},
		"no box":                       {posts(t), "", false},
		"a box where there is no mail": {open(t), "1", false},
	} {
		t.Run(name, func(t *testing.T) {
			v := test.door.solved()
			if test.notify != "" {
				v.Set("notify", test.notify)
			}
			answer, got := test.door.submit(v)
			if answer.StatusCode != http.StatusAccepted || got.State != "pending" {
				t.Fatalf("%d %+v", answer.StatusCode, got)
			}
			if test.door.wish(got.ID) != test.want {
				t.Errorf("kept %v", !test.want)
			}
		})
	}
}

func TestAWishComesAsJSON(t *testing.T) {
	for sent, want := range map[string]bool{"true": true, "false": false, "null": false} {
		d := posts(t)
		v := d.solved()
		answer, body := d.ask("POST", "/v1/sites/desa/comments", `{"page":"`+page+`","name":"Sari","email":"sari@contoh.id","body":"Halo semua.","challenge":"`+
			v.Get("challenge")+`","answer":"`+v.Get("answer")+`","notify":`+sent+`}`, jsonType)
		if answer.StatusCode != http.StatusAccepted || d.wish(d.hear(body).ID) != want {
			t.Errorf("notify %s: %d %s", sent, answer.StatusCode, body)
		}
	}
}

// TestTheAnswerIsTheSameWithAWish: whoever listens learns nothing of it.
func TestTheAnswerIsTheSameWithAWish(t *testing.T) {
	d := posts(t)
	without, _ := d.submit(d.solved())
	v := d.solved()
	v.Set("notify", "1")
	with, _ := d.submit(v)
	for _, a := range []*http.Response{without, with} {
		a.Header.Del("Date")
	}
	if without.StatusCode != with.StatusCode || len(without.Header) != len(with.Header) || without.ContentLength != with.ContentLength {
		t.Errorf("%v\n%v", without, with)
	}
}

func TestARefusedFormKeepsTheTick(t *testing.T) {
	d := posts(t)
	v := d.solved()
	v.Set("notify", "1")
	v.Set("email", "bukan")
	if _, body := d.ask("POST", "/sites/desa/form", v.Encode(), formType, "Accept: text/html"); !strings.Contains(body, `value="1" checked`) {
		t.Error("the tick is lost")
	}
}

// asked is a subscription whose question was sent.
func (d *door) asked() (path string) {
	d.t.Helper()
	v := d.solved()
	v.Set("notify", "1")
	_, got := d.submit(v)
	d.approve(got.ID)
	s, err := d.db.Subscribe(d.t.Context(), got.ID, time.Now())
	if err != nil {
		d.t.Fatal(err)
	}
	return "/subscriptions/" + s.Token
}

func (d *door) confirmed(path string) (known, confirmed bool) {
	s, err := d.db.SubscriptionBy(d.t.Context(), strings.TrimPrefix(path, "/subscriptions/"))
	return err == nil, !s.ConfirmedAt.IsZero()
}

func TestALinkShowsButtonsAndChangesNothing(t *testing.T) {
	d := posts(t)
	path := d.asked()
	for _, method := range []string{"GET", "HEAD"} {
		for _, query := range []string{"", "?act=confirm", "?act=stop", "?List-Unsubscribe=One-Click"} {
			answer, body := d.ask(method, path+query, "")
			if answer.StatusCode != 200 || method == "GET" && !strings.Contains(body, `value="confirm"`) || strings.Contains(body, "sari@") {
				t.Errorf("%s %s: %d %s", method, query, answer.StatusCode, body)
			}
			if answer.Header.Get("Cache-Control") != "no-store" || answer.Header.Get("Referrer-Policy") != "no-referrer" || answer.Header.Get("X-Robots-Tag") == "" {
				t.Errorf("headers %v", answer.Header)
			}
		}
	}
	if known, confirmed := d.confirmed(path); !known || confirmed {
		t.Error("a GET changed something")
	}
	if answer, _ := d.ask("GET", "/subscriptions/ABCDEFGHIJKLMNOPQRSTUVWXYZ", ""); answer.StatusCode != 404 {
		t.Errorf("an unknown token: %d", answer.StatusCode)
	}
}

func TestAButtonActs(t *testing.T) {
	press := func(d *door, path, body string) string {
		answer, page := d.ask("POST", path, body, formType, "Accept: text/html")
		if answer.StatusCode != 200 {
			t.Fatalf("%s: %d %s", body, answer.StatusCode, page)
		}
		return page
	}
	d := posts(t)
	path := d.asked()
	if page := press(d, path, "act=confirm"); !strings.Contains(page, "Dikonfirmasi") || !strings.Contains(page, `value="stop"`) {
		t.Errorf("got %s", page)
	}
	if _, confirmed := d.confirmed(path); !confirmed {
		t.Error("not confirmed")
	}
	if page := press(d, path, "List-Unsubscribe=One-Click"); !strings.Contains(page, "Tidak ada lagi surat tentang halaman ini dari Desa") {
		t.Errorf("got %s", page)
	}
	if known, _ := d.confirmed(path); known {
		t.Error("the address is kept")
	}
	if answer, _ := d.ask("POST", path, "act=confirm", formType); answer.StatusCode != 404 {
		t.Errorf("what was ended is confirmed: %d", answer.StatusCode)
	}
	d = posts(t)
	path = d.asked()
	if page := press(d, path, "List-Unsubscribe=One-Click"); !strings.Contains(page, "Tidak ada lagi surat dari Desa") {
		t.Errorf("one click at a question ends all: %s", page)
	}
	d = posts(t)
	path = d.asked()
	const parts = "--x\r\nContent-Disposition: form-data; name=\"List-Unsubscribe\"\r\n\r\nOne-Click\r\n--x--\r\n"
	if answer, page := d.ask("POST", path, parts, "Content-Type: multipart/form-data; boundary=x"); answer.StatusCode != 200 || !strings.Contains(page, "Tidak ada lagi surat dari Desa") {
		t.Errorf("one click of a program that sends parts: %d %s", answer.StatusCode, page)
	}
	d = posts(t)
	path = d.asked()
	if answer, _ := d.ask("POST", path, "act=nothing", formType); answer.StatusCode != 400 {
		t.Errorf("an act that is none: %d", answer.StatusCode)
	}
}
