package announce

import (
	"context"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"

	"golang.org/x/net/dns/dnsmessage"
)

func TestOnlyPublicAddressesAreReached(t *testing.T) {
	for address, public := range map[string]bool{
		"93.184.216.34": true, "149.154.167.220": true, "1.1.1.1": true, "100.63.255.255": true, "100.128.0.0": true, "172.32.0.1": true,
		"2606:4700::1111": true, "2a00:1450:4001::1": true, "::ffff:1.1.1.1": true,

		"127.0.0.1": false, "127.255.255.254": false, "0.0.0.0": false, "0.1.2.3": false, "10.0.0.1": false, "172.16.0.1": false,
		"172.31.255.255": false, "192.168.1.1": false, "100.64.0.1": false, "100.127.255.255": false, "169.254.169.254": false,
		"224.0.0.1": false, "239.255.255.250": false, "255.255.255.255": false, "240.0.0.1": false, "192.0.0.192": false, "198.18.0.1": false,
		"192.0.2.1": false, "203.0.113.5": false,
		"::1": false, "::": false, "fe80::1": false, "fc00::1": false, "fd00:ec2::254": false, "ff02::1": false, "fec0::1": false,
		"::ffff:127.0.0.1": false, "::ffff:169.254.169.254": false, "::ffff:10.1.2.3": false, "::127.0.0.1": false,
		"64:ff9b::7f00:1": false, "64:ff9b:1::a00:1": false, "2002:7f00:1::": false, "2001:0:7f00:1::": false, "2001:db8::1": false, "100::1": false,
		"2606:4700::1111%eth0": false,
	} {
		if got := isPublic(netip.MustParseAddr(address)); got != public {
			t.Errorf("%s: public %v, want %v", address, got, public)
		}
	}
}

func TestAnAllowedNetworkIsAllowedInEveryForm(t *testing.T) {
	o := Outside{Allowed: prefixes("10.0.5.0/24")}
	for address, want := range map[string]error{"10.0.5.9": nil, "::ffff:10.0.5.9": nil, "10.0.6.9": ErrNotPublic, "1.1.1.1": errPlain} {
		if got := o.named(netip.MustParseAddr(address)); got != want {
			t.Errorf("without TLS to %s: %v, want %v", address, got, want)
		}
	}
}

// get asks for an address and returns the body or the error.
func get(t *testing.T, o Outside, url string) (int, error) {
	t.Helper()
	r, err := http.NewRequest(http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	status, _, _, err := exchange(t.Context(), o.Client(), r)
	return status, err
}

var here = prefixes("127.0.0.1/32")

func refused(err error, cause error) bool {
	return err != nil && strings.Contains(err.Error(), cause.Error())
}

func TestLoopbackIsRefusedUnlessItIsAllowed(t *testing.T) {
	var calls atomic.Int32
	receiver := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { calls.Add(1) }))
	defer receiver.Close()
	if _, err := get(t, Outside{}, receiver.URL); !refused(err, ErrNotPublic) || calls.Load() != 0 {
		t.Errorf("%v after %d calls", err, calls.Load())
	}
	t.Setenv("HTTP_PROXY", receiver.URL) // not asked
	if _, err := get(t, Outside{}, "http://10.255.255.1/"); !refused(err, ErrNotPublic) || calls.Load() != 0 {
		t.Errorf("%v after %d calls", err, calls.Load())
	}
	if status, err := get(t, Outside{Allowed: here}, receiver.URL); err != nil || status != 200 {
		t.Errorf("%d %v", status, err)
	}
}

func TestTLSIsVerified(t *testing.T) {
	receiver := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer receiver.Close()
	receiver.Config.ErrorLog = nil
	if _, err := get(t, Outside{Allowed: here}, receiver.URL); err == nil {
		t.Error("a stranger's certificate was taken")
	}
	roots := x509.NewCertPool()
	roots.AddCert(receiver.Certificate())
	if status, err := get(t, Outside{Allowed: here, Roots: roots}, receiver.URL); err != nil || status != 200 {
		t.Errorf("%d %v", status, err)
	}
	if _, err := get(t, Outside{Roots: roots}, receiver.URL); !refused(err, ErrNotPublic) {
		t.Error(err)
	}
}

func TestARedirectIsNotFollowed(t *testing.T) {
	var calls atomic.Int32
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		calls.Add(1)
		http.Redirect(w, r, "/elsewhere", http.StatusTemporaryRedirect)
	}))
	defer receiver.Close()
	if status, err := get(t, Outside{Allowed: here}, receiver.URL); status != 307 || err != nil || calls.Load() != 1 {
		t.Errorf("%d %v after %d calls", status, err, calls.Load())
	}
}

func TestAnEndlessAnswerIsCutOff(t *testing.T) {
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for chunk := make([]byte, 32<<10); r.Context().Err() == nil; {
			if _, err := w.Write(chunk); err != nil {
				return
			}
		}
	}))
	defer receiver.Close()
	r, _ := http.NewRequest(http.MethodGet, receiver.URL, nil)
	_, _, body, err := exchange(t.Context(), Outside{Allowed: here}.Client(), r)
	if err != nil || len(body) != answerLimit {
		t.Errorf("%d bytes %v", len(body), err)
	}
}

// names is a DNS server in this process that answers each question for an IPv4 address with the
// next address of a list.
func names(t *testing.T, answers ...string) *net.Resolver {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	go func() {
		for n, packet := 0, make([]byte, 512); ; {
			size, from, err := conn.ReadFrom(packet)
			if err != nil {
				return
			}
			var m dnsmessage.Message
			if m.Unpack(packet[:size]) != nil {
				continue
			}
			m.Header.Response, m.Header.RCode, m.Additionals = true, dnsmessage.RCodeSuccess, nil
			if q := m.Questions[0]; q.Type == dnsmessage.TypeA {
				m.Answers = []dnsmessage.Resource{{Header: dnsmessage.ResourceHeader{Name: q.Name, Class: q.Class, TTL: 0},
					Body: &dnsmessage.AResource{A: netip.MustParseAddr(answers[min(n, len(answers)-1)]).As4()}}}
				n++
			}
			reply, err := m.Pack()
			if err == nil {
				_, _ = conn.WriteTo(reply, from)
			}
		}
	}()
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "udp", conn.LocalAddr().String())
	}}
}

func TestANameThatChangesItsMindGainsNothing(t *testing.T) {
	var calls atomic.Int32
	receiver := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { calls.Add(1) }))
	defer receiver.Close()
	_, port, _ := net.SplitHostPort(receiver.Listener.Addr().String())
	resolver := names(t, "93.184.216.34", "127.0.0.1")
	looked, err := resolver.LookupHost(t.Context(), "rebind.example.")
	if err != nil || looked[0] != "93.184.216.34" { // what a check before the request would see
		t.Fatal(looked, err)
	}
	for _, scheme := range []string{"http", "https"} {
		if _, err := get(t, Outside{Resolver: resolver}, scheme+"://rebind.example.:"+port+"/"); !refused(err, ErrNotPublic) {
			t.Error(scheme, err)
		}
	}
	if calls.Load() != 0 {
		t.Error("it was reached")
	}
	if status, err := get(t, Outside{Resolver: resolver, Allowed: here}, "http://rebind.example.:"+port+"/"); err != nil || status != 200 {
		t.Errorf("the same name where it is allowed: %d %v", status, err)
	}
}

func TestAnErrorDoesNotTellTheAddress(t *testing.T) {
	_, err := get(t, Outside{}, "https://127.0.0.1:1/hooks/geheim")
	if err == nil || strings.Contains(err.Error(), "geheim") || errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
