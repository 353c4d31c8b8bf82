// Package pgtest starts a real PostgreSQL for tests and does to it what happens to real ones.
package pgtest

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"
)

// Server is a PostgreSQL of the tests' own, on 127.0.0.1.
type Server struct {
	Port     int
	settings []string
	dir      string
	cmd      *exec.Cmd
}

var shared struct {
	sync.Mutex
	server   *Server
	prepared bool
	err      error
}

// Main runs the tests of a package and ends the server that they shared; for TestMain.
func Main(m *testing.M) {
	code := m.Run()
	if s := shared.server; s != nil {
		s.Stop()
	}
	os.Exit(code)
}

// Database is the one database of a server that the whole package shares, as prepare left it when
// it was first asked for: whatever a test before put into it is gone. It skips the test where
// PostgreSQL is not installed.
func Database(t testing.TB, prepare func(url string) error) string {
	t.Helper()
	shared.Lock()
	defer shared.Unlock()
	if shared.server == nil && shared.err == nil {
		shared.server, shared.err = Start(os.TempDir(), "fsync=off", "full_page_writes=off")
	}
	if shared.server != nil && !shared.prepared && shared.err == nil {
		shared.prepared = true
		shared.err = shared.server.template(prepare)
	}
	if errors.Is(shared.err, exec.ErrNotFound) {
		t.Skip("SKIPPED: PostgreSQL is not installed, so nothing of this was tested on it")
	}
	if shared.err != nil {
		t.Fatal(shared.err)
	}
	if err := shared.server.reset(); err != nil {
		t.Fatal(err)
	}
	return shared.server.URL("prepared")
}

// Own is a server that ends with its test, with an empty database on it. It skips the test where
// PostgreSQL is not installed.
func Own(t testing.TB, settings ...string) (s *Server, url string) {
	t.Helper()
	s, err := Start(os.TempDir(), settings...) // a folder of the test would be closed to the server's user
	if errors.Is(err, exec.ErrNotFound) {
		t.Skip("SKIPPED: PostgreSQL is not installed, so nothing of this was tested on it")
	}
	if err == nil {
		t.Cleanup(s.Stop)
		err = s.create(`CREATE DATABASE balasan`)
	}
	if err != nil {
		t.Fatal(err)
	}
	return s, s.URL("balasan")
}

