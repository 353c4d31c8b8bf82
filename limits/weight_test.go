package limits

import (
	"fmt"
	"net/netip"
	"testing"

	"balasan/internal/redistest"
	"balasan/internal/reliability"
	"balasan/moderation"
)

// TestFaultLoadWeightOfAllowances counts what a sender's allowance takes in Redis.
func TestFaultLoadWeightOfAllowances(t *testing.T) {
	server := redistest.Start(t)
	look := server.Client()
	l := New(Options{Allowances: allow("12/10m", "60/10m"), Secret: []byte("s"), Redis: dial(t, server)})
	used := func() float64 {
		info := look.InfoMap(t.Context(), "memory").Val()["Memory"]["used_memory"]
		var n float64
		if _, err := fmt.Sscan(info, &n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	l.try(t, "10.0.0.1") // loads the script
	before, keys := used(), look.DBSize(t.Context()).Val()
	for n := range 5000 {
		addr := netip.AddrFrom4([4]byte{11, byte(n >> 8), byte(n), 1})
		if spent := l.Spend(t.Context(), moderation.ToSubmit, addr); spent.Degraded {
			t.Fatal("counted without Redis")
		}
	}
	each := (used() - before) / float64(look.DBSize(t.Context()).Val()-keys)
	if each < 50 || each > 300 {
		t.Errorf("%.0f bytes for a key", each)
	}
	reliability.Tell(t, reliability.Line{Area: reliability.Load, Fault: "weight of an allowance in Redis", Seen: fmt.Sprintf("%.0f bytes a key", each)})
}
