package faults

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"balasan/internal/program"
	"balasan/internal/reliability"
)

// receiver is an address that webhooks reach. It can be down, or keep everybody waiting.
type receiver struct {
	server *httptest.Server

	mu      sync.Mutex
	down    bool
	refused int
	hold    chan struct{} // closed or nil when nobody waits
	waiting map[string]bool
	heard   map[string]int      // events by id
	order   map[string][]string // what was heard of a comment, in order
}

func newReceiver(t *testing.T) *receiver {
	h := &receiver{waiting: map[string]bool{}, heard: map[string]int{}, order: map[string][]string{}}
	h.server = httptest.NewServer(h)
	t.Cleanup(h.server.Close)
	return h
}

// config is a file that names the receiver.
func (h *receiver) config(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "balasan.yaml")
	text := "announce:\n  wait: 0s\n  networks: [127.0.0.0/8]\n  webhooks:\n    - url: " + h.server.URL +
		"/hook\n      secret: whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=\n      events: [approved, spam]\n"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func (h *receiver) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var event struct {
		Type    string
		Comment struct{ ID string }
	}
	body, _ := io.ReadAll(r.Body)
	_ = json.Unmarshal(body, &event) // what does not read is counted under no comment
	id := r.Header.Get("Webhook-Id")
	h.mu.Lock()
	hold := h.hold
	h.waiting[id] = hold != nil
	h.mu.Unlock()
	if hold != nil {
		<-hold
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.down {
		h.refused++
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	h.heard[id]++
	h.order[event.Comment.ID] = append(h.order[event.Comment.ID], event.Type)
}

func (h *receiver) set(down bool, hold chan struct{}) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.down, h.hold = down, hold
	clear(h.waiting)
}

// of tells how many events of these comments arrived, and how many of all arrived more than once.
func (h *receiver) of(ids []string) (arrived int, twice []string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, id := range ids {
		arrived += len(h.order[id])
	}
	for id, n := range h.heard {
		if n > 1 {
			twice = append(twice, id)
		}
	}
	return arrived, twice
}

// held are the events that wait for an answer.
func (h *receiver) held() (ids []string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for id, waits := range h.waiting {
		if waits {
			ids = append(ids, id)
		}
	}
	return ids
}

// announced counts at the receiver: with all three running, with it down, and with one killed in the
// middle of it.
func (x *triplet) announced(t *testing.T) {
	const decisions = 300
	var ids []string
	for i := range decisions {
		ids = append(ids, x.submit(t, "kabar", fmt.Sprintf("Laporan warga nomor %d tentang saluran air", i)))
	}
	for i := 0; i < decisions; i += 10 {
		x.decide(t, x.of(i/10), "approved", ids[i:i+10]...)
	}
	await(t, "all of it is announced", func() bool { n, _ := x.hook.of(ids); return n >= decisions })
	n, twice := x.hook.of(ids)
	if n != decisions || len(twice) > 0 {
		t.Errorf("%d decisions, %d announcements, %d of them twice", decisions, n, len(twice))
	}
	reliability.Tell(t, reliability.Line{Area: reliability.Replicas, Fault: "three replicas announce from one outbox", Promises: "P2",
		Seen: fmt.Sprintf("%d decisions, %d webhooks, none twice", decisions, n)})
	if reliability.Long() {
		x.receiverDown(t, ids[:20])
	}
	x.killedInDelivery(t, ids[20:40])
}

