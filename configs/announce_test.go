package configs

import (
	"encoding/base64"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"balasan/moderation"
)

var hookSecret = "whsec_" + base64.StdEncoding.EncodeToString([]byte(strings.Repeat("k", 32)))

func TestWebhooksAreReadFromAFile(t *testing.T) {
	kept := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(kept, []byte(hookSecret+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c, faults := load(t, `announce:
  wait: 0s
  webhooks:
    - {url: "https://a.example/hook", secret: `+hookSecret+`}
    - url: https://b.example/hook
      secret_file: `+kept+`
      sites: [desa, kota]
      events: [approved]
`)
	if faults != "" {
		t.Fatal(faults)
	}
	hooks := c.Announce.Webhooks
	if len(hooks) != 2 || string(hooks[0].Key()) != strings.Repeat("k", 32) || string(hooks[1].Key()) != string(hooks[0].Key()) ||
		len(hooks[1].Sites) != 2 || hooks[1].Events[0] != "approved" {
		t.Errorf("%+v", hooks)
	}
}

func TestFaultsOfWebhooksAreToldWithTheirLinesAndWithoutSecrets(t *testing.T) {
	_, faults := load(t, `announce:
  quiet: 21:00
  webhooks:
    - {url: "ftp://a.example", secret: whsec_c2hvcnQ=, evnts: []}
    - secret: `+hookSecret+`
      events: [aproved]
    - url: https://b.example
    - just text
  telegram:
    token: "123:geheim"
`, "BALASAN_ANNOUNCE_WEBHOOKS=https://x.example")
	for _, want := range []string{
		`my.yaml:2:10: "announce.quiet" must be two times`,
		`my.yaml:4:13: "announce.webhooks[0].url" must be an address`,
		`my.yaml:4:40: "announce.webhooks[0].secret" must be whsec_`,
		`there is no setting "announce.webhooks[0].evnts"; did you mean "announce.webhooks[0].events"?`,
		`"announce.webhooks[1].url" must not be empty`,
		`my.yaml:6:16: "announce.webhooks[1].events" must be one of received, approved, spam, trashed, pending; did you mean "approved"?`,
		`"announce.webhooks[2].secret" is needed`,
		`"announce.webhooks[3]" holds settings of its own`,
		`"announce.telegram" needs both token and chat`,
		`BALASAN_ANNOUNCE_WEBHOOKS: is a list of groups`,
	} {
		if !strings.Contains(faults, want) {
			t.Errorf("no %s", want)
		}
	}
	if strings.Contains(faults, "c2hvcnQ") || strings.Contains(faults, "geheim") {
		t.Error("a secret is told")
	}
	if t.Failed() {
		t.Log(faults)
	}
}

func TestShownWebhooksKeepTheirSecrets(t *testing.T) {
	path := filepath.Join(t.TempDir(), "my.yaml")
	text := "announce:\n  quiet: 21:00-06:00\n  webhooks: [{url: 'https://a.example/hook', secret: '" + hookSecret + "', sites: [desa]}]\n"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	shown, err := Show(path, []string{"BALASAN_ANNOUNCE_TELEGRAM_TOKEN=123:geheim", "BALASAN_ANNOUNCE_TELEGRAM_CHAT=@redaksi"})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`  webhooks: [{url: "https://a.example/hook", secret: "xxxxx", sites: ["desa"]}]  # `, `    token: "xxxxx"  # `, `  quiet: 21:00-06:00  # `} {
		if !strings.Contains(shown, "\n"+want) {
			t.Errorf("no line %s", want)
		}
	}
	if strings.Contains(shown, "geheim") || strings.Contains(shown, hookSecret) {
		t.Error("a secret is shown")
	}
}

func TestQuietHours(t *testing.T) {
	zone := time.FixedZone("WIB", 7*3600)
	for name, c := range map[string]struct{ hours, at, open string }{
		"before":              {"21:00-06:00", "20:59", "20:59"},
		"at the beginning":    {"21:00-06:00", "21:00", "06:00"},
		"after midnight":      {"21:00-06:00", "00:30", "06:00"},
		"at the end":          {"21:00-06:00", "06:00", "06:00"},
		"within one day":      {"12:00-13:30", "12:10", "13:30"},
		"outside of one day":  {"12:00-13:30", "23:10", "23:10"},
		"none":                {"", "03:00", "03:00"},
		"a minute before end": {"21:00-06:00", "05:59", "06:00"},
	} {
		t.Run(name, func(t *testing.T) {
			var q moderation.Quiet
			if err := q.UnmarshalText([]byte(c.hours)); err != nil {
				t.Fatal(err)
			}
			at, _ := time.ParseInLocation("2006-01-02 15:04", "2026-11-25 "+c.at, zone)
			if got := q.Open(at.UTC(), zone).In(zone).Format("15:04"); got != c.open {
				t.Errorf("open at %s, want %s", got, c.open)
			}
		})
	}
}
