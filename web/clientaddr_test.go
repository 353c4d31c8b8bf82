package web

import (
	"net"
	"net/netip"
	"strings"
	"testing"
)

func TestClientAddr(t *testing.T) {
	none := ""
	local := "127.0.0.0/8,::1/128"
	chain := "127.0.0.0/8,10.0.0.0/8,2001:db8:f::/48"
	for _, tc := range []struct{ name, peer, trusted, forwarded, want string }{
		{"nobody is trusted by default", "203.0.113.7", none, "198.51.100.1", "203.0.113.7"},
		{"a loopback peer is not trusted by default", "127.0.0.1", none, "198.51.100.1", "127.0.0.1"},
		{"a private peer is not trusted by default", "10.0.0.1", none, "198.51.100.1", "10.0.0.1"},
		{"no header, no proxy", "203.0.113.7", none, "", "203.0.113.7"},
		{"no header behind a proxy", "127.0.0.1", local, "", "127.0.0.1"},
		{"an empty header behind a proxy", "127.0.0.1", local, " ", "127.0.0.1"},
		{"one hop", "127.0.0.1", local, "198.51.100.1", "198.51.100.1"},
		{"one hop with port", "127.0.0.1", local, "198.51.100.1:4711", "198.51.100.1"},
		{"one hop over IPv6", "::1", local, "198.51.100.1", "198.51.100.1"},
		{"an IPv6 client", "127.0.0.1", local, "2001:db8::1", "2001:db8::1"},
		{"an IPv6 client in brackets", "127.0.0.1", local, "[2001:db8::1]", "2001:db8::1"},
		{"an IPv6 client with port", "127.0.0.1", local, "[2001:db8::1]:443", "2001:db8::1"},
		{"IPv4 in IPv6 is IPv4", "127.0.0.1", local, "::ffff:198.51.100.1", "198.51.100.1"},
		{"IPv4 in IPv6 as peer is IPv4", "::ffff:203.0.113.7", none, "", "203.0.113.7"},
		{"IPv4 in IPv6 as peer is trusted as IPv4", "::ffff:127.0.0.1", local, "198.51.100.1", "198.51.100.1"},
		{"IPv4 in IPv6 in brackets", "127.0.0.1", local, "[::ffff:198.51.100.1]:1", "198.51.100.1"},
		{"a forged left end", "127.0.0.1", local, "1.2.3.4, 198.51.100.1", "198.51.100.1"},
		{"a forged left end with loopback", "127.0.0.1", local, "127.0.0.1, 198.51.100.1", "198.51.100.1"},
		{"two forged ones", "127.0.0.1", local, "1.2.3.4, 5.6.7.8, 198.51.100.1", "198.51.100.1"},
		{"a forged one without a proxy", "203.0.113.7", local, "1.2.3.4", "203.0.113.7"},
		{"two trusted hops", "127.0.0.1", chain, "198.51.100.1, 10.0.0.5", "198.51.100.1"},
		{"two trusted hops and a forged one", "127.0.0.1", chain, "1.2.3.4, 198.51.100.1, 10.0.0.5", "198.51.100.1"},
		{"an untrusted hop in the middle", "127.0.0.1", chain, "198.51.100.1, 192.0.2.9, 10.0.0.5", "192.0.2.9"},
		{"a trusted IPv6 hop", "127.0.0.1", chain, "198.51.100.1, 2001:db8:f::2", "198.51.100.1"},
		{"an IPv6 hop outside of the net", "127.0.0.1", chain, "198.51.100.1, 2001:db8:e::2", "2001:db8:e::2"},
		{"all hops trusted", "127.0.0.1", chain, "10.0.0.4, 10.0.0.5", "10.0.0.4"},
		{"a client that says to be trusted", "127.0.0.1", chain, "10.9.9.9, 198.51.100.1", "198.51.100.1"},
		{"rubbish right", "127.0.0.1", local, "198.51.100.1, unknown", "127.0.0.1"},
		{"rubbish left", "127.0.0.1", local, "unknown, 198.51.100.1", "198.51.100.1"},
		{"rubbish behind a trusted hop", "127.0.0.1", chain, "unknown, 10.0.0.5", "10.0.0.5"},
		{"an obfuscated name", "127.0.0.1", local, "_hidden", "127.0.0.1"},
		{"an empty hop right", "127.0.0.1", local, "198.51.100.1,", "127.0.0.1"},
		{"an empty hop left", "127.0.0.1", local, ",198.51.100.1", "198.51.100.1"},
		{"only commas", "127.0.0.1", local, ",,,", "127.0.0.1"},
		{"tabs around", "127.0.0.1", local, "\t198.51.100.1\t", "198.51.100.1"},
		{"no space", "127.0.0.1", chain, "198.51.100.1,10.0.0.5", "198.51.100.1"},
		{"many spaces", "127.0.0.1", chain, "198.51.100.1 ,   10.0.0.5", "198.51.100.1"},
		{"a zone", "127.0.0.1", local, "fe80::1%eth0", "127.0.0.1"},
		{"a zone in brackets", "127.0.0.1", local, "[fe80::1%eth0]:80", "127.0.0.1"},
		{"a leading zero", "127.0.0.1", local, "198.51.100.01", "127.0.0.1"},
		{"a number", "127.0.0.1", local, "3325256705", "127.0.0.1"},
		{"hexadecimal", "127.0.0.1", local, "0xC6336401", "127.0.0.1"},
		{"three parts", "127.0.0.1", local, "198.51.100", "127.0.0.1"},
		{"five parts", "127.0.0.1", local, "198.51.100.1.2", "127.0.0.1"},
		{"too large a part", "127.0.0.1", local, "198.51.100.256", "127.0.0.1"},
		{"too large a port", "127.0.0.1", local, "198.51.100.1:70000", "127.0.0.1"},
		{"no port after the colon", "127.0.0.1", local, "198.51.100.1:", "127.0.0.1"},
		{"IPv4 in brackets", "127.0.0.1", local, "[198.51.100.1]", "127.0.0.1"},
		{"an open bracket", "127.0.0.1", local, "[2001:db8::1", "127.0.0.1"},
		{"quotes", "127.0.0.1", local, `"198.51.100.1"`, "127.0.0.1"},
		{"the Forwarded syntax", "127.0.0.1", local, "for=198.51.100.1", "127.0.0.1"},
		{"a prefix", "127.0.0.1", local, "198.51.100.0/24", "127.0.0.1"},
		{"a host name", "127.0.0.1", local, "localhost", "127.0.0.1"},
		{"a line end", "127.0.0.1", local, "198.51.100.1\r\nX: y", "127.0.0.1"},
		{"a NUL", "127.0.0.1", local, "198.51.100.1\x00", "127.0.0.1"},
		{"a catch-all believes nobody", "203.0.113.7", "0.0.0.0/0", "198.51.100.1", "203.0.113.7"},
		{"a catch-all of IPv6 believes nobody", "2001:db8::7", "::/0", "198.51.100.1", "2001:db8::7"},
		{"one trusted address", "203.0.113.7", "203.0.113.7/32", "198.51.100.1", "198.51.100.1"},
		{"its neighbour", "203.0.113.8", "203.0.113.7/32", "198.51.100.1", "203.0.113.8"},
		{"the header twice", "127.0.0.1", chain, "198.51.100.1|10.0.0.5", "198.51.100.1"},
		{"the header twice, forged first", "127.0.0.1", chain, "1.2.3.4|198.51.100.1, 10.0.0.5", "198.51.100.1"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var lines [][]byte
			for line := range strings.SplitSeq(tc.forwarded, "|") {
				lines = append(lines, []byte(line))
			}
			peer := &net.TCPAddr{IP: net.ParseIP(tc.peer), Port: 1}
			if got := clientAddr(peer, lines, prefixes(tc.trusted)); got != netip.MustParseAddr(tc.want) {
				t.Errorf("got %s, want %s", got, tc.want)
			}
		})
	}
}

func prefixes(list string) (all []netip.Prefix) {
	for prefix := range strings.SplitSeq(list, ",") {
		if prefix != "" {
			all = append(all, netip.MustParsePrefix(prefix))
		}
	}
	return all
}

func FuzzClientAddr(f *testing.F) {
	f.Add("198.51.100.1, 10.0.0.5", true)
	f.Add("[::1%x]:1,,\x00", false)
	f.Fuzz(func(t *testing.T, header string, behind bool) {
		peer := &net.TCPAddr{IP: net.ParseIP("203.0.113.7"), Port: 1}
		var trusted []netip.Prefix
		if behind {
			trusted = prefixes("203.0.113.0/24,10.0.0.0/8")
		}
		got := clientAddr(peer, [][]byte{[]byte(header)}, trusted)
		if !got.IsValid() || got.Is4In6() || got.Zone() != "" {
			t.Errorf("%q gave %v", header, got)
		}
		if !behind && got.String() != "203.0.113.7" {
			t.Errorf("believed a stranger: %v", got)
		}
	})
}
