package main

import (
	"bufio"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	running "balasan/internal/program"
	"balasan/internal/redistest"
)

// TestPrometheusDrawsEveryPanel has a Prometheus read a program that somebody visits, and asks it for all
// that the dashboard draws. Each alert must be one that it can evaluate.
func TestPrometheusDrawsEveryPanel(t *testing.T) {
	tool, err := exec.LookPath("prometheus")
	if err != nil {
		t.Skip("SKIPPED: prometheus is not installed, so the dashboard was not tried on it")
	}
	p := serve(t, running.Open().With(running.Settings{"METRICS_LISTEN": "127.0.0.1:0", "LOG_LEVEL": "info", "REDIS_URL": redistest.Start(t).URL()}))
	asked := watching(t, tool, strings.TrimPrefix(p.Metrics(t).Base, "http://"))
	grafana := strings.NewReplacer("$job", "balasan", "$__rate_interval", "5s")
	for _, expression := range drawn(t) {
		expression = grafana.Replace(expression)
		event := strings.HasPrefix(expression, "changes(") // a mark on the time axis, seldom there
		for end := time.Now().Add(running.Patience); ; time.Sleep(200 * time.Millisecond) {
			if _, err := p.Get(running.Thread(p.Base + "/demo")); err != nil || p.Submit(p.Base+"/demo", "Terima kasih.", "") == "" {
				t.Fatal("a visitor was sent away", err)
			}
			var found struct{ Result []any }
			asked("/api/v1/query?query="+url.QueryEscape(expression), &found)
			if event || len(found.Result) > 0 {
				break
			}
			if time.Now().After(end) {
				t.Errorf("nothing to draw for %s", expression)
				break
			}
		}
	}
	var known struct {
		Groups []struct {
			Rules []struct{ Name, Health, LastError string }
		}
	}
	asked("/api/v1/rules", &known)
	seen := 0
	for _, group := range known.Groups {
		for _, rule := range group.Rules {
			if seen++; rule.Health == "err" {
				t.Errorf("the alert %s: %s", rule.Name, rule.LastError)
			}
		}
	}
	if want := len(alerted(t)); seen != want {
		t.Errorf("%d alerts of %d", seen, want)
	}
}

var listens = regexp.MustCompile(`msg="Listening on" address=(\S+)`)

// watching starts a Prometheus that reads target each second as deploy/prometheus.yaml says, and returns how to ask it.
func watching(t *testing.T, tool, target string) func(path string, into any) {
	t.Helper()
	dir := t.TempDir()
	config := readRoot(t, "deploy/prometheus.yaml")
	for from, to := range map[string]string{"scrape_interval: 15s": "scrape_interval: 1s\n  evaluation_interval: 1s", "balasan-a:9090, balasan-b:9090": target} {
		if !strings.Contains(config, from) {
			t.Fatalf("deploy/prometheus.yaml says no %q", from)
		}
		config = strings.Replace(config, from, to, 1)
	}
	for name, text := range map[string]string{"prometheus.yaml": config, "alerts.yaml": readRoot(t, "deploy/alerts.yaml")} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command(tool, "--config.file", filepath.Join(dir, "prometheus.yaml"), "--storage.tsdb.path", filepath.Join(dir, "data"), "--web.listen-address", "127.0.0.1:0")
	log, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	base := ""
	for lines := bufio.NewScanner(log); base == "" && lines.Scan(); {
		if found := listens.FindStringSubmatch(lines.Text()); found != nil {
			base = "http://" + found[1]
		}
	}
	if base == "" {
		t.Fatal("prometheus did not say where it listens")
	}
	go func() { _, _ = io.Copy(io.Discard, log) }() // ends with it
	(&running.Program{Base: base}).Await(t, "/-/ready", "", func(a running.Answer) bool { return a.Status == http.StatusOK })
	return func(path string, into any) {
		t.Helper()
		answer, err := http.Get(base + path)
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		var said struct {
			Status, Error string
			Data          json.RawMessage
		}
		if err := json.NewDecoder(answer.Body).Decode(&said); err != nil || said.Status != "success" {
			t.Fatalf("%s: %v %s", path, err, said.Error)
		}
		if err := json.Unmarshal(said.Data, into); err != nil {
			t.Fatal(err)
		}
	}
}
