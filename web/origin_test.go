package web_test

import (
	"net/url"
	"testing"

	"balasan/web"
)

// TestEveryRefusalCanBeReadByThePageThatAsked covers what happens before a site is known: without
// a CORS header the embed would see a network error and could not say what is wrong.
func TestEveryRefusalCanBeReadByThePageThatAsked(t *testing.T) {
	d := open(t)
	good := d.solved().Encode()
	elsewhere := open(t, func(s *web.Server) { s.PublicURLs = []string{"https://komentar.desa.id"} })
	for name, tc := range map[string]struct {
		d            *door
		target, body string
		header       []string
		code, allow  string
	}{
		"compressed":              {d, "/v1/sites/desa/comments", "x", []string{formType, "Content-Encoding: gzip"}, "media_type", "*"},
		"misdirected":             {elsewhere, "/v1/sites/desa/comments", "x", []string{formType}, "wrong_host", "*"},
		"control characters":      {d, "/v1/sites/desa/challenges?a=%00", "x", []string{formType}, "malformed", "*"},
		"an unknown site":         {d, "/v1/sites/tidak/challenges", "page=x", []string{formType}, "not_found", "*"},
		"malformed, known site":   {d, "/v1/sites/desa/comments", "a=1&a=2", []string{formType}, "malformed", portal},
		"a wrong answer":          {d, "/v1/sites/desa/comments", "page=x&name=a&email=a@b.id&body=c", []string{formType}, "captcha_required", portal},
		"faulty fields":           {d, "/v1/sites/desa/comments", "page=x", []string{formType}, "invalid", portal},
		"editors' calls":          {d, "/v1/editor/decisions", "{}", []string{jsonType}, "not_found", ""},
		"the form of a browser":   {d, "/sites/tidak/form", "page=x", []string{formType}, "not_found", ""},
		"an origin not listed":    {d, "/v1/sites/desa/comments", good, []string{formType, "Origin: https://evil.example"}, "wrong_origin", "*"},
		"another site's origin":   {d, "/v1/sites/desa/challenges", "page=x", []string{formType, "Origin: https://kota.id"}, "wrong_origin", "*"},
		"an origin like a site's": {d, "/v1/sites/desa/comments", good, []string{formType, "Origin: https://desa.id.evil.example"}, "wrong_origin", "*"},
	} {
		t.Run(name, func(t *testing.T) {
			tc.d.t = t
			if len(tc.header) == 1 || tc.header[1] == "Content-Encoding: gzip" {
				tc.header = append(tc.header, "Origin: "+portal)
			}
			answer, body := tc.d.ask("POST", tc.target, tc.body, tc.header...)
			got := tc.d.hear(body)
			if allow := answer.Header.Get("Access-Control-Allow-Origin"); got.Code != tc.code || allow != tc.allow {
				t.Errorf("%s to %q, want %s to %q", got.Code, allow, tc.code, tc.allow)
			}
			if answer.Header.Get("Access-Control-Allow-Credentials") != "" {
				t.Error("with credentials")
			}
			if tc.allow == "*" && got.Challenge != nil {
				t.Error("hands a challenge to anyone")
			}
		})
	}
	for target, code := range map[string]int{"/sites/tidak/threads?page=x": 404, "/v1/sites/tidak/threads?page=x": 404, "/sites/desa/threads": 422} {
		answer, _ := d.ask("GET", target, "", "Origin: https://wherever.example")
		if answer.StatusCode != code || answer.Header.Get("Access-Control-Allow-Origin") != "*" {
			t.Errorf("%s: %d %v", target, answer.StatusCode, answer.Header)
		}
	}
	if answer, _ := d.ask("POST", "/v1/sites/desa/challenges", url.Values{"page": {page}}.Encode(), formType, "Origin: https://evil.example"); answer.StatusCode != 403 {
		t.Errorf("a challenge for a stranger: %d", answer.StatusCode)
	}
}
