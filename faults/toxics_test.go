package faults

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"testing"
	"time"

	toxiproxy "github.com/Shopify/toxiproxy/v2"
	"github.com/redis/go-redis/v9"
	"github.com/rs/zerolog"

	"balasan/faults/checker"
	"balasan/internal/pgtest"
	"balasan/internal/program"
	"balasan/internal/redistest"
	"balasan/internal/reliability"
)

// toxics are what a bad network does to connections.
var toxics = []struct{ name, json string }{
	{"150 ms late", `{"type":"latency","attributes":{"latency":150,"jitter":50}}`},
	{"reset", `{"type":"reset_peer","attributes":{"timeout":20}}`},
	{"silent", `{"type":"timeout","attributes":{"timeout":0}}`},
	{"64 kB/s", `{"type":"bandwidth","attributes":{"rate":64}}`},
	{"in slices of 64 bytes", `{"type":"slicer","attributes":{"average_size":64,"size_variation":32,"delay":300}}`},
}

// TestFaultBadNetwork puts a bad network between the program and PostgreSQL, then between it and Redis, while
// clients submit, retry, decide and read.
func TestFaultBadNetwork(t *testing.T) {
	if !reliability.Long() {
		t.Skip("takes a minute: make test-faults")
	}
	zerolog.SetGlobalLevel(zerolog.Disabled)
	server, _ := pgtest.Own(t)
	store := redistest.Start(t)
	toPostgres, toRedis := between(t, "127.0.0.1", server.Port), between(t, "127.0.0.1", store.Port)
	url := fmt.Sprintf("postgres://balasan@%s/balasan?sslmode=disable", toPostgres.Listen)
	settings := checked(t).With(program.Settings{"DATABASE_URL": url, "REDIS_URL": "redis://" + toRedis.Listen})
	p := program.Serve(t, settings)
	for _, to := range []struct {
		area, name string
		proxy      *toxiproxy.Proxy
		mix        checker.Mix
		ask        func() error
	}{
		{reliability.PostgreSQL, "pg", toPostgres, checker.Uncounted, func() error { return askPostgres(url) }},
		{reliability.Redis, "redis", toRedis, checker.Everything, func() error { return askRedis(toRedis.Listen) }},
	} {
		var seen, control []string
		for n, toxic := range toxics {
			r := crowd(t, p, fmt.Sprintf("racun%s%d", to.name, n), 16, to.mix)
			hot := readOn(t, p, program.Thread("panas"))
			during(t, r, 200, func() {
				poisoned(t, to.proxy, toxic.json, func() {
					control = append(control, toxic.name+": "+plain(t, to.ask))
					time.Sleep(2 * time.Second)
				})
			})
			hot()
			judge(t, r)
			seen = append(seen, fmt.Sprintf("%s: %d acknowledged, %d unknown", toxic.name, r.Count(checker.Submit, checker.OK), r.Count(checker.Submit, checker.Unknown)))
		}
		reliability.Tell(t, reliability.Line{Area: to.area, Promises: "P1 P2 P3 P4 P5",
			Fault:   "a bad network for 3 s at a time between the program and it, while 16 clients submit, retry, decide and read",
			Seen:    strings.Join(seen, "; ") + "; 0 lost, 0 twice, a page that was read before answered each time",
			Control: "a plain client that asks for 100 kB meanwhile: " + strings.Join(control, "; ")})
	}
}

// between is a proxy, on one of this machine's addresses, to a port of it.
func between(t *testing.T, host string, port int) *toxiproxy.Proxy {
	t.Helper()
	_, free, _ := strings.Cut(program.FreeAddress(t), ":")
	proxy := toxiproxy.NewProxy(toxiproxy.NewServer(toxiproxy.NewMetricsContainer(nil), zerolog.Nop()), "", host+":"+free, fmt.Sprintf("127.0.0.1:%d", port))
	if err := proxy.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(proxy.Stop)
	return proxy
}

// poisoned runs something while a toxic works on what comes from behind the proxy.
func poisoned(t *testing.T, proxy *toxiproxy.Proxy, toxic string, meanwhile func()) {
	t.Helper()
	added, err := proxy.Toxics.AddToxicJson(strings.NewReader(toxic))
	if err != nil {
		t.Fatal(err)
	}
	meanwhile()
	if err := proxy.Toxics.RemoveToxic(context.Background(), added.Name); err != nil {
		t.Fatal(err)
	}
}

// plain is the control: what somebody hears who asks once for 100 kB and waits for a second. Undisturbed it is
// there at once.
func plain(t *testing.T, ask func() error) string {
	t.Helper()
	began := time.Now()
	if ask() != nil {
		return "fails"
	}
	took := time.Since(began)
	if took < 100*time.Millisecond {
		t.Errorf("the control: a plain client is served after %v", took)
	}
	return fmt.Sprint(took.Round(time.Millisecond))
}

const (
	plainWait  = time.Second
	plainBytes = 100_000
)

func askPostgres(url string) error {
	ctx, cancel := context.WithTimeout(context.Background(), plainWait)
	defer cancel()
	db, err := sql.Open("pgx", url)
	if err != nil {
		return err
	}
	defer db.Close()
	text := ""
	return db.QueryRowContext(ctx, `SELECT repeat('x', $1)`, plainBytes).Scan(&text)
}

func askRedis(address string) error {
	ctx, cancel := context.WithTimeout(context.Background(), plainWait)
	defer cancel()
	client := redis.NewClient(&redis.Options{Addr: address, MaxRetries: -1, ContextTimeoutEnabled: true})
	defer client.Close()
	return client.Echo(ctx, strings.Repeat("x", plainBytes)).Err()
}
