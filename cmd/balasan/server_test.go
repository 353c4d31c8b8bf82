package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"syscall"
	"time"
)

// server is the real program in a process of its own.
type server struct {
	cmd          *exec.Cmd
	done         chan struct{} // closed when the process has ended, as err says
	err          error
	base, signIn string
	dir          string
}

var greeting = regexp.MustCompile(`(?m)^Demo page: (\S+)/demo\nQueue: +\S+/queue\n(?:Sign in: +(\S+)\n)?`)

// start runs "serve" and returns when it answers.
func (s *server) start(program, log, dir string, env []string, args ...string) error {
	out, err := os.Create(log)
	if err != nil {
		return err
	}
	defer out.Close()
	s.dir = dir
	s.cmd = exec.Command(program, append([]string{"serve"}, args...)...)
	s.cmd.Args[0] = "balasan" // what the test binary looks at
	s.cmd.Env, s.cmd.Dir, s.cmd.Stdout, s.cmd.Stderr = env, dir, out, out
	if err := s.cmd.Start(); err != nil {
		return err
	}
	done := make(chan struct{})
	s.done = done
	go func() { s.err = s.cmd.Wait(); close(done) }()
	found, err := waitFor(log, greeting)
	if err != nil {
		s.kill()
		return err
	}
	s.base, s.signIn = found[1], found[2]
	return nil
}

// stop asks the program to end and returns how it did.
func (s *server) stop() error {
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	select {
	case <-s.done:
		return s.err
	case <-time.After(patience):
		return errors.New("the program does not stop")
	}
}

// kill ends the program as a power cut would.
func (s *server) kill() {
	if s.cmd != nil && s.cmd.Process != nil {
		_ = s.cmd.Process.Kill()
		select {
		case <-s.done:
		case <-time.After(patience):
		}
	}
}

// waitFor reads a file until it holds the pattern.
func waitFor(path string, pattern *regexp.Regexp) ([]string, error) {
	var text []byte
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		text, _ = os.ReadFile(path)
		if found := pattern.FindStringSubmatch(string(text)); found != nil {
			return found, nil
		}
	}
	return nil, fmt.Errorf("%s holds no %s but:\n%s", path, pattern, text)
}
