package load

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"testing"

	"golang.org/x/sys/unix"

	"balasan/internal/program"
	"balasan/internal/reliability"
)

// TestLoadTenfold finds out how many submissions the program takes in at most and then sends ten
// times as many a second: what it takes in stays near its peak, the rest is refused at once. The
// program has half of the processors for itself, so that those who send do not take them away. What
// senders measure is mostly how long their request lay where the program had not read it yet, so
// the program's own count of its refusals stands beside it.
func TestLoadTenfold(t *testing.T) {
	n := size(300, 15_000)
	p := program.Serve(t, open().With(program.Settings{"METRICS_LISTEN": "127.0.0.1:0", "LOG_LEVEL": "info"}))
	figures := p.Metrics(t)
	apart(t, p)
	peak, at := 0.0, 0
	for _, conns := range []int{64, 128, 256, 512} {
		found := volley{addr: host(p.Base), conns: conns, n: n, request: submissions(p.Base, fmt.Sprint("peak", conns))}.fire(t).persec(http.StatusAccepted)
		if found > peak {
			peak, at = found, conns
		}
	}
	soon, all := refusals(t, figures)
	flood := volley{addr: host(p.Base), conns: 10 * at, n: 20 * n, rate: 10 * peak, request: submissions(p.Base, "tenfold")}.fire(t)
	for status := range flood.lasted {
		if status != http.StatusAccepted && status != http.StatusServiceUnavailable {
			t.Errorf("answered %d", status)
		}
	}
	sooner, more := refusals(t, figures)
	offered := float64(flood.all()) / flood.took.Seconds()
	reliability.Tell(t, reliability.Line{Area: reliability.Load, Fault: "ten times the submissions that the program can take in",
		Seen: fmt.Sprintf("at its peak %.0f a second with %d connections; %.1f times as many sent over %d: goodput %.2f of the peak (half within %s, 99 %% within %s), the rest refused with 503, half within %s and 99 %% within %s, once they were read %.1f %% within a millisecond",
			peak, at, offered/peak, 10*at, flood.persec(http.StatusAccepted)/peak, ms(flood.at(http.StatusAccepted, 0.5)), ms(flood.at(http.StatusAccepted, 0.99)),
			ms(flood.at(http.StatusServiceUnavailable, 0.5)), ms(flood.at(http.StatusServiceUnavailable, 0.99)), 100*(sooner-soon)/max(1, more-all))})
}

var refused = regexp.MustCompile(`(?m)^balasan_http_seconds_bucket\{class="5xx",route="[^"]*",le="(0.001|\+Inf)"\} (\S+)`)

// refusals are how many answers of 5xx left the program within a millisecond after their request was read, and all of them.
func refusals(t *testing.T, figures *program.Program) (soon, all float64) {
	answer, err := figures.Get("/metrics")
	if err != nil {
		t.Fatal(err)
	}
	for _, bucket := range refused.FindAllSubmatch(answer.Body, -1) {
		n, err := strconv.ParseFloat(string(bucket[2]), 64)
		if err != nil {
			t.Fatal(err)
		}
		if string(bucket[1]) == "0.001" {
			soon += n
		} else {
			all += n
		}
	}
	return soon, all
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
