// Package mailtest serves a real mail server to tests, in their own process.
package mailtest

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"io"
	"math/big"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net"
	netmail "net/mail"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// Box is a mail server and what it took.
type Box struct {
	server *smtp.Server
	Port   int
	Roots  *x509.CertPool // trusts it
	Login  [2]string      // username and password that it wants; empty for none

	mu      sync.Mutex
	letters []Letter
	refuse  map[string]*smtp.SMTPError // by recipient; "from" for any sender, "data" for any letter
}

// Letter is what arrived.
type Letter struct {
	From, To string // of the envelope
	Raw      string
	Header   netmail.Header
	Text     string
	HTML     string
}

// Start serves on a port of its own. The encryption is tls,
// starttls or none; it wants a sign-in where login is username and password.
func Start(t testing.TB, encryption string, login ...string) *Box {
	t.Helper()
	p := &Box{refuse: map[string]*smtp.SMTPError{}}
	copy(p.Login[:], login)
	p.server = smtp.NewServer(p)
	p.server.Domain, p.server.AllowInsecureAuth, p.server.EnableSMTPUTF8 = "surat.example", encryption == "none", true
	p.server.ErrorLog = quietLog{}
	cert, roots := certificate(t)
	p.Roots = roots
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	p.Port = listener.Addr().(*net.TCPAddr).Port
	config := &tls.Config{Certificates: []tls.Certificate{cert}}
	switch encryption {
	case "tls":
		listener = tls.NewListener(listener, config)
	case "starttls":
		p.server.TLSConfig = config
	}
	go func() { _ = p.server.Serve(listener) }()
	t.Cleanup(func() { _ = p.server.Close() })
	return p
}

type quietLog struct{}

func (quietLog) Printf(string, ...any) {}
func (quietLog) Println(...any)        {}

// Take empties the box.
func (p *Box) Take() []Letter {
	p.mu.Lock()
	defer p.mu.Unlock()
	all := p.letters
	p.letters = nil
	return all
}

// Refuse answers so to a recipient, or to every sender ("from") or letter ("data"); 0 takes them
// again. Enhanced is the code of RFC 3463.
func (p *Box) Refuse(what string, code int, enhanced ...int) {
	var err *smtp.SMTPError
	if code != 0 {
		err = &smtp.SMTPError{Code: code, Message: "no " + what + " here"}
		copy(err.EnhancedCode[:], enhanced)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.refuse[what] = err
}

// NewSession is the server's side of a connection.
func (p *Box) NewSession(*smtp.Conn) (smtp.Session, error) { return &session{p: p}, nil }

// session is one connection.
type session struct {
	p        *Box
	signed   bool
	from, to string
}

func (s *session) AuthMechanisms() []string {
	if s.p.Login[0] == "" {
		return nil
	}
	return []string{sasl.Plain}
}

func (s *session) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, username, password string) error {
		if username != s.p.Login[0] || password != s.p.Login[1] {
			return smtp.ErrAuthFailed
		}
		s.signed = true
		return nil
	}), nil
}

func (s *session) refused(what string) error {
	s.p.mu.Lock()
	defer s.p.mu.Unlock()
	if err := s.p.refuse[what]; err != nil {
		return err
	}
	return nil
}

func (s *session) Mail(from string, _ *smtp.MailOptions) error {
	if s.from = from; s.p.Login[0] != "" && !s.signed {
		return smtp.ErrAuthRequired
	}
	return s.refused("from")
}

func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.to = to
	return s.refused(to)
}

func (s *session) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	if err := s.refused("data"); err != nil {
		return err
	}
	l, err := readLetter(raw)
	if err != nil {
		return err
	}
	l.From, l.To = s.from, s.to
	s.p.mu.Lock()
	defer s.p.mu.Unlock()
	s.p.letters = append(s.p.letters, l)
	return nil
}

func (s *session) Reset()        {}
func (s *session) Logout() error { return nil }

// readLetter takes a letter apart as a mail program does.
func readLetter(raw []byte) (Letter, error) {
	m, err := netmail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		return Letter{}, err
	}
	l := Letter{Raw: string(raw), Header: m.Header}
	_, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil {
		return l, err
	}
	parts := multipart.NewReader(m.Body, params["boundary"])
	for {
		p, err := parts.NextRawPart()
		if errors.Is(err, io.EOF) {
			return l, nil
		}
		if err != nil {
			return l, err
		}
		body, err := io.ReadAll(quotedprintable.NewReader(p))
		if err != nil {
			return l, err
		}
		text := strings.ReplaceAll(string(body), "\r\n", "\n")
		if strings.HasPrefix(p.Header.Get("Content-Type"), "text/html") {
			l.HTML = text
		} else {
			l.Text = text
		}
	}
}

// Subject is what a reader sees.
func (l Letter) Subject() string {
	s, err := new(mime.WordDecoder).DecodeHeader(l.Header.Get("Subject"))
	if err != nil {
		return err.Error()
	}
	return s
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// certificate is one for this machine, and who trusts it.
func certificate(t testing.TB) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	form := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "surat"}, NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, form, form, &key.PublicKey, key)
	must(t, err)
	parsed, err := x509.ParseCertificate(der)
	must(t, err)
	roots := x509.NewCertPool()
	roots.AddCert(parsed)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, roots
}
