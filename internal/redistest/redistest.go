// Package redistest starts a real Redis for a test and does to it what happens to real ones.
package redistest

import (
	"context"
	"fmt"
	"net"
	"os/exec"
	"syscall"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

// Server is a Redis of one test's own: on 127.0.0.1, without persistence.
type Server struct {
	Port int
	t    testing.TB
	cmd  *exec.Cmd
	args []string // beside those of every server
}

// Start starts a server that ends with the test. It skips the test where redis-server is not
// installed.
func Start(t testing.TB) *Server {
	t.Helper()
	s := Reserve(t)
	s.Run()
	return s
}

// Reserve chooses a port, on which nothing listens yet.
func Reserve(t testing.TB) *Server {
	t.Helper()
	if _, err := exec.LookPath("redis-server"); err != nil {
		t.Skip("SKIPPED: redis-server is not installed, so nothing of this was tested on Redis")
	}
	return &Server{Port: freePort(t), t: t}
}

func freePort(t testing.TB) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// URL is the server's address.
func (s *Server) URL() string { return fmt.Sprintf("redis://127.0.0.1:%d", s.Port) }

// Run starts the server, empty, and waits until it answers.
func (s *Server) Run() {
	s.t.Helper()
	args := append([]string{"--port", fmt.Sprint(s.Port), "--bind", "127.0.0.1",
		"--save", "", "--appendonly", "no", "--dir", s.t.TempDir(), "--daemonize", "no"}, s.args...)
	s.launch(exec.Command("redis-server", args...))
}

func (s *Server) launch(cmd *exec.Cmd) {
	s.t.Helper()
	if err := cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	s.cmd = cmd
	s.t.Cleanup(func() { end(cmd) })
	client := s.Client()
	for deadline := time.Now().Add(10 * time.Second); client.Ping(context.Background()).Err() != nil; {
		if time.Now().After(deadline) {
			s.t.Fatal("redis-server does not answer")
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// Client is a plain client, for looking into the server.
func (s *Server) Client() *redis.Client {
	options, err := redis.ParseURL(s.URL())
	if err != nil {
		s.t.Fatal(err)
	}
	client := redis.NewClient(options)
	s.t.Cleanup(func() { client.Close() })
	return client
}

// Hang stops the process without ending it: connections stay, nothing answers.
func (s *Server) Hang() { s.signal(syscall.SIGSTOP) }

// Resume lets a hanging server go on.
func (s *Server) Resume() { s.signal(syscall.SIGCONT) }

// Kill ends the server at once.
func (s *Server) Kill() { end(s.cmd) }

func (s *Server) signal(sig syscall.Signal) {
	s.t.Helper()
	if err := s.cmd.Process.Signal(sig); err != nil {
		s.t.Fatal(err)
	}
}

func end(cmd *exec.Cmd) {
	cmd.Process.Kill() // fails only when it has ended already
	cmd.Wait()
}
