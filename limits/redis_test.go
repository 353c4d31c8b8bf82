package limits

import (
	"bytes"
	"fmt"
	"log/slog"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"balasan/internal/redistest"
	"balasan/moderation"
)

func dial(t testing.TB, s *redistest.Server) redis.UniversalClient {
	t.Helper()
	client, err := Dial(s.URL())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close() })
	return client
}

func TestRedis(t *testing.T) {
	server := redistest.Start(t)
	client, look := dial(t, server), server.Client()
	open := func(a Allowances) *Limits {
		return New(Options{Allowances: a, Secret: []byte("s"), Redis: client})
	}
	contract(t, open, func(d time.Duration) { age(t, look, d) })

	t.Run("every key lives for a bounded time and names no address", func(t *testing.T) {
		names := look.Keys(t.Context(), "*").Val()
		if len(names) < 10 {
			t.Fatalf("only %d keys after the contract", len(names))
		}
		for _, key := range names {
			if ttl := look.PTTL(t.Context(), key).Val(); ttl <= 0 || ttl > 41*time.Minute {
				t.Errorf("%s lives %v", key, ttl)
			}
			if !strings.HasPrefix(key, "l{") || strings.Contains(key, "10.0.") || strings.Contains(key, "2001:") {
				t.Errorf("key %q", key)
			}
		}
	})
	t.Run("nested buckets share one hash tag", func(t *testing.T) {
		got := keys([]bucket{{name: name{1}}, {name: name{2}}})
		if tag, _, _ := strings.Cut(got[1], "}"); tag+"}" != got[0] {
			t.Errorf("keys %v", got)
		}
	})
	t.Run("scripts that a restart forgot are loaded again", func(t *testing.T) {
		look.ScriptFlush(t.Context())
		if spent := open(allow("5/m", "9/m")).try(t, "10.0.9.1"); spent.Degraded || spent.After != 0 {
			t.Errorf("got %+v", spent)
		}
	})
}

// age lets time pass on Redis: every bucket is full that much earlier.
func age(t *testing.T, client *redis.Client, d time.Duration) {
	t.Helper()
	for _, key := range client.Keys(t.Context(), "l{*").Val() {
		full, err := strconv.ParseInt(client.Get(t.Context(), key).Val(), 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		client.Set(t.Context(), key, fmt.Sprint(full-d.Microseconds()), redis.KeepTTL)
	}
}

// states collects what was logged.
type states struct {
	mu  sync.Mutex
	out bytes.Buffer
}

func (s *states) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.out.Write(p)
}

func (s *states) levels() (levels []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for line := range strings.Lines(s.out.String()) {
		_, rest, _ := strings.Cut(line, "level=")
		level, _, _ := strings.Cut(rest, " ")
		levels = append(levels, level)
	}
	return levels
}

func TestWithoutRedisEachReplicaCountsItsShare(t *testing.T) {
	for name, hurt := range map[string]struct{ down, up func(*redistest.Server) }{
		"hung":   {(*redistest.Server).Hang, (*redistest.Server).Resume},
		"killed": {(*redistest.Server).Kill, (*redistest.Server).Run},
	} {
		t.Run(name, func(t *testing.T) {
			server := redistest.Start(t)
			var log states
			l := New(Options{Allowances: allow("12/10m", "60/10m"), Secret: []byte("s"), Replicas: 3,
				Redis: dial(t, server), Log: slog.New(slog.NewTextHandler(&log, nil))})
			if l.try(t, "10.0.0.1").Degraded {
				t.Fatal("degraded from the start")
			}
			hurt.down(server)
			passesShare(t, l)
			if _, err := l.shared.take(t.Context(), []bucket{newBucket(name16(1), rate(1, time.Minute))}, 1); err == nil {
				t.Error("the dead answered")
			}
			hurt.up(server)
			waitFor(t, func() bool { return !l.try(t, "10.0.0.2").Degraded })
			waitFor(t, func() bool { l.Probe(t.Context()); return !l.Stats().Down })
			if got := log.levels(); !slices.Equal(got, []string{"WARN", "INFO"}) {
				t.Errorf("logged %v, want one line per outage's begin and end", got)
			}
		})
	}
}

func name16(b byte) name { return name{b} }

// passesShare spends one replica's third of 12, and sees the breaker open on the way.
func passesShare(t *testing.T, l *Limits) {
	t.Helper()
	passed := 0
	for range 10 {
		spent := l.try(t, "10.0.0.1")
		if !spent.Degraded {
			t.Error("not degraded while Redis is down")
		}
		if spent.After == 0 {
			passed++
		}
	}
	if stats := l.Stats(); passed != 4 || !stats.Down || stats.Degraded != 10 {
		t.Errorf("%d passed, %+v; want 4", passed, stats)
	}
}

