package redistest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

const (
	slots   = 16384
	masters = 3
)

// Cluster is a real Redis Cluster of six nodes: three masters, each with a replica.
type Cluster struct {
	Nodes []*Server // the masters first; node i+3 began as the replica of node i
	t     testing.TB
}

// StartCluster starts a cluster that ends with the test and waits until it serves. A master that
// does not answer for half a second is replaced, unless settings say otherwise.
func StartCluster(t testing.TB, settings ...string) *Cluster {
	t.Helper()
	c := &Cluster{t: t}
	for range 2 * masters {
		s := Reserve(t)
		s.args = []string{"--cluster-enabled", "yes", "--cluster-port", fmt.Sprint(freePort(t)),
			"--cluster-node-timeout", "500", "--cluster-replica-validity-factor", "0", "--repl-diskless-sync-delay", "0"}
		s.args = append(s.args, settings...)
		s.Run()
		c.Nodes = append(c.Nodes, s)
	}
	for i, node := range c.Nodes {
		if i < masters {
			c.do(node, "cluster", "addslotsrange", i*slots/masters, (i+1)*slots/masters-1)
		}
		c.do(node, "cluster", "set-config-epoch", i+1)
		c.do(c.Nodes[0], "cluster", "meet", "127.0.0.1", node.Port, node.args[3])
	}
	for i, replica := range c.Nodes[masters:] {
		master := c.ID(c.Nodes[i])
		await(t, "the nodes meet", func() bool { return strings.Contains(c.text(replica, "cluster", "nodes"), master) })
		c.do(replica, "cluster", "replicate", master)
	}
	await(t, "the cluster serves", c.whole)
	return c
}

// whole tells whether every node sees all slots served and every replica follows its master.
func (c *Cluster) whole() bool {
	for i, node := range c.Nodes {
		if !strings.Contains(c.text(node, "cluster", "info"), "cluster_state:ok") ||
			strings.Count(c.text(node, "cluster", "nodes"), " slave ")+strings.Count(c.text(node, "cluster", "nodes"), ",slave ") != masters ||
			i >= masters && !strings.Contains(c.text(node, "info", "replication"), "master_link_status:up") {
			return false
		}
	}
	return true
}

// URL is the cluster's address for limits.Dial, with all nodes.
func (c *Cluster) URL() string {
	text := fmt.Sprintf("redis+cluster://127.0.0.1:%d?", c.Nodes[0].Port)
	for _, node := range c.Nodes[1:] {
		text += fmt.Sprintf("&addr=127.0.0.1:%d", node.Port)
	}
	return text
}

// ID is a node's name in the cluster.
func (c *Cluster) ID(node *Server) string { return c.text(node, "cluster", "myid") }

// MoveSlots moves n slots from the first master to the second with the keys in them, one after the other,
// as redis-cli does. It may run beside the test.
func (c *Cluster) MoveSlots(n int) error {
	from, to := c.Nodes[0], c.Nodes[1]
	source, target := from.Client(), to.Client()
	sourceID, targetID := c.ID(from), c.ID(to)
	for slot := range n {
		if err := errors.Join(
			command(target, "cluster", "setslot", slot, "importing", sourceID),
			command(source, "cluster", "setslot", slot, "migrating", targetID),
			migrate(source, slot, to.Port),
			command(target, "cluster", "setslot", slot, "node", targetID),
			command(source, "cluster", "setslot", slot, "node", targetID)); err != nil {
			return fmt.Errorf("slot %d: %w", slot, err)
		}
	}
	return nil
}

// migrate moves the keys of a slot until there are none.
func migrate(source *redis.Client, slot, port int) error {
	for {
		keys, err := source.ClusterGetKeysInSlot(context.Background(), slot, 100).Result()
		if err != nil || len(keys) == 0 {
			return err
		}
		args := []any{"migrate", "127.0.0.1", port, "", 0, 5000, "keys"}
		for _, key := range keys {
			args = append(args, key)
		}
		if err := command(source, args...); err != nil {
			return err
		}
	}
}

func command(client *redis.Client, args ...any) error {
	return client.Do(context.Background(), args...).Err()
}

func (c *Cluster) do(node *Server, args ...any) {
	c.t.Helper()
	client := node.Client()
	defer client.Close()
	if err := command(client, args...); err != nil {
		c.t.Fatal(args, err)
	}
}

func (c *Cluster) text(node *Server, args ...any) string {
	client := node.Client()
	defer client.Close()
	text, _ := client.Do(context.Background(), args...).Text() // what does not answer has no text
	return text
}

func await(t testing.TB, what string, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !done(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("it never comes that ", what)
		}
	}
}
