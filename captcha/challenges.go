package captcha

import (
	"context"
	"crypto/subtle"
	"errors"
	"time"

	"balasan/moderation"
)

const (
	Digits      = 6                // in each answer
	DefaultLife = 10 * time.Minute // of a challenge, from the moment it is opened
)

// Challenges is the moderation.Challenger.
type Challenges struct {
	Keys  Keys
	Marks Marks
	Life  time.Duration // 0 is DefaultLife
}

var _ moderation.Challenger = Challenges{}

// Issue makes a challenge that counts for b only. It panics when Keys.Current has no secret.
func (c Challenges) Issue(b moderation.Binding, at time.Time) moderation.Challenge {
	kid := c.Keys.Current()
	secret, known := c.Keys.Secret(kid)
	if !known || kid == "" || len(kid) > maxKid {
		panic("captcha: no secret for the current key")
	}
	life := c.Life
	if life == 0 {
		life = DefaultLife
	}
	t := newToken(kid, secret, KindDigits, b, at.Add(life))
	return moderation.Challenge{Token: t.seal(secret), Kind: t.kind.String(), ExpiresAt: t.expires}
}

// Redeem spends text, a token, with the visitor's answer. Refusals are Problems: CaptchaRequired
// without a token or six digits (nothing is spent), CaptchaInvalid, CaptchaExpired from the
// first nanosecond after its time, CaptchaWrong, CaptchaLocked with the third wrong answer,
// CaptchaReused, and CaptchaUnavailable when the mark cannot be kept.
func (c Challenges) Redeem(ctx context.Context, b moderation.Binding, text, answer, spender string, at time.Time) error {
	if text == "" {
		return moderation.Refuse(moderation.CaptchaRequired, nil)
	}
	t, secret, err := c.Keys.open(text)
	if err != nil {
		return moderation.Refuse(moderation.CaptchaInvalid, err)
	}
	if binding := bind(secret, b); subtle.ConstantTimeCompare(t.binding[:], binding[:]) == 0 {
		return moderation.Refuse(moderation.CaptchaInvalid, errElse)
	}
	if at.After(t.expires) {
		return moderation.Refuse(moderation.CaptchaExpired, nil)
	}
	given, ok := readAnswer(answer)
	if !ok {
		return moderation.Refuse(moderation.CaptchaRequired, nil)
	}
	want := t.id.digits(secret)
	right := subtle.ConstantTimeCompare(given[:], want[:]) == 1
	code, err := c.Marks.Spend(ctx, t.id, spender, right, t.expires)
	switch {
	case err != nil:
		return &moderation.Problem{Code: moderation.CaptchaUnavailable, After: time.Second, Err: err}
	case code != "":
		return moderation.Refuse(code, nil)
	}
	return nil
}

// Answer tells what would solve text, expired or not: for support and end-to-end tests.
func (k Keys) Answer(text string) (string, error) {
	t, secret, err := k.open(text)
	if err != nil {
		return "", err
	}
	if t.kind != KindDigits {
		return "", errors.New("a token of an unknown kind")
	}
	digits := t.id.digits(secret)
	for i := range digits {
		digits[i] += '0'
	}
	return string(digits[:]), nil
}
