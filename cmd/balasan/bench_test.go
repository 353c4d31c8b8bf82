//go:build unix

package main

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"

	"balasan/configs"
	running "balasan/internal/program"
)

const (
	connections = 64
	rounds      = 5 // of each, in turn; the median counts
)

// BenchmarkSubmissions holds submissions that are durable when answered, through the whole way
// (limits, shape, judge, keep; the challenge is off) over 64 connections, against two ceilings:
// the same SQLite with rows of the same size, group commit and nothing else (ratio), and the same
// behind a bare handler over the same connections (ratio-http). The clients share the processors
// with the program.
func BenchmarkSubmissions(b *testing.B) {
	const n = 10_000
	for b.Loop() {
		house, raw := benchHouse(b), newRawTable(b)
		bare := raw.listen(b)
		var whole, ceiling, overHTTP []float64
		var spent time.Duration
		for round := range rounds {
			before := cpuTime(b)
			whole = append(whole, perSecond(b, n, house.client(b, round)))
			spent += cpuTime(b) - before
			ceiling = append(ceiling, perSecond(b, n, raw.client))
			overHTTP = append(overHTTP, perSecond(b, n, bare.client(b, round)))
		}
		b.ReportMetric(median(whole), "submissions/s")
		b.ReportMetric(float64(spent.Microseconds())/(n*rounds), "cpu-µs/submission")
		b.ReportMetric(median(ceiling), "ceiling/s")
		b.ReportMetric(median(whole)/median(ceiling), "ratio")
		b.ReportMetric(median(overHTTP), "ceiling-http/s")
		b.ReportMetric(median(whole)/median(overHTTP), "ratio-http")
	}
}

// BenchmarkMemory tells how much the real program holds at rest and after 100,000 submissions: all
// that is resident, and what is its own, without the pages of the file that it was started from.
func BenchmarkMemory(b *testing.B) {
	for b.Loop() {
		dir := b.TempDir()
		env := append(os.Environ(), open...)
		s := running.New(os.Args[0], dir, filepath.Join(dir, "log"), env, "--listen", "127.0.0.1:0", "--data", filepath.Join(dir, "data"))
		if err := s.Start(); err != nil {
			b.Fatal(err)
		}
		defer s.Kill()
		pid := s.Pid()
		time.Sleep(2 * time.Second) // until what starting took is given back
		b.ReportMetric(resident(b, pid, "VmRSS"), "MiB-at-rest")
		b.ReportMetric(resident(b, pid, "RssAnon"), "MiB-own-at-rest")
		target := &benchTarget{base: s.Base, addr: strings.TrimPrefix(s.Base, "http://")}
		b.ReportMetric(perSecond(b, 100_000, target.client(b, 0)), "submissions/s")
		b.ReportMetric(resident(b, pid, "VmRSS"), "MiB-after-100k")
		b.ReportMetric(resident(b, pid, "RssAnon"), "MiB-own-after-100k")
	}
}

// open is a configuration that lets one machine send as much as it can.
// It trusts the sender's word for where it comes from, so that the bench has many networks.
var open = []string{"BALASAN_TRUSTED_PROXIES=127.0.0.1/32", "BALASAN_LIMITS_SUBMIT_NARROW=1000000/1s", "BALASAN_LIMITS_SUBMIT_WIDE=1000000/1s", "BALASAN_POLICY_CHALLENGE=never"}

// benchTarget is a running program that takes submissions.
type benchTarget struct{ base, addr string }

// benchHouse wires the whole program in this process and listens on loopback.
func benchHouse(b *testing.B) *benchTarget {
	b.Helper()
	cfg, err := configs.Load("", open, "data="+b.TempDir(), "listen=127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	listener, err := net.Listen("tcp", cfg.Listen)
	if err != nil {
		b.Fatal(err)
	}
	cfg.Listen = listener.Addr().String()
	h, err := enter(b.Context(), cfg)
	if err != nil {
		b.Fatal(err)
	}
	s, err := h.wire(slog.New(slog.DiscardHandler))
	if err != nil {
		b.Fatal(err)
	}
	if _, err := h.firstRun(b.Context()); err != nil {
		b.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- s.app.Listener(listener) }()
	b.Cleanup(func() {
		if err := errors.Join(s.app.Shutdown(), <-ended, h.close()); err != nil {
			b.Error(err)
		}
	})
	return &benchTarget{"http://" + cfg.Listen, cfg.Listen}
}

// client returns a function that opens one connection and sends comments over it, from 2,000
// networks. It parses no more of an answer than it must.
func (t *benchTarget) client(b *testing.B, round int) func() func(int) error {
	return func() func(int) error {
		conn, err := net.Dial("tcp", t.addr)
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { conn.Close() })
		in, body, out := bufio.NewReader(conn), []byte(nil), []byte(nil)
		return func(i int) error {
			body = fmt.Appendf(body[:0], `{"page":"%s/demo/%d","name":"Pembaca %d","email":"pembaca%d@contoh.id","body":"%s"}`, t.base, i%50, i, i, benchText(i))
			out = fmt.Appendf(out[:0], "POST /v1/sites/demo/comments HTTP/1.1\r\nHost: %s\r\nX-Forwarded-For: 36.%d.%d.%d\r\nContent-Type: application/json\r\nIdempotency-Key: %d-%d\r\nContent-Length: %d\r\n\r\n%s",
				t.addr, i%8, i%250, i%200, round, i, len(body), body)
			if _, err := conn.Write(out); err != nil {
				return err
			}
			return accepted(in)
		}
	}
}

