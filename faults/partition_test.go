package faults

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"balasan/faults/checker"
	"balasan/internal/pgtest"
	"balasan/internal/program"
	"balasan/internal/redistest"
	"balasan/internal/reliability"
)

// cable is a pair of network interfaces between this machine and a network namespace.
type cable struct{ here, host, there string }

// namespace makes one with cables to it; what the machine refuses skips the test.
func namespace(t *testing.T, fault string, cables int) (name string, all []cable) {
	t.Helper()
	name = fmt.Sprintf("balasan-%d", os.Getpid())
	run := func(line string) {
		t.Helper()
		if out, err := exec.Command("ip", strings.Fields(line)...).CombinedOutput(); err != nil {
			reliability.Skip(t, reliability.PostgreSQL, fault, "P1 P2 P3 P4 P5", fmt.Sprintf("ip %s: %v %s", line, err, out))
		}
	}
	run("netns add " + name)
	t.Cleanup(func() { _ = exec.Command("ip", "netns", "del", name).Run() }) // takes its cables along
	run("-n " + name + " link set lo up")
	for n := range cables {
		c := cable{fmt.Sprintf("bls%d-%d", os.Getpid()%100_000, n), fmt.Sprintf("10.83.%d.1", n), fmt.Sprintf("10.83.%d.2", n)}
		run(fmt.Sprintf("link add %s type veth peer name eth%d netns %s", c.here, n, name))
		run(fmt.Sprintf("addr add %s/24 dev %s", c.host, c.here))
		run(fmt.Sprintf("-n %s addr add %s/24 dev eth%d", name, c.there, n))
		run("link set " + c.here + " up")
		run(fmt.Sprintf("-n %s link set eth%d up", name, n))
		all = append(all, c)
	}
	return name, all
}

// pulled is the cable out of its socket: what is sent is lost, and nobody is told.
func (c cable) pulled(t *testing.T, meanwhile func()) {
	t.Helper()
	for _, state := range []string{"down", "up"} {
		if out, err := exec.Command("ip", "link", "set", c.here, state).CombinedOutput(); err != nil {
			t.Fatalf("%v %s", err, out)
		}
		if state == "down" {
			meanwhile()
		}
	}
}

// inside is the program, to be run in a namespace.
func inside(t *testing.T, namespace string) (binary string) {
	t.Helper()
	ip, err := exec.LookPath("ip")
	if err != nil {
		t.Fatal(err)
	}
	binary = filepath.Join(t.TempDir(), "balasan")
	script := fmt.Sprintf("#!/bin/sh\nexec %s netns exec %s %s \"$@\"\n", ip, namespace, program.Binary(t))
	if err := os.WriteFile(binary, []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	return binary
}

// TestFaultPartition pulls the cable between the program and PostgreSQL, then the one to Redis, and puts it back.
func TestFaultPartition(t *testing.T) {
	const fault = "the network between the program and it is cut for 3 s without a word (a network namespace), while 16 clients submit, retry, decide and read"
	if !reliability.Long() {
		t.Skip("takes half a minute: make test-faults")
	}
	name, cables := namespace(t, fault, 3)
	clients, toPostgres, toRedis := cables[0], cables[1], cables[2]
	server, _ := pgtest.Own(t)
	postgres := between(t, toPostgres.host, server.Port)
	store := between(t, toRedis.host, redistest.Start(t).Port)
	_, port, _ := strings.Cut(program.FreeAddress(t), ":")
	p := program.ServeBinary(t, inside(t, name), checked(t).With(program.Settings{
		"DATABASE_URL": fmt.Sprintf("postgres://balasan@%s/balasan?sslmode=disable", postgres.Listen),
		"REDIS_URL":    "redis://" + store.Listen, "LISTEN": clients.there + ":" + port, "TRUSTED_PROXIES": clients.host + "/32"}))
	for _, to := range []struct {
		area, name, part string
		cable            cable
		mix              checker.Mix
	}{
		{reliability.PostgreSQL, "putusp", "database", toPostgres, checker.Uncounted},
		{reliability.Redis, "putusr", "redis", toRedis, checker.Everything},
	} {
		r := crowd(t, p, to.name, 16, to.mix)
		hot := readOn(t, p, program.Thread("panas"))
		var healed time.Time
		during(t, r, 300, func() {
			to.cable.pulled(t, func() {
				time.Sleep(3 * time.Second)
				p.Await(t, "/readyz", "", func(a program.Answer) bool { return strings.Contains(string(a.Body), to.part) })
			})
			healed = time.Now()
			p.Await(t, "/readyz", "", func(a program.Answer) bool { return !strings.Contains(string(a.Body), to.part) })
		})
		again := time.Since(healed)
		reads := hot()
		judge(t, r)
		reliability.Tell(t, reliability.Line{Area: to.area, Fault: fault, Promises: "P1 P2 P3 P4 P5",
			Seen: fmt.Sprintf("%d acknowledged and %d unknown: 0 lost, 0 twice; a page that was read before was read %d times, each time answered; /readyz is well again %v after the network is back",
				r.Count(checker.Submit, checker.OK), r.Count(checker.Submit, checker.Unknown), reads, again.Round(100*time.Millisecond)),
			Control: "/readyz names what is cut off, and before and after does not"})
	}
}
