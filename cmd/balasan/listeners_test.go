package main

import (
	"bufio"
	"bytes"
	"fmt"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"
)

// mostPerListener is what an idle listener may cost the program, in KiB: 10,000 stay below 350 MB.
const mostPerListener = 35

// TestFaultManyListeners opens many streams of live updates: each costs little, and what happens
// reaches all of them.
func TestFaultManyListeners(t *testing.T) {
	n := 500
	if os.Getenv("BALASAN_FAULTS") == "long" {
		n = 9_500 // a process may open 20,000 files here, and one of ours holds both ends' numbers
	}
	s := serveStorm(t, t.TempDir())
	cookie := signedIn(t, s)
	submit(s.base, "first")
	before := resident(t, s.cmd.Process.Pid, "VmRSS")
	streams := make([]*bufio.Reader, n)
	for i := range streams {
		streams[i] = listen(t, s, cookie)
		awaitEvent(t, streams[i], "event: counts")
	}
	each := (resident(t, s.cmd.Process.Pid, "VmRSS") - before) * 1024 / float64(n)
	t.Logf("%d listeners, %.1f KiB each", n, each)
	if each > mostPerListener {
		t.Errorf("a listener costs %.1f KiB, more than %d", each, mostPerListener)
	}
	submit(s.base, "second")
	for _, stream := range streams {
		awaitEvent(t, stream, "event: counts")
	}
	if err := s.stop(); err != nil {
		t.Errorf("it did not end well: %v", err)
	}
}

// signedIn follows the owner's link and returns the session's cookie.
func signedIn(t *testing.T, s *server) string {
	t.Helper()
	req, err := http.NewRequest(http.MethodPost, s.signIn, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Origin", s.base)
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	for _, cookie := range resp.Cookies() {
		return cookie.Name + "=" + cookie.Value
	}
	t.Fatalf("signing in: %d without a cookie", resp.StatusCode)
	return ""
}

func listen(t *testing.T, s *server, cookie string) *bufio.Reader {
	t.Helper()
	host := strings.TrimPrefix(s.base, "http://")
	conn, err := net.Dial("tcp", host)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(5 * time.Minute)); err != nil {
		t.Fatal(err)
	}
	if _, err := fmt.Fprintf(conn, "GET /v1/editor/events HTTP/1.1\r\nHost: %s\r\nCookie: %s\r\n\r\n", host, cookie); err != nil {
		t.Fatal(err)
	}
	return bufio.NewReaderSize(conn, 1024)
}

// awaitEvent reads until a line comes.
func awaitEvent(t *testing.T, stream *bufio.Reader, line string) {
	t.Helper()
	var read bytes.Buffer
	for {
		got, err := stream.ReadString('\n')
		read.WriteString(got)
		if strings.TrimSpace(got) == line {
			return
		}
		if err != nil {
			t.Fatalf("no %q: %v after\n%s", line, err, read.String())
		}
	}
}
