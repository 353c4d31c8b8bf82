package web_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"balasan/moderation"
	"balasan/web"

	"github.com/klauspost/compress/gzip"
)

const rawPost = "POST /v1/sites/desa/comments HTTP/1.1\r\nHost: x\r\nOrigin: " + portal + "\r\nContent-Type: application/x-www-form-urlencoded\r\n"

// dial opens a socket that fails the test rather than hang.
func dial(t *testing.T, at string) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", at)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	_ = conn.SetDeadline(time.Now().Add(15 * time.Second))
	return conn
}

// readAnswer reads one answer from a socket.
func readAnswer(t *testing.T, conn net.Conn) (*http.Response, string) {
	t.Helper()
	answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer, string(body)
}

func TestASlowRequestIsCutOff(t *testing.T) {
	d := open(t, func(s *web.Server) { s.ReadLimit = 150 * time.Millisecond })
	at := d.listen()
	for name, begun := range map[string]string{
		"in its head": "GET /healthz HTTP/1.1\r\nHost: x\r\nX-Slow: ",
		"in its body": rawPost + "Content-Length: 100\r\n\r\nbody=a",
		"in a chunk":  rawPost + "Transfer-Encoding: chunked\r\n\r\n64\r\nbody=a",
	} {
		t.Run(name, func(t *testing.T) {
			conn := dial(t, at)
			_, _ = io.WriteString(conn, begun)
			// The connection must end by itself, with or without a last word.
			if _, err := io.ReadAll(conn); errors.Is(err, context.DeadlineExceeded) {
				t.Error("the connection stays open")
			} else if e, ok := errors.AsType[net.Error](err); ok && e.Timeout() {
				t.Error("the connection stays open")
			}
		})
	}
}

// TestACompressedBodyIsRefusedUnread sends 48 MB of zeros in less than 64 kB.
func TestACompressedBodyIsRefusedUnread(t *testing.T) {
	d := open(t)
	at := d.listen()
	var bomb strings.Builder
	z := gzip.NewWriter(&bomb)
	_, _ = z.Write(make([]byte, 48<<20))
	_ = z.Close()
	if bomb.Len() > 64<<10 {
		t.Fatalf("the bomb has %d bytes and would be refused for its length", bomb.Len())
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range 5 {
		conn := dial(t, at)
		fmt.Fprintf(conn, "%sContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n%s", rawPost, bomb.Len(), bomb.String())
		if answer, body := readAnswer(t, conn); answer.StatusCode != 415 || d.hear(body).Code != "media_type" {
			t.Fatalf("%d %s", answer.StatusCode, body)
		}
	}
	runtime.ReadMemStats(&after)
	if used := after.TotalAlloc - before.TotalAlloc; used > 16<<20 {
		t.Errorf("five bombs of 48 MB took %d MB", used>>20)
	}
}

func TestAnEndlessBodyIsRefusedAtTheLimit(t *testing.T) {
	d := open(t)
	conn := dial(t, d.listen())
	sent := make(chan int, 1)
	go func() {
		_, _ = io.WriteString(conn, rawPost+"Transfer-Encoding: chunked\r\n\r\n")
		n, chunk := 0, "1000\r\n"+strings.Repeat("a", 4096)+"\r\n"
		for n < 64<<20 {
			if _, err := io.WriteString(conn, chunk); err != nil {
				break
			}
			n += 4096
		}
		sent <- n
	}()
	answer, body := readAnswer(t, conn)
	if got := d.hear(body); answer.StatusCode != 413 || got.Code != "too_large" {
		t.Errorf("%d %s", answer.StatusCode, body)
	}
	if answer.Header.Get("Access-Control-Allow-Origin") != "*" || answer.Header.Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("headers %v", answer.Header)
	}
	conn.Close()
	if n := <-sent; n > 32<<20 {
		t.Errorf("%d bytes were taken in", n)
	}
}

// gate is a Receiver that keeps everybody waiting.
type gate struct{ inside, open chan struct{} }

func (g gate) Receive(context.Context, moderation.Submission) (moderation.Receipt, error) {
	g.inside <- struct{}{}
	<-g.open
	return moderation.Receipt{}, &moderation.Problem{Code: moderation.Unavailable}
}

func TestTheFullHouseShedsAndStaysAlive(t *testing.T) {
	g := gate{make(chan struct{}), make(chan struct{})}
	d := open(t, func(s *web.Server) { s.InFlight, s.Intake = 2, g })
	at := d.listen()
	const form = "page=x&body=a"
	for range 2 {
		conn := dial(t, at)
		fmt.Fprintf(conn, "%sContent-Length: %d\r\n\r\n%s", rawPost, len(form), form)
		<-g.inside
	}
	defer close(g.open)
	late := dial(t, at)
	fmt.Fprintf(late, "%sContent-Length: %d\r\n\r\n%s", rawPost, len(form), form)
	answer, body := readAnswer(t, late)
	if answer.StatusCode != 503 || d.hear(body).Code != "overloaded" || answer.Header.Get("Retry-After") == "" {
		t.Errorf("%d %v %s", answer.StatusCode, answer.Header, body)
	}
	if answer.Header.Get("Access-Control-Allow-Origin") != "*" || answer.Header.Get("Access-Control-Expose-Headers") != "Retry-After" {
		t.Errorf("the embed cannot read why: %v", answer.Header)
	}
	alive := dial(t, at)
	_, _ = io.WriteString(alive, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
	if answer, body := readAnswer(t, alive); answer.StatusCode != 200 {
		t.Errorf("healthz: %d %s", answer.StatusCode, body)
	}
}
