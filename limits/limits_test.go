package limits

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"balasan/moderation"
)

func allow(narrow, wide string) Allowances {
	n, err := ParseRate(narrow)
	w, err2 := ParseRate(wide)
	if err != nil || err2 != nil {
		panic("rates of a test")
	}
	return Allowances{moderation.ToSubmit: {Narrow: n, Wide: w}}
}

func addr(s string) netip.Addr { return netip.MustParseAddr(s) }

func (l *Limits) try(t *testing.T, ip string) moderation.Spent {
	t.Helper()
	return l.Spend(t.Context(), moderation.ToSubmit, addr(ip))
}

// contract holds for every engine. later lets time pass for the engine's clock.
func contract(t *testing.T, open func(Allowances) *Limits, later func(time.Duration)) {
	t.Run("exactly the allowance passes under 64 racers", func(t *testing.T) {
		l := open(allow("20/10m", "1000/10m"))
		var passed atomic.Int64
		var wg sync.WaitGroup
		for range 64 {
			wg.Go(func() {
				for range 4 {
					if l.Spend(t.Context(), moderation.ToSubmit, addr("10.0.0.1")).After == 0 {
						passed.Add(1)
					}
				}
			})
		}
		wg.Wait()
		if passed.Load() != 20 {
			t.Errorf("%d passed, want 20", passed.Load())
		}
	})
	t.Run("it refills one by one, and Retry-After tells when", func(t *testing.T) {
		l := open(allow("4/40m", "1000/40m"))
		for range 4 {
			l.try(t, "10.0.1.1")
		}
		after := l.try(t, "10.0.1.1").After
		if after < 599*time.Second || after > 601*time.Second {
			t.Fatalf("retry after %v, want 10m", after)
		}
		later(9*time.Minute + 50*time.Second)
		if l.try(t, "10.0.1.1").After == 0 {
			t.Error("passed 10 s early")
		}
		later(12 * time.Second)
		if l.try(t, "10.0.1.1").After != 0 || l.try(t, "10.0.1.1").After == 0 {
			t.Error("want exactly one more after one step")
		}
	})
	t.Run("rotation inside a network meets the wide bucket", func(t *testing.T) {
		l := open(allow("3/10m", "7/10m"))
		for network, ips := range map[string]func(i int) string{
			"v6 /64": func(i int) string { return "2001:db8:1:1::" + string(rune('1'+i)) },
			"v6 /48": func(i int) string { return "2001:db8:2:" + string(rune('1'+i)) + "::1" },
			"v4 /24": func(i int) string { return "10.0.2." + string(rune('1'+i)) },
		} {
			passed := 0
			for i := range 9 {
				if l.try(t, ips(i)).After == 0 {
					passed++
				}
			}
			if want := map[string]int{"v6 /64": 3, "v6 /48": 7, "v4 /24": 7}[network]; passed != want {
				t.Errorf("%s: %d passed, want %d", network, passed, want)
			}
		}
	})
	t.Run("a refusal takes nothing from the other bucket", func(t *testing.T) {
		l := open(allow("2/10m", "4/10m"))
		for range 20 {
			l.try(t, "10.0.3.1")
		}
		if l.try(t, "10.0.3.2").After != 0 || l.try(t, "10.0.3.2").After != 0 {
			t.Error("the narrow refusals were paid by the neighbours")
		}
		for range 20 { // refused by the wide bucket
			l.try(t, "10.0.3.3")
		}
		later(5*time.Minute + time.Second) // the wide one has two again
		if l.try(t, "10.0.3.3").After != 0 || l.try(t, "10.0.3.3").After != 0 {
			t.Error("the wide refusals were paid by the narrow bucket")
		}
	})
	t.Run("IPv4 inside IPv6 is the same sender", func(t *testing.T) {
		l := open(allow("1/10m", "10/10m"))
		if l.try(t, "10.0.4.1").After != 0 || l.try(t, "::ffff:10.0.4.1").After == 0 {
			t.Error("the other spelling had its own bucket")
		}
	})
	t.Run("low says that less than half is left", func(t *testing.T) {
		l := open(allow("4/10m", "10/10m"))
		got := []bool{l.try(t, "10.0.5.1").Low, l.try(t, "10.0.5.1").Low, l.try(t, "10.0.5.1").Low}
		if got[0] || got[1] || !got[2] {
			t.Errorf("low %v, want false false true", got)
		}
	})
	t.Run("allowances are apart", func(t *testing.T) {
		l := open(allow("1/10m", "10/10m"))
		l.try(t, "10.0.6.1")
		if l.Spend(t.Context(), moderation.ToSee, addr("10.0.6.1")).After != 0 {
			t.Error("a picture was paid with a submission")
		}
		if l.Spend(t.Context(), "nonsense", addr("10.0.6.1")).After == 0 {
			t.Error("an unknown allowance was given")
		}
	})
}

