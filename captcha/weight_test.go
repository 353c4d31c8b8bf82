package captcha_test

import (
	"encoding/binary"
	"fmt"
	"testing"
	"time"

	"balasan/captcha"
	"balasan/internal/redistest"
	"balasan/internal/reliability"
)

// TestFaultLoadWeightOfMarks counts what a used challenge takes in Redis.
func TestFaultLoadWeightOfMarks(t *testing.T) {
	client := redistest.Start(t).Client()
	marks := captcha.Redis{Client: client}
	used := func() (n float64) {
		if _, err := fmt.Sscan(client.InfoMap(t.Context(), "memory").Val()["Memory"]["used_memory"], &n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	spend := func(n int) {
		var id [12]byte
		binary.BigEndian.PutUint32(id[:], uint32(n))
		if _, err := marks.Spend(t.Context(), id, "0123456789abcdef", true, time.Now().Add(10*time.Minute)); err != nil {
			t.Fatal(err)
		}
	}
	spend(0) // loads the script
	before := used()
	const n = 5000
	for i := range n {
		spend(i + 1)
	}
	each := (used() - before) / n
	if each < 50 || each > 500 {
		t.Errorf("%.0f bytes for a mark", each)
	}
	reliability.Tell(t, reliability.Line{Area: reliability.Load, Fault: "weight of a used challenge in Redis", Seen: fmt.Sprintf("%.0f bytes", each)})
}
