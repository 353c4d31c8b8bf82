package web_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"balasan/moderation"
	"balasan/web"
)

const (
	askForData = "/sites/desa/me"
	shown      = "Accept: text/html"
)

// wants asks for a link in an address's name.
func (d *door) wants(email string, headers ...string) (*http.Response, string) {
	d.t.Helper()
	return d.ask("POST", askForData, url.Values{"email": {email}}.Encode(), append(headers, formType, shown)...)
}

// linkTo is the path of the link in the letter that an address gets; empty when it gets none.
func (d *door) linkTo(email string) string {
	d.t.Helper()
	if answer, body := d.wants(email); answer.StatusCode != 200 {
		d.t.Fatalf("%d %s", answer.StatusCode, body)
	}
	return d.posted(time.Now())
}

// posted writes the letter that waits, at a moment.
func (d *door) posted(at time.Time) (path string) {
	d.t.Helper()
	due := time.Now().Add(time.Hour)
	all, err := d.db.Claim(d.t.Context(), moderation.MailTarget, 9, due, due)
	if err != nil || len(all) != 1 {
		d.t.Fatalf("%d letters, %v", len(all), err)
	}
	r, err := d.db.DataLetter(d.t.Context(), strings.TrimPrefix(all[0].Ref, "data "), at)
	if fault := d.db.Delivered(d.t.Context(), all, at); fault != nil {
		d.t.Fatal(fault)
	}
	switch {
	case moderation.CodeOf(err) == moderation.NotFound:
		return ""
	case err != nil:
		d.t.Fatal(err)
	}
	return "/me/" + r.Token
}

// written is a published comment of sari@contoh.id.
func (d *door) written() string {
	d.t.Helper()
	_, got := d.submit(d.solved())
	d.approve(got.ID)
	return got.ID
}

func TestALinkToOwnDataIsAskedForInBothLanguages(t *testing.T) {
	for path, words := range map[string]string{askForData: "Kirimi saya tautan", askForData + "?lang=en": "Send me the link", "/sites/kota/me": "Send me the link",
		"/sites/kota/me?lang=id": "Kirimi saya tautan"} {
		answer, body := posts(t).ask("GET", path, "")
		if answer.StatusCode != 200 || !strings.Contains(body, words) || !strings.Contains(body, `type="email"`) || answer.Header.Get("Cache-Control") != "no-store" ||
			!strings.Contains(answer.Header.Get("Content-Security-Policy"), "frame-ancestors 'none'") {
			t.Errorf("%s: %d %v %s", path, answer.StatusCode, answer.Header, body)
		}
	}
	if answer, _ := posts(t).ask("GET", "/sites/nirgends/me", ""); answer.StatusCode != 404 {
		t.Errorf("an unknown site: %d", answer.StatusCode)
	}
}

func TestWhereThereIsNoMailThePageSaysWhomToWriteTo(t *testing.T) {
	d := open(t)
	answer, body := d.ask("GET", askForData, "")
	if answer.StatusCode != 200 || strings.Contains(body, "<form") || !strings.Contains(body, "hubungi redaksi Desa") {
		t.Errorf("%d %s", answer.StatusCode, body)
	}
	if answer, body := d.wants("sari@contoh.id"); answer.StatusCode != 404 || strings.Contains(body, "<form") {
		t.Errorf("%d %s", answer.StatusCode, body)
	}
	if answer, _ := d.ask("GET", "/me/ABC", ""); answer.StatusCode != 404 {
		t.Errorf("a link: %d", answer.StatusCode)
	}
}

// TestTheAnswerTellsNothing: who asks in somebody's name does not hear whether they ever wrote here.
func TestTheAnswerTellsNothing(t *testing.T) {
	d := posts(t)
	d.written()
	first, known := d.wants("sari@contoh.id")
	again, soon := d.wants("sari@contoh.id")
	other, unknown := d.wants("lain@contoh.id")
	if known != soon || known != unknown || !strings.Contains(known, "Permintaan diterima") {
		t.Errorf("%s\n%s\n%s", known, soon, unknown)
	}
	for _, answer := range []*http.Response{first, again, other} {
		answer.Header.Del("Date")
		if answer.StatusCode != 200 || len(answer.Header) != len(first.Header) {
			t.Errorf("%d %v", answer.StatusCode, answer.Header)
		}
	}
	all, err := d.db.Claim(t.Context(), moderation.MailTarget, 9, time.Now(), time.Now().Add(time.Hour))
	if err != nil || len(all) != 2 {
		t.Errorf("%d letters wait for two addresses, %v: what is kept is looked up before the answer", len(all), err)
	}
}

func TestAFaultyAddressIsSaidAndShownAgain(t *testing.T) {
	d := posts(t)
	for _, typed := range []string{"", "bukan", `"><script>x`} {
		answer, body := d.wants(typed)
		if answer.StatusCode != 422 || !strings.Contains(body, "Alamat email belum benar") || strings.Contains(body, "<script>") || !strings.Contains(body, `aria-invalid="true"`) {
			t.Errorf("%q: %d %s", typed, answer.StatusCode, body)
		}
	}
}

