package web

import (
	"html"
	"net/url"
	"strings"
	"testing"

	"balasan/moderation"

	xhtml "golang.org/x/net/html"
)

func TestBodyHTML(t *testing.T) {
	for name, tc := range map[string]struct{ in, want string }{
		"plain text is one paragraph":      {"halo", "<p>halo</p>"},
		"line ends are breaks":             {"a\nb", "<p>a<br>b</p>"},
		"blank lines part paragraphs":      {"a\n \n\nb", "<p>a</p><p>b</p>"},
		"markup is text":                   {"<script>alert(1)</script>", "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>"},
		"an address is a link":             {"ke https://a.id/x?y=1&z=2.", `<p>ke <a href="https://a.id/x?y=1&amp;z=2" rel="nofollow ugc noopener">https://a.id/x?y=1&amp;z=2</a>.</p>`},
		"a bracket around stays outside":   {"(https://a.id)", `<p>(<a href="https://a.id" rel="nofollow ugc noopener">https://a.id</a>)</p>`},
		"a bracket within stays inside":    {"https://a.id/b_(c)", `<p><a href="https://a.id/b_(c)" rel="nofollow ugc noopener">https://a.id/b_(c)</a></p>`},
		"other schemes are text":           {"javascript:alert(1)", "<p>javascript:alert(1)</p>"},
		"credentials are no link":          {"https://a:b@c.id", "<p>https://a:b@c.id</p>"},
		"a quote ends the address":         {`https://a.id/"onclick=x`, `<p><a href="https://a.id/" rel="nofollow ugc noopener">https://a.id/</a>&#34;onclick=x</p>`},
		"an address without host is text":  {"https://", "<p>https://</p>"},
		"an address before one of the bad": {"https://u@x https://a.id", `<p>https://u@x <a href="https://a.id" rel="nofollow ugc noopener">https://a.id</a></p>`},
	} {
		t.Run(name, func(t *testing.T) {
			if got := string(bodyHTML(tc.in)); got != tc.want {
				t.Errorf("got  %s\nwant %s", got, tc.want)
			}
		})
	}
}

func FuzzBodyHTML(f *testing.F) {
	f.Add("https://a.id/<b>\n\n'\"&amp; https://[::1]:80/%zz")
	f.Fuzz(func(t *testing.T, text string) {
		tokens := xhtml.NewTokenizer(strings.NewReader(string(bodyHTML(text))))
		for {
			switch kind := tokens.Next(); kind {
			case xhtml.ErrorToken:
				return
			case xhtml.StartTagToken, xhtml.SelfClosingTagToken:
				token := tokens.Token()
				if token.Data != "a" && token.Data != "p" && token.Data != "br" {
					t.Fatalf("<%s> out of %q", token.Data, text)
				}
				for _, a := range token.Attr {
					if a.Key != "rel" && (a.Key != "href" || !strings.HasPrefix(a.Val, "http")) {
						t.Fatalf("%s=%q out of %q", a.Key, a.Val, text)
					}
				}
			case xhtml.CommentToken, xhtml.DoctypeToken:
				t.Fatalf("a comment out of %q", text)
			}
		}
	})
}

func desa() moderation.Site {
	return moderation.Site{ID: "desa", Origins: []string{"https://desa.id", "https://www.desa.id:8443"}}
}

func TestSafeReturn(t *testing.T) {
	for raw, want := range map[string]string{
		"https://desa.id/berita/1?a=b":  "https://desa.id/berita/1?a=b",
		"https://www.desa.id:8443/":     "https://www.desa.id:8443/",
		"http://own.test/demo":          "http://own.test/demo",
		"":                              "",
		"/berita":                       "",
		"//evil.example":                "",
		`/\evil.example`:                "",
		`https:\\evil.example`:          "",
		"https:/\tevil.example":         "",
		"https://desa.id\t.evil":        "",
		"https://desa.id@evil.example":  "",
		"https://desa.id:x@evil":        "",
		"https://evil.example/desa.id":  "",
		"https://desa.id.evil.example":  "",
		"https://desa.id:444/":          "",
		"http://desa.id/":               "",
		"javascript://desa.id/%0aalert": "",
		"https:desa.id":                 "",
		"https:///desa.id":              "",
		" https://desa.id":              "",
		"https://desa.id/\r\nX: y":      "",
	} {
		if got := safeReturn(desa(), "own.test", raw); got != want {
			t.Errorf("safeReturn(%q) = %q, want %q", raw, got, want)
		}
	}
}

func FuzzSafeReturn(f *testing.F) {
	for _, seed := range []string{"//evil", `/\evil`, "https://desa.id@evil/", "https://desa.id/\t", "http://own.test/x#y"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		got := safeReturn(desa(), "own.test", raw)
		if got == "" {
			return
		}
		u, err := url.Parse(got)
		if err != nil || u.User != nil || strings.ContainsAny(got, "\\\r\n\t ") || !belongs(desa(), "own.test", u.Scheme+"://"+u.Host) {
			t.Errorf("%q leads to %q", raw, got)
		}
	})
}

func FuzzFields(f *testing.F) {
	f.Add(`{"name":"a","body":"b","n":1,"t":true,"z":null}`)
	f.Add(`name=a&body=%00`)
	f.Fuzz(func(t *testing.T, body string) {
		for _, parse := range []func([]byte) (fields, error){parseJSON, parseForm} {
			read, err := parse([]byte(body))
			if err != nil {
				if read != nil || len(body) > 40 && strings.Contains(err.Error(), body) {
					t.Errorf("kept or echoed: %v", err)
				}
				continue
			}
			for name, value := range read {
				if strings.ContainsRune(name+value, 0) || strings.ToValidUTF8(name+value, "") != name+value {
					t.Errorf("took %q=%q", name, value)
				}
			}
		}
	})
}

func TestAvatarsAreDrawnFromTheHashAlone(t *testing.T) {
	a, b := avatarSVG([]byte{1, 2, 3, 4}), avatarSVG([]byte{9, 2, 200, 4})
	if a == b || a != avatarSVG([]byte{1, 2, 3, 4}) || !strings.HasPrefix(html.UnescapeString(string(a)), "<svg") {
		t.Errorf("%s and %s", a, b)
	}
}
