package load

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"testing"

	"golang.org/x/sys/unix"

	"balasan/internal/program"
	"balasan/internal/reliability"
)

// TestLoadTenfold finds out how many submissions the program takes in at most and then sends ten
// times as many a second: what it takes in stays near its peak, the rest is refused at once. The
// program has half of the processors for itself, so that those who send do not take them away.
func TestLoadTenfold(t *testing.T) {
	n := size(300, 15_000)
	p := program.Serve(t, open())
	apart(t, p)
	peak, at := 0.0, 0
	for _, conns := range []int{64, 128, 256, 512} {
		found := volley{addr: host(p.Base), conns: conns, n: n, request: submissions(p.Base, fmt.Sprint("peak", conns))}.fire(t).persec(http.StatusAccepted)
		if found > peak {
			peak, at = found, conns
		}
	}
	flood := volley{addr: host(p.Base), conns: 10 * at, n: 20 * n, rate: 10 * peak, request: submissions(p.Base, "tenfold")}.fire(t)
	for status := range flood.lasted {
		if status != http.StatusAccepted && status != http.StatusServiceUnavailable {
			t.Errorf("answered %d", status)
		}
	}
	offered := float64(flood.all()) / flood.took.Seconds()
	reliability.Tell(t, reliability.Line{Area: reliability.Load, Fault: "ten times the submissions that the program can take in",
		Seen: fmt.Sprintf("at its peak %.0f a second with %d connections; %.1f times as many sent over %d: goodput %.2f of the peak (half within %s, 99 %% within %s), the rest refused with 503, half within %s and 99 %% within %s",
			peak, at, offered/peak, 10*at, flood.persec(http.StatusAccepted)/peak, ms(flood.at(http.StatusAccepted, 0.5)), ms(flood.at(http.StatusAccepted, 0.99)),
			ms(flood.at(http.StatusServiceUnavailable, 0.5)), ms(flood.at(http.StatusServiceUnavailable, 0.99)))})
}

// apart gives the program one half of the processors and this process the other (sched_setaffinity(2));
// with one processor they share it.
func apart(t *testing.T, p *program.Program) {
	t.Helper()
	half := runtime.NumCPU() / 2
	var ours, theirs, before unix.CPUSet
	if err := unix.SchedGetaffinity(0, &before); err != nil || half == 0 {
		t.Logf("the processors are shared: %v", err)
		return
	}
	for cpu := range runtime.NumCPU() {
		if cpu < half {
			theirs.Set(cpu)
		} else {
			ours.Set(cpu)
		}
	}
	pin(t, p.Pid(), &theirs)
	pin(t, os.Getpid(), &ours)
	t.Cleanup(func() { pin(t, os.Getpid(), &before) })
}

// pin binds every thread of a process; those to come are bound as the one that makes them.
func pin(t *testing.T, pid int, to *unix.CPUSet) {
	t.Helper()
	tasks, err := os.ReadDir(filepath.Join("/proc", strconv.Itoa(pid), "task"))
	if err != nil {
		t.Fatal(err)
	}
	for _, task := range tasks {
		tid, err := strconv.Atoi(task.Name())
		if err == nil {
			err = unix.SchedSetaffinity(tid, to)
		}
		if err != nil {
			t.Logf("thread %s: %v", task.Name(), err) // it may have ended
		}
	}
}