// Start makes a server in a new folder below parent and waits until it answers. Its commits reach
// the disk unless the settings say otherwise.
func Start(parent string, settings ...string) (*Server, error) {
	bin, err := binaries()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp(parent, "balasan-pg-")
	if err != nil {
		return nil, err
	}
	s := &Server{dir: dir, settings: settings}
	if err := s.own(); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	initdb := s.command(filepath.Join(bin, "initdb"), "--no-sync", "-D", s.data(), "-U", "balasan", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8")
	if out, err := initdb.CombinedOutput(); err != nil {
		return nil, errors.Join(fmt.Errorf("initdb: %w\n%s", err, out), os.RemoveAll(dir))
	}
	if s.Port, err = freePort(); err != nil {
		return nil, err
	}
	return s, s.Run()
}

// Run starts the server, again after [Server.Kill].
func (s *Server) Run() error {
	bin, err := binaries()
	if err != nil {
		return err
	}
	args := []string{"-D", s.data(), "-p", strconv.Itoa(s.Port), "-k", s.dir}
	for _, setting := range append([]string{"listen_addresses=127.0.0.1", "max_connections=200"}, s.settings...) {
		args = append(args, "-c", setting)
	}
	s.cmd = s.command(filepath.Join(bin, "postgres"), args...)
	log, err := os.Create(filepath.Join(s.dir, "log"))
	if err != nil {
		return err
	}
	defer log.Close()
	s.cmd.Stdout, s.cmd.Stderr = log, log
	if err := s.cmd.Start(); err != nil {
		return err
	}
	if err := answers(s.URL("postgres")); err != nil {
		said, _ := os.ReadFile(log.Name())
		return fmt.Errorf("%w; the server said:\n%s", err, said)
	}
	return nil
}

// answers waits until a server, or a pooler before it, takes connections.
func answers(url string) error {
	db, err := sql.Open("pgx", url)
	if err != nil {
		return err
	}
	defer db.Close()
	for end := time.Now().Add(30 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		if err = db.Ping(); err == nil || time.Now().After(end) {
			return err
		}
	}
}

// template makes the database and sets aside what is in it. Emptying tables is several times as
// fast as making a database for each test.
func (s *Server) template(prepare func(url string) error) error {
	if err := s.create(`CREATE DATABASE prepared`); err != nil || prepare == nil {
		return err
	}
	if err := prepare(s.URL("prepared")); err != nil {
		return err
	}
	return s.within(`DO $$ DECLARE t TEXT; BEGIN
		CREATE SCHEMA aside;
		FOR t IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' LOOP
			EXECUTE format('CREATE TABLE aside.%I AS TABLE public.%I', t, t);
		END LOOP;
	END $$`)
}

// reset brings back what was set aside.
func (s *Server) reset() error {
	return s.within(`DO $$ DECLARE t TEXT; names TEXT; columns TEXT; BEGIN
		DROP TABLE IF EXISTS public.copied;
		SELECT string_agg(format('public.%I', tablename), ', ') INTO names FROM pg_tables WHERE schemaname = 'public';
		IF names IS NULL THEN RETURN; END IF;
		EXECUTE 'TRUNCATE ' || names || ' RESTART IDENTITY';
		FOR t IN SELECT tablename FROM pg_tables WHERE schemaname = 'aside' LOOP
			SELECT string_agg(quote_ident(column_name), ', ') INTO columns FROM information_schema.columns
				WHERE table_schema = 'public' AND table_name = t AND is_generated = 'NEVER';
			EXECUTE format('INSERT INTO public.%I (%s) SELECT %s FROM aside.%I', t, columns, columns, t);
		END LOOP;
	END $$`)
}

func (s *Server) within(statement string) error {
	db, err := sql.Open("pgx", s.URL("prepared"))
	if err != nil {
		return err
	}
	defer db.Close()
	_, err = db.ExecContext(context.Background(), statement)
	return err
}

func (s *Server) create(statement string) error {
	db, err := sql.Open("pgx", s.URL("postgres"))
	if err != nil {
		return err
	}
	defer db.Close()
	_, err = db.ExecContext(context.Background(), statement)
	return err
}

// URL is the address of one database.
func (s *Server) URL(name string) string {
	return fmt.Sprintf("postgres://balasan@127.0.0.1:%d/%s?sslmode=disable", s.Port, name)
}

// Hang stops every process of the server without ending it.
func (s *Server) Hang() error { return s.signal(syscall.SIGSTOP) }

// Resume lets a hanging server go on.
func (s *Server) Resume() error { return s.signal(syscall.SIGCONT) }

// Kill ends the server at once, as a power cut would.
func (s *Server) Kill() {
	family := s.family()
	_ = s.signal(syscall.SIGKILL) // fails only where one has ended already
	_ = s.cmd.Wait()
	for _, pid := range family {
		for end := time.Now().Add(10 * time.Second); syscall.Kill(pid, 0) == nil && time.Now().Before(end); {
			time.Sleep(time.Millisecond)
		}
	}
}

func (s *Server) signal(sig syscall.Signal) error {
	var faults []error
	for _, pid := range append(s.family(), s.cmd.Process.Pid) {
		if err := syscall.Kill(pid, sig); !errors.Is(err, syscall.ESRCH) {
			faults = append(faults, err)
		}
	}
	return errors.Join(faults...)
}

// family are the processes that serve connections: each leads a session of its own.
func (s *Server) family() []int {
	var pids []int
	stats, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, path := range stats {
		text, _ := os.ReadFile(path)
		pid, rest, _ := strings.Cut(string(text), " ")
		after := rest[strings.LastIndexByte(rest, ')')+1:]
		if fields := strings.Fields(after); len(fields) > 1 && fields[1] == strconv.Itoa(s.cmd.Process.Pid) {
			n, _ := strconv.Atoi(pid)
			pids = append(pids, n)
		}
	}
	return pids
}

// Stop ends the server and removes its folder.
func (s *Server) Stop() {
	s.Kill()
	_ = os.RemoveAll(s.dir)
}

func (s *Server) data() string { return filepath.Join(s.dir, "data") }

// own hands the folder to the user that the server runs as: PostgreSQL refuses root.
func (s *Server) own() error {
	if os.Geteuid() != 0 {
		return nil
	}
	uid, gid, err := servant()
	if err != nil {
		return err
	}
	return os.Chown(s.dir, int(uid), int(gid))
}

// command runs as the server's user.
func (s *Server) command(path string, args ...string) *exec.Cmd {
	cmd := exec.Command(path, args...)
	cmd.Dir = s.dir
	cmd.SysProcAttr = &syscall.SysProcAttr{}
	if os.Geteuid() == 0 {
		if uid, gid, err := servant(); err == nil {
			cmd.SysProcAttr.Credential = &syscall.Credential{Uid: uid, Gid: gid}
		}
	}
	return cmd
}

// servant is whom the server runs as when the tests run as root.
func servant() (uid, gid uint32, err error) {
	found, err := user.Lookup("postgres")
	if err != nil {
		if found, err = user.Lookup("nobody"); err != nil {
			return 0, 0, err
		}
	}
	u, err := strconv.ParseUint(found.Uid, 10, 32)
	if err != nil {
		return 0, 0, err
	}
	g, err := strconv.ParseUint(found.Gid, 10, 32)
	return uint32(u), uint32(g), err
}

// binaries is the folder of the newest PostgreSQL; exec.ErrNotFound without one.
func binaries() (string, error) {
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if len(found) > 0 {
		slices.SortFunc(found, func(a, b string) int { return version(a) - version(b) })
		return filepath.Dir(found[len(found)-1]), nil
	}
	path, err := exec.LookPath("initdb")
	return filepath.Dir(path), err
}

func version(path string) int {
	n, _ := strconv.Atoi(filepath.Base(filepath.Dir(filepath.Dir(path))))
	return n
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}
