package web

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"balasan/moderation"
	"balasan/moderation/campaign"
	"balasan/moderation/rules"
)

// newDesk is a house whose campaigns are gathered by what really ties comments.
func newDesk(t *testing.T) (*house, *campaign.Ties) {
	t.Helper()
	h := newStandingHouse(t)
	ties := &campaign.Ties{Links: func(folded string) ([]string, []string) {
		l := rules.FindLinks(folded)
		return l.Hosts, l.Handles
	}}
	h.server.Queue.Bits = ties.Bits
	return h, ties
}

// flood keeps n comments that differ in the name of a place alone, and gathers them.
func (h *house) flood(ties *campaign.Ties, n int) (ids []string) {
	h.t.Helper()
	for i := range n {
		ids = append(ids, h.keep(func(c *moderation.Comment) {
			c.Name = "Rizal " + string(rune('A'+i))
			c.Body = "Dari sekian banyak yang saya coba cuma 𝐏𝐔𝐋𝐀𝐔𝟕𝟕𝟕 yang benar-benar bikin betah tiap malam"
		}))
	}
	for more := -1; more != 0; {
		var err error
		if more, err = h.db.Gather(h.t.Context(), ties); err != nil {
			h.t.Fatal(err)
		}
	}
	return ids
}

func (h *house) likelyGood(body string) string {
	return h.keep(func(c *moderation.Comment) {
		c.Body, c.Verdict = body, moderation.Verdict{Outcome: moderation.Approve, Score: -1, Spam: 10}
	})
}

// follow sends a form and reads the page that it leads to.
func (h *house) follow(path, session string, form url.Values) answer {
	h.t.Helper()
	done := h.send(ask{method: http.MethodPost, path: path, session: session, form: form})
	if done.status != http.StatusSeeOther {
		h.t.Fatalf("%s answered %d %s", path, done.status, done.body)
	}
	return h.send(get(done.header.Get("Location"), session))
}

// undoOf is the batch that a page offers to take back.
func undoOf(t *testing.T, page answer) string {
	t.Helper()
	_, rest, found := strings.Cut(page.body, `data-batch="`)
	batch, _, _ := strings.Cut(rest, `"`)
	if !found || batch == "" {
		t.Fatalf("no batch to take back in %s", page.body)
	}
	return batch
}

func TestACampaignIsSettledByAFormAllButWhatWasLeftOut(t *testing.T) {
	h, ties := newDesk(t)
	session := h.hire("Sari", moderation.Redact, "warta")
	ids := h.flood(ties, 15)
	page := h.send(get("/queue", session))
	has(t, page, "×15", "15 komentar serupa", "pulau777", "3 lagi, serupa", `name="left" value="`, `aria-current="page">Kampanye`, "203.0.113.0/24")
	if strings.Contains(page.body, "203.0.113.77") || strings.Contains(page.body, "rahasia.wati") {
		t.Error("an address is shown")
	}
	seen := h.server.Queue.Desk.NewID()
	page = h.follow("/queue/decide", session, url.Values{"group": {ids[0]}, "to": {"spam"}, "left": {ids[3]}, "seen": {seen}, "back": {"lane=campaign"}})
	has(t, page, "14 komentar ditandai spam.", "Tolak yang mirip selama 24 jam", "Tidak ada kampanye yang menunggu.")
	batch := undoOf(t, page)
	has(t, h.send(get("/queue", session)), "g-"+ids[3], `aria-current="page">Ragu`)
	has(t, h.follow("/queue/standing/alike", session, url.Values{"batch": {batch}, "hours": {"24"}, "back": {"lane=campaign"}}), "Yang mirip ditolak selama 24 jam.")
	has(t, h.follow("/queue/undo", session, url.Values{"batch": {batch}, "back": {"lane=campaign"}}), "14 keputusan diurungkan.", "×14")
}

func TestWhatCameAfterTheEditorLookedWaitsOn(t *testing.T) {
	h, ties := newDesk(t)
	session := h.hire("Sari", moderation.Redact, "warta")
	ids, seen := h.flood(ties, 4), newID()
	h.flood(ties, 2)
	page := h.follow("/queue/decide", session, url.Values{"group": {ids[0]}, "to": {"spam"}, "seen": {seen}})
	has(t, page, "4 komentar ditandai spam.", "2 lagi datang kemudian", "×2")
}

