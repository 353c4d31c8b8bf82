package announce

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

// postbox is a real mail server in this process.
type postbox struct {
	server *smtp.Server
	port   int
	roots  *x509.CertPool
	login  [2]string // username and password that it wants; empty for none

	mu      sync.Mutex
	letters []received
	refuse  map[string]*smtp.SMTPError // by recipient; "from" for any sender, "data" for any letter
}

type received struct {
	from, to string
	raw      string
	*netmail.Message
	text, html string
}

// newPostbox serves on a port of its own. The encryption is one of MailServer's.
func newPostbox(t *testing.T, encryption string, login ...string) *postbox {
	t.Helper()
	p := &postbox{refuse: map[string]*smtp.SMTPError{}}
	copy(p.login[:], login)
	p.server = smtp.NewServer(p)
	p.server.Domain, p.server.AllowInsecureAuth, p.server.EnableSMTPUTF8 = "surat.example", encryption == MailPlain, true
	p.server.ErrorLog = quietLog{}
	cert, roots := certificate(t)
	p.roots = roots
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	p.port = listener.Addr().(*net.TCPAddr).Port
	config := &tls.Config{Certificates: []tls.Certificate{cert}}
	switch encryption {
	case MailTLS:
		listener = tls.NewListener(listener, config)
	case MailStartTLS:
		p.server.TLSConfig = config
	}
	go func() { _ = p.server.Serve(listener) }()
	t.Cleanup(func() { _ = p.server.Close() })
	return p
}

type quietLog struct{}

func (quietLog) Printf(string, ...any) {}
func (quietLog) Println(...any)        {}

// reached is the server as balasan is configured to speak to it.
func (p *postbox) reached(encryption string) MailServer {
	s := MailServer{Host: "127.0.0.1", Port: p.port, Encryption: encryption, Timeout: 2 * time.Second, Roots: p.roots,
		From: netmail.Address{Name: "Redaksi Desa", Address: "redaksi@desa.example"}, Others: []Route{}}
	s.Username, s.Password = p.login[0], p.login[1]
	return s
}

func (p *postbox) all() []received {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]received{}, p.letters...)
}

// take empties the box.
func (p *postbox) take() []received {
	p.mu.Lock()
	defer p.mu.Unlock()
	all := p.letters
	p.letters = nil
	return all
}

func (p *postbox) refuses(what string, err *smtp.SMTPError) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.refuse[what] = err
}

// NewSession is the server's side of a connection.
func (p *postbox) NewSession(*smtp.Conn) (smtp.Session, error) { return &session{p: p}, nil }

type session struct {
	p        *postbox
	signed   bool
	from, to string
}

func (s *session) AuthMechanisms() []string {
	if s.p.login[0] == "" {
		return nil
	}
	return []string{sasl.Plain}
}

func (s *session) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, username, password string) error {
		if username != s.p.login[0] || password != s.p.login[1] {
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
	if s.from = from; s.p.login[0] != "" && !s.signed {
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
	l.from, l.to = s.from, s.to
	s.p.mu.Lock()
	defer s.p.mu.Unlock()
	s.p.letters = append(s.p.letters, l)
	return nil
}

func (s *session) Reset()        {}
func (s *session) Logout() error { return nil }

// readLetter takes a letter apart as a mail program does.
func readLetter(raw []byte) (received, error) {
	m, err := netmail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		return received{}, err
	}
	l := received{raw: string(raw), Message: m}
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
			l.html = text
		} else {
			l.text = text
		}
	}
}

// subject is what a reader sees.
func (l received) subject() string {
	s, err := new(mime.WordDecoder).DecodeHeader(l.Header.Get("Subject"))
	if err != nil {
		return err.Error()
	}
	return s
}

// certificate is one for this machine, and who trusts it.
func certificate(t *testing.T) (tls.Certificate, *x509.CertPool) {
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
