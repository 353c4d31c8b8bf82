package program

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Resident is how much the process holds in memory, in MiB: "VmRSS" with the pages of the file that it
// was started from, "RssAnon" without (proc(5)). It skips the test where there is no /proc.
func (p *Program) Resident(t testing.TB, what string) float64 {
	t.Helper()
	_, rest, _ := strings.Cut(p.proc(t, "status"), what+":")
	var kib float64
	if _, err := fmt.Sscan(rest, &kib); err != nil {
		t.Fatal(err)
	}
	return kib / 1024
}

// CPU is how much of the processors the process has used, to a hundredth of a second (utime and stime
// of proc(5), whose unit is 1/100 s on every Linux).
func (p *Program) CPU(t testing.TB) time.Duration {
	t.Helper()
	_, rest, _ := strings.Cut(p.proc(t, "stat"), ") ")
	fields := strings.Fields(rest)
	var user, system time.Duration
	if _, err := fmt.Sscan(fields[11]+" "+fields[12], &user, &system); err != nil {
		t.Fatal(err)
	}
	return (user + system) * 10 * time.Millisecond
}

func (p *Program) proc(t testing.TB, file string) string {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/%s", p.Pid(), file))
	if err != nil {
		t.Skip("SKIPPED: no /proc on this system")
	}
	return string(text)
}

// Hang returns when every thread of the program has stopped (proc(5), /proc/pid/task/tid/stat).
func (p *Program) Hang() error {
	if err := p.Signal(syscall.SIGSTOP); err != nil {
		return err
	}
	for end := time.Now().Add(Patience); time.Now().Before(end); time.Sleep(time.Millisecond) {
		if p.hangs() {
			return nil
		}
	}
	return errors.New("the program goes on")
}

func (p *Program) hangs() bool {
	threads, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/stat", p.Pid()))
	for _, thread := range threads {
		stat, _ := os.ReadFile(thread) // empty when the thread has ended
		if _, state, found := bytes.Cut(stat, []byte(") ")); found && state[0] != 'T' {
			return false
		}
	}
	return len(threads) > 0
}
