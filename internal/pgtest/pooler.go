package pgtest

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// poolerLines are what docs/operate.md tells operators to set.
const poolerLines = `pool_mode = transaction
ignore_startup_parameters = statement_timeout,lock_timeout,idle_in_transaction_session_timeout
max_client_conn = 1000
`

// Pooler starts a pgbouncer in transaction mode before the server, with so many connections to it, and
// returns the address of the database name through it. It ends with the test, and skips it where
// pgbouncer is not installed.
func (s *Server) Pooler(t testing.TB, name string, connections int) (url string) {
	t.Helper()
	path, err := exec.LookPath("pgbouncer")
	if err != nil {
		path, err = exec.LookPath("/usr/sbin/pgbouncer")
	}
	if err != nil {
		t.Skip("SKIPPED: pgbouncer is not installed, so nothing of this was tested through it")
	}
	p := &Server{}
	if p.dir, err = os.MkdirTemp(filepath.Dir(s.dir), "balasan-pool-"); err != nil {
		t.Fatal(err)
	}
	if p.Port, err = freePort(); err == nil {
		err = errors.Join(p.own(), os.WriteFile(filepath.Join(p.dir, "ini"), fmt.Appendf(nil, `[databases]
* = host=127.0.0.1 port=%d user=balasan
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = %d
unix_socket_dir =
auth_type = any
default_pool_size = %d
%s`, s.Port, p.Port, connections, poolerLines), 0o644))
	}
	if err != nil {
		t.Fatal(err)
	}
	p.cmd = p.command(path, filepath.Join(p.dir, "ini"))
	var said strings.Builder
	p.cmd.Stdout, p.cmd.Stderr = &said, &said
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Stop)
	url = p.URL(name) + "&default_query_exec_mode=exec"
	if err := answers(url); err != nil {
		p.Stop() // so that it has said all
		t.Fatalf("%v; pgbouncer on port %d said:\n%s", err, p.Port, said.String())
	}
	return url
}

// Pooled is [Database] through a pooler that the test has for itself.
func Pooled(t testing.TB, prepare func(url string) error, connections int) string {
	t.Helper()
	Database(t, prepare)
	return shared.server.Pooler(t, "prepared", connections)
}