func TestAStripIsApprovedByAFormAllButWhatWasLeftOut(t *testing.T) {
	h, _ := newDesk(t)
	session := h.hire("Sari", moderation.Redact, "warta")
	var ids []string
	for _, body := range []string{"Terima kasih infonya.", "Semoga lancar.", "Kapan dibuka?", "Obat kuat murah."} {
		ids = append(ids, h.likelyGood(body))
	}
	has(t, h.send(get("/queue", session)), "4 tampak baik", `aria-current="page">Aman`, `value="spam `+ids[3]+`"`)
	one := url.Values{"id": ids, "from": {"pending"}, "one": {"spam " + ids[3]}, "back": {"lane=good"}}
	has(t, h.follow("/queue/decide", session, one), "1 komentar ditandai spam.", "3 tampak baik")
	rest := url.Values{"id": ids[:3], "left": {ids[1]}, "from": {"pending"}, "to": {"approved"}, "back": {"lane=good"}}
	has(t, h.follow("/queue/decide", session, rest), "2 komentar disetujui.", "1 tampak baik", "Semoga lancar.")
}

func TestAGroupOnAPageOfItsOwnShowsEverybody(t *testing.T) {
	h, ties := newDesk(t)
	session := h.hire("Sari", moderation.Redact, "warta")
	ids := h.flood(ties, membersSize+5)
	page := h.send(get("/queue/groups/"+ids[4], session))
	if n := strings.Count(page.body, `class="m"`); n != membersSize || !strings.Contains(page.body, "Anggota berikutnya") {
		t.Errorf("%d members", n)
	}
	_, next, _ := strings.Cut(page.body, `class="fold"><a href="`)
	next, _, _ = strings.Cut(next, `"`)
	if n := strings.Count(h.send(get(strings.ReplaceAll(next, "&amp;", "&"), session)).body, `class="m"`); n != 5 {
		t.Errorf("%d members on the second page, %s", n, next)
	}
	card := get("/queue/groups/"+ids[4], session)
	card.header = map[string]string{fragmentHeader: "1"}
	if a := h.send(card); strings.Contains(a.body, "<html") || strings.Count(a.body, `class="m"`) != moderation.MaxShown {
		t.Errorf("the script gets %s", a.body)
	}
}

func TestACommentIsChangedNotedAndItsSenderBannedByForms(t *testing.T) {
	h, _ := newDesk(t)
	session := h.hire("Sari", moderation.Redact, "warta")
	id := h.keep(func(c *moderation.Comment) { c.Body = "Kepala desanya maling!" })
	story := "/queue/comments/" + id
	has(t, h.send(get(story+"?do=edit", session)), `<details id="do-edit" open>`, "Kepala desanya maling!", `name="version" value="0"`)
	has(t, h.follow("/queue/edit", session, url.Values{"id": {id}, "version": {"0"}, "body": {"Kepala desanya …"}}), "Teksnya diubah.")
	has(t, h.follow("/queue/note", session, url.Values{"id": {id}, "note": {"tanya Pak RT"}}), "Catatan tersimpan.", "tanya Pak RT")
	has(t, h.follow("/queue/note", session, url.Values{"id": {id}, "note": {"bukan\xffteks\x00"}}), "Catatan tersimpan.", "bukan\uFFFDteks\uFFFD")
	has(t, h.send(get(story, session)), "Sari mengubah teksnya", "Sebelum diubah oleh Sari", "Kepala desanya maling!", "Kepala desanya …", "Sari mencatat", "tanya Pak RT")
	has(t, h.follow("/queue/standing/ban", session, url.Values{"id": {id}, "what": {"email"}, "days": {"7"}, "note": {""}}), "7 hari")
	late := h.send(ask{method: http.MethodPost, path: "/queue/edit", session: session, header: map[string]string{fragmentHeader: "1"},
		form: url.Values{"id": {id}, "version": {"0"}, "body": {"lain"}}})
	has(t, late, "Sari sudah mengembalikan ini ke antrean")
	if a := h.send(ask{method: http.MethodPost, path: "/queue/edit", session: session, form: url.Values{"id": {id}, "version": {"x"}, "body": {"lain"}}}); a.status != 422 {
		t.Errorf("a version that is none: %d", a.status)
	}
}

