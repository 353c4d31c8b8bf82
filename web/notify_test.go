package web_test

import (
	"net/url"
	"strings"
	"testing"

	"balasan/moderation"
)

func TestWhoTicksTheBoxIsRememberedAndNobodyElse(t *testing.T) {
	d := open(t)
	d.server.Queue.Mail = d.db
	for _, path := range []string{"/sites/desa/form?page=", "/sites/desa/threads?page="} {
		if _, body := d.ask("GET", path+url.QueryEscape(page), ""); !strings.Contains(body, `name="notify" value="1">`) {
			t.Errorf("no box, or a ticked one, on %s: %s", path, body)
		}
	}
	for box, want := range map[string]moderation.Code{"1": "", "": moderation.NotFound} {
		v := d.solved()
		if box != "" {
			v.Set("notify", box)
		}
		answer, got := d.submit(v)
		if answer.StatusCode != 202 {
			t.Fatal(answer.StatusCode)
		}
		_, confirmed, err := d.db.Wish(t.Context(), got.ID)
		if confirmed || want == "" && err != nil || want != "" && moderation.CodeOf(err) != want {
			t.Errorf("ticked %q: %v", box, err)
		}
	}
}

func TestWithoutMailThereIsNoBox(t *testing.T) {
	d := open(t)
	if _, body := d.ask("GET", "/sites/desa/form?page="+url.QueryEscape(page), ""); strings.Contains(body, "notify") {
		t.Error(body)
	}
	v := d.solved()
	v.Set("notify", "1")
	answer, got := d.submit(v)
	if _, _, err := d.db.Wish(t.Context(), got.ID); answer.StatusCode != 202 || moderation.CodeOf(err) != moderation.NotFound {
		t.Errorf("%d %v", answer.StatusCode, err)
	}
}