func TestOthersMayNotAskInOurForm(t *testing.T) {
	d := posts(t)
	for _, header := range []string{"Origin: https://jahat.example", "Origin: null", "Sec-Fetch-Site: cross-site"} {
		if answer, _ := d.wants("sari@contoh.id", header); answer.StatusCode != 403 {
			t.Errorf("%s: %d", header, answer.StatusCode)
		}
	}
	d.written()
	link := d.linkTo("sari@contoh.id")
	if answer, _ := d.ask("POST", link, "act=erase&sure=1", formType, "Origin: https://jahat.example"); answer.StatusCode != 403 {
		t.Errorf("the button: %d", answer.StatusCode)
	}
	d = open(t, func(s *web.Server) { s.Limits = &tame{after: time.Minute} }, mailing)
	if answer, _ := d.wants("sari@contoh.id"); answer.StatusCode != 429 || answer.Header.Get("Retry-After") != "60" {
		t.Errorf("an allowance that is spent: %d", answer.StatusCode)
	}
}

func TestALinkToOwnDataChangesNothingWhenOpened(t *testing.T) {
	d := posts(t)
	id := d.written()
	link := d.linkTo("sari@contoh.id")
	for _, method := range []string{"GET", "HEAD"} {
		for _, query := range []string{"", "?act=erase&sure=1", "?act=export", "?lang=en"} {
			answer, body := d.ask(method, link+query, "")
			if answer.StatusCode != 200 || method == "GET" && (!strings.Contains(body, `value="erase"`) || !strings.Contains(body, `value="export"`)) || strings.Contains(body, "sari@") {
				t.Errorf("%s %s: %d %s", method, query, answer.StatusCode, body)
			}
			if answer.Header.Get("Cache-Control") != "no-store" || answer.Header.Get("Referrer-Policy") != "same-origin" || answer.Header.Get("X-Robots-Tag") == "" {
				t.Errorf("headers %v", answer.Header)
			}
		}
	}
	if e, err := d.db.Entry(t.Context(), id, nil); err != nil || e.Removed {
		t.Error("a GET erased something", err)
	}
	if answer, body := d.ask("GET", "/me/ABCDEFGHIJKLMNOPQRSTUVWXYZ", ""); answer.StatusCode != 410 || !strings.Contains(body, "sudah berakhir atau sudah dipakai") {
		t.Errorf("an unknown link: %d %s", answer.StatusCode, body)
	}
	if answer, _ := d.ask("POST", link, "act=nothing", formType); answer.StatusCode != 400 {
		t.Errorf("an act that is none: %d", answer.StatusCode)
	}
}

func TestALinkThatHasEndedLeadsToAnother(t *testing.T) {
	d := posts(t)
	d.written()
	d.wants("sari@contoh.id")
	link := d.posted(time.Now().Add(-moderation.DataLinkLife))
	for method, body := range map[string]string{"GET": "", "POST": "act=erase&sure=1"} {
		answer, page := d.ask(method, link, body, formType)
		if answer.StatusCode != 410 || !strings.Contains(page, `href="/sites/desa/me?lang=id"`) || strings.Contains(page, "<form") {
			t.Errorf("%s: %d %s", method, answer.StatusCode, page)
		}
	}
}

func TestAnExportHoldsWhatItsHolderMaySee(t *testing.T) {
	a := &asking{}
	a.set(true, old, oldEN)
	d := open(t, mailing, a.ask)
	v := d.solved()
	v.Set("consent", moderation.NewWording("id", old).Hash)
	_, sent := d.submit(v)
	id := sent.ID
	d.approve(id)
	link := d.linkTo("Sari@CONTOH.id")
	answer, body := d.ask("POST", link+"?lang=en", "act=export", formType)
	if answer.StatusCode != 200 || answer.Header.Get("Content-Type") != "application/json; charset=utf-8" || answer.Header.Get("Cache-Control") != "no-store" ||
		!strings.HasPrefix(answer.Header.Get("Content-Disposition"), `attachment; filename="balasan-desa-20`) {
		t.Fatalf("%d %v", answer.StatusCode, answer.Header)
	}
	var doc struct {
		Email    string
		Comments []map[string]any
	}
	if err := json.Unmarshal([]byte(body), &doc); err != nil || doc.Email != "Sari@contoh.id" || len(doc.Comments) != 1 {
		t.Fatalf("%v %s", err, body)
	}
	if c := doc.Comments[0]; c["id"] != id || c["text"] != "Terima kasih infonya." || c["published"] != true || c["page"] != page || c["network_address_kept"] != "whole" {
		t.Errorf("%+v", c)
	}
	if agreed, _ := doc.Comments[0]["consent"].(map[string]any); agreed["text"] != old || agreed["hash"] != moderation.NewWording("id", old).Hash || agreed["ticked"] != true || agreed["language"] != "id" {
		t.Errorf("agreed to %v", agreed)
	}
	for _, hidden := range []string{"verdict", "score", "0.0.0.0", "editor", "spam"} {
		if strings.Contains(strings.ReplaceAll(body, "decisions and notes of editors", ""), hidden) {
			t.Errorf("it says %q: %s", hidden, body)
		}
	}
	if answer, body := d.ask("POST", link, "act=export", formType); answer.StatusCode != 410 {
		t.Errorf("exported twice: %d %s", answer.StatusCode, body)
	}
	if _, body := d.ask("GET", link, ""); strings.Contains(body, `value="export"`) || !strings.Contains(body, `value="erase"`) {
		t.Errorf("after an export: %s", body)
	}
}