func TestMemory(t *testing.T) {
	// Subtests cannot run in a bubble, so time passes by ageing the debts.
	var l *Limits
	open := func(a Allowances) *Limits { l = New(Options{Allowances: a, Secret: []byte("s")}); return l }
	contract(t, open, func(d time.Duration) {
		for i := range l.local.shards {
			for n, debt := range l.local.shards[i].owed {
				debt.full -= d.Microseconds()
				l.local.shards[i].owed[n] = debt
			}
		}
	})
}

func TestADayLaterNamesAreNew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := namer{secret: []byte("s")}
		today := n.key(moderation.ToSubmit, addr("10.0.0.1"))
		if again := n.key(moderation.ToSubmit, addr("10.0.0.1")); again != today {
			t.Error("the name changes within the day")
		}
		time.Sleep(24 * time.Hour)
		if n.key(moderation.ToSubmit, addr("10.0.0.1")) == today {
			t.Error("the name outlives the day")
		}
	})
}

func TestAFloodStaysBoundedAndFreesNoOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := New(Options{Allowances: allow("20/10m", "1000/10m"), Secret: []byte("s"), Keys: 4096})
		for l.try(t, "192.0.2.1").After == 0 {
		}
		for i := range 100_000 {
			l.Spend(t.Context(), moderation.ToSubmit, netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)}))
			l.Spend(t.Context(), moderation.ToSubmit, netip.AddrFrom16([16]byte{0x20, 1, 0, byte(i >> 16), byte(i >> 8), byte(i)}))
		}
		if n := l.Stats().Keys; n > 4096 {
			t.Errorf("%d buckets in memory, cap 4096", n)
		}
		if l.try(t, "192.0.2.1").After == 0 {
			t.Error("the flood freed a busy sender")
		}
	})
}

func TestParseRate(t *testing.T) {
	for text, want := range map[string]string{
		"20/10m": "20 10m0s", " 3 / 1h ": "3 1h0m0s", "5/m": "5 1m0s", "1/24h": "1 24h0m0s",
		"": "", "20": "", "0/1m": "", "-1/m": "", "x/1m": "", "1/0s": "", "1/25h": "", "1/": "", "1000001/1h": "", "1/10": "",
	} {
		r, err := ParseRate(text)
		got := ""
		if err == nil {
			got = fmt.Sprint(r.Limit, " ", r.Period)
		}
		if got != want {
			t.Errorf("ParseRate(%q) = %q, %v; want %q", text, got, err, want)
		}
	}
}

// BenchmarkKey measures the memory of one bucket, when the map is as full as it gets.
func BenchmarkKey(b *testing.B) {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	m := newMemory(DefaultKeys)
	for i := range uint32(1 << 18) {
		var n name
		binary.BigEndian.PutUint32(n[:], i*2654435761) // spreads over the shards
		m.take(b.Context(), []bucket{newBucket(n, rate(20, time.Hour))}, 1)
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	for b.Loop() {
		m.len()
	}
	b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/float64(m.len()), "bytes/key")
}
