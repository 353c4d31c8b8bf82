package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"balasan/configs"
	"balasan/internal/mailtest"
	"balasan/moderation"
)

// mailed wires an installation whose mail goes to a server of the test.
func mailed(t *testing.T) (*mailtest.Server, *house, *service) {
	t.Helper()
	mail, dir := mailtest.Start(t), t.TempDir()
	file := filepath.Join(dir, "my.yaml")
	text := fmt.Sprintf("public_url: https://desa.example.id\nmail: {host: 127.0.0.1, port: %d, encryption: none, from: redaksi@desa.example.id}\n", mail.Port)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg, err := configs.Load(file, nil, "data="+dir)
	if err != nil {
		t.Fatal(err)
	}
	h, err := enter(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = h.close() })
	s, err := h.wire(silentLog)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.firstRun(t.Context()); err != nil {
		t.Fatal(err)
	}
	return mail, h, s
}

// TestADigestArrivesAndOneClickEndsIt runs all rooms as serve wires them, by a clock of its own.
func TestADigestArrivesAndOneClickEndsIt(t *testing.T) {
	mail, h, s := mailed(t)
	editors, err := h.db.Editors(t.Context())
	if err != nil || len(editors) != 1 {
		t.Fatal(err)
	}
	to, _ := moderation.ParseEmail("sari@contoh.id")
	at := time.Now()
	err = h.db.SetDigest(t.Context(), moderation.Digest{Editor: editors[0].ID, To: to, Language: "en", Cadence: moderation.Hourly, Zone: "Asia/Jakarta", Confirmed: true}, nil, "", at.Add(-2*time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	arrived := func(want int) []mailtest.Letter {
		t.Helper()
		if _, err := s.digests.Step(t.Context(), at); err != nil {
			t.Fatal(err)
		}
		for n := 1; n > 0; {
			if n, err = s.told.senders[0].Step(t.Context(), at); err != nil {
				t.Fatal(err)
			}
		}
		if all := mail.Arrived(); len(all) != want {
			t.Fatalf("%d letters, want %d", len(all), want)
		}
		return mail.Arrived()
	}
	arrived(0) // nothing waits
	comment := func() {
		t.Helper()
		email, _ := moderation.ParseEmail("wati@surat.example")
		c := moderation.Comment{ID: newID(), State: moderation.Pending, Verdict: moderation.Verdict{Outcome: moderation.Hold, Score: 6, Spam: 10},
			Submission: moderation.Submission{Site: "demo", Page: "https://desa.example.id/banjir", PageTitle: "Banjir surut", Name: "Wati",
				Email: email, Body: "slot gacor", Addr: netip.MustParseAddr("203.0.113.77"), At: at}}
		c.Root = c.ID
		if _, err := h.db.Keep(t.Context(), c); err != nil {
			t.Fatal(err)
		}
	}
	at = at.Add(time.Minute)
	comment()
	at = at.Add(2 * time.Hour)
	letter := arrived(1)[0]
	if letter.To != "sari@contoh.id" || !strings.Contains(letter.Raw, "Banjir surut") || !strings.Contains(letter.Raw, "Doubtful: 1") {
		t.Error(letter.Raw)
	}
	for _, secret := range []string{"Wati", "wati", "203.0.113", "gacor"} {
		if strings.Contains(letter.Raw, secret) {
			t.Errorf("%s stands in the letter", secret)
		}
	}
	at = at.Add(2 * time.Hour)
	arrived(1) // the same one waits: nothing is new

	stop := strings.TrimPrefix(strings.Trim(letter.Head.Get("List-Unsubscribe"), "<>"), "https://desa.example.id")
	r := httptest.NewRequest(http.MethodPost, stop, strings.NewReader("List-Unsubscribe=One-Click"))
	r.Host = "desa.example.id"
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	answer, err := s.app.Test(r, -1)
	if err != nil || answer.StatusCode != http.StatusOK {
		t.Fatalf("%v %v", answer, err)
	}
	comment()
	at = at.Add(2 * time.Hour)
	arrived(1)
}

func TestAnOutageOfMailIsToldAndEnds(t *testing.T) {
	s := &service{health: &health{}}
	s.mailWent(fmt.Errorf("nothing listens"))
	if all := s.ready(t.Context()); len(all) != 1 || all[0].Part != "mail" || all[0].Fatal {
		t.Errorf("%+v", all)
	}
	s.mailWent(nil)
	if all := s.ready(t.Context()); len(all) != 0 {
		t.Errorf("%+v", all)
	}
}
