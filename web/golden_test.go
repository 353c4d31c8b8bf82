package web_test

import (
	"bytes"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite testdata/*.http")

func TestGoldenAnswers(t *testing.T) {
	plain, box, notice := open(t), asks(t, true, "Saya setuju.", "I agree."), asks(t, false, "Dengan mengirim Anda setuju.", "By sending you agree.")
	for name, tc := range map[string]struct {
		method, target, body string
		d                    *door
	}{
		"thread_empty":     {"GET", "/v1/sites/desa/threads?page=berita-1", "", plain},
		"fragment_empty":   {"GET", "/sites/desa/threads?page=berita-1", "", plain},
		"fragment_english": {"GET", "/sites/desa/threads?page=berita-1&lang=en", "", plain},
		"comment_invalid":  {"POST", "/v1/sites/desa/comments?lang=id", "page=berita-1&email=x", plain},
		"not_found":        {"GET", "/v1/nothing?lang=en", "", plain},
		"counts":           {"GET", "/v1/sites/desa/counts?page=a&page=b", "", plain},
		"problem_page":     {"GET", "/problems/captcha_expired", "", plain},
		"preflight":        {"OPTIONS", "/v1/sites/desa/comments", "", plain},
		"fragment_consent": {"GET", "/sites/desa/threads?page=berita-1&lang=en", "", box},
		"fragment_notice":  {"GET", "/sites/desa/threads?page=berita-1", "", notice},
		"comment_consent":  {"POST", "/v1/sites/desa/comments?lang=id", "page=berita-1&name=Sari&email=sari@contoh.id&body=Halo", box},
	} {
		t.Run(name, func(t *testing.T) {
			d := tc.d
			answer, body := d.ask(tc.method, tc.target, tc.body, formType, "Origin: "+portal)
			var got bytes.Buffer
			fmt.Fprintf(&got, "%s %s\n\n%d\n", tc.method, tc.target, answer.StatusCode)
			for _, header := range slices.Sorted(maps.Keys(answer.Header)) {
				if header != "Date" {
					fmt.Fprintf(&got, "%s: %s\n", header, strings.Join(answer.Header[header], " | "))
				}
			}
			fmt.Fprintf(&got, "\n%s\n", body)
			path := filepath.Join("testdata", name+".http")
			if *update {
				if err := os.WriteFile(path, got.Bytes(), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got.String()); diff != "" {
				t.Error(diff)
			}
		})
	}
}
