package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	running "balasan/internal/program"
	"balasan/internal/redistest"
)

// TestWhatIsWatchedIsMeasured holds every figure that the dashboard and the alerts ask for against a
// program that runs.
func TestWhatIsWatchedIsMeasured(t *testing.T) {
	measured := measurements(t)
	for from, expressions := range map[string][]string{"deploy/grafana.json": drawn(t), "deploy/alerts.yaml": alerted(t)} {
		if len(expressions) < 10 {
			t.Errorf("%s asks for %d figures: the test reads the wrong place", from, len(expressions))
		}
		for _, expression := range expressions {
			for _, name := range regexp.MustCompile(`\b(?:balasan|process|go)_[a-z_]+`).FindAllString(expression, -1) {
				if !strings.Contains(measured, "\n"+name) {
					t.Errorf("%s asks for %s, which nobody measures", from, name)
				}
			}
		}
	}
}

// measurements is /metrics of a program that somebody visited.
func measurements(t *testing.T) string {
	t.Helper()
	p := serve(t, running.Settings{"METRICS_LISTEN": "127.0.0.1:0", "LOG_LEVEL": "info", "REDIS_URL": redistest.Start(t).URL()})
	holds := func(text string) func(running.Answer) bool {
		return func(a running.Answer) bool { return strings.Contains(string(a.Body), text) }
	}
	p.Await(t, "/demo", "", holds("<html"))
	figures := p.Metrics(t).Await(t, "/metrics", "", holds(`balasan_reloads_total{result="broken"} 0`))
	return "\n" + string(figures.Body) + "\nup{}"
}

func drawn(t *testing.T) (expressions []string) {
	t.Helper()
	var dashboard struct {
		Panels []struct{ Targets []struct{ Expr string } }
	}
	if err := json.Unmarshal([]byte(readRoot(t, "deploy/grafana.json")), &dashboard); err != nil {
		t.Fatal(err)
	}
	for _, panel := range dashboard.Panels {
		for _, target := range panel.Targets {
			expressions = append(expressions, target.Expr)
		}
	}
	return expressions
}

func alerted(t *testing.T) (expressions []string) {
	t.Helper()
	var rules struct {
		Groups []struct{ Rules []struct{ Expr string } }
	}
	if err := yaml.Unmarshal([]byte(readRoot(t, "deploy/alerts.yaml")), &rules); err != nil {
		t.Fatal(err)
	}
	for _, group := range rules.Groups {
		for _, rule := range group.Rules {
			expressions = append(expressions, rule.Expr)
		}
	}
	return expressions
}

func TestTheAlertsRingWhenTheyShould(t *testing.T) {
	tool, err := exec.LookPath("promtool")
	if err != nil {
		t.Skip("SKIPPED: promtool is not installed, so the alerts were not tried")
	}
	for _, args := range [][]string{{"check", "rules", "alerts.yaml"}, {"check", "config", "prometheus.yaml"}, {"test", "rules", "alerts_test.yaml"}} {
		cmd := exec.Command(tool, args...)
		cmd.Dir = filepath.Join("..", "..", "deploy")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%v: %v\n%s", args, err, out)
		}
	}
}

func TestProfilesAreForThisMachineAlone(t *testing.T) {
	for profiles, want := range map[bool]int{true: http.StatusOK, false: http.StatusNotFound} {
		answer := httptest.NewRecorder()
		newMeter().routes(profiles).ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/debug/pprof/", nil))
		if answer.Code != want {
			t.Errorf("profiles %v: %d", profiles, answer.Code)
		}
	}
}
