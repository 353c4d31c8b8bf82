package captcha_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"balasan/captcha"
	"balasan/captcha/captchatest"
	"balasan/moderation"
)

func TestMemory(t *testing.T) {
	captchatest.Run(t, func(*testing.T) captcha.Marks { return &captcha.Memory{} })
}

func TestMemoryRatherRefusesThanForgets(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &captcha.Memory{Cap: 2}
		expires := time.Now().Add(10 * time.Minute)
		spend := func(id byte) (moderation.Code, error) {
			return m.Spend(t.Context(), [12]byte{id}, "", true, expires)
		}
		spend(1)
		spend(2)
		if _, err := spend(3); !errors.Is(err, captcha.ErrFull) {
			t.Errorf("the third of two: %v", err)
		}
		if code, err := spend(1); code != moderation.CaptchaReused || err != nil {
			t.Errorf("a known one when full: %q %v", code, err)
		}
		time.Sleep(12 * time.Minute)
		if code, err := spend(3); code != "" || err != nil {
			t.Errorf("when the others have expired: %q %v", code, err)
		}
	})
}
