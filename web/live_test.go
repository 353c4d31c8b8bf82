package web

import (
	"bufio"
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"balasan/moderation"
)

// broadcast lets the house tell what happens, on a real connection.
func (h *house) broadcast(change func(*Live)) (address string) {
	h.t.Helper()
	live := &Live{Tail: h.db, Counts: h.server.Queue.Desk.LaneCounts, Leases: h.db.Leases, Log: slog.Default()}
	if change != nil {
		change(live)
	}
	h.server.Queue.Live = live
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		h.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { live.Run(ctx); close(done) }()
	go func() { _ = h.app.Listener(listener) }()
	h.t.Cleanup(func() {
		cancel()
		<-done
		_ = h.app.Shutdown()
	})
	return listener.Addr().String()
}

// stream is an open page's ear.
type stream struct {
	t    *testing.T
	conn net.Conn
	in   *bufio.Reader
	last string // id of the event heard last
}

func (h *house) listen(t *testing.T, address, session, path string, header ...string) *stream {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	_ = conn.SetDeadline(time.Now().Add(20 * time.Second))
	fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: queue.test\r\nCookie: balasan=%s\r\n%s\r\n", path, session, strings.Join(header, ""))
	s := &stream{t: t, conn: conn, in: bufio.NewReader(conn)}
	resp, err := http.ReadResponse(s.in, nil)
	if err != nil {
		t.Fatal(err)
	}
	if resp.StatusCode != http.StatusOK {
		t.Fatalf("the stream answers %d", resp.StatusCode)
	}
	if resp.Header.Get("Content-Type") != "text/event-stream; charset=utf-8" || resp.Header.Get("Cache-Control") != "no-store" ||
		!strings.Contains(resp.Header.Get("Content-Security-Policy"), "frame-ancestors 'none'") {
		t.Errorf("headers of the stream: %v", resp.Header)
	}
	return s
}

// await reads until an event of that name comes whose data holds the text.
func (s *stream) await(event, text string) string {
	s.t.Helper()
	name := ""
	for {
		line, err := s.in.ReadString('\n')
		if err != nil {
			s.t.Fatalf("no %s with %q: %v", event, text, err)
		}
		line = strings.TrimSuffix(line, "\n")
		switch key, value, _ := strings.Cut(line, ": "); key {
		case "id":
			s.last = value
		case "event":
			name = value
		case "data":
			if name == event && strings.Contains(value, text) {
				return value
			}
			if name == "settled" && event == "counts" && strings.Contains(value, text) {
				s.t.Fatalf("heard of %s", value)
			}
		}
	}
}

func TestAPageHearsWhatOthersDo(t *testing.T) {
	h := newHouse(t)
	address := h.broadcast(nil)
	sari, budi := h.hire("Sari", moderation.Redact, "warta"), h.hire("Budi Santoso", moderation.Redact, "warta")
	first := h.keep(nil)
	s := h.listen(t, address, sari, "/v1/editor/events")
	s.await("counts", `"doubt":"1"`)
	second := h.keep(nil)
	s.await("counts", `"doubt":"2"`)
	h.send(ask{method: http.MethodPost, path: "/v1/editor/decisions", session: budi, json: decideJSON(moderation.IsSpam, first, second)})
	told := s.await("settled", `"by":"Budi Santoso"`)
	if !strings.Contains(told, first) || !strings.Contains(told, second) || !strings.Contains(told, `"to":"spam"`) {
		t.Errorf("heard %s", told)
	}
	s.await("counts", `"doubt":"0"`)

	third := h.keep(nil)
	budis := h.who("Budi Santoso")
	if _, err := h.server.Queue.Desk.Lease(t.Context(), budis, third); err != nil {
		t.Fatal(err)
	}
	s.await("leases", `{"group":"`+third+`","by":"Budi Santoso","initials":"BS"}`)
	own := h.listen(t, address, budi, "/v1/editor/events")
	if leases := own.await("leases", ""); leases != "[]" {
		t.Errorf("one's own lease is told: %s", leases)
	}
}