func TestStartedWhileRedisIsDown(t *testing.T) {
	server := redistest.Reserve(t)
	l := New(Options{Allowances: allow("5/10m", "60/10m"), Secret: []byte("s"), Redis: dial(t, server)})
	if spent := l.try(t, "10.0.0.1"); !spent.Degraded || spent.After != 0 {
		t.Fatalf("got %+v", spent)
	}
	server.Run()
	waitFor(t, func() bool { return !l.try(t, "10.0.0.2").Degraded })
}

func TestProbingNeedsNoVisitor(t *testing.T) {
	server := redistest.Reserve(t)
	l := New(Options{Secret: []byte("s"), Redis: dial(t, server)})
	if l.Probe(t.Context()); !l.Stats().Down {
		t.Fatal("a Redis that is not there is not noticed")
	}
	server.Run()
	waitFor(t, func() bool { l.Probe(t.Context()); return !l.Stats().Down })
	server.Client().ConfigSet(t.Context(), "maxmemory", "1")
	if l.Probe(t.Context()); !l.Stats().Down {
		t.Error("a Redis that is full counts as well")
	}
}

func TestBreaker(t *testing.T) {
	server := redistest.Start(t)
	client := dial(t, server)
	client.Ping(t.Context())
	server.Hang()
	open := 0
	for range 20 {
		if client.Ping(t.Context()).Err() == ErrOpen {
			open++
		}
	}
	if open < 20-breakAfter-1 {
		t.Errorf("%d of 20 commands were answered by the breaker", open)
	}
	server.Resume()
}

func TestAnswersOfTheServer(t *testing.T) {
	server := redistest.Start(t)
	client, b := server.Client(), breaker{}
	for range 2 * breakAfter {
		b.report(client.Get(t.Context(), "nothing").Err())
		b.report(client.Do(t.Context(), "nonsense").Err())
	}
	if b.allow() != nil {
		t.Error("an answer that is an error opened the breaker")
	}
	client.ConfigSet(t.Context(), "maxmemory", "1")
	for range breakAfter {
		b.report(client.Set(t.Context(), "k", "v", time.Minute).Err())
	}
	if b.allow() != ErrOpen {
		t.Error("a Redis out of memory is no Redis")
	}
}

func TestDialTunes(t *testing.T) {
	client, err := Dial("redis://127.0.0.1:1/2")
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	wantTuned(t, client.(*redis.Client).Options())
	cluster, err := Dial("redis+cluster://127.0.0.1:1?addr=127.0.0.1:2")
	if err != nil {
		t.Fatal(err)
	}
	defer cluster.Close()
	co := cluster.(*redis.ClusterClient).Options()
	if len(co.Addrs) != 2 || co.ClusterStateReloadInterval != time.Second {
		t.Errorf("cluster options %+v", co)
	}
	node := co.NewClient(&redis.Options{Addr: "127.0.0.1:1", DB: 2})
	defer node.Close()
	wantTuned(t, node.Options())
	set, err := Dial("redis+sentinel://u:p@127.0.0.1:1/2?master=m&addr=127.0.0.1:2")
	if err != nil {
		t.Fatal(err)
	}
	defer set.Close()
	so := set.(*redis.Client).Options()
	wantTuned(t, so)
	if so.Username != "u" || so.Password != "p" {
		t.Error("user and password are not those of the Redis behind the Sentinels")
	}
	if _, err := Dial("redis+sentinel://127.0.0.1:1"); err == nil {
		t.Error("Sentinels without the name of a master")
	}
	if _, err := Dial("http://127.0.0.1"); err == nil {
		t.Error("http is no Redis")
	}
}

func wantTuned(t *testing.T, o *redis.Options) {
	t.Helper()
	if o.DialTimeout != dialTimeout || o.ReadTimeout != readTimeout || o.WriteTimeout != readTimeout || o.DialerRetries != 1 ||
		o.PoolTimeout != poolTimeout || o.MaxRetries > 0 || !o.ContextTimeoutEnabled || !o.DisableIdentity || o.DB != 2 {
		t.Errorf("options %+v", o)
	}
}

// waitFor waits for something outside this process.
func waitFor(t *testing.T, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(15 * time.Second); !done(); {
		if time.Now().After(deadline) {
			t.Fatal("it never came")
		}
		time.Sleep(20 * time.Millisecond)
	}
}

func benchmark(b *testing.B, l *Limits) {
	i := uint32(0)
	for b.Loop() {
		i++
		l.Spend(b.Context(), moderation.ToSubmit, netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)}))
	}
}

func BenchmarkSpend(b *testing.B) {
	b.Run("memory", func(b *testing.B) { benchmark(b, New(Options{Secret: []byte("s")})) })
	b.Run("redis", func(b *testing.B) {
		benchmark(b, New(Options{Secret: []byte("s"), Redis: dial(b, redistest.Start(b))}))
	})
}
