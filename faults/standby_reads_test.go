package faults

import (
	"fmt"
	"strings"
	"testing"

	"balasan/internal/pgtest"
	"balasan/internal/program"
)

// TestThreadsAreReadFromAStandby follows one comment through a program that has one, until both servers are gone.
func TestThreadsAreReadFromAStandby(t *testing.T) {
	primary, url := pgtest.Own(t, "fsync=off")
	standby := primary.Standby(t, false)
	p := program.Serve(t, program.Open().With(program.Settings{"DATABASE_URL": url, "DATABASE_REPLICA": standby.URL("balasan"),
		"LISTEN": program.FreeAddress(t), "METRICS_LISTEN": "127.0.0.1:0", "LOG_LEVEL": "info"}))
	figures, cookie := p.Metrics(t), p.SignedIn(t)
	shows := func(path, text string) {
		t.Helper()
		p.Await(t, path, "", func(a program.Answer) bool { return strings.Contains(string(a.Body), text) })
	}
	publish := func(text string) {
		t.Helper()
		id := p.Submit("salinan", text, "kunci-"+text)
		if a, err := p.Decide(cookie, "approved", id); err != nil || a.Status != 200 {
			t.Fatal(err, a.Status, string(a.Body))
		}
		shows(program.Thread("salinan"), text)
	}
	tries := 0
	await(t, "a page comes from the standby", func() bool {
		_, _ = p.Get(program.Thread("salinan") + "&sort=oldest")
		tries++
		publish(fmt.Sprintf("percobaan %d", tries)) // so that the page is read again
		a, err := figures.Get("/metrics")
		return err == nil && strings.Contains(string(a.Body), "balasan_standby_pages_total ") && !strings.Contains(string(a.Body), "balasan_standby_pages_total 0\n")
	})
	examined := func(want string) {
		t.Helper()
		if found, _ := p.Command("doctor"); !strings.Contains(found, want) { // what else it finds is no matter here
			t.Errorf("no %q in\n%s", want, found)
		}
	}
	examined("ok       standby ")
	standby.Kill()
	shows("/readyz", `"standby"`)
	examined("problem  standby       does not answer")
	figures.Await(t, "/metrics", "", func(a program.Answer) bool {
		return strings.Contains(string(a.Body), `balasan_degraded{part="standby"} 1`)
	})
	publish("tanpa salinan")
	primary.Kill()
	shows("/readyz", `"database"`)
	shows(program.Thread("salinan"), "tanpa salinan")
}
