package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	running "balasan/internal/program"
)

// TestMain lets scripts run this very binary as the program.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"balasan": main})
}

// serve runs this very binary as the program.
func serve(t testing.TB, settings running.Settings) *running.Program {
	t.Helper()
	return running.ServeBinary(t, self(t), settings)
}

func self(t testing.TB) string {
	t.Helper()
	path, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func TestScript(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: filepath.Join("testdata", "script"),
		Setup: func(e *testscript.Env) error {
			e.Setenv("BALASAN_LISTEN", "127.0.0.1:0")
			e.Setenv("BALASAN_DATA", filepath.Join(e.WorkDir, "data"))
			e.Values[served{}] = &running.Program{}
			e.Values[held{}] = &lock{}
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"start": cmdStart, "stop": cmdStop, "hangup": cmdHangup,
			"http": cmdHTTP, "appears": cmdAppears, "keep": cmdKeep, "until": cmdUntil, "replace": cmdReplace,
			"lock": cmdLock, "unlock": cmdUnlock,
		},
	})
}

type served struct{} // the key of a script's *running.Program

// patience bounds every wait of a script; it is reached only when something is broken.
const patience = running.Patience

// cmdStart is "start [flags]": serves until stop, and sets BASE, HOST and, on a first run, SIGNIN.
// What the program says goes to serve.log.
func cmdStart(ts *testscript.TestScript, _ bool, args []string) {
	s := ts.Value(served{}).(*running.Program)
	path, err := lookPath("balasan", ts.Getenv("PATH"))
	ts.Check(err)
	env := []string{"BALASAN_BLIND_CHECKS=0"} // they come by chance
	for _, name := range []string{"PATH", "HOME", "TMPDIR", "BALASAN_LISTEN", "BALASAN_DATA", "BALASAN_CONFIG", "BALASAN_REDIS_URL", "BALASAN_LOG_LEVEL", "BALASAN_LIMITS_SUBMIT_NARROW"} {
		if v := ts.Getenv(name); v != "" {
			env = append(env, name+"="+v)
		}
	}
	*s = *running.New(path, ts.MkAbs("."), ts.MkAbs("serve.log"), env, args...)
	ts.Check(s.Start())
	ts.Defer(s.Kill)
	ts.Setenv("BASE", s.Base)
	ts.Setenv("HOST", strings.TrimPrefix(s.Base, "http://"))
	ts.Setenv("SIGNIN", s.SignIn)
}

// cmdStop is "stop": asks the server to end and expects that it does so well.
func cmdStop(ts *testscript.TestScript, _ bool, _ []string) {
	ts.Check(ts.Value(served{}).(*running.Program).Stop())
}

// cmdHangup is "hangup": sends SIGHUP.
func cmdHangup(ts *testscript.TestScript, _ bool, _ []string) {
	ts.Check(ts.Value(served{}).(*running.Program).Signal(syscall.SIGHUP))
}

// cmdReplace is "replace FILE BY": puts one file in another's place at once, as editors do.
func cmdReplace(ts *testscript.TestScript, _ bool, args []string) {
	ts.Check(os.Rename(ts.MkAbs(args[1]), ts.MkAbs(args[0])))
}

// cmdUntil is "until FILE PATTERN": waits until the file holds the pattern.
func cmdUntil(ts *testscript.TestScript, _ bool, args []string) {
	pattern := regexp.MustCompile(args[1])
	if err := waitFor(ts.MkAbs(args[0]), pattern); err != nil {
		ts.Fatalf("%v", err)
	}
}

// waitFor reads a file until it holds the pattern.
func waitFor(path string, pattern *regexp.Regexp) error {
	var text []byte
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		if text, _ = os.ReadFile(path); pattern.Match(text) {
			return nil
		}
	}
	return fmt.Errorf("%s holds no %s but:\n%s", path, pattern, text)
}

// cmdHTTP is "http [-H 'Name: value']… METHOD URL [BODY]": the answer goes to stdout, its status
// and headers to stderr.
func cmdHTTP(ts *testscript.TestScript, _ bool, args []string) {
	header := http.Header{}
	for len(args) > 1 && args[0] == "-H" {
		name, value, _ := strings.Cut(args[1], ":")
		header.Set(name, strings.TrimSpace(value))
		args = args[2:]
	}
	body := ""
	if len(args) == 3 {
		body = args[2]
		if header.Get("Content-Type") == "" {
			header.Set("Content-Type", "application/json")
		}
	}
	req, err := http.NewRequest(args[0], args[1], strings.NewReader(body))
	ts.Check(err)
	req.Header = header
	resp, err := (&http.Client{Timeout: patience, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}).Do(req)
	ts.Check(err)
	defer resp.Body.Close()
	fmt.Fprintln(ts.Stderr(), "status", resp.StatusCode)
	ts.Check(resp.Header.Write(ts.Stderr()))
	_, err = io.Copy(ts.Stdout(), resp.Body)
	ts.Check(err)
}

// cmdAppears is "appears URL TEXT": asks until the answer holds the text. What was approved is
// public within about a second.
func cmdAppears(ts *testscript.TestScript, _ bool, args []string) {
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		resp, err := http.Get(args[0])
		ts.Check(err)
		text, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		ts.Check(err)
		if strings.Contains(string(text), args[1]) {
			fmt.Fprintf(ts.Stdout(), "%s", text)
			return
		}
	}
	ts.Fatalf("%s never shows %s", args[0], args[1])
}

// cmdKeep is "keep NAME [field]": puts stdout, or one field of its JSON, into the environment.
func cmdKeep(ts *testscript.TestScript, _ bool, args []string) {
	text := strings.TrimSpace(ts.ReadFile("stdout"))
	if len(args) == 2 {
		var object map[string]any
		ts.Check(json.Unmarshal([]byte(text), &object))
		text = fmt.Sprint(object[args[1]])
	}
	ts.Setenv(args[0], text)
}

func lookPath(name, path string) (string, error) {
	for _, dir := range filepath.SplitList(path) {
		if full := filepath.Join(dir, name); dir != "" {
			if info, err := os.Stat(full); err == nil && !info.IsDir() {
				return full, nil
			}
		}
	}
	return "", fmt.Errorf("%s: %w", name, exec.ErrNotFound)
}
