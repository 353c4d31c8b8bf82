package web_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"balasan/moderation"
)

// shows reads the fragment until it has the form, or has not, for as long as the cache may lag.
func (d *door) shows(form bool) bool {
	d.t.Helper()
	for end := time.Now().Add(5 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		_, body := d.ask("GET", "/sites/desa/threads?page="+url.QueryEscape(page), "")
		if strings.Contains(body, "<form") == form && strings.Contains(body, "sudah ditutup") != form {
			return true
		}
	}
	return false
}

func TestTheFragmentFollowsWhatCloses(t *testing.T) {
	d := open(t)
	editor := moderation.Editor{ID: "e1"}
	mode := func(m moderation.Mode) {
		if err := d.db.SetThread(t.Context(), "desa", page, m, editor, time.Now()); err != nil {
			t.Fatal(err)
		}
	}
	if !d.shows(true) {
		t.Fatal("a new page has no form")
	}
	mode(moderation.Closed)
	if !d.shows(false) {
		t.Error("a page without comments is closed and still shows its form")
	}
	mode("")
	if !d.shows(true) {
		t.Error("a page that is open again shows no form")
	}
	site, err := d.db.Site(t.Context(), "desa")
	if err != nil {
		t.Fatal(err)
	}
	site.Policy.Mode = moderation.Closed
	if err := d.db.UpdateSite(t.Context(), site); err != nil {
		t.Fatal(err)
	}
	if !d.shows(false) {
		t.Error("the whole site is closed and the page still shows its form")
	}
	site.Policy.Mode = moderation.HoldAll
	site.Policy.CloseAfter = time.Hour
	if err := d.db.UpdateSite(t.Context(), site); err != nil {
		t.Fatal(err)
	}
	if answer, got := d.submit(d.solved()); answer.StatusCode != 202 || !d.shows(true) {
		t.Fatalf("%d %+v, or no form", answer.StatusCode, got)
	}
	site.Policy.CloseAfter = 1500 * time.Millisecond
	if err := d.db.UpdateSite(t.Context(), site); err != nil {
		t.Fatal(err)
	}
	if !d.shows(false) {
		t.Error("the page is older than it may be and still shows its form")
	}
	if _, body := d.ask("GET", "/sites/desa/form?page="+url.QueryEscape(page), ""); !strings.Contains(body, "sudah ditutup") || strings.Contains(body, "<form") {
		t.Error("the form page of a closed thread shows a form")
	}
}
