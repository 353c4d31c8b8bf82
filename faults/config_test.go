package faults

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"balasan/internal/program"
	"balasan/internal/reliability"
)

// TestFaultBrokenConfiguration breaks the configuration of a running program and tells it to read it
// again and again while visitors write.
func TestFaultBrokenConfiguration(t *testing.T) {
	storm := 100
	if reliability.Long() {
		storm = 1_000
	}
	file := filepath.Join(t.TempDir(), "balasan.yaml")
	put := func(text string) {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	const good, broken = "blind_checks: 0\n", "blind_checks: many\nlimits: [\n"
	put(good)
	settings := program.Open().With(program.Settings{"CONFIG": file})
	p := program.Serve(t, settings)
	taken := 0
	for n := range storm {
		put([]string{broken, good}[n%2])
		if err := p.Signal(syscall.SIGHUP); err != nil {
			t.Fatal(err)
		}
		if n == storm-1 {
			put(broken)
		}
		if p.Submit("aturan", fmt.Sprintf("Kiriman nomor %d", n), fmt.Sprintf("sighup-%d", n)) == "" {
			t.Fatalf("submission %d is not taken in", n)
		}
		taken++
	}
	_ = p.Signal(syscall.SIGHUP)
	p.Await(t, "/readyz", "", func(a program.Answer) bool { return strings.Contains(string(a.Body), "configuration") })
	if p.Submit("aturan", "Kiriman sesudahnya", "sesudah") == "" {
		t.Error("with a broken file beside it nothing is taken in")
	}
	fresh := program.New(program.Binary(t), t.TempDir(), filepath.Join(t.TempDir(), "log"), []string{"BALASAN_CONFIG=" + file, "BALASAN_LISTEN=127.0.0.1:0"})
	if err := fresh.Start(); err == nil {
		fresh.Kill()
		t.Error("the control: a program starts with the broken file")
	} else if !strings.Contains(err.Error(), file+":2:9") {
		t.Errorf("it does not say where: %v", err)
	}
	put(good)
	_ = p.Signal(syscall.SIGHUP)
	p.Await(t, "/readyz", "", func(a program.Answer) bool { return !strings.Contains(string(a.Body), "configuration") })
	reliability.Tell(t, reliability.Line{Area: reliability.Outside, Fault: fmt.Sprintf("%d SIGHUPs while the configuration breaks and is mended in turn", storm), Promises: "P6",
		Seen:    fmt.Sprintf("%d submissions taken in as before; /readyz names the configuration until it is mended", taken),
		Control: "a program that is started with the broken file refuses, with file and line"})
}