func TestAnErasureWantsATickAndIsDone(t *testing.T) {
	d := posts(t)
	id := d.written()
	link := d.linkTo("sari@contoh.id")
	if answer, body := d.ask("POST", link, "act=erase", formType); answer.StatusCode != 422 || !strings.Contains(body, "Belum ada yang dihapus") {
		t.Errorf("without a tick: %d %s", answer.StatusCode, body)
	}
	if e, err := d.db.Entry(t.Context(), id, nil); err != nil || e.Removed {
		t.Fatal("erased without a tick", err)
	}
	answer, body := d.ask("POST", link, "act=erase&sure=1", formType)
	if answer.StatusCode != 200 || !strings.Contains(body, "Selesai.") || !strings.Contains(body, "Satu komentar dihapus.") {
		t.Errorf("%d %s", answer.StatusCode, body)
	}
	if e, err := d.db.Entry(t.Context(), id, nil); err != nil || !e.Removed {
		t.Error("it is still there", err)
	}
	for method, body := range map[string]string{"GET": "", "POST": "act=erase&sure=1"} {
		if answer, page := d.ask(method, link, body, formType); answer.StatusCode != 200 || !strings.Contains(page, "Satu komentar dihapus.") || strings.Contains(page, "<form") {
			t.Errorf("%s afterwards: %d %s", method, answer.StatusCode, page)
		}
	}
	later := time.Now().Add(moderation.DataAskGap)
	email, err := moderation.ParseEmail("sari@contoh.id")
	if err == nil {
		err = d.db.AskData(t.Context(), "desa", email, "id", later)
	}
	if err != nil || d.posted(later) != "" {
		t.Error("a letter goes to an address of which nothing is kept", err)
	}
}

// unfinished carries nothing out.
type unfinished struct{ web.Mail }

func (unfinished) CarryOut(ctx context.Context, _ string, _ time.Time) (moderation.DataRequest, error) {
	return moderation.DataRequest{}, &moderation.Problem{Code: moderation.Unavailable}
}

func TestAnErasureThatIsNotDoneYetIsNoted(t *testing.T) {
	d := open(t, mailing, func(s *web.Server) { s.Mail = unfinished{s.Mail} })
	id := d.written()
	link := d.linkTo("sari@contoh.id")
	if answer, page := d.ask("POST", link, "act=erase&sure=1", formType); answer.StatusCode != 200 || !strings.Contains(page, "Sedang dihapus.") {
		t.Errorf("%d %s", answer.StatusCode, page)
	}
	if _, page := d.ask("GET", link+"?lang=en", ""); !strings.Contains(page, "It is being erased.") {
		t.Errorf("looked at again: %s", page)
	}
	if _, err := d.db.Purge(t.Context(), time.Now()); err != nil {
		t.Fatal(err)
	}
	if _, page := d.ask("GET", link+"?lang=en", ""); !strings.Contains(page, "One comment was erased.") {
		t.Errorf("after the purge: %s", page)
	}
	if e, err := d.db.Entry(t.Context(), id, nil); err != nil || !e.Removed {
		t.Error("it is still there", err)
	}
}

func TestAPlaceThatRepliesHoldSaysWhoRemovedIt(t *testing.T) {
	d := posts(t)
	id := d.written()
	v := d.solved()
	v.Set("parent", id)
	v.Set("email", "lain@contoh.id")
	v.Set("body", "Jawaban orang lain.")
	_, reply := d.submit(v)
	d.approve(reply.ID)
	if answer, _ := d.ask("POST", d.linkTo("sari@contoh.id"), "act=erase&sure=1", formType); answer.StatusCode != 200 {
		t.Fatal(answer.StatusCode)
	}
	for lang, words := range map[string]string{"id": "Dihapus oleh penulisnya.", "en": "Removed by its author."} {
		_, body := d.ask("GET", "/sites/desa/threads?lang="+lang+"&page="+url.QueryEscape(page), "")
		if !strings.Contains(body, words) || !strings.Contains(body, "Jawaban orang lain.") || strings.Contains(body, "Terima kasih infonya.") || strings.Count(body, `class="balasan-reply"`) != 1 {
			t.Errorf("%s: %s", lang, body)
		}
	}
	_, body := d.ask("GET", "/v1/sites/desa/threads?page="+url.QueryEscape(page), "")
	var doc struct{ Comments []map[string]any }
	if err := json.Unmarshal([]byte(body), &doc); err != nil || len(doc.Comments) != 2 {
		t.Fatalf("%v %s", err, body)
	}
	if first, second := doc.Comments[0], doc.Comments[1]; first["removed"] != true || first["name"] != "" || first["body_html"] != "" || second["removed"] != nil {
		t.Errorf("%s", body)
	}
}
