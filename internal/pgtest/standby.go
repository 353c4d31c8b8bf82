package pgtest

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// Standby is a copy of the server that follows it from now on and ends with the test. Synchronous, the
// server acknowledges no commit that is not on the copy's disk as well.
func (s *Server) Standby(t testing.TB, synchronous bool) *Server {
	t.Helper()
	copied, err := s.copied()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(copied.Stop)
	if err := copied.Run(); err != nil {
		t.Fatal(err)
	}
	if !synchronous {
		return copied
	}
	for _, statement := range []string{`ALTER SYSTEM SET synchronous_standby_names = 'standby'`, `SELECT pg_reload_conf()`} {
		if err := s.create(statement); err != nil {
			t.Fatal(err)
		}
	}
	return copied
}

func (s *Server) copied() (*Server, error) {
	bin, err := binaries()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp(filepath.Dir(s.dir), "balasan-pg-")
	if err != nil {
		return nil, err
	}
	c := &Server{dir: dir, settings: append([]string{
		fmt.Sprintf("primary_conninfo=host=127.0.0.1 port=%d user=balasan application_name=standby", s.Port)}, s.settings...)}
	if err := c.own(); err != nil {
		return nil, err
	}
	backup := c.command(filepath.Join(bin, "pg_basebackup"), "-D", c.data(), "-h", "127.0.0.1", "-p", fmt.Sprint(s.Port), "-U", "balasan",
		"-R", "-X", "stream", "-c", "fast", "--no-sync")
	if out, err := backup.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("pg_basebackup: %w\n%s", err, out)
	}
	c.Port, err = freePort()
	return c, err
}

// Promote makes a standby a server of its own that takes writes; it returns when it does.
func (s *Server) Promote() error { return s.create(`SELECT pg_promote()`) }
