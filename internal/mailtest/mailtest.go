// Package mailtest runs a mail server in the process of a test.
package mailtest

import (
	"io"
	"net"
	"net/mail"
	"strings"
	"sync"
	"testing"

	"github.com/emersion/go-smtp"
)

// Server takes every letter and shows it.
type Server struct {
	Port    int
	mu      sync.Mutex
	refused error // of a receiver
	arrived []Letter
}

// Letter is one that arrived.
type Letter struct {
	To   string
	Raw  string
	Head mail.Header
}

// Start listens on 127.0.0.1 until the test ends.
func Start(t testing.TB) *Server {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &Server{Port: listener.Addr().(*net.TCPAddr).Port}
	server := smtp.NewServer(s)
	server.Domain = "localhost"
	var ended sync.WaitGroup
	ended.Go(func() { _ = server.Serve(listener) })
	t.Cleanup(func() { _ = server.Close(); ended.Wait() })
	return s
}

// Refuse answers every receiver with this error from now on; nil takes them again.
func (s *Server) Refuse(err *smtp.SMTPError) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.refused = nil; err != nil {
		s.refused = err
	}
}

// Arrived lists what was taken so far.
func (s *Server) Arrived() []Letter {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Letter(nil), s.arrived...)
}

// NewSession is for the SMTP library.
func (s *Server) NewSession(*smtp.Conn) (smtp.Session, error) { return &session{server: s}, nil }

type session struct {
	server *Server
	to     string
}

func (s *session) Reset()                               {}
func (s *session) Logout() error                        { return nil }
func (s *session) Mail(string, *smtp.MailOptions) error { return nil }

func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.server.mu.Lock()
	defer s.server.mu.Unlock()
	s.to = to
	return s.server.refused
}

func (s *session) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	m, err := mail.ReadMessage(strings.NewReader(string(raw)))
	if err != nil {
		return err
	}
	s.server.mu.Lock()
	defer s.server.mu.Unlock()
	s.server.arrived = append(s.server.arrived, Letter{s.to, string(raw), m.Header})
	return nil
}
