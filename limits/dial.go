package limits

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
)

// Dial makes a client for a redis://, rediss:// or unix:// address, or for a cluster behind
// redis+cluster:// or rediss+cluster:// (further nodes as ?addr=host:port). It connects when
// first used, so Redis may be down. No command takes longer than about 100 ms, none is tried
// twice, and after five errors in a row commands fail at once but for one probe each second.
//
// go-redis itself is silenced, for the whole process: it logs every failed dial.
func Dial(url string) (redis.UniversalClient, error) {
	redis.SetLogger(quiet{})
	if scheme, rest, found := strings.Cut(url, "+cluster://"); found {
		o, err := redis.ParseClusterURL(scheme + "://" + rest)
		if err != nil {
			return nil, fmt.Errorf("address of the Redis cluster: %w", err)
		}
		tuneCluster(o)
		return redis.NewClusterClient(o), nil
	}
	o, err := redis.ParseURL(url)
	if err != nil {
		return nil, fmt.Errorf("address of Redis: %w", err)
	}
	tune(o)
	client := redis.NewClient(o)
	client.AddHook(&breaker{})
	return client, nil
}

const (
	dialTimeout = 100 * time.Millisecond
	readTimeout = 50 * time.Millisecond
	poolTimeout = 100 * time.Millisecond
)

func tune(o *redis.Options) {
	o.DialTimeout, o.DialerRetries = dialTimeout, 1
	o.ReadTimeout, o.WriteTimeout, o.PoolTimeout = readTimeout, readTimeout, poolTimeout
	o.MaxRetries = -1
	o.ContextTimeoutEnabled = true
	o.DisableIdentity = true
	o.MaintNotificationsConfig = &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
}

// tuneCluster gives every node its own breaker: one dead master must not silence the others.
func tuneCluster(o *redis.ClusterOptions) {
	o.DialTimeout, o.DialerRetries = dialTimeout, 1
	o.ReadTimeout, o.WriteTimeout, o.PoolTimeout = readTimeout, readTimeout, poolTimeout
	o.MaxRetries = -1
	o.ContextTimeoutEnabled = true
	o.DisableIdentity = true
	o.MaintNotificationsConfig = &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
	o.ClusterStateReloadInterval = time.Second
	o.NewClient = func(node *redis.Options) *redis.Client {
		client := redis.NewClient(node)
		client.AddHook(&breaker{})
		return client
	}
}

type quiet struct{}

func (quiet) Printf(context.Context, string, ...any) {}
