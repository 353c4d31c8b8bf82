package faults

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"

	"balasan/internal/program"
	"balasan/internal/reliability"
)

const (
	trickle  = time.Second      // between two bytes of a slow client
	patience = 25 * time.Second // a slow request may take 10 s to arrive
)

// TestFaultSlowClients opens thousands of connections whose requests never end, in the head or in the body.
func TestFaultSlowClients(t *testing.T) {
	n := 300
	if reliability.Long() {
		n = 5_000
	}
	fault := fmt.Sprintf("%d clients that send a byte a second, half of them in the head, half in the body", n)
	var files syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &files); err != nil || files.Cur < uint64(n+1_000) {
		reliability.Skip(t, reliability.Load, fault, "P5", fmt.Sprintf("%d open files are too few", files.Cur))
	}
	p := program.Serve(t, program.Open())
	undisturbed := served(t, p, time.Now().Add(time.Second), "tenang")
	before := p.Resident(t, "VmRSS")
	patient := &slowClients{host: patientServer(t)}
	patient.begin(t, 100)
	slow := &slowClients{host: strings.TrimPrefix(p.Base, "http://")}
	began := time.Now()
	slow.begin(t, n)
	busy := served(t, p, began.Add(8*time.Second), "ramai")
	each := (p.Resident(t, "VmRSS") - before) * 1024 / float64(n) // KiB
	if reliability.Long() && each > 64 {                          // of few clients it is what the program needs anyway
		t.Errorf("a slow client costs %.0f KiB", each)
	}
	await(t, "the slow ones are sent away", func() bool { return slow.open.Load() == 0 })
	took := time.Since(began)
	if took > patience {
		t.Errorf("the last was sent away after %v", took)
	}
	stayed := patient.open.Load()
	if stayed < 100 {
		t.Errorf("the control: without ReadTimeout only %d of 100 stay", stayed)
	}
	served(t, p, time.Now().Add(100*time.Millisecond), "lega")
	reliability.Tell(t, reliability.Line{Area: reliability.Load, Fault: fault, Promises: "P5",
		Seen: fmt.Sprintf("meanwhile %d submissions and as many readings of others all served, the slowest after %v (undisturbed %v); %.0f KiB each; all sent away after %v",
			busy.count, busy.slowest.Round(time.Millisecond), undisturbed.slowest.Round(time.Millisecond), each, took.Round(time.Second)),
		Control: fmt.Sprintf("without ReadTimeout %d of 100 are still there by then", stayed)})
}

// visits are submissions and readings one after the other.
type visits struct {
	count   int
	slowest time.Duration
}

// served wants each of them answered until a time.
func served(t *testing.T, p *program.Program, until time.Time, name string) (v visits) {
	t.Helper()
	for ; time.Now().Before(until); time.Sleep(2 * time.Millisecond) {
		began := time.Now()
		if p.Submit("lambat", "Kiriman lain", fmt.Sprintf("%s-%d", name, v.count)) == "" {
			t.Fatal("a submission of others is refused")
		}
		if a, err := p.Get(program.Thread("lambat")); err != nil || a.Status != http.StatusOK {
			t.Fatalf("a reading of others: %v %d", err, a.Status)
		}
		v.count++
		v.slowest = max(v.slowest, time.Since(began))
	}
	return v
}

// slowClients keep connections busy without ever ending a request.
type slowClients struct {
	host string
	open atomic.Int64 // connections that were not closed from the other side
}

// begin connects n of them, which go on until they are sent away or the test ends.
func (s *slowClients) begin(t *testing.T, n int) {
	t.Helper()
	end := make(chan struct{})
	var all sync.WaitGroup
	t.Cleanup(func() { close(end); all.Wait() })
	for i := range n {
		conn, err := net.Dial("tcp", s.host)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = conn.Close() })
		begun := "POST /v1/sites/demo/comments HTTP/1.1\r\nHost: " + s.host + "\r\nContent-Type: application/json\r\n"
		if i%2 == 0 {
			begun += "X-Slow: "
		} else {
			begun += "Content-Length: 10000\r\n\r\n{"
		}
		if _, err := io.WriteString(conn, begun); err != nil {
			t.Fatal(err)
		}
		s.open.Add(1)
		all.Go(func() { s.drip(conn, end) })
	}
}

// drip writes a byte now and then until the other side has closed.
func (s *slowClients) drip(conn net.Conn, end chan struct{}) {
	defer conn.Close()
	heard := make([]byte, 512)
	for {
		select {
		case <-end:
			return
		default:
		}
		_ = conn.SetReadDeadline(time.Now().Add(trickle))
		if _, err := conn.Read(heard); err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
			s.open.Add(-1)
			return
		}
		_, _ = io.WriteString(conn, "a") // the next reading tells what it fails with
	}
}

// patientServer is the control: the same framework without a time for requests to arrive.
func patientServer(t *testing.T) (host string) {
	t.Helper()
	app := fiber.New(fiber.Config{DisableStartupMessage: true})
	app.Post("/*", func(c *fiber.Ctx) error { return c.SendStatus(http.StatusAccepted) })
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = app.Listener(l) }() // ends with its listener
	t.Cleanup(func() { _ = l.Close() })
	return l.Addr().String()
}
