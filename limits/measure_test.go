package limits

import (
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/ulule/limiter/v3"
	window "github.com/ulule/limiter/v3/drivers/store/redis"

	"balasan/captcha"
	"balasan/internal/redistest"
	"balasan/internal/reliability"
	"balasan/moderation"
)

// TestFaultABurstAcrossTwoWindows spends at the end of one window and at the start of the next.
func TestFaultABurstAcrossTwoWindows(t *testing.T) {
	onlyLong(t)
	server := redistest.Start(t)
	client := server.Client()
	naive, err := window.NewStore(client)
	if err != nil {
		t.Fatal(err)
	}
	ten := Rate{Limit: 10, Period: 2 * time.Second}
	l := New(Options{Allowances: Allowances{"submit": {Narrow: ten, Wide: Rate{Limit: 1000, Period: time.Second}}}, Secret: []byte("s"), Redis: dial(t, server)})
	fixed := limiter.New(naive, ten)
	ours, theirs := 0, 0
	both := func(n int) {
		for range n {
			if !l.try(t, "10.0.0.1").Degraded {
				ours += passes(l.try(t, "10.0.0.2").After == 0)
			}
			got, err := fixed.Get(t.Context(), "one")
			if err != nil {
				t.Fatal(err)
			}
			theirs += passes(!got.Reached)
		}
	}
	both(1) // the window opens
	waitFor(t, func() bool { return client.PTTL(t.Context(), "limiter:one").Val() < 100*time.Millisecond })
	ours, theirs = 0, 0
	both(9)
	waitFor(t, func() bool { return client.Exists(t.Context(), "limiter:one").Val() == 0 })
	both(10)
	if ours > 11 || theirs != 19 { // one more comes back meanwhile
		t.Errorf("%d passed here and %d of the fixed window; want about 10 and 19", ours, theirs)
	}
	reliability.Tell(t, reliability.Line{Area: reliability.Redis, Fault: "19 submissions around the end of a window that allows 10",
		Seen: fmt.Sprintf("%d passed", ours), Control: fmt.Sprintf("a fixed window let %d through", theirs)})
}

func passes(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

// TestFaultOneTokenSpentByManyAtOnce holds 200 races for one token each.
func TestFaultOneTokenSpentByManyAtOnce(t *testing.T) {
	client := redistest.Start(t).Client()
	marks := captcha.Redis{Client: client}
	until := time.Now().Add(time.Minute)
	twice := races(func(race byte, racer string) bool {
		code, err := marks.Spend(t.Context(), [12]byte{race}, racer, true, until)
		return err == nil && code == ""
	})
	for race := range byte(200) {
		client.Set(t.Context(), fmt.Sprint("naive", race), 1, 0)
	}
	naive := races(func(race byte, _ string) bool { // GET, then DEL
		key := fmt.Sprint("naive", race)
		return client.Get(t.Context(), key).Err() == nil && client.Del(t.Context(), key).Err() == nil
	})
	if twice != 0 || naive == 0 {
		t.Errorf("%d of 200 races had several winners, %d with GET and DEL", twice, naive)
	}
	reliability.Tell(t, reliability.Line{Area: reliability.Redis, Fault: "200 challenges, each redeemed by 8 at once",
		Seen: "200 redeemed once, 0 more often", Control: fmt.Sprintf("GET and DEL let several through in %d of 200", naive)})
}

// races counts those of 200 that do not have one winner of 8.
func races(won func(race byte, racer string) bool) (wrong int) {
	for race := range byte(200) {
		var winners atomic.Int64
		var wg sync.WaitGroup
		for racer := range 8 {
			wg.Go(func() {
				if won(race, fmt.Sprint("racer", racer)) {
					winners.Add(1)
				}
			})
		}
		if wg.Wait(); winners.Load() != 1 {
			wrong++
		}
	}
	return wrong
}

// TestFaultMemoryOfManyClients measures what a client costs, where few would measure the table's steps.
func TestFaultMemoryOfManyClients(t *testing.T) {
	clients := 20_000
	if reliability.Long() {
		clients = 100_000
	}
	server := redistest.Start(t)
	look := server.Client()
	l := &remote{client: look}
	perClient := growth(t, look, clients, func(i int) error {
		b := []bucket{{name: name{0, byte(i), byte(i >> 8), byte(i >> 16)}, step: 1e8, span: 1e9}, {name: name{1, byte(i), byte(i >> 8), byte(i >> 16)}, step: 1e8, span: 1e9}}
		_, err := l.take(t.Context(), b, 1)
		return err
	})
	marks := captcha.Redis{Client: look}
	perMark := growth(t, look, clients, func(i int) error {
		spender := moderation.Submission{Site: "desa", Key: strconv.Itoa(i)}.Spender()
		_, err := marks.Spend(t.Context(), [12]byte{byte(i), byte(i >> 8), byte(i >> 16)}, spender, true, time.Now().Add(time.Hour))
		return err
	})
	if perClient < 100 || perClient > 600 || perMark < 50 || perMark > 300 {
		t.Errorf("%d bytes a client, %d a mark", perClient, perMark)
	}
	reliability.Tell(t, reliability.Line{Area: reliability.Redis, Fault: fmt.Sprintf("%d clients and as many spent challenges at once", clients),
		Seen: fmt.Sprintf("%d bytes a client (%d each of its two buckets), %d bytes a spent mark", perClient, perClient/2, perMark)})
}

// growth is how many bytes of Redis' memory one act takes.
func growth(t *testing.T, client *redis.Client, n int, act func(int) error) int64 {
	t.Helper()
	before := used(t, client)
	var wg sync.WaitGroup
	for part := range 16 {
		wg.Go(func() {
			for i := part; i < n; i += 16 {
				if err := act(i); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	return (used(t, client) - before) / int64(n)
}

func used(t *testing.T, client *redis.Client) (bytes int64) {
	t.Helper()
	if _, err := fmt.Sscan(client.InfoMap(t.Context(), "memory").Item("Memory", "used_memory"), &bytes); err != nil {
		t.Fatal(err)
	}
	return bytes
}
