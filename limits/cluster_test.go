package limits

import (
	"crypto/rand"
	"fmt"
	"log/slog"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"balasan/captcha"
	"balasan/captcha/captchatest"
	"balasan/internal/redistest"
	"balasan/internal/reliability"
	"balasan/moderation"
)

// shared makes one replica's Limits of three, 5 in 10 minutes, on an address, and the marks beside them.
func shared(t *testing.T, address string) (*Limits, captcha.Redis) {
	t.Helper()
	client, err := Dial(address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close() })
	return New(Options{Allowances: allow("5/10m", "1000000/10m"), Secret: []byte("s"), Redis: client, Replicas: 3, Log: slog.New(slog.DiscardHandler)}), captcha.Redis{Client: client}
}

func TestEveryKeyAndScriptWorksOnARealCluster(t *testing.T) {
	cluster := redistest.StartCluster(t)
	l, marks := shared(t, cluster.URL())
	captchatest.Run(t, func(*testing.T) captcha.Marks { return marks })
	for host := range 60 { // enough for all three masters
		passed := 0
		for range 8 {
			spent := l.Spend(t.Context(), moderation.ToSubmit, sender(host))
			if spent.Degraded {
				t.Fatal("Redis was not asked")
			}
			if spent.After == 0 {
				passed++
			}
		}
		if passed != 5 {
			t.Fatalf("%d of 5 passed", passed)
		}
	}
	client := l.shared.(*remote).client
	err := take.Run(t.Context(), client, []string{"l1", "l2"}, 1, 1, 1, 1, 1).Err()
	if err == nil || !strings.Contains(strings.ToLower(err.Error()), "slot") {
		t.Errorf("control: two keys without a tag: %v; want CROSSSLOT", err)
	}
}

// sender is one of 16 million, each in a bucket of its own.
func sender(n int) netip.Addr {
	return netip.AddrFrom4([4]byte{10, byte(n >> 16), byte(n >> 8), byte(n)})
}

// away is what senders saw of an outage.
type away struct {
	lasted, slowest  time.Duration
	senders, refused int
	tokens, twice    int // right answers, and those that were taken a second time from another sender
}

// seeAway lets new senders come, each with a token that is spent twice, until Redis has counted again
// for a second and a half. The first replica that asks both places is this one, as in the program.
func seeAway(t *testing.T, l *Limits, marks *captcha.Fallback) (a away) {
	t.Helper()
	var first, last time.Time
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(2 * time.Millisecond) {
		begin := time.Now()
		spent := l.Spend(t.Context(), moderation.ToSubmit, sender(a.senders))
		a.slowest = max(a.slowest, time.Since(begin))
		a.senders++
		if spent.After != 0 {
			a.refused++
		}
		a.spendTwice(t, marks)
		if spent.Degraded {
			if last = time.Now(); first.IsZero() {
				first = begin
			}
		} else if !first.IsZero() && time.Since(last) > 1500*time.Millisecond {
			a.lasted = last.Sub(first)
			return a
		}
	}
	t.Fatal("Redis was never away, or never came back")
	return a
}

func (a *away) spendTwice(t *testing.T, marks *captcha.Fallback) {
	var id [12]byte
	_, _ = rand.Read(id[:]) // never fails
	for try, who := range []string{"first", "second"} {
		code, err := marks.Spend(t.Context(), id, who, true, time.Now().Add(time.Minute))
		switch {
		case err != nil || try == 0 && code != "":
			t.Fatal("a token: ", code, err)
		case try == 0:
			a.tokens++
		case code == "":
			a.twice++
		}
	}
}

// tell checks the promises and tells the line. At most the token of the moment of the kill may pass twice.
func (a away) tell(t *testing.T, fault string, share int, alone uint64) {
	t.Helper()
	if alone == 0 {
		t.Error("control: Redis alone would have answered all")
	}
	if a.lasted > 4*time.Second || a.refused > 0 || a.twice > 1 || share != 1 {
		t.Errorf("away %v, %d of %d refused, %d of %d tokens twice, %d passed in the fallback; want at most 4s, none, at most one and 1",
			a.lasted, a.refused, a.senders, a.twice, a.tokens, share)
	}
	reliability.Tell(t, reliability.Line{Area: reliability.Redis, Fault: fault, Promises: "P5",
		Seen: fmt.Sprintf("degraded for %.1f s, slowest decision %d ms; of %d senders %d wrongly refused, of %d tokens %d spent twice; "+
			"meanwhile 1 of 5 passes on each of 3 replicas", a.lasted.Seconds(), a.slowest.Milliseconds(), a.senders, a.refused, a.tokens, a.twice),
		Control: fmt.Sprintf("without the fallback %d decisions fail", alone)})
}

