package captcha_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/redis/go-redis/v9"

	"balasan/captcha"
	"balasan/captcha/captchatest"
	"balasan/internal/redistest"
	"balasan/moderation"
)

func TestRedis(t *testing.T) {
	client := redistest.Start(t).Client()
	captchatest.Run(t, func(*testing.T) captcha.Marks { return captcha.Redis{Client: client} })
	names := client.Keys(t.Context(), "*").Val()
	if len(names) == 0 {
		t.Fatal("no marks after the contract")
	}
	for _, key := range names {
		if ttl := client.PTTL(t.Context(), key).Val(); ttl <= time.Minute || ttl > 2*time.Minute {
			t.Errorf("%q lives %v, want its minute and one of grace", key, ttl)
		}
		if !strings.HasPrefix(key, "c{") {
			t.Errorf("key %q", key)
		}
	}
}

func TestAnExpiredMarkStillLastsItsGrace(t *testing.T) {
	client := redistest.Start(t).Client()
	marks := captcha.Redis{Client: client}
	long := time.Now().Add(-time.Hour) // of a replica whose clock is behind
	marks.Spend(t.Context(), [12]byte{1}, "", true, long)
	if code, err := marks.Spend(t.Context(), [12]byte{1}, "", true, long); code != moderation.CaptchaReused {
		t.Errorf("%q, %v", code, err)
	}
}

func TestFallbackOnRealRedis(t *testing.T) {
	server := redistest.Start(t)
	client := redis.NewClient(&redis.Options{Addr: strings.TrimPrefix(server.URL(), "redis://"), MaxRetries: -1, DialerRetries: 1})
	defer client.Close()
	marks := &captcha.Fallback{First: captcha.Redis{Client: client}, Then: &captcha.Memory{}, Log: silent}
	captchatest.Run(t, func(*testing.T) captcha.Marks { return marks })
	server.Kill()
	captchatest.Run(t, func(*testing.T) captcha.Marks { return marks })
	if marks.FellBack() == 0 {
		t.Error("nothing was counted")
	}
	server.Run()
	captchatest.Run(t, func(*testing.T) captcha.Marks { return marks })
}

var silent = slog.New(slog.NewTextHandler(io.Discard, nil))

// shaky is a Memory that can be made to fail.
type shaky struct {
	captcha.Memory
	down bool
}

func (s *shaky) Spend(ctx context.Context, id [12]byte, spender string, right bool, expires time.Time) (moderation.Code, error) {
	if s.down {
		return "", errors.New("down")
	}
	return s.Memory.Spend(ctx, id, spender, right, expires)
}

func TestFallback(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		first, then := &shaky{}, &shaky{}
		f := &captcha.Fallback{First: first, Then: then, Log: silent}
		spend := func(id byte, want moderation.Code) {
			t.Helper()
			code, err := f.Spend(t.Context(), [12]byte{id}, "", true, time.Now().Add(10*time.Minute))
			if err != nil || code != want {
				t.Errorf("token %d: %q, %v; want %q", id, code, err, want)
			}
		}
		spend(1, "")
		first.down = true
		spend(2, "")
		spend(2, moderation.CaptchaReused)
		first.down = false
		spend(2, moderation.CaptchaReused) // spent at Then while First was down
		spend(3, "")
		spend(3, moderation.CaptchaReused)
		then.down = true
		if _, err := f.Spend(t.Context(), [12]byte{4}, "", true, time.Now().Add(time.Minute)); err == nil {
			t.Error("with Then down its tokens cannot be told from fresh ones")
		}
		time.Sleep(12 * time.Minute) // every token of the failure has expired
		spend(5, "")                 // so that First is enough
		first.down = true
		if _, err := f.Spend(t.Context(), [12]byte{6}, "", true, time.Now().Add(time.Minute)); err == nil {
			t.Error("both are down and it says nothing")
		}
	})
}
