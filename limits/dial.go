package limits

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
)

// Dial makes a client for a redis://, rediss:// or unix:// address, or for a cluster behind
// redis+cluster:// or rediss+cluster:// (further nodes as ?addr=host:port). It connects when
// first used, so Redis may be down. No command takes longer than about 100 ms, none is tried
// twice, and after five errors in a row commands fail at once but for one probe each second.
func Dial(url string) (redis.UniversalClient, error) {
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
	return redis.NewClient(o), nil
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
	o.Limiter = &breaker{}
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
		node.Limiter = &breaker{}
		return redis.NewClient(node)
	}
}

// ErrOpen is what every command gets while the breaker is open.
var ErrOpen = errors.New("redis does not answer; asking again within a second")

const (
	breakAfter = 5
	probeEvery = time.Second
)

// breaker is go-redis' own hook (redis.Limiter): it opens after five errors in a row, lets one
// command a second through and closes with the first that succeeds.
type breaker struct {
	errors atomic.Int64
	probe  atomic.Int64 // when the next command may try, in Unix nanoseconds
}

// Allow lets a command through, or answers ErrOpen at once.
func (b *breaker) Allow() error {
	if b.errors.Load() < breakAfter {
		return nil
	}
	now, due := time.Now().UnixNano(), b.probe.Load()
	if now >= due && b.probe.CompareAndSwap(due, now+probeEvery.Nanoseconds()) {
		return nil
	}
	return ErrOpen
}

// ReportResult counts what says that the server is not there. An answer of the server is a
// success, but for those with which it says that it cannot serve now.
func (b *breaker) ReportResult(err error) {
	switch {
	case errors.Is(err, context.Canceled): // the visitor left
	case err == nil, answered(err):
		b.errors.Store(0)
	case b.errors.Add(1) == breakAfter:
		b.probe.Store(time.Now().Add(probeEvery).UnixNano())
	}
}

func answered(err error) bool {
	var reply redis.Error
	if !errors.As(err, &reply) {
		return false
	}
	word, _, _ := strings.Cut(reply.Error(), " ")
	switch word {
	case "LOADING", "BUSY", "MASTERDOWN", "CLUSTERDOWN", "READONLY", "OOM", "MISCONF", "NOREPLICAS":
		return false
	}
	return true
}
