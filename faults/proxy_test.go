package faults

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"balasan/internal/pgtest"
	"balasan/internal/program"
	"balasan/internal/redistest"
	"balasan/internal/reliability"
)

// TestFaultReplicaKilledBehindTheProxy sends visitors through the proxy of compose.yaml and stops one of its two
// replicas, with and without warning, and the other as soon as it is back: nobody hears of it.
func TestFaultReplicaKilledBehindTheProxy(t *testing.T) {
	const what = "one of two replicas stopped or killed -9 behind the proxy of compose.yaml, the other as soon as it is back"
	nginx, err := exec.LookPath("nginx")
	if err != nil {
		reliability.Skip(t, reliability.Replicas, what, "P1 P2 P5", "nginx is not installed")
	}
	if !reliability.Long() {
		t.Skip("takes its time: make test-faults")
	}
	const rounds = 4
	a, b := twoReplicas(t)
	through := proxied(t, nginx, a, b)
	some := visit(through)
	for round := range rounds {
		victim := []*program.Program{a, b}[round%2]
		some.awaitMore(t)
		if round < rounds/2 {
			victim.Kill()
		} else if err := victim.Stop(); err != nil {
			t.Fatal(err)
		}
		some.awaitMore(t)
		if err := victim.Start(); err != nil {
			t.Fatal(err)
		}
	}
	seen := some.end()
	for key, id := range seen.acknowledged {
		if again := a.Submit("proksi", "Kiriman "+key, key); again != id {
			t.Errorf("%s was acknowledged as %s and is now %q", key, id, again)
		}
	}
	if seen.refused > 0 || seen.unread > 0 {
		t.Errorf("%d submissions and %d reads failed: %v", seen.refused, seen.unread, seen.last)
	}
	reliability.Tell(t, reliability.Line{Area: reliability.Replicas, Fault: what, Promises: "P1 P2 P5",
		Seen: fmt.Sprintf("%d stops; of %d submissions and %d reads none failed, none was lost or kept twice; %d times a visitor was told to come back and did",
			rounds, len(seen.acknowledged), seen.reads, seen.again),
		Control: fmt.Sprintf("straight at a killed replica %d of %d reads failed", direct(t, a), directTries)})
}

const directTries = 20

// direct is the control: how many reads fail where nobody stands in between.
func direct(t *testing.T, p *program.Program) (failed int) {
	t.Helper()
	p.Kill()
	for range directTries {
		if answer, err := http.Get("http://" + p.Listens + "/healthz"); err != nil {
			failed++
		} else {
			_ = answer.Body.Close()
		}
	}
	if failed == 0 {
		t.Error("a killed replica answers: the test kills nothing")
	}
	return failed
}

// twoReplicas share a database, a Redis, a data folder and addresses that outlive a restart.
func twoReplicas(t *testing.T) (a, b *program.Program) {
	t.Helper()
	_, database := pgtest.Own(t)
	settings := program.Open().With(program.Settings{"DATABASE_URL": database, "REDIS_URL": redistest.Start(t).URL(),
		"REDIS_REPLICAS": "2", "DATA": t.TempDir(), "TRUSTED_PROXIES": "127.0.0.1/32"})
	first := settings.With(program.Settings{"LISTEN": program.FreeAddress(t)})
	second := settings.With(program.Settings{"LISTEN": program.FreeAddress(t)})
	front := "http://" + program.FreeAddress(t)
	first["PUBLIC_URL"], second["PUBLIC_URL"] = front, front
	return program.Serve(t, first), program.Serve(t, second)
}

// proxied runs the proxy of compose.yaml in front of both; what it returns is reached through it.
func proxied(t *testing.T, nginx string, a, b *program.Program) *program.Program {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "deploy", "nginx.conf"))
	if err != nil {
		t.Fatal(err)
	}
	front := strings.TrimPrefix(a.Base, "http://")
	dir := t.TempDir()
	conf := strings.NewReplacer(
		"172.30.83.11:8080", a.Listens, "172.30.83.12:8080", b.Listens, "listen 8080", "listen "+front,
		"worker_processes auto", "daemon off; pid "+dir+"/pid; worker_processes 1",
		"access_log off;", "access_log off; client_body_temp_path "+dir+"/body; proxy_temp_path "+dir+"/proxy; fastcgi_temp_path "+dir+"/f; uwsgi_temp_path "+dir+"/u; scgi_temp_path "+dir+"/s;",
	).Replace(string(text))
	path := filepath.Join(dir, "nginx.conf")
	if err := os.WriteFile(path, []byte(conf), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(nginx, "-p", dir, "-c", path, "-e", filepath.Join(dir, "errors"))
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Signal(os.Interrupt); _ = cmd.Wait() })
	through := &program.Program{Base: a.Base, SignIn: a.SignIn}
	through.Await(t, "/healthz", "", func(answer program.Answer) bool { return answer.Status == http.StatusOK })
	return through
}

// passers are visitors who write and read until they are told to end.
type passers struct {
	through *program.Program
	stop    chan struct{}
	wait    sync.WaitGroup
	done    atomic.Int64
	mu      sync.Mutex
	seen    passersSaw
}

type passersSaw struct {
	acknowledged           map[string]string // key to id
	reads, refused, unread int
	again                  int // tries that were told to come back
	last                   string
}

func visit(through *program.Program) *passers {
	c := &passers{through: through, stop: make(chan struct{}), seen: passersSaw{acknowledged: map[string]string{}}}
	for n := range 8 {
		c.wait.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-c.stop:
					return
				default:
					c.once(fmt.Sprintf("proksi-%d-%d", n, i))
				}
			}
		})
	}
	return c
}

func (c *passers) once(key string) {
	written, again, writeErr := c.write(key)
	read, readErr := c.through.Get(program.Thread("proksi"))
	c.mu.Lock()
	defer c.mu.Unlock()
	var receipt struct{ ID string }
	if writeErr == nil && written.Status == http.StatusAccepted && written.Into(&receipt) == nil {
		c.seen.acknowledged[key] = receipt.ID
	} else {
		c.seen.refused++
		c.seen.last = fmt.Sprint(writeErr, written.Status, string(written.Body))
	}
	c.seen.again += again
	if c.seen.reads++; readErr != nil || read.Status != http.StatusOK {
		c.seen.unread++
		c.seen.last = fmt.Sprint(readErr, read.Status, string(read.Body))
	}
	c.done.Add(1)
}

// mostTries is how often a visitor comes back before giving up, a tenth of a second apart.
const mostTries = 50

// write submits as the form does: who is told to come back does, with the same key.
func (c *passers) write(key string) (answer program.Answer, again int, err error) {
	for ; again < mostTries; again++ {
		answer, err = c.through.Post("/v1/sites/demo/comments", program.Submission("proksi", "Kiriman "+key, key))
		if err != nil || answer.Status != http.StatusServiceUnavailable || answer.Header.Get("Retry-After") == "" {
			return answer, again, err
		}
		time.Sleep(100 * time.Millisecond)
	}
	return answer, again, err
}

// awaitMore waits until they have gone on by some hundred visits.
func (c *passers) awaitMore(t *testing.T) {
	t.Helper()
	reaches(t, &c.done, c.done.Load()+300, func() any { return c.end().last })
}

func (c *passers) end() passersSaw {
	close(c.stop)
	c.wait.Wait()
	return c.seen
}
