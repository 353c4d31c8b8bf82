package captcha

import (
	"context"
	_ "embed"
	"encoding/base64"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"

	"balasan/moderation"
)

//go:embed spend.lua
var spendSource string

var spend = redis.NewScript(spendSource)

// Redis keeps marks that all replicas share. Losing one, as a failover may, lets one token be
// used once more.
type Redis struct{ Client redis.UniversalClient }

var _ Marks = Redis{}

func (r Redis) Spend(ctx context.Context, id [12]byte, spender string, right bool, expires time.Time) (moderation.Code, error) {
	key := "c{" + base64.RawURLEncoding.EncodeToString(id[:]) + "}"
	try := 0
	if right {
		try = 1
	}
	ttl := keep(time.Now(), expires).Milliseconds()
	code, err := spend.Run(ctx, r.Client, []string{key}, spender, try, ttl, Tries).Text()
	if err != nil {
		return "", fmt.Errorf("mark a challenge on Redis: %w", err)
	}
	return moderation.Code(code), nil
}
