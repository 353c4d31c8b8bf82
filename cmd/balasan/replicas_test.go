package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"balasan/internal/pgtest"
	"balasan/internal/redistest"
)

// replicas are programs on one PostgreSQL and one Redis. Each has a folder of its own with the
// same keys in it.
func replicas(t *testing.T, n int) []*server {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	_, database := pgtest.Own(t)
	env := []string{"BALASAN_DATABASE_URL=" + database, "BALASAN_REDIS_URL=" + redistest.Start(t).URL(),
		"BALASAN_REDIS_REPLICAS=" + fmt.Sprint(n), "BALASAN_LISTEN=127.0.0.1:0", "BALASAN_LOG_LEVEL=warn"}
	var all []*server
	for i := range n {
		s, dir := &server{}, t.TempDir()
		if i > 0 {
			copyKeys(t, all[0].dir, dir)
		}
		if err := s.start(self, filepath.Join(dir, "log"), dir, append(env, "BALASAN_DATA="+dir)); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(s.kill)
		all = append(all, s)
	}
	return all
}

func copyKeys(t *testing.T, from, to string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(from, "secret.keys"))
	if err == nil {
		err = os.WriteFile(filepath.Join(to, "secret.keys"), text, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// call sends JSON and reads JSON.
func call(t *testing.T, url, cookie, body string, into any) int {
	t.Helper()
	req, err := http.NewRequest(http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Sec-Fetch-Site", "same-origin")
	if cookie != "" {
		req.Header.Set("Cookie", cookie)
	}
	resp, err := browser.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	if into != nil {
		if err := json.Unmarshal(text, into); err != nil {
			t.Fatalf("%s: %d %s", url, resp.StatusCode, text)
		}
	}
	return resp.StatusCode
}

// TestReplicasAreOne submits on one replica what another one asked for, and decides on a third.
func TestReplicasAreOne(t *testing.T) {
	all := replicas(t, 3)
	var challenge struct{ Token string }
	if status := call(t, all[0].base+"/v1/sites/demo/challenges", "", `{"page":"satu"}`, &challenge); status != http.StatusCreated {
		t.Fatalf("no challenge: %d", status)
	}
	answer := challengeAnswer(t, all[0], challenge.Token)
	body := fmt.Sprintf(`{"page":"satu","name":"Wati","email":"wati@contoh.id","body":"Terima kasih beritanya","challenge":%q,"answer":%q}`, challenge.Token, answer)
	var receipt struct{ ID, Code string }
	if status := call(t, all[1].base+"/v1/sites/demo/comments", "", body, &receipt); status != http.StatusAccepted {
		t.Fatalf("the second replica refuses: %d %+v", status, receipt)
	}
	var again struct{ Code string }
	if call(t, all[2].base+"/v1/sites/demo/comments", "", body, &again); again.Code != "captcha_reused" {
		t.Errorf("the third replica takes the same answer again: %+v", again)
	}
	cookie := signedIn(t, all[0])
	if status := call(t, all[2].base+"/v1/editor/decisions", cookie, `{"ids":["`+receipt.ID+`"],"to":"approved"}`, nil); status != http.StatusOK {
		t.Fatalf("the third replica does not know the editor: %d", status)
	}
	for n, s := range all {
		awaitText(t, s.base+"/v1/sites/demo/threads?page=satu", "Terima kasih beritanya", n)
	}
}

func challengeAnswer(t *testing.T, s *server, token string) string {
	t.Helper()
	self, _ := os.Executable()
	cmd := exec.Command(self, "challenge", "answer", token)
	cmd.Args[0], cmd.Env = "balasan", append(s.cmd.Env, "BALASAN_LISTEN=127.0.0.1:0")
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(out))
}

// awaitText asks until the answer holds the text.
func awaitText(t *testing.T, url, text string, n int) {
	t.Helper()
	for end := time.Now().Add(patience); ; time.Sleep(50 * time.Millisecond) {
		resp, err := browser.Get(url)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		if strings.Contains(string(body), text) {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("replica %d never shows it: %s", n, body)
		}
	}
}

// TestAnInstallationMovesToPostgres copies what was taken in on SQLite and goes on with it there.
func TestAnInstallationMovesToPostgres(t *testing.T) {
	_, database := pgtest.Own(t)
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	before := serveStorm(t, dir)
	id := submit(before.base, "satu")
	move := func(url string) (string, error) {
		cmd := exec.Command(self, "db", "copy")
		cmd.Args[0], cmd.Env = "balasan", []string{"BALASAN_DATA=" + dir, "BALASAN_DATABASE_URL=" + url}
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	if said, err := move(database); err == nil || !strings.Contains(said, "stop the server first") {
		t.Errorf("beside a running server: %v %s", err, said)
	}
	if err := before.stop(); err != nil {
		t.Fatal(err)
	}
	if said, err := move(""); err == nil || !strings.Contains(said, "database.url") {
		t.Errorf("without a target: %v %s", err, said)
	}
	if said, err := move(database); err != nil || !strings.Contains(said, "Copied and compared") {
		t.Fatalf("%v\n%s", err, said)
	}
	after := &server{}
	if err := after.start(self, filepath.Join(t.TempDir(), "log"), dir, append(before.cmd.Env, "BALASAN_DATABASE_URL="+database)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(after.kill)
	if again := submit(after.base, "satu"); again != id || id == "" {
		t.Errorf("a retry after the move is %q, was %q", again, id)
	}
	if again := submit(after.base, "dua"); again == "" {
		t.Error("nothing more is taken in")
	}
}
