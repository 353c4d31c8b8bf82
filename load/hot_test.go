package load

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"balasan/internal/program"
	"balasan/internal/reliability"
)

// TestLoadHotThread reads the first page of a thread of 100 comments over and over, beside a bare handler in a process of
// its own that sends the same bytes.
func TestLoadHotThread(t *testing.T) {
	n := size(500, 40_000)
	p := program.Serve(t, open())
	cookie, ids := p.SignedIn(t), []string(nil)
	for i := range 100 {
		ids = append(ids, p.Submit("ramai", fmt.Sprintf("Terima kasih infonya, sangat membantu warga RT %d di kampung kami.", i), fmt.Sprint(i)))
	}
	if a, err := p.Decide(cookie, "approved", ids...); err != nil || a.Status != http.StatusOK {
		t.Fatal(err, a.Status, string(a.Body))
	}
	path := program.Thread("ramai")
	same := p.Await(t, path, "", func(a program.Answer) bool {
		var thread struct{ Count int }
		return a.Into(&thread) == nil && thread.Count == len(ids)
	}).Body
	file := filepath.Join(t.TempDir(), "same")
	if err := os.WriteFile(file, same, 0o600); err != nil {
		t.Fatal(err)
	}
	base := bare(t, "bytes", file)
	var whole, plain []float64
	for range size(1, rounds) {
		whole = append(whole, volley{addr: host(p.Base), conns: 64, n: n, request: gets(p.Base, path)}.fire(t).only(t, 200).persec(200))
		plain = append(plain, volley{addr: host(base), conns: 64, n: n, request: gets(base, path)}.fire(t).only(t, 200).persec(200))
	}
	reliability.Tell(t, reliability.Line{Area: reliability.Load, Fault: "the first page of a thread of 100 comments, read as often as 64 connections carry",
		Seen: fmt.Sprintf("%.2f of a bare handler with the same %d bytes (%.0f a second)", median(whole)/median(plain), len(same), median(whole))})
}

// TestLoadMemory tells what the program holds in memory at rest and after submissions.
func TestLoadMemory(t *testing.T) {
	n := size(500, 100_000)
	p := program.Serve(t, open())
	time.Sleep(size(0, 2*time.Second)) // until what starting took is given back
	rest := p.Resident(t, "VmRSS")
	volley{addr: host(p.Base), conns: 64, n: n, request: submissions(p.Base, "memory")}.fire(t).only(t, 202)
	reliability.Tell(t, reliability.Line{Area: reliability.Load, Fault: fmt.Sprintf("memory, at rest and after %d submissions", n),
		Seen: fmt.Sprintf("%.0f MiB and %.0f MiB, of which %.0f are its own", rest, p.Resident(t, "VmRSS"), p.Resident(t, "RssAnon"))})
}
