package limits

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
)

// Dial makes a client for one Redis, a cluster or a set that Sentinels watch:
//
//	redis://[user:password@]host:port/db, rediss:// for TLS, unix:///path
//	redis+cluster://[user:password@]host:port?addr=host:port, rediss+cluster://
//	redis+sentinel://[user:password@]host:port/db?master=NAME&addr=host:port, rediss+sentinel://
//
// The hosts of the last are Sentinels; user and password are for the Redis behind them, and
// sentinel_username and sentinel_password, as parameters, for the Sentinels themselves. A client
// connects when first used, so Redis may be down. No command takes longer than about 100 ms, none
// is tried twice, and after five errors in a row commands fail at once but for one probe each second.
//
// go-redis itself is silenced, for the whole process: it logs every failed dial.
func Dial(address string) (redis.UniversalClient, error) {
	redis.SetLogger(quiet{})
	scheme, rest, _ := strings.Cut(address, "://")
	scheme, kind, _ := strings.Cut(scheme, "+")
	switch kind {
	case "cluster":
		return dialCluster(scheme + "://" + rest)
	case "sentinel":
		return dialSentinel(scheme + "://" + rest)
	}
	o, err := redis.ParseURL(address)
	if err != nil {
		return nil, fmt.Errorf("address of Redis: %w", err)
	}
	return newClient(o), nil
}

const (
	dialTimeout = 100 * time.Millisecond
	readTimeout = 50 * time.Millisecond
	poolTimeout = 100 * time.Millisecond
)

// newClient is a client of one server with its own breaker.
func newClient(o *redis.Options) *redis.Client {
	o.DialTimeout, o.DialerRetries = dialTimeout, 1
	o.ReadTimeout, o.WriteTimeout, o.PoolTimeout = readTimeout, readTimeout, poolTimeout
	o.MaxRetries = -1
	o.ContextTimeoutEnabled = true
	o.DisableIdentity = true
	o.MaintNotificationsConfig = &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
	client := redis.NewClient(o)
	client.AddHook(&breaker{})
	return client
}

// dialCluster makes every node's client by newClient: one dead master must not silence the others.
func dialCluster(address string) (redis.UniversalClient, error) {
	o, err := redis.ParseClusterURL(address)
	if err != nil {
		return nil, fmt.Errorf("address of the Redis cluster: %w", err)
	}
	o.ClusterStateReloadInterval = time.Second
	o.MaintNotificationsConfig = &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
	o.NewClient = newClient
	return redis.NewClusterClient(o), nil
}

// dialSentinel says newClient's tuning in words of the address, since go-redis makes this client itself.
func dialSentinel(address string) (redis.UniversalClient, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, errors.New("address of the Redis Sentinels: cannot be read") // without the text: it may hold a password
	}
	q, username := u.Query(), u.User.Username()
	password, _ := u.User.Password()
	u.User = url.UserPassword(q.Get("sentinel_username"), q.Get("sentinel_password"))
	for name, value := range map[string]string{
		"master_name": q.Get("master"), "username": username, "password": password,
		"dial_timeout": dialTimeout.String(), "dialer_retries": "1", "read_timeout": readTimeout.String(),
		"write_timeout": readTimeout.String(), "pool_timeout": poolTimeout.String(), "max_retries": "-1",
		"context_timeout_enabled": "true",
	} {
		q.Set(name, value)
	}
	for _, own := range []string{"master", "sentinel_username", "sentinel_password"} {
		q.Del(own)
	}
	u.RawQuery = q.Encode()
	o, err := redis.ParseFailoverURL(u.String())
	if err == nil && o.MasterName == "" {
		err = errors.New("?master=NAME is missing")
	}
	if err != nil {
		return nil, fmt.Errorf("address of the Redis Sentinels: %w", err)
	}
	o.DisableIdentity = true
	client := redis.NewFailoverClient(o)
	client.AddHook(&breaker{})
	return client, nil
}

type quiet struct{}

func (quiet) Printf(context.Context, string, ...any) {}