func TestWhoComesSecondIsOfferedToAgreeOrToTakeItBack(t *testing.T) {
	h, ties := newDesk(t)
	sari, budi := h.hire("Sari", moderation.Redact, "warta"), h.hire("Budi", moderation.Redact, "warta")
	ids := h.flood(ties, 3)
	h.follow("/queue/decide", sari, url.Values{"group": {ids[0]}, "to": {"spam"}})
	var late answer
	for _, form := range []url.Values{
		{"id": ids, "from": {"pending"}, "to": {"approved"}},
		{"group": {ids[0]}, "to": {"approved"}},
	} {
		late = h.follow("/queue/decide", budi, form)
		has(t, late, "Sari sudah menandai ini spam", "Setuju", "Urungkan keputusannya")
		fragment := h.send(ask{method: http.MethodPost, path: "/queue/decide", session: budi, header: map[string]string{fragmentHeader: "1"}, form: form})
		has(t, fragment, "Bersama itu 3 komentar.")
		if n := strings.Count(fragment.body, "Sari sudah"); n != 1 {
			t.Errorf("one batch is told %d times", n)
		}
	}
	script := h.send(ask{method: http.MethodPost, path: "/v1/editor/campaigns/" + ids[0] + "/decisions", session: budi, json: `{"to":"approved"}`})
	if script.status != http.StatusConflict || strings.Count(script.body, `"by":"Sari"`) != 3 {
		t.Errorf("a script hears %d %s", script.status, script.body)
	}
	_, rest, _ := strings.Cut(late.body, `class="agree"`)
	_, batch, _ := strings.Cut(rest, `name="batch" value="`)
	batch, _, _ = strings.Cut(batch, `"`)
	has(t, h.follow("/queue/undo", budi, url.Values{"batch": {batch}}), "3 keputusan diurungkan.", "×3")
}

func TestAGroupThatIsOpenShowsWhoHasIt(t *testing.T) {
	h, _ := newDesk(t)
	sari, budi := h.hire("Sari Wulandari", moderation.Redact, "warta"), h.hire("Budi", moderation.Redact, "warta")
	id := h.keep(nil)
	if a := h.form("/queue/lease", sari, "id", id); a.status != http.StatusNoContent {
		t.Fatalf("%d %s", a.status, a.body)
	}
	has(t, h.send(get("/queue", budi)), ">SW</b>", "Sedang dibuka oleh Sari Wulandari")
	has(t, h.send(get("/queue/comments/"+id, budi)), "Sedang dibuka oleh Sari Wulandari")
	if page := h.send(get("/queue", sari)); strings.Contains(page.body, "Sedang dibuka oleh Sari") {
		t.Error("one's own lease is shown")
	}
	h.form("/queue/lease", sari, "id", id, "release", "1")
	if page := h.send(get("/queue", budi)); strings.Contains(page.body, ">SW</b>") {
		t.Error("a lease that was given back is shown")
	}
}

func TestTheHistoryShowsEverybodysDecisionsAndTakesThemBack(t *testing.T) {
	h, _ := newDesk(t)
	sari, budi := h.hire("Sari", moderation.Redact, "warta"), h.hire("Budi", moderation.Redact, "warta")
	first := h.keep(func(c *moderation.Comment) { c.Body = "Sumur kami kering." })
	second := h.keep(func(c *moderation.Comment) { c.Body = "Beli di sini." })
	h.follow("/queue/decide", sari, url.Values{"id": {first}, "from": {"pending"}, "to": {"spam"}, "note": {"ragu, cek lagi"}})
	h.follow("/queue/decide", budi, url.Values{"id": {second}, "from": {"pending"}, "to": {"trashed"}})
	has(t, h.send(get("/queue/history", budi)), "Sari", "1 komentar ditandai spam.", "ragu, cek lagi", "Sumur kami kering.", "Beli di sini.")
	found := h.send(get("/queue/history?q=sumur+SARI", budi))
	has(t, found, "Sumur kami kering.")
	if strings.Contains(found.body, "Beli di sini.") {
		t.Error("a search shows all")
	}
	_, batch, _ := strings.Cut(found.body, `name="batch" value="`)
	batch, _, _ = strings.Cut(batch, `"`)
	has(t, h.follow("/queue/history", budi, url.Values{"batch": {batch}}), "1 keputusan diurungkan.", "sudah diurungkan")
	has(t, h.send(get("/queue", budi)), "Sumur kami kering.")
	if viewer := h.hire("Tamu", moderation.Viewer, "warta"); strings.Contains(h.send(get("/queue/history", viewer)).body, `action="/queue/history"><input type="hidden" name="batch"`) {
		t.Error("who only reads is offered to undo")
	}
}

func TestASearchFindsAndTellsWhatIsWrong(t *testing.T) {
	h, _ := newDesk(t)
	session := h.hire("Sari", moderation.Redact, "warta")
	h.keep(func(c *moderation.Comment) { c.Name, c.Body = "Pak Budi", "Sumur kami kering." })
	h.keep(func(c *moderation.Comment) { c.Body = "Hujan lagi." })
	found := h.send(get("/queue?q="+url.QueryEscape(`sumur name:"pak budi"`), session))
	has(t, found, "Sumur kami kering.", "Menunggu")
	if strings.Contains(found.body, "Hujan lagi.") {
		t.Error("a search shows all")
	}
	has(t, h.send(get("/queue?q=tidakada", session)), "Tidak ada komentar yang cocok.")
	has(t, h.send(get("/queue?q="+url.QueryEscape(`name:"tak berakhir`), session)), "Pencarian belum lengkap.", `aria-invalid="true"`)
	if a := h.send(get("/v1/editor/queue?q=age:dulu", session)); a.status != 422 {
		t.Errorf("a call with such a search: %d", a.status)
	}
}

