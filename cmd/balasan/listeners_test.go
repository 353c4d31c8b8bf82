package main

import (
	"bufio"
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	running "balasan/internal/program"
	faults "balasan/internal/reliability"
)

// mostPerListener is what an idle listener may cost the program, in KiB: 10,000 stay below 350 MB.
const mostPerListener = 35

// TestFaultManyListeners opens many streams of live updates: each costs little, and what happens
// reaches all of them.
func TestFaultManyListeners(t *testing.T) {
	n := 500
	if faults.Long() {
		n = 10_000
	}
	s := serve(t, running.Open())
	cookie := s.SignedIn(t)
	s.Submit("badai", "Kiriman pertama di tengah badai", "first")
	before := s.Resident(t, "VmRSS")
	streams := make([]*bufio.Reader, n)
	for i := range streams {
		streams[i] = listen(t, s, cookie)
		awaitEvent(t, streams[i], "event: counts")
	}
	each := (s.Resident(t, "VmRSS") - before) * 1024 / float64(n)
	if each > mostPerListener {
		t.Errorf("a listener costs %.1f KiB, more than %d", each, mostPerListener)
	}
	s.Submit("badai", "Kiriman kedua di tengah badai", "second")
	for _, stream := range streams {
		awaitEvent(t, stream, "event: counts")
	}
	if err := s.Stop(); err != nil {
		t.Errorf("it did not end well: %v", err)
	}
	faults.Tell(t, faults.Line{Area: faults.Load, Fault: fmt.Sprintf("%d idle pages of editors that are told live", n),
		Seen: fmt.Sprintf("%.1f KiB each; what happens reaches all", each)})
}

func listen(t *testing.T, s *running.Program, cookie string) *bufio.Reader {
	t.Helper()
	conn := s.Events(t, cookie)
	if err := conn.SetDeadline(time.Now().Add(5 * time.Minute)); err != nil {
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
