package faults

import (
	"fmt"
	"net/http"
	"sync"
	"testing"

	"balasan/internal/program"
	"balasan/internal/reliability"
)

// TestFaultOneKeyAtOnce sends one submission 50 times at the same moment, as a browser that retries over
// a bad line does.
func TestFaultOneKeyAtOnce(t *testing.T) {
	const posts = 50
	p := program.Serve(t, program.Open())
	rounds := 5
	if reliability.Long() {
		rounds = 40
	}
	for round := range rounds {
		same := fmt.Sprintf("kunci-%d", round)
		ids, refused := atOnce(p, posts, "sekali", func(int) string { return same })
		if len(ids) != 1 || refused > 0 {
			t.Fatalf("round %d: %d comments of one key, %d refused", round, len(ids), refused)
		}
		other, err := p.Post("/v1/sites/demo/comments", program.Submission("sekali", "Isi yang lain sama sekali", same))
		if err != nil || other.Status != http.StatusUnprocessableEntity {
			t.Fatalf("another body under the key: %v %d %s", err, other.Status, other.Body)
		}
	}
	several, _ := atOnce(p, posts, "beda", func(n int) string { return fmt.Sprintf("lain-%d", n) })
	if len(several) != posts {
		t.Errorf("the control: %d comments of %d keys", len(several), posts)
	}
	reliability.Tell(t, reliability.Line{Area: reliability.Program, Fault: fmt.Sprintf("one submission sent %d times at the same moment", posts), Promises: "P2",
		Seen:    fmt.Sprintf("%d rounds: one comment and %d equal answers in each; another body under the key is refused (422)", rounds, posts),
		Control: fmt.Sprintf("under keys of their own they are %d comments", len(several))})
}

// atOnce posts the same text at the same moment and returns the ids that were answered.
func atOnce(p *program.Program, posts int, page string, key func(n int) string) (ids map[string]bool, refused int) {
	ids = map[string]bool{}
	var all sync.WaitGroup
	var mu sync.Mutex
	start := make(chan struct{})
	for n := range posts {
		all.Go(func() {
			<-start
			id := p.Submit(page, "Terima kasih atas beritanya", key(n))
			mu.Lock()
			defer mu.Unlock()
			if id == "" {
				refused++
				return
			}
			ids[id] = true
		})
	}
	close(start)
	all.Wait()
	return ids, refused
}
