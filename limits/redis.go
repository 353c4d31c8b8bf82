package limits

import (
	"context"
	_ "embed"
	"encoding/base64"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"
)

//go:embed take.lua
var takeSource string

// take is loaded when Redis first says that it does not know it, and after each restart.
var take = redis.NewScript(takeSource)

// remote keeps buckets on Redis. The keys of one decision share a hash tag, the widest
// bucket's name, so that a cluster keeps them in one slot.
type remote struct{ client redis.UniversalClient }

func (r *remote) take(ctx context.Context, buckets []bucket, n int64) (taken, error) {
	args := []any{n}
	for _, b := range buckets {
		args = append(args, b.step, b.span)
	}
	got, err := take.Run(ctx, r.client, keys(buckets), args...).Int64Slice()
	if err != nil {
		return taken{}, fmt.Errorf("take from %d buckets: %w", len(buckets), err)
	}
	if len(got) != 3 {
		return taken{}, fmt.Errorf("take from %d buckets: answer %v", len(buckets), got)
	}
	return taken{wait: time.Duration(got[0]) * time.Microsecond, left: got[1],
		full: time.Duration(got[2]) * time.Microsecond}, nil
}

func (r *remote) forget(ctx context.Context, buckets []bucket) error {
	return r.client.Del(ctx, keys(buckets)...).Err()
}

func keys(buckets []bucket) []string {
	names := make([]string, len(buckets))
	tag := "l{" + base64.RawURLEncoding.EncodeToString(buckets[0].name[:]) + "}"
	names[0] = tag
	for i, b := range buckets[1:] {
		names[i+1] = tag + base64.RawURLEncoding.EncodeToString(b.name[:])
	}
	return names
}
