package web_test

import (
	"strings"
	"testing"

	"balasan/web"
)

func TestTheEmbedIsAtMost6KBOnTheWire(t *testing.T) {
	d := open(t)
	for _, coding := range []string{"br", "gzip"} {
		total := 0
		for _, file := range []string{"/embed/v1.js", "/embed/v1.css"} {
			answer, body := d.ask("GET", file, "", "Accept-Encoding: "+coding)
			if got := answer.Header.Get("Content-Encoding"); got != coding {
				t.Errorf("%s is sent as %q, want %s", file, got, coding)
			}
			total += len(body)
		}
		if total > 6<<10 {
			t.Errorf("%d bytes of %s", total, coding)
		}
		t.Logf("%d bytes of %s", total, coding)
	}
}

func TestBuiltFilesAreSentOncePerEncoding(t *testing.T) {
	d := open(t)
	_, page := d.ask("GET", "/demo", "")
	_, rest, _ := strings.Cut(page, `<link rel="stylesheet" href="`)
	style, _, _ := strings.Cut(rest, `"`)
	for _, file := range []string{"/embed/v1.js", "/embed/" + web.Frozen + ".css", style} {
		tags := map[string]bool{}
		for _, coding := range []string{"", "gzip", "br"} {
			answer, body := d.ask("GET", file, "", "Accept-Encoding: "+coding)
			tag, caching := answer.Header.Get("ETag"), answer.Header.Get("Cache-Control")
			if answer.StatusCode != 200 || body == "" || !strings.HasPrefix(tag, `"`) || tags[tag] || answer.Header.Get("Vary") != "Accept-Encoding" {
				t.Errorf("%s as %q: %d %v", file, coding, answer.StatusCode, answer.Header)
			}
			tags[tag] = true
			again, body := d.ask("GET", file, "", "Accept-Encoding: "+coding, "If-None-Match: "+tag)
			if again.StatusCode != 304 || body != "" || again.Header.Get("ETag") != tag || again.Header.Get("Cache-Control") != caching {
				t.Errorf("%s as %q asked for again: %d %v", file, coding, again.StatusCode, again.Header)
			}
		}
	}
}