// accepted reads one answer of a known length.
func accepted(in *bufio.Reader) error {
	status, length := "", 0
	for {
		line, err := in.ReadSlice('\n')
		if err != nil {
			return err
		}
		if len(line) == len("\r\n") {
			break
		}
		if status == "" {
			status = string(line)
		}
		if value, ok := bytes.CutPrefix(line, []byte("Content-Length: ")); ok {
			if length, err = strconv.Atoi(string(bytes.TrimSpace(value))); err != nil {
				return err
			}
		}
	}
	answer, err := in.Peek(length)
	if err == nil && status != "HTTP/1.1 202 Accepted\r\n" {
		err = fmt.Errorf("answered %s: %s", status, answer)
	}
	_, discarded := in.Discard(length)
	return cmp.Or(err, discarded)
}

func benchText(i int) string {
	return fmt.Sprintf("Terima kasih atas beritanya, ini sangat membantu warga RT %d yang setiap hari lewat jembatan lama; semoga jalan %d juga segera diperbaiki oleh dinas.", i, i*7)
}

// rawTable is SQLite with the settings of the store and rows as large as a comment, nothing else.
type rawTable struct {
	jobs chan chan error
	row  string
}

func newRawTable(b *testing.B) *rawTable {
	b.Helper()
	db, err := sql.Open("sqlite", filepath.Join(b.TempDir(), "raw.db")+"?_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_txlock=immediate")
	if err == nil {
		_, err = db.Exec(`CREATE TABLE raw (id INTEGER PRIMARY KEY, row TEXT)`)
	}
	if err != nil {
		b.Fatal(err)
	}
	t := &rawTable{make(chan chan error, 4096), strings.Repeat("x", 900)}
	done := make(chan struct{})
	go t.write(b.Context(), db, done)
	b.Cleanup(func() { close(t.jobs); <-done; db.Close() })
	return t
}

// write puts what waits into one transaction, up to 256 rows.
func (t *rawTable) write(ctx context.Context, db *sql.DB, done chan struct{}) {
	defer close(done)
	for job := range t.jobs {
		batch := []chan error{job}
		for more := true; more && len(batch) < 256; {
			select {
			case next, ok := <-t.jobs:
				if more = ok; ok {
					batch = append(batch, next)
				}
			default:
				more = false
			}
		}
		err := t.commit(ctx, db, len(batch))
		for _, waiting := range batch {
			waiting <- err
		}
	}
}

func (t *rawTable) commit(ctx context.Context, db *sql.DB, rows int) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	insert, err := tx.Prepare(`INSERT INTO raw (row) VALUES (?)`)
	for i := 0; i < rows && err == nil; i++ {
		_, err = insert.Exec(t.row)
	}
	return errors.Join(err, tx.Commit())
}

func (t *rawTable) client() func(int) error {
	done := make(chan error, 1)
	return func(int) error { t.jobs <- done; return <-done }
}

// listen puts the table behind a handler that does nothing else.
func (t *rawTable) listen(b *testing.B) *benchTarget {
	b.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	app := fiber.New(fiber.Config{DisableStartupMessage: true})
	app.Post("/v1/sites/:site/comments", func(c *fiber.Ctx) error {
		if err := t.client()(0); err != nil {
			return err
		}
		return c.SendStatus(fiber.StatusAccepted)
	})
	ended := make(chan error, 1)
	go func() { ended <- app.Listener(listener) }()
	b.Cleanup(func() {
		if err := errors.Join(app.Shutdown(), <-ended); err != nil {
			b.Error(err)
		}
	})
	return &benchTarget{"http://" + listener.Addr().String(), listener.Addr().String()}
}

// perSecond sends n times over 64 connections.
func perSecond(b *testing.B, n int, connect func() func(int) error) float64 {
	b.Helper()
	clients := make([]func(int) error, connections)
	for i := range clients {
		clients[i] = connect()
	}
	var next atomic.Int64
	var all sync.WaitGroup
	begun := time.Now()
	for _, send := range clients {
		all.Go(func() {
			for i := int(next.Add(1)); i <= n; i = int(next.Add(1)) {
				if err := send(i); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
	return float64(n) / time.Since(begun).Seconds()
}

func median(figures []float64) float64 {
	slices.Sort(figures)
	return figures[len(figures)/2]
}

// cpuTime is what this process has used of the processors.
func cpuTime(b *testing.B) time.Duration {
	b.Helper()
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		b.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// resident is what a process holds in memory, in MiB (VmRSS and RssAnon of proc(5)).
func resident(b testing.TB, pid int, what string) float64 {
	b.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		b.Skip("SKIPPED: no /proc on this system")
	}
	_, rest, _ := strings.Cut(string(status), what+":")
	var kib float64
	if _, err := fmt.Sscan(rest, &kib); err != nil {
		b.Fatal(err)
	}
	return kib / 1024
}
