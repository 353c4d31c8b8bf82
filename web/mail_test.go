package web

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"balasan/moderation"
	"balasan/store"
)

var linkInLetter = regexp.MustCompile(`http://queue\.test(/subscriptions/[A-Z2-7]{26})`)

func mailForm(change url.Values) url.Values {
	form := url.Values{"address": {"sari@contoh.id"}, "cadence": {"daily"}, "hour": {"7"}, "quiet_from": {"21"}, "quiet_to": {"6"}, "zone": {"Asia/Jakarta"}}
	for name, values := range change {
		form[name] = values
	}
	return form
}

// letters reads what waits to be sent and takes it off the list.
func (h *house) letters() (all []moderation.Letter) {
	h.t.Helper()
	now := time.Now()
	waiting, err := h.db.Claim(h.t.Context(), store.MailTarget, 50, now, now.Add(time.Hour))
	for _, d := range waiting {
		l, readErr := h.db.Letter(h.t.Context(), d.Event)
		if readErr != nil {
			h.t.Fatal(readErr)
		}
		all = append(all, l)
	}
	if err != nil {
		h.t.Fatal(err)
	}
	return all
}

func (h *house) announce(session string, form url.Values) answer {
	h.t.Helper()
	method := http.MethodPost
	if form == nil {
		method = http.MethodGet
	}
	return h.send(ask{method: method, path: "/queue/announce", session: session, form: form})
}

func TestAnAddressIsConfirmedByItsOwnLetter(t *testing.T) {
	h := newHouse(t)
	h.server.Queue.Mail = h.db
	session := h.hire("Sari", moderation.Viewer, "warta")
	if got := h.announce(session, mailForm(nil)); got.status != http.StatusOK || !strings.Contains(got.body, "belum dikonfirmasi") {
		t.Fatalf("%d %s", got.status, got.body)
	}
	sent := h.letters()
	if len(sent) != 1 || sent[0].To.Reveal() != "sari@contoh.id" {
		t.Fatalf("%d letters", len(sent))
	}
	path := linkInLetter.FindStringSubmatch(sent[0].Text)[1]
	for range 2 { // programs that follow links change nothing
		if got := h.send(ask{method: http.MethodGet, path: path}); got.status != http.StatusOK || !strings.Contains(got.body, "Ya, kirimkan") {
			t.Fatalf("%d %s", got.status, got.body)
		}
	}
	if all, err := h.db.Digests(t.Context()); err != nil || len(all) != 0 {
		t.Fatalf("a link that was only opened confirmed: %v", err)
	}
	for _, want := range []int{http.StatusOK, http.StatusNotFound} {
		if got := h.send(ask{method: http.MethodPost, path: path, form: url.Values{}}); got.status != want {
			t.Errorf("%d, want %d: %s", got.status, want, got.body)
		}
	}
	if all, err := h.db.Digests(t.Context()); err != nil || len(all) != 1 || !all[0].Confirmed {
		t.Fatalf("%+v %v", all, err)
	}
	if got := h.announce(session, mailForm(url.Values{"cadence": {"hourly"}})); !strings.Contains(got.body, "Tersimpan.") || len(h.letters()) != 0 {
		t.Error("the same address is asked again")
	}
	h.announce(session, mailForm(url.Values{"address": {"lain@contoh.id"}}))
	if all, _ := h.db.Digests(t.Context()); len(all) != 0 {
		t.Error("another address is taken as confirmed")
	}
	if got := h.announce(session, url.Values{"forget": {"1"}}); strings.Contains(got.body, "lain@contoh.id") {
		t.Error("the address is still there")
	}
}

func TestALinkOfAnAddressBeforeConfirmsNothing(t *testing.T) {
	h := newHouse(t)
	h.server.Queue.Mail = h.db
	session := h.hire("Sari", moderation.Viewer, "warta")
	h.announce(session, mailForm(nil))
	path := linkInLetter.FindStringSubmatch(h.letters()[0].Text)[1]
	h.announce(session, mailForm(url.Values{"address": {"orang@lain.example"}}))
	if got := h.send(ask{method: http.MethodPost, path: path, form: url.Values{}}); got.status != http.StatusNotFound {
		t.Errorf("%d %s", got.status, got.body)
	}
}

func TestStrangersAreNotFloodedWithConfirmations(t *testing.T) {
	h := newHouse(t)
	h.server.Queue.Mail = h.db
	session := h.hire("Sari", moderation.Viewer, "warta")
	for n := range moderation.MaxConfirms + 1 {
		got := h.announce(session, mailForm(nil))
		if limited := n == moderation.MaxConfirms; limited != (got.status == http.StatusTooManyRequests) {
			t.Errorf("the %d. answers %d", n+1, got.status)
		}
		if n == 1 {
			h.announce(session, url.Values{"forget": {"1"}}) // does not begin anew
		}
	}
	if n := len(h.letters()); n != moderation.MaxConfirms {
		t.Errorf("%d letters", n)
	}
}

func TestWhatIsWrongWithNotificationsStandsBesideItsField(t *testing.T) {
	h := newHouse(t)
	h.server.Queue.Mail = h.db
	session := h.hire("Sari", moderation.Viewer, "warta")
	for name, c := range map[string]struct {
		change url.Values
		want   string
	}{
		"no address":     {url.Values{"address": {"sari"}}, "misalnya sari@contoh.id"},
		"two lines":      {url.Values{"address": {"sari@contoh.id\r\nBcc: a@b.id"}}, "misalnya sari@contoh.id"},
		"no such zone":   {url.Values{"zone": {"Asia/Bekasi"}}, "misalnya Asia/Jakarta"},
		"no such hour":   {url.Values{"hour": {"25"}}, "Pilih jam"},
		"never heard of": {url.Values{"cadence": {"weekly"}}, "Pilih salah satu"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := h.announce(session, mailForm(c.change)); got.status != http.StatusUnprocessableEntity || !strings.Contains(got.body, c.want) {
				t.Errorf("%d %s", got.status, got.body)
			}
		})
	}
	if len(h.letters()) > 0 {
		t.Error("a letter was written")
	}
}

func TestWithoutAMailServerThereIsNoPage(t *testing.T) {
	h := newHouse(t)
	if got := h.announce(h.hire("Sari", moderation.Viewer, "warta"), nil); got.status != http.StatusNotFound {
		t.Error(got.status)
	}
	if got := h.send(ask{method: http.MethodPost, path: "/subscriptions/ABC", form: url.Values{}}); got.status != http.StatusNotFound {
		t.Error(got.status)
	}
}
