// Package captchatest is the contract that every implementation of captcha.Marks passes.
package captchatest

import (
	"crypto/rand"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"balasan/captcha"
	"balasan/moderation"
)

// Run tests the Marks that open returns; it is called once.
func Run(t *testing.T, open func(*testing.T) captcha.Marks) {
	marks := open(t)
	for name, tries := range map[string][]try{
		"a right answer succeeds once":                 {{"a", true, ""}, {"b", true, moderation.CaptchaReused}},
		"the same spender succeeds again":              {{"a", true, ""}, {"a", true, ""}, {"a", true, ""}},
		"not with a wrong answer":                      {{"a", true, ""}, {"a", false, moderation.CaptchaReused}},
		"without a spender it is good for one try":     {{"", true, ""}, {"", true, moderation.CaptchaReused}},
		"an empty spender is not the one who spent it": {{"a", true, ""}, {"", true, moderation.CaptchaReused}},
		"spenders are bytes":                           {{"\x00\xff'", true, ""}, {"\x00\xff", true, moderation.CaptchaReused}, {"\x00\xff'", true, ""}},
		"two wrong answers may be mended":              {{"a", false, moderation.CaptchaWrong}, {"a", false, moderation.CaptchaWrong}, {"a", true, ""}},
		"the third wrong answer locks":                 {{"a", false, moderation.CaptchaWrong}, {"b", false, moderation.CaptchaWrong}, {"c", false, moderation.CaptchaLocked}},
		"a lock stays, whatever comes":                 {{"a", false, moderation.CaptchaWrong}, {"a", false, moderation.CaptchaWrong}, {"a", false, moderation.CaptchaLocked}, {"a", false, moderation.CaptchaLocked}, {"a", true, moderation.CaptchaLocked}},
		"a spent one is never locked by wrong answers": {{"a", true, ""}, {"b", false, moderation.CaptchaReused}, {"b", false, moderation.CaptchaReused}, {"b", false, moderation.CaptchaReused}, {"a", true, ""}},
	} {
		t.Run(name, func(t *testing.T) {
			id := newID()
			for i, try := range tries {
				code, err := marks.Spend(t.Context(), id, try.spender, try.right, time.Now().Add(time.Minute))
				if err != nil || code != try.want {
					t.Fatalf("try %d: %q, %v; want %q", i+1, code, err, try.want)
				}
			}
		})
	}
	t.Run("of 64 racers one succeeds", func(t *testing.T) { race(t, marks) })
	t.Run("racing wrong answers lock once", func(t *testing.T) { raceWrong(t, marks) })
}

type try struct {
	spender string
	right   bool
	want    moderation.Code
}

func newID() (id [12]byte) {
	rand.Read(id[:])
	return id
}

func race(t *testing.T, marks captcha.Marks) {
	var won, reused atomic.Int64
	id := newID()
	together(func(racer byte) {
		switch code, err := marks.Spend(t.Context(), id, string([]byte{'r', racer}), true, time.Now().Add(time.Minute)); {
		case err != nil:
			t.Error(err)
		case code == "":
			won.Add(1)
		case code == moderation.CaptchaReused:
			reused.Add(1)
		}
	})
	if won.Load() != 1 || reused.Load() != 63 {
		t.Errorf("%d succeeded, %d were told reused; want 1 and 63", won.Load(), reused.Load())
	}
}

func raceWrong(t *testing.T, marks captcha.Marks) {
	var wrong, locked atomic.Int64
	id := newID()
	together(func(racer byte) {
		switch code, err := marks.Spend(t.Context(), id, string([]byte{'r', racer}), false, time.Now().Add(time.Minute)); {
		case err != nil:
			t.Error(err)
		case code == moderation.CaptchaWrong:
			wrong.Add(1)
		case code == moderation.CaptchaLocked:
			locked.Add(1)
		}
	})
	if wrong.Load() != captcha.Tries-1 || locked.Load() != 64-captcha.Tries+1 {
		t.Errorf("%d wrong, %d locked; want %d and %d", wrong.Load(), locked.Load(), captcha.Tries-1, 64-captcha.Tries+1)
	}
}

func together(act func(racer byte)) {
	var wg sync.WaitGroup
	for racer := range byte(64) {
		wg.Go(func() { act(racer) })
	}
	wg.Wait()
}
