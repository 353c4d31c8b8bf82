package main

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"balasan/internal/pgtest"
	running "balasan/internal/program"
	"balasan/internal/redistest"
)

// replicas are programs on one PostgreSQL and one Redis. Each has a folder of its own with the
// same keys in it.
func replicas(t *testing.T, n int) []*running.Program {
	t.Helper()
	_, database := pgtest.Own(t)
	settings := running.Settings{"DATABASE_URL": database, "REDIS_URL": redistest.Start(t).URL(), "REDIS_REPLICAS": fmt.Sprint(n)}
	var all []*running.Program
	for i := range n {
		dir := t.TempDir()
		if i > 0 {
			copyKeys(t, all[0].Dir, dir)
		}
		all = append(all, serve(t, settings.With(running.Settings{"DATA": dir})))
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

// TestReplicasAreOne submits on one replica what another one asked for, and decides on a third.
func TestReplicasAreOne(t *testing.T) {
	all := replicas(t, 3)
	var challenge struct{ Token string }
	if a := posted(t, all[0], "/v1/sites/demo/challenges", `{"page":"satu"}`, &challenge); a.Status != http.StatusCreated {
		t.Fatalf("no challenge: %d", a.Status)
	}
	answer, err := all[0].Command("challenge", "answer", challenge.Token)
	if err != nil {
		t.Fatal(err)
	}
	body := fmt.Sprintf(`{"page":"satu","name":"Wati","email":"wati@contoh.id","body":"Terima kasih beritanya","challenge":%q,"answer":%q}`, challenge.Token, strings.TrimSpace(answer))
	var receipt struct{ ID string }
	if a := posted(t, all[1], "/v1/sites/demo/comments", body, &receipt); a.Status != http.StatusAccepted {
		t.Fatalf("the second replica refuses: %d %s", a.Status, a.Body)
	}
	if a := posted(t, all[2], "/v1/sites/demo/comments", body, nil); a.Code() != "captcha_reused" {
		t.Errorf("the third replica takes the same answer again: %s", a.Body)
	}
	if a, err := all[2].Decide(all[0].SignedIn(t), "approved", receipt.ID); err != nil || a.Status != http.StatusOK {
		t.Fatalf("the third replica does not know the editor: %v %d", err, a.Status)
	}
	for _, p := range all {
		p.Await(t, running.Thread("satu"), "", func(a running.Answer) bool { return strings.Contains(string(a.Body), "Terima kasih beritanya") })
	}
}

// posted sends JSON and reads JSON, into nothing where into is nil.
func posted(t *testing.T, p *running.Program, path, body string, into any) running.Answer {
	t.Helper()
	a, err := p.Post(path, body)
	if err == nil && into != nil {
		err = a.Into(into)
	}
	if err != nil {
		t.Fatalf("%s: %v: %d %s", path, err, a.Status, a.Body)
	}
	return a
}

// TestAnInstallationMovesToPostgres copies what was taken in on SQLite and goes on with it there.
func TestAnInstallationMovesToPostgres(t *testing.T) {
	_, database := pgtest.Own(t)
	settings := running.Open().With(running.Settings{"DATA": t.TempDir()})
	before := serve(t, settings)
	id := before.Submit("pindah", "Kiriman sebelum pindah", "satu")
	move := func(url string) (string, error) {
		cmd := exec.Command(self(t), "db", "copy")
		cmd.Args[0], cmd.Env = "balasan", []string{"BALASAN_DATA=" + before.Dir, "BALASAN_DATABASE_URL=" + url}
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	if said, err := move(database); err == nil || !strings.Contains(said, "stop the server first") {
		t.Errorf("beside a running server: %v %s", err, said)
	}
	if err := before.Stop(); err != nil {
		t.Fatal(err)
	}
	if said, err := move(""); err == nil || !strings.Contains(said, "database.url") {
		t.Errorf("without a target: %v %s", err, said)
	}
	if said, err := move(database); err != nil || !strings.Contains(said, "Copied and compared") {
		t.Fatalf("%v\n%s", err, said)
	}
	after := serve(t, settings.With(running.Settings{"DATABASE_URL": database}))
	if again := after.Submit("pindah", "Kiriman sebelum pindah", "satu"); again != id || id == "" {
		t.Errorf("a retry after the move is %q, was %q", again, id)
	}
	if again := after.Submit("pindah", "Kiriman sesudah pindah", "dua"); again == "" {
		t.Error("nothing more is taken in")
	}
}
