package redistest

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Sentinels are three real Sentinels that watch a master, named "balasan", and its replica.
type Sentinels struct {
	Master, Replica *Server
	ports           []int
}

// StartSentinels starts a set that ends with the test and waits until all know each other. A
// master that does not answer for half a second is replaced.
func StartSentinels(t testing.TB) *Sentinels {
	t.Helper()
	s := &Sentinels{Master: Start(t), Replica: Reserve(t)}
	s.Replica.args = []string{"--replicaof", fmt.Sprintf("127.0.0.1 %d", s.Master.Port)}
	s.Replica.Run()
	replica := s.Replica.Client()
	await(t, "the replica follows", func() bool {
		return strings.Contains(replica.Info(context.Background(), "replication").Val(), "master_link_status:up")
	})
	for range 3 {
		sentinel := Reserve(t)
		file := filepath.Join(t.TempDir(), "sentinel.conf")
		text := fmt.Sprintf("port %d\nbind 127.0.0.1\nsentinel monitor balasan 127.0.0.1 %d 2\n"+
			"sentinel down-after-milliseconds balasan 500\nsentinel failover-timeout balasan 3000\n", sentinel.Port, s.Master.Port)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		sentinel.launch(exec.Command("redis-server", file, "--sentinel"))
		client := sentinel.Client()
		await(t, "the Sentinel finds the others", func() bool {
			found := client.Do(context.Background(), "sentinel", "ckquorum", "balasan").Err() == nil || len(s.ports) == 0
			return found && strings.Contains(client.Info(context.Background(), "sentinel").Val(), "slaves=1")
		})
		s.ports = append(s.ports, sentinel.Port)
	}
	return s
}

// URL is the set's address for limits.Dial.
func (s *Sentinels) URL() string {
	return fmt.Sprintf("redis+sentinel://127.0.0.1:%d?master=balasan&addr=127.0.0.1:%d&addr=127.0.0.1:%d", s.ports[0], s.ports[1], s.ports[2])
}
