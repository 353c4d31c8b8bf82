// Package load holds the running program under as much as a machine can send, beside the ceiling of
// the same machine in the same run. docs/load.md is made of what these tests tell.
package load

import (
	"fmt"
	"os"
	"testing"
	"time"

	"balasan/internal/program"
	"balasan/internal/reliability"
)

func TestMain(m *testing.M) {
	if kind := os.Getenv(bareKind); kind != "" {
		if err := serveBare(kind, os.Getenv(bareWith)); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	program.Main(m)
}

// rounds is how often each of those that are compared has its turn; the median counts.
const rounds = 5

// size is how much of it a test does: little in `make test`, which is to see that it works, and much in
// `make load`, which is to measure.
func size[T any](little, much T) T {
	if reliability.Long() {
		return much
	}
	return little
}

// open lets one machine send as much as it can, from as many networks as it says.
func open() program.Settings {
	return program.Open().With(program.Settings{"TRUSTED_PROXIES": "127.0.0.1/32"})
}

func ms(d time.Duration) string { return fmt.Sprintf("%.1f ms", float64(d.Microseconds())/1000) }
