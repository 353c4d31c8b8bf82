package faults

import (
	"bytes"
	"fmt"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"balasan/internal/pgtest"
	"balasan/internal/program"
	"balasan/internal/redistest"
	"balasan/internal/reliability"
)

// formerCommit is the release before this one.
const formerCommit = "faa226f"

// formerBinary builds the program as it was, from the history of this clone.
func formerBinary(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	archive := exec.Command("git", "archive", "--format=tar", formerCommit)
	archive.Dir = ".."
	source, err := archive.Output()
	if err != nil {
		reliability.Skip(t, reliability.Replicas, upgradeFault, "P1 P3", "the release before this one, "+formerCommit+", is not in this clone")
	}
	unpack := exec.Command("tar", "-x", "-C", dir)
	unpack.Stdin = bytes.NewReader(source)
	if out, err := unpack.CombinedOutput(); err != nil {
		t.Fatalf("tar: %v %s", err, out)
	}
	binary := filepath.Join(dir, "balasan-before")
	if err := program.Build(dir, binary); err != nil {
		t.Fatal(err)
	}
	return binary
}

const upgradeFault = "a rolling upgrade: the release before and this one on one database, while this one migrates it"

// TestFaultRollingUpgrade lets visitors write through the release before, starts this one beside it, and
// lets both take in and decide.
func TestFaultRollingUpgrade(t *testing.T) {
	if !reliability.Long() {
		t.Skip("builds the release before: make test-faults")
	}
	before := formerBinary(t)
	_, url := pgtest.Own(t, "fsync=off")
	settings := program.Open().With(program.Settings{"DATABASE_URL": url, "REDIS_URL": redistest.Start(t).URL(), "REDIS_REPLICAS": "2"})
	was := program.ServeBinary(t, before, settings)
	cookie := was.SignedIn(t)
	dir := t.TempDir()
	sameKeys(t, was.Dir, dir)
	load := &upgradeLoad{acknowledged: map[string]string{}, stop: make(chan struct{})}
	load.run(was, "dulu")
	load.awaitMore(t)
	is := program.Serve(t, settings.With(program.Settings{"DATA": dir})) // it migrates
	load.run(is, "kini")
	load.awaitMore(t)
	decided := 0
	for round := range 10 {
		for i, p := range []*program.Program{was, is} {
			page := fmt.Sprintf("putusan-%d-%d", round, i)
			id := p.Submit(page, "Usulan warga "+page, page)
			other := []*program.Program{is, was}[i]
			answer, err := other.Decide(cookie, "approved", id)
			if id == "" || err != nil || answer.Status != http.StatusOK {
				t.Fatalf("%q is not decided on the other release: %v %d %s", id, err, answer.Status, answer.Body)
			}
			for _, reader := range []*program.Program{was, is} {
				reader.Await(t, program.Thread(page), "", func(a program.Answer) bool { return strings.Contains(string(a.Body), "Usulan warga "+page) })
			}
			decided++
		}
	}
	load.awaitMore(t)
	if err := was.Stop(); err != nil {
		t.Errorf("the release before does not stop: %v", err)
	}
	load.end()
	if n := load.failed.Load(); n > 0 {
		t.Errorf("%d requests failed: %v", n, load.last.Load())
	}
	lost := 0
	for key, id := range load.acknowledged {
		if is.Submit("naik", "Kiriman "+key, key) != id {
			lost++
		}
	}
	if lost > 0 {
		t.Errorf("%d of %d acknowledged are lost or kept twice", lost, len(load.acknowledged))
	}
	if out, err := is.Command("verify"); err != nil {
		t.Errorf("%v %s", err, out)
	}
	reliability.Tell(t, reliability.Line{Area: reliability.Replicas, Fault: upgradeFault, Promises: "P1 P2 P3",
		Seen: fmt.Sprintf("%d submissions and as many reads on both, no 5xx, none lost or kept twice; %d decisions made on the one about what the other took in, each seen on both",
			len(load.acknowledged), decided)})
}

// upgradeLoad are visitors who write and read until they are told to end.
type upgradeLoad struct {
	all    sync.WaitGroup
	stop   chan struct{}
	failed atomic.Int64
	last   atomic.Value // what failed last
	done   atomic.Int64

	mu           sync.Mutex
	acknowledged map[string]string // key to id
}

func (l *upgradeLoad) run(p *program.Program, name string) {
	for n := range 4 {
		l.all.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-l.stop:
					return
				case <-p.Ended():
					return
				default:
					l.once(p, fmt.Sprintf("%s-%d-%d", name, n, i))
				}
			}
		})
	}
}

func (l *upgradeLoad) once(p *program.Program, key string) {
	written, err := p.Post("/v1/sites/demo/comments", program.Submission("naik", "Kiriman "+key, key))
	var receipt struct{ ID string }
	switch {
	case err != nil: // it is ending
		return
	case written.Status == http.StatusAccepted && written.Into(&receipt) == nil:
		l.mu.Lock()
		l.acknowledged[key] = receipt.ID
		l.mu.Unlock()
	default:
		l.failed.Add(1)
		l.last.Store(fmt.Sprint(p.Base, written.Status, string(written.Body)))
	}
	if read, err := p.Get(program.Thread("naik")); err == nil && read.Status != http.StatusOK {
		l.failed.Add(1)
		l.last.Store(fmt.Sprint(p.Base, read.Status, string(read.Body)))
	}
	l.done.Add(1)
}

// awaitMore waits until they have gone on by some hundred visits.
func (l *upgradeLoad) awaitMore(t *testing.T) {
	t.Helper()
	reaches(t, &l.done, l.done.Load()+200, l.last.Load)
}

func (l *upgradeLoad) end() {
	close(l.stop)
	l.all.Wait()
}
