package web

import (
	"bytes"
	"net"
	"net/netip"

	"github.com/gofiber/fiber/v2"
)

// clientAddr is the address that a request is counted under. It starts at the peer and walks
// X-Forwarded-For from the right, as long as the hop it stands on is one of the trusted
// proxies; what a stranger wrote further left is never believed. A hop that is no address ends
// the walk at the last one that was.
func clientAddr(peer net.Addr, forwarded [][]byte, trusted []netip.Prefix) netip.Addr {
	return walk(peerAddr(peer), bytes.Join(forwarded, []byte(",")), trusted)
}

// walk goes from the peer to the client; what it passes is trusted.
func walk(at netip.Addr, forwarded []byte, trusted []netip.Prefix) netip.Addr {
	hops := bytes.Split(forwarded, []byte(","))
	for i := len(hops) - 1; i >= 0 && trusts(trusted, at); i-- {
		hop, ok := parseHop(string(bytes.TrimSpace(hops[i])))
		if !ok {
			break
		}
		at = hop
	}
	return at
}

func peerAddr(peer net.Addr) netip.Addr {
	tcp, ok := peer.(*net.TCPAddr)
	if !ok {
		return netip.IPv4Unspecified() // a test's pipe or a unix socket
	}
	return tcp.AddrPort().Addr().Unmap().WithZone("")
}

// parseHop reads "192.0.2.1", "192.0.2.1:80", "2001:db8::1" and "[2001:db8::1]:80". IPv4 inside
// IPv6 is IPv4.
func parseHop(s string) (netip.Addr, bool) {
	if addr, err := netip.ParseAddr(s); err == nil {
		return addr.Unmap(), addr.Zone() == ""
	}
	if withPort, err := netip.ParseAddrPort(s); err == nil {
		return withPort.Addr().Unmap(), withPort.Addr().Zone() == ""
	}
	if n := len(s); n > 2 && s[0] == '[' && s[n-1] == ']' {
		addr, err := netip.ParseAddr(s[1 : n-1])
		return addr.Unmap(), err == nil && addr.Is6() && addr.Zone() == ""
	}
	return netip.Addr{}, false
}

func trusts(trusted []netip.Prefix, addr netip.Addr) bool {
	for _, prefix := range trusted {
		if prefix.Bits() > 0 && prefix.Contains(addr) { // a catch-all would believe everyone
			return true
		}
	}
	return false
}

// client is the address that the door found; none for what is cached, which is the same whoever asks.
func client(c *fiber.Ctx) netip.Addr {
	addr, _ := c.Locals(keyClient).(netip.Addr)
	return addr
}