// TestWhoComesAfterARestHearsNewCounts leaves the hub without anybody while a comment comes in.
func TestWhoComesAfterARestHearsNewCounts(t *testing.T) {
	h := newHouse(t)
	address := h.broadcast(func(l *Live) { l.Life = time.Millisecond; l.Beat = time.Millisecond })
	sari := h.hire("Sari", moderation.Redact, "warta")
	h.keep(nil)
	first := h.listen(t, address, sari, "/v1/editor/events")
	first.await("counts", `"doubt":"1"`)
	for h.server.Queue.Live.Listening() > 0 {
		time.Sleep(time.Millisecond)
	}
	h.keep(nil)
	if told := h.listen(t, address, sari, "/v1/editor/events").await("counts", ""); !strings.Contains(told, `"doubt":"2"`) {
		t.Errorf("the first that the next one hears is %s", told)
	}
}

func TestAPageHearsNothingOfOtherSites(t *testing.T) {
	h := newHouse(t)
	address := h.broadcast(nil)
	sari, budi := h.hire("Sari", moderation.Redact, "kampung"), h.hire("Budi", moderation.Owner, moderation.AllSites)
	all := h.listen(t, address, budi, "/v1/editor/events")
	narrowed := h.listen(t, address, budi, "/v1/editor/events?site=kampung")
	s := h.listen(t, address, sari, "/v1/editor/events")
	s.await("counts", `"doubt":"0"`)
	id := h.keep(nil)
	h.send(ask{method: http.MethodPost, path: "/v1/editor/decisions", session: budi, json: decideJSON(moderation.IsSpam, id)})
	all.await("settled", id)
	h.keep(func(c *moderation.Comment) { c.Site = "kampung" })
	for _, one := range []*stream{s, narrowed} {
		one.await("counts", `"doubt":"1"`) // await fails when it hears of anything settled before
	}
}

func TestWhoComesBackMissesNothing(t *testing.T) {
	h := newHouse(t)
	address := h.broadcast(nil)
	session := h.hire("Sari", moderation.Owner, moderation.AllSites)
	first := h.listen(t, address, session, "/v1/editor/events")
	first.await("counts", "")
	first.conn.Close()
	missed := h.keep(nil)
	h.send(ask{method: http.MethodPost, path: "/v1/editor/decisions", session: session, json: decideJSON(moderation.Approved, missed)})
	again := h.listen(t, address, session, "/v1/editor/events", "Last-Event-ID: "+first.last+"\r\n")
	if told := again.await("settled", missed); !strings.Contains(told, `"to":"approved"`) {
		t.Errorf("heard %s", told)
	}
	fresh := h.listen(t, address, session, "/v1/editor/events")
	fresh.await("here", "{}")
	if fresh.last != again.last {
		t.Errorf("a fresh page begins at %s, the tail ends at %s", fresh.last, again.last)
	}
}

func TestAStreamShowsLifeAndEndsInTime(t *testing.T) {
	h := newHouse(t)
	address := h.broadcast(func(l *Live) { l.Beat, l.Life = 20*time.Millisecond, 200*time.Millisecond })
	s := h.listen(t, address, h.hire("Sari", moderation.Owner, moderation.AllSites), "/v1/editor/events")
	beats := 0
	for {
		line, err := s.in.ReadString('\n')
		if err != nil {
			break // sent away
		}
		if line == ":\n" {
			beats++
		}
	}
	if beats == 0 {
		t.Error("no sign of life")
	}
}

func TestWithoutASessionThereIsNoStream(t *testing.T) {
	h := newHouse(t)
	h.broadcast(nil)
	if a := h.send(get("/v1/editor/events", "")); a.status != http.StatusUnauthorized {
		t.Errorf("answered %d", a.status)
	}
}

// who is an editor by name.
func (h *house) who(name string) moderation.Editor {
	h.t.Helper()
	editor, _, err := h.db.EditorByName(h.t.Context(), name)
	if err != nil {
		h.t.Fatal(err)
	}
	return editor
}