// receiverDown decides twice on each while the receiver is down.
func (x *triplet) receiverDown(t *testing.T, ids []string) {
	t.Helper()
	before, _ := x.hook.of(ids)
	x.hook.set(true, nil)
	planned := func(n int) func() bool {
		return func() bool {
			return x.count(t, `SELECT count(*) FROM announce_delivery WHERE target LIKE 'webhook%'`) >= n
		}
	}
	for i, move := range [][2]string{{"approved", "spam"}, {"spam", "approved"}} {
		x.move(t, x.of(i), move[0], move[1], ids...)
		await(t, "the announcements wait", planned(len(ids)*(i+1)))
	}
	await(t, "somebody was refused", func() bool { x.hook.mu.Lock(); defer x.hook.mu.Unlock(); return x.hook.refused > 0 })
	x.hook.set(false, nil)
	await(t, "they arrive once it is back", func() bool { n, _ := x.hook.of(ids); return n >= before+2*len(ids) })
	x.hook.mu.Lock()
	defer x.hook.mu.Unlock()
	for _, id := range ids {
		if got := x.hook.order[id]; len(got) != 3 || got[0] == got[1] || got[0] != got[2] {
			t.Errorf("%s was told as %v", id, got)
		}
	}
	reliability.Tell(t, reliability.Line{Area: reliability.Outside, Fault: "a webhook's receiver down while three replicas announce",
		Seen: fmt.Sprintf("%d announcements waited and arrived once it was back, in the order of each comment, each once", 2*len(ids))})
}

// killedInDelivery kills one replica while the receiver keeps it waiting.
func (x *triplet) killedInDelivery(t *testing.T, ids []string) {
	t.Helper()
	before, _ := x.hook.of(ids)
	hold := make(chan struct{})
	x.hook.set(false, hold)
	x.move(t, x.r[0], "approved", "spam", ids...)
	await(t, "all three deliver", func() bool { return len(x.hook.held()) == len(x.r) })
	inFlight := x.hook.held()
	x.r[2].Kill()
	x.hook.set(false, nil)
	close(hold)
	waits := func() int { return x.count(t, `SELECT count(*) FROM announce_delivery WHERE target LIKE 'webhook%'`) }
	await(t, "only what the killed one had claimed waits", func() bool { return waits() == 1 })
	if !reliability.Long() { // its claim holds for two minutes
		if _, err := x.db.ExecContext(t.Context(), `UPDATE announce_delivery SET next_at = 0 WHERE dead_at IS NULL`); err != nil {
			t.Fatal(err)
		}
	}
	awaitLong(t, "another one delivers it", func() bool { return waits() == 0 })
	n, twice := x.hook.of(ids)
	for _, id := range twice {
		if !slices.Contains(inFlight, id) {
			t.Errorf("%s arrived twice and nobody died over it", id)
		}
	}
	if n-before-len(twice) != len(ids) || len(twice) > 1 {
		t.Errorf("%d announcements of %d, %d twice", n-before, len(ids), len(twice))
	}
	if err := x.r[2].Start(); err != nil {
		t.Fatal(err)
	}
	reliability.Tell(t, reliability.Line{Area: reliability.Replicas, Fault: "one of three replicas killed -9 while it delivers", Promises: "P2",
		Seen: fmt.Sprintf("%d announcements, none lost; %d, which the killed one had in hand, arrived twice with the same id", len(ids), len(twice))})
}

// mail asks for letters while the mail server refuses all, and counts them when it is back.
func (x *triplet) mail(t *testing.T) {
	const letters = 12
	x.post.Take()
	x.post.Refuse("from", 451)
	var ids []string
	for i := range letters {
		ids = append(ids, x.send(t, x.of(i), fmt.Sprintf("surat%d@contoh.id", i), "surat", fmt.Sprintf("Kapan jadwal posyandu bulan %d?", i), `,"notify":true`))
	}
	x.decide(t, x.r[0], "approved", ids...)
	await(t, "a letter was refused", func() bool {
		return x.count(t, `SELECT count(*) FROM announce_target WHERE target = 'mail' AND error <> ''`) == 1
	})
	x.post.Refuse("from", 0)
	got := map[string]int{}
	await(t, "all letters arrive", func() bool {
		for _, l := range x.post.Take() {
			got[l.To]++
		}
		return len(got) >= letters && x.count(t, `SELECT count(*) FROM announce_delivery WHERE target = 'mail'`) == 0
	})
	for _, l := range x.post.Take() {
		got[l.To]++
	}
	for to, n := range got {
		if n != 1 {
			t.Errorf("%s got %d letters", to, n)
		}
	}
	reliability.Tell(t, reliability.Line{Area: reliability.Outside, Fault: "the mail server refuses all while visitors ask for letters on three replicas", Promises: "P5",
		Seen: fmt.Sprintf("%d submissions taken in as ever, %d letters later, each once", letters, len(got))})
}

