package announce

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"syscall"
	"time"
)

// Outside is the one way out for announcements: to public addresses over TLS, and to what the
// operator allowed besides. The address is looked at when it is dialled, after names were
// resolved, so that a name that changes its mind gains nothing. Redirects are answers like others,
// and no proxy of the environment is asked.
type Outside struct {
	Allowed  []netip.Prefix // may be reached although they are not public, and without TLS as well
	Resolver *net.Resolver  // nil is the system's
	Roots    *x509.CertPool // nil is the system's
}

const (
	outsideLimit = 15 * time.Second // of a whole exchange
	answerLimit  = 64 << 10         // of an answer that is read
)

// ErrNotPublic refuses an address that the operator has not allowed.
var ErrNotPublic = errors.New("the address is not a public one and announce.networks does not allow it")

// errPlain refuses to speak without TLS.
var errPlain = errors.New("without TLS only what announce.networks allows is reached")

// Client is the client to make all requests with. It is safe for concurrent use.
func (o Outside) Client() *http.Client {
	return &http.Client{
		Timeout:       outsideLimit,
		Transport:     bySchemes{secure: o.transport(o.reachable), plain: o.transport(o.named)},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

func (o Outside) transport(check func(netip.Addr) error) *http.Transport {
	dialer := &net.Dialer{Timeout: 5 * time.Second, Resolver: o.Resolver, Control: func(_, address string, _ syscall.RawConn) error {
		to, err := netip.ParseAddrPort(address)
		if err != nil {
			return err
		}
		return check(to.Addr())
	}}
	return &http.Transport{DialContext: dialer.DialContext, TLSClientConfig: &tls.Config{RootCAs: o.Roots, MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout: 5 * time.Second, ResponseHeaderTimeout: 10 * time.Second, MaxResponseHeaderBytes: 32 << 10,
		MaxIdleConnsPerHost: 2, IdleConnTimeout: 30 * time.Second, DisableCompression: true, ForceAttemptHTTP2: true}
}

// bySchemes keeps connections without TLS apart, since they may go to fewer places.
type bySchemes struct{ secure, plain http.RoundTripper }

func (b bySchemes) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Scheme == "https" {
		return b.secure.RoundTrip(r)
	}
	return b.plain.RoundTrip(r)
}

// reachable tells whether TLS connections may go there.
func (o Outside) reachable(to netip.Addr) error {
	if o.allows(to) || isPublic(to) {
		return nil
	}
	return ErrNotPublic
}

// named tells whether connections without TLS may go there.
func (o Outside) named(to netip.Addr) error {
	switch {
	case o.allows(to):
		return nil
	case isPublic(to):
		return errPlain
	default:
		return ErrNotPublic
	}
}

func (o Outside) allows(to netip.Addr) bool {
	to = to.WithZone("").Unmap()
	return slices.ContainsFunc(o.Allowed, func(p netip.Prefix) bool { return p.Contains(to) })
}

// special are the networks of the IANA registries of special-purpose addresses, and those with an
// IPv4 address inside, that nothing announced may reach.
var special = prefixes("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
	"192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24", "198.18.0.0/15",
	"198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
	"2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20")

// isPublic tells whether an address belongs to the public internet.
func isPublic(a netip.Addr) bool {
	a = a.Unmap()
	if a.Zone() != "" || a.Is6() && !global6.Contains(a) {
		return false
	}
	return !slices.ContainsFunc(special, func(p netip.Prefix) bool { return p.Contains(a) })
}

var global6 = netip.MustParsePrefix("2000::/3") // all that is given out of IPv6

func prefixes(texts ...string) (all []netip.Prefix) {
	for _, text := range texts {
		all = append(all, netip.MustParsePrefix(text))
	}
	return all
}

// exchange sends a request and reads its answer, no further than answerLimit.
func exchange(ctx context.Context, client *http.Client, r *http.Request) (status int, header http.Header, body []byte, err error) {
	r.Header.Set("User-Agent", "balasan")
	answer, err := client.Do(r.WithContext(ctx))
	if err != nil {
		return 0, nil, nil, fmt.Errorf("no answer: %s", errText(err))
	}
	defer answer.Body.Close()
	body, err = io.ReadAll(io.LimitReader(answer.Body, answerLimit))
	return answer.StatusCode, answer.Header, body, err
}
