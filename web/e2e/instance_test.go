// Package e2e drives the real program with a real browser, as visitors and editors would.
package e2e

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// program is the balasan binary, built once for all tests of this package.
var program = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "balasan-e2e-")
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "balasan")
	build := exec.Command("go", "build", "-o", path, "balasan/cmd/balasan")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build: %w\n%s", err, out)
	}
	return path, nil
})

func TestMain(m *testing.M) {
	code := m.Run()
	if path, err := program(); err == nil {
		os.RemoveAll(filepath.Dir(path))
	}
	os.Exit(code)
}

// instance is a running balasan on a port that the kernel chose, with a data folder of its own.
type instance struct {
	t    testing.TB
	dir  string
	Base string // http://127.0.0.1:port
	Link string // the owner's one-time sign-in link
	log  *bytes.Buffer
	mu   sync.Mutex
}

// roomy lifts the limits, since one machine sends all that a test sends, and draws no blind checks,
// which would come by chance.
var roomy = []string{"BALASAN_BLIND_CHECKS=0", "BALASAN_LIMITS_SUBMIT_NARROW=100000/1m", "BALASAN_LIMITS_SUBMIT_WIDE=100000/1m",
	"BALASAN_LIMITS_CHALLENGE_NARROW=100000/1m", "BALASAN_LIMITS_CHALLENGE_WIDE=100000/1m",
	"BALASAN_LIMITS_PICTURE_NARROW=100000/1m", "BALASAN_LIMITS_PICTURE_WIDE=100000/1m"}

var anyURL = regexp.MustCompile(`https?://[^\s]+`)

// start runs the program on an empty data folder; env adds to its environment.
func start(t testing.TB, env ...string) *instance {
	t.Helper()
	path, err := program()
	if err != nil {
		t.Fatal(err)
	}
	in := &instance{t: t, dir: t.TempDir(), log: &bytes.Buffer{}}
	cmd := exec.Command(path, "serve", "--listen", "127.0.0.1:0", "--data", in.dir)
	cmd.Env = append(append(os.Environ(), roomy...), env...)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = in
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_ = cmd.Wait()
		if t.Failed() {
			t.Logf("the program said:\n%s", in.Log())
		}
	})
	in.readLinks(out)
	return in
}

// Write collects what the program says.
func (in *instance) Write(p []byte) (int, error) {
	in.mu.Lock()
	defer in.mu.Unlock()
	return in.log.Write(p)
}

// Log is all that the program has said so far.
func (in *instance) Log() string {
	in.mu.Lock()
	defer in.mu.Unlock()
	return in.log.String()
}

// readLinks waits for the three lines that a first run prints.
func (in *instance) readLinks(out io.Reader) {
	in.t.Helper()
	ready := make(chan bool, 1)
	go func() {
		lines := bufio.NewScanner(out)
		for lines.Scan() {
			fmt.Fprintln(in, lines.Text())
			for _, url := range anyURL.FindAllString(lines.Text(), -1) {
				if base, ok := strings.CutSuffix(url, "/demo"); ok {
					in.Base = base
				} else if !strings.HasSuffix(url, "/queue") && in.Link == "" {
					in.Link = url
				}
			}
			if in.Base != "" && in.Link != "" {
				select {
				case ready <- true:
				default:
				}
			}
		}
		close(ready)
	}()
	select {
	case ok := <-ready:
		if !ok {
			in.t.Fatalf("the program ended early:\n%s", in.Log())
		}
	case <-time.After(30 * time.Second):
		in.t.Fatalf("no links after 30 s:\n%s", in.Log())
	}
}

// run calls another command of the program on the same data folder and returns what it prints.
func (in *instance) run(args ...string) string {
	in.t.Helper()
	path, _ := program()
	cmd := exec.Command(path, args...)
	cmd.Env = append(os.Environ(), "BALASAN_DATA="+in.dir)
	var complaint strings.Builder
	cmd.Stderr = &complaint
	out, err := cmd.Output()
	if err != nil {
		in.t.Fatalf("balasan %s: %v\n%s%s", strings.Join(args, " "), err, out, complaint.String())
	}
	return strings.TrimSpace(string(out))
}

// answer solves a challenge with the instance's key.
func (in *instance) answer(token string) string {
	in.t.Helper()
	return regexp.MustCompile(`\d{4,}`).FindString(in.run("challenge", "answer", token))
}

// get reads a page or call and returns status and body.
func (in *instance) get(path string, header ...string) (int, string) {
	in.t.Helper()
	req, err := http.NewRequestWithContext(in.t.Context(), http.MethodGet, in.Base+path, nil)
	if err != nil {
		in.t.Fatal(err)
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		in.t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		in.t.Fatal(err)
	}
	return res.StatusCode, string(body)
}
