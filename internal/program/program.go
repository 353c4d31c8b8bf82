// Package program runs the real balasan in processes of their own, for tests that look at it from the
// outside alone.
package program

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"
)

// Patience is how long anything may take before a test gives up.
const Patience = 20 * time.Second

var built struct {
	once sync.Once
	dir  string
	err  error
}

// Main runs a package's tests and removes the program that they built; for TestMain.
func Main(m *testing.M) {
	code := m.Run()
	if built.dir != "" {
		_ = os.RemoveAll(built.dir)
	}
	os.Exit(code)
}

// Binary builds the program once for all tests of a package.
func Binary(t testing.TB) string {
	t.Helper()
	built.once.Do(func() {
		if built.dir, built.err = os.MkdirTemp("", "balasan-program-"); built.err != nil {
			return
		}
		built.err = Build(".", filepath.Join(built.dir, "balasan"))
	})
	if built.err != nil {
		t.Fatal(built.err)
	}
	return filepath.Join(built.dir, "balasan")
}

// Build makes the program of the source in a folder.
func Build(dir, binary string) error {
	cmd := exec.Command("go", "build", "-o", binary, "balasan/cmd/balasan")
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("go build: %w\n%s", err, out)
	}
	return nil
}

// Program is one running balasan.
type Program struct {
	Base    string // http://127.0.0.1:port
	SignIn  string // the owner's one-time link; empty where there are people already
	Dir     string // where it runs: its data folder, unless its environment names another
	Listens string // what it was told to listen on, whatever address visitors see
	binary  string
	args    []string
	env     []string
	log     string
	cmd     *exec.Cmd
	done    chan struct{} // closed when the process has ended, as err says
	err     error
}

// Settings are environment variables without BALASAN_, such as "REDIS_URL".
type Settings map[string]string

// Open are settings under which every submission is taken: no challenge and no limits.
func Open() Settings {
	return Settings{"POLICY_CHALLENGE": "never", "LIMITS_SUBMIT_NARROW": "1000000/1s", "LIMITS_SUBMIT_WIDE": "1000000/1s"}
}

// With returns s with what others says laid over it.
func (s Settings) With(others Settings) Settings {
	all := maps.Clone(s)
	maps.Copy(all, others)
	return all
}

// Serve starts the program on a kernel-chosen port of 127.0.0.1 in a data folder of its own, unless the
// settings name one. It ends with the test.
func Serve(t testing.TB, settings Settings) *Program {
	t.Helper()
	return ServeBinary(t, Binary(t), settings)
}

// ServeBinary is Serve for another build of the program.
func ServeBinary(t testing.TB, binary string, settings Settings) *Program {
	t.Helper()
	all := Settings{"LISTEN": "127.0.0.1:0", "LOG_LEVEL": "warn"}.With(settings)
	if all["DATA"] == "" {
		all["DATA"] = t.TempDir()
	}
	p := New(binary, all["DATA"], filepath.Join(t.TempDir(), "log"), all.environ())
	p.Listens = all["LISTEN"]
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Kill)
	return p
}

func (s Settings) environ() []string {
	var all []string
	for _, name := range slices.Sorted(maps.Keys(s)) {
		all = append(all, "BALASAN_"+name+"="+s[name])
	}
	return all
}

// New is a program that is not started: it is to serve with these arguments and this environment in a
// folder and to write what it says to a file.
func New(binary, dir, log string, env []string, args ...string) *Program {
	return &Program{Dir: dir, binary: binary, args: args, env: env, log: log}
}

var greeting = regexp.MustCompile(`(?m)^Demo page: (\S+)/demo\nQueue: +\S+/queue\n(?:Sign in: +(\S+)\n)?`)

// Start starts the program, again after [Program.Kill] or [Program.Stop], and returns when it answers.
func (p *Program) Start() error {
	out, err := os.Create(p.log)
	if err != nil {
		return err
	}
	defer out.Close()
	p.cmd = p.command(append([]string{"serve"}, p.args...)...)
	p.cmd.Stdout, p.cmd.Stderr = out, out
	if err := p.cmd.Start(); err != nil {
		return err
	}
	done, cmd := make(chan struct{}), p.cmd
	p.done = done
	go func() { p.err = cmd.Wait(); close(done) }()
	return p.listening()
}

// listening waits until a started program says where it is.
func (p *Program) listening() error {
	for end := time.Now().Add(Patience); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if found := greeting.FindSubmatch(p.Log()); found != nil {
			p.Base, p.SignIn = string(found[1]), string(found[2])
			return nil
		}
		select {
		case <-p.done:
			return fmt.Errorf("it ended: %w\n%s", p.err, p.Log())
		default:
		}
	}
	p.Kill()
	return fmt.Errorf("it does not start:\n%s", p.Log())
}

// Stop asks the program to end and returns how it did.
func (p *Program) Stop() error {
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	select {
	case <-p.done:
		return p.err
	case <-time.After(Patience):
		return errors.New("the program does not stop")
	}
}

// Kill ends the program at once, if it runs.
func (p *Program) Kill() {
	_ = p.cmd.Process.Kill() // fails only when it has ended already
	<-p.done
}

// Signal sends the program a signal: SIGSTOP lets it hang, SIGCONT go on, SIGHUP reload.
func (p *Program) Signal(sig syscall.Signal) error { return p.cmd.Process.Signal(sig) }

// Ended is closed when the process has ended.
func (p *Program) Ended() <-chan struct{} { return p.done }

// Pid is the process.
func (p *Program) Pid() int { return p.cmd.Process.Pid }

// Log is what the program wrote since it was started.
func (p *Program) Log() []byte {
	text, _ := os.ReadFile(p.log) // empty while there is none
	return text
}

// Command runs another command of the program with the same settings and returns what it printed.
func (p *Program) Command(args ...string) (string, error) {
	var out, said bytes.Buffer
	cmd := p.command(args...)
	cmd.Stdout, cmd.Stderr = &out, &said
	if err := cmd.Run(); err != nil {
		return out.String(), fmt.Errorf("balasan %v: %w\n%s", args, err, said.String())
	}
	return out.String(), nil
}

func (p *Program) command(args ...string) *exec.Cmd {
	cmd := exec.Command(p.binary, args...)
	cmd.Args[0] = "balasan" // a test binary may be the program as well, by that name
	cmd.Dir, cmd.Env = p.Dir, p.env
	return cmd
}

// FreeAddress is a host and port for a program that is to come back at the same place. The port lies below
// those that the kernel gives to outgoing connections, one of which could take it meanwhile.
func FreeAddress(t testing.TB) string {
	t.Helper()
	for range 100 {
		address := fmt.Sprintf("127.0.0.1:%d", 20000+rand.IntN(12000))
		if l, err := net.Listen("tcp", address); err == nil {
			_ = l.Close()
			return address
		}
	}
	t.Fatal("no port is free between 20000 and 32000")
	return ""
}