// failover kills and looks.
func failover(t *testing.T, fault, address string, kill func(*Limits)) {
	l, marks := shared(t, address)
	both := &captcha.Fallback{First: marks, Then: &captcha.Memory{}, Log: slog.New(slog.DiscardHandler)}
	if l.Spend(t.Context(), moderation.ToSubmit, sender(1<<23)).Degraded {
		t.Fatal("degraded before anything was killed")
	}
	kill(l)
	share := fallbackShare(t, l)
	seen := seeAway(t, l, both)
	seen.tell(t, fault, share, l.Stats().Degraded)
}

// fallbackShare is how many of 10 this replica lets through from one sender whose master is gone.
func fallbackShare(t *testing.T, l *Limits) (passed int) {
	t.Helper()
	for n := range 1 << 16 {
		if who := sender(1<<22 + n); l.Spend(t.Context(), moderation.ToSubmit, who).Degraded {
			passed = 1
			for range 9 {
				if spent := l.Spend(t.Context(), moderation.ToSubmit, who); spent.After == 0 {
					passed++
				}
			}
			return passed
		}
	}
	t.Fatal("no sender met the dead master")
	return 0
}

// onlyLong skips what a busy machine would fail: it measures how long an outage lasts.
func onlyLong(t *testing.T) {
	t.Helper()
	if !reliability.Long() {
		t.Skip("takes its time: make test-faults")
	}
}

func TestFaultAMasterOfTheClusterIsKilled(t *testing.T) {
	onlyLong(t)
	cluster := redistest.StartCluster(t)
	failover(t, "Redis Cluster: a master of 3 is killed", cluster.URL(), func(*Limits) { cluster.Nodes[0].Kill() })
}

func TestFaultTheMasterBehindSentinelsIsKilled(t *testing.T) {
	onlyLong(t)
	set := redistest.StartSentinels(t)
	failover(t, "Redis Sentinel: the master is killed", set.URL(), func(*Limits) { set.Master.Kill() })
}

func TestFaultSlotsMoveUnderLoad(t *testing.T) {
	onlyLong(t)
	cluster := redistest.StartCluster(t, "--cluster-node-timeout", "15000") // none is to be replaced, however busy the machine
	l, marks := shared(t, cluster.URL())
	naive, moving := withoutRedirects(t, cluster.URL()), bucketsBelow(t, cluster.Nodes[0], 1000)
	done := make(chan error, 1)
	go func() { done <- cluster.MoveSlots(1000) }()
	a, moved, failed := away{}, false, 0
	both := &captcha.Fallback{First: marks, Then: &captcha.Memory{}, Log: slog.New(slog.DiscardHandler)}
	for !moved {
		select {
		case err := <-done:
			if moved = true; err != nil {
				t.Fatal(err)
			}
		default:
		}
		l.Spend(t.Context(), moderation.ToSubmit, sender(a.senders/2)) // each comes twice: keys move with what they hold
		a.senders++
		a.spendTwice(t, both)
		one := moving[a.senders%len(moving):][:1]
		if _, err := naive.take(t.Context(), one, 1); err != nil {
			failed++
		}
		if _, err := l.shared.take(t.Context(), one, 1); err != nil {
			t.Error("a bucket that moves: ", err)
		}
	}
	if failed == 0 {
		t.Error("control: a client that follows no redirection met none")
	}
	if stats := l.Stats(); stats.Degraded != 0 || stats.Refused != 0 || both.FellBack() != 0 || a.twice != 0 {
		t.Errorf("%+v, %d marks fell back, %d twice", stats, both.FellBack(), a.twice)
	}
	reliability.Tell(t, reliability.Line{Area: reliability.Redis, Fault: "Redis Cluster: 1,000 slots move under load", Promises: "P5",
		Seen:    fmt.Sprintf("%d decisions and %d tokens, 0 failures, 0 spent twice", a.senders, a.tokens),
		Control: fmt.Sprintf("a client that follows no redirection fails %d of %d", failed, a.senders)})
}

func withoutRedirects(t *testing.T, address string) *remote {
	t.Helper()
	client, err := Dial(address)
	if err != nil {
		t.Fatal(err)
	}
	o := *client.(*redis.ClusterClient).Options()
	client.Close()
	o.MaxRedirects = -1
	naive := redis.NewClusterClient(&o)
	t.Cleanup(func() { naive.Close() })
	return &remote{client: naive}
}

// bucketsBelow are 50 buckets that lie in slots below one.
func bucketsBelow(t *testing.T, node *redistest.Server, slot int64) (found []bucket) {
	t.Helper()
	client := node.Client()
	for n := 0; len(found) < 50; n++ {
		b := bucket{name: name{byte(n), byte(n >> 8)}, step: 1, span: 9}
		at, err := client.ClusterKeySlot(t.Context(), keys([]bucket{b})[0]).Result()
		if err != nil {
			t.Fatal(err)
		}
		if at < slot {
			found = append(found, b)
		}
	}
	return found
}
