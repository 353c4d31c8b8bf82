package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func serveStorm(t *testing.T, dir string) *server {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	s := &server{}
	env := []string{"BALASAN_DATA=" + dir, "BALASAN_LISTEN=127.0.0.1:0", "BALASAN_POLICY_CHALLENGE=never",
		"BALASAN_LIMITS_SUBMIT_NARROW=1000000/1s", "BALASAN_LIMITS_SUBMIT_WIDE=1000000/1s", "BALASAN_LOG_LEVEL=warn"}
	if err := s.start(self, filepath.Join(t.TempDir(), "log"), dir, env); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.kill)
	return s
}

// browser keeps its connections, as browsers do.
var browser = &http.Client{Timeout: patience, Transport: &http.Transport{MaxIdleConnsPerHost: 64}}

// submit sends one submission; the id is empty when it is unknown whether it was kept.
func submit(base, key string) string {
	body := fmt.Sprintf(`{"page":"badai","name":"Badai","email":"badai@contoh.id","body":"Kiriman %s di tengah badai","key":%q}`, key, key)
	resp, err := browser.Post(base+"/v1/sites/demo/comments", "application/json", strings.NewReader(body))
	if err != nil {
		return ""
	}
	defer resp.Body.Close()
	var receipt struct{ ID string }
	text, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusAccepted || json.Unmarshal(text, &receipt) != nil {
		return ""
	}
	return receipt.ID
}
