package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"balasan/configs"
	"balasan/internal/mailtest"
	"balasan/internal/redistest"
)

// visit runs the doctor on an installation of its own, which nobody serves.
func visit(t *testing.T, config string, args ...string) string {
	t.Helper()
	dir := t.TempDir()
	cfg, err := configs.Load("", nil, "data="+dir)
	if err != nil {
		t.Fatal(err)
	}
	h, err := enter(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	if err := h.close(); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "my.yaml")
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	var out, complaint bytes.Buffer
	run(t.Context(), append([]string{"doctor", "--config", file, "--data", dir}, args...), console{nil, &out, &complaint, nil})
	if out.Len() == 0 {
		t.Fatal(complaint.String())
	}
	return out.String()
}

func wantLines(t *testing.T, out string, lines ...string) {
	t.Helper()
	for _, line := range lines {
		if !strings.Contains(out, line) {
			t.Errorf("no %q in\n%s", line, out)
		}
	}
}

func TestTheDoctorLooksAtRedis(t *testing.T) {
	server := redistest.Start(t)
	config := "redis: {url: '" + server.URL() + "'}\n"
	wantLines(t, visit(t, config), "ok       redis         version ")
	if err := server.Client().ConfigSet(context.Background(), "maxmemory-policy", "allkeys-lru").Err(); err != nil {
		t.Fatal(err)
	}
	wantLines(t, visit(t, config), "problem  redis ", "maxmemory-policy allkeys-lru", "→ set maxmemory-policy noeviction")
	wantLines(t, visit(t, "redis: {replicas: 3}\n"), "problem  redis         not configured, although 3 replicas share the load")
}

func TestTheDoctorLooksAtEveryPrimaryOfACluster(t *testing.T) {
	cluster := redistest.StartCluster(t)
	wantLines(t, visit(t, "redis: {url: '"+cluster.Nodes[0].URL()+"'}\n"), "problem  redis ", "a node of a cluster", "→ name it as redis+cluster://")
	config := "redis: {url: '" + cluster.URL() + "'}\n"
	wantLines(t, visit(t, config), "ok       redis         version ")
	cluster.Nodes[5].Kill() // first the one that would take over
	cluster.Nodes[2].Kill()
	wantLines(t, visit(t, config), "problem  redis ")
}

func TestTheDoctorSendsATestOfEach(t *testing.T) {
	var heard []string
	answer := http.StatusOK
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		heard = append(heard, r.URL.Path+" "+string(body))
		w.WriteHeader(answer)
		if strings.HasPrefix(r.URL.Path, "/bot") && answer == http.StatusOK {
			_, _ = io.WriteString(w, `{"ok":true}`)
		} else if answer == http.StatusBadRequest {
			_, _ = io.WriteString(w, `{"ok":false,"description":"Bad Request: chat not found"}`)
		}
	}))
	defer server.Close()
	config := fmt.Sprintf(`announce:
  networks: [127.0.0.1]
  webhooks: [{url: %s/hook, secret: whsec_%s, sites: [desa]}]
  telegram: {token: "1:geheim", chat: "@redaksi", api: %s}
`, server.URL, base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{1}, 32)), server.URL)

	wantLines(t, visit(t, config), "skipped  webhook ", "--send tries it", "there is no site desa")
	if len(heard) != 0 {
		t.Fatalf("it sent %q unasked", heard)
	}
	wantLines(t, visit(t, config, "--send"), "took a signed test event", "ok       telegram      a test message arrived in @redaksi")
	if len(heard) != 2 || !strings.Contains(heard[0], `"type":"test"`) || !strings.Contains(heard[1], "Pesan percobaan") {
		t.Errorf("heard %q", heard)
	}
	for status, fixes := range map[int][]string{
		http.StatusUnauthorized:     {"the receiver does not accept the signature", "ask @BotFather"},
		http.StatusMovedPermanently: {"redirects are not followed", "let this machine reach"},
		http.StatusBadRequest:       {"look at the receiver's log", "add the bot to the chat"},
	} {
		answer = status
		out := visit(t, config, "--send")
		wantLines(t, out, fixes...)
		if strings.Contains(out, "geheim") {
			t.Errorf("the token is told: %s", out)
		}
	}
}

func TestTheDoctorSendsALetter(t *testing.T) {
	box := mailtest.Start(t, "none")
	config := fmt.Sprintf("mail: {host: 127.0.0.1, port: %d, encryption: none, from: redaksi@desa.example}\n", box.Port)
	wantLines(t, visit(t, config), "ok       mail          127.0.0.1:", "takes the connection (none)")
	if got := box.Take(); len(got) != 0 {
		t.Fatalf("it sent %d letters unasked", len(got))
	}
	wantLines(t, visit(t, config, "--mail-to", "sari@contoh.id"), "ok       mail          the server took a test letter")
	if got := box.Take(); len(got) != 1 || got[0].To != "sari@contoh.id" || got[0].Subject() != "Surat percobaan dari balasan" {
		t.Errorf("got %+v", got)
	}
	box.Refuse("from", 553, 5, 7, 1)
	wantLines(t, visit(t, config, "--mail-to", "sari@contoh.id"), "the mail server refuses the sender (553)", "→ set mail.from to an address that this account may send from")
	box.Refuse("from", 0)
	box.Refuse("sari@contoh.id", 550, 5, 7, 1)
	wantLines(t, visit(t, config, "--mail-to", "sari@contoh.id"), "refuses the recipient (550)", "the account may not send there")
	wantLines(t, visit(t, "log: {level: warn}\n"), "skipped  mail          not configured")
	var out, complaint bytes.Buffer
	if code := run(t.Context(), []string{"doctor", "--mail-to", "sari", "--data", t.TempDir()}, console{nil, &out, &complaint, nil}); code != misuse || !strings.Contains(complaint.String(), "--mail-to takes an e-mail address") {
		t.Errorf("%d %s", code, complaint.String())
	}
}