// live listens on one replica to what happens on another, goes, and comes back to a third.
func (x *triplet) live(t *testing.T) {
	const decisions = 30
	var ids []string
	for i := range decisions {
		ids = append(ids, x.submit(t, "langsung", fmt.Sprintf("Siaran langsung nomor %d dari balai desa", i)))
	}
	s := x.listen(t, x.r[2], "")
	x.decide(t, x.r[0], "approved", ids[:10]...)
	await(t, "the stream tells what another replica decided", func() bool { return s.knows(ids[:10]) })
	s.leave()
	for i, id := range ids[10:20] {
		x.decide(t, x.of(i), "approved", id)
	}
	again := x.listen(t, x.r[1], s.last)
	x.decide(t, x.r[2], "approved", ids[20:]...)
	await(t, "nothing is missed on another replica", func() bool { return again.reset() || again.knows(ids[10:]) })
	again.leave()
	fresh := x.listen(t, x.r[1], "")
	x.move(t, x.r[0], "approved", "spam", ids[29])
	await(t, "a new stream goes on", func() bool { return fresh.knows(ids[29:]) })
	missed := !fresh.knows(ids[10:20])
	if fresh.leave(); !missed {
		t.Error("a stream without Last-Event-ID tells what was missed: the test sees nothing")
	}
	reliability.Tell(t, reliability.Line{Area: reliability.Replicas, Fault: "a page's stream breaks and comes back to another replica",
		Seen:    fmt.Sprintf("%d decisions made on all three, none missed", decisions),
		Control: "without Last-Event-ID the ten made meanwhile were missed"})
}

// stream is what one page hears.
type stream struct {
	leave func()

	mu     sync.Mutex
	last   string
	heard  map[string]bool
	afresh bool
}

func (x *triplet) listen(t *testing.T, p *program.Program, last string) *stream {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, p.Base+"/v1/editor/events", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Cookie", x.cookie)
	if last != "" {
		req.Header.Set("Last-Event-ID", last)
	}
	answer, err := http.DefaultClient.Do(req)
	if err != nil || answer.StatusCode != http.StatusOK {
		t.Fatalf("no stream: %v %v", err, answer)
	}
	s := &stream{heard: map[string]bool{}}
	done, begun := make(chan struct{}), make(chan struct{})
	s.leave = func() { stop(); <-done }
	go func() {
		defer close(done)
		defer answer.Body.Close()
		s.read(answer.Body, sync.OnceFunc(func() { close(begun) }))
	}()
	t.Cleanup(s.leave)
	<-begun
	return s
}

func (s *stream) read(body io.Reader, begun func()) {
	event := ""
	for lines := bufio.NewScanner(body); lines.Scan(); {
		key, value, _ := strings.Cut(lines.Text(), ": ")
		s.mu.Lock()
		switch key {
		case "id":
			s.last = value
		case "event":
			event = value
			s.afresh = s.afresh || value == "reset"
		case "data":
			var settled struct{ IDs []string }
			if event == "settled" && json.Unmarshal([]byte(value), &settled) == nil {
				for _, id := range settled.IDs {
					s.heard[id] = true
				}
			}
			begun()
		}
		s.mu.Unlock()
	}
}

func (s *stream) knows(ids []string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return !slices.ContainsFunc(ids, func(id string) bool { return !s.heard[id] })
}

func (s *stream) reset() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.afresh
}