func TestTheSendersOtherCommentsAreShown(t *testing.T) {
	h, _ := newDesk(t)
	session := h.hire("Sari", moderation.Redact, "warta")
	id := h.keep(nil)
	h.keep(func(c *moderation.Comment) { c.Body = "Yang lain dari saya." })
	has(t, h.send(get("/queue/comments/"+id+"/sender", session)), "Yang lain dari saya.", "email sama", "jaringan sama", "203.0.113.0/24")
}

func TestKeysArePresetsOrOnesOwn(t *testing.T) {
	h, _ := newDesk(t)
	session := h.hire("Sari", moderation.Redact, "warta")
	has(t, h.send(get("/queue", session)), "approve=KeyA", "spam=KeyS", "undo=KeyZ", "<kbd>?</kbd>")
	keep := func(form url.Values) (answer, string) {
		a := h.send(ask{method: http.MethodPost, path: "/queue/keys", session: session, form: form})
		for _, cookie := range a.header["Set-Cookie"] {
			if value, ours := strings.CutPrefix(cookie, keysCookie+"="); ours {
				value, _, _ = strings.Cut(value, ";")
				return a, value
			}
		}
		return a, ""
	}
	with := func(cookie, path string) answer {
		return h.send(ask{method: http.MethodGet, path: path, header: map[string]string{"Cookie": "balasan=" + session + "; " + keysCookie + "=" + cookie}})
	}
	_, coral := keep(url.Values{"act": {"preset"}, "preset": {"coral"}})
	has(t, with(coral, "/queue"), "approve=KeyF", "spam=KeyD", "trash=Shift&#43;KeyD")
	_, wordpress := keep(url.Values{"act": {"preset"}, "preset": {"wordpress"}})
	has(t, with(wordpress, "/queue"), "edit=KeyQ edit=KeyE", "undo=KeyZ undo=KeyU")
	own := url.Values{"act": {"keys"}, "preset": {"balasan"}}
	for act, name := range newKeysView(caller{}, "", preset("balasan")).Typed {
		own.Set(act, name)
	}
	own.Set("approve", "y, Shift y")
	_, mine := keep(own)
	has(t, with(mine, "/queue"), "approve=KeyY approve=Shift&#43;KeyY", "spam=KeyS")
	own.Set("spam", "y")
	if twice, _ := keep(own); twice.status != 422 || !strings.Contains(twice.body, "Tombol ini dipakai dua kali.") {
		t.Errorf("a key twice: %d", twice.status)
	}
	own.Set("spam", "F13")
	if unknown, _ := keep(own); !strings.Contains(unknown.body, "Bukan tombol yang dikenal.") {
		t.Errorf("no key: %d", unknown.status)
	}
	for _, forged := range []string{"coral&approve=evil", "x&&&", "balasan&approve=KeyS"} {
		if page := with(forged, "/queue"); page.status != 200 || strings.Contains(page.body, "evil") {
			t.Errorf("a forged cookie: %d", page.status)
		}
	}
}

func TestEveryKeyHasANameThatReadsBack(t *testing.T) {
	for _, name := range presetNames {
		m := preset(name)
		if twice := m.twice(); len(twice) > 0 {
			t.Errorf("%s: %v share a key", name, twice)
		}
		for act, codes := range m {
			for _, code := range codes {
				if got := keyCode(keyName(code)); got != code || !slices.Contains(keyActs, act) {
					t.Errorf("%s: %s is %q, which reads %s", act, code, keyName(code), got)
				}
			}
		}
	}
}

func TestTheBarLeadsOnlyWhereThereIsSomething(t *testing.T) {
	h := newHouse(t)
	page := h.send(get("/queue", h.hire("Sari", moderation.Viewer, "warta")))
	nav, _, _ := strings.Cut(page.body[strings.Index(page.body, "<nav"):], "</nav>")
	paths := map[string]bool{}
	for _, r := range h.server.staffRoutes() {
		paths[r.path] = true
	}
	for _, link := range strings.Split(nav, `href="`)[1:] {
		path, _, _ := strings.Cut(link, `"`)
		if !paths[path] || path == "/queue/people" {
			t.Errorf("the bar leads to %s", path)
		}
	}
	has(t, page, `<a href="/queue" aria-current="page">Antrean</a>`, `<a href="/queue/history">Riwayat</a>`)
}
