package captcha

import (
	"strings"
	"testing"
	"time"

	"balasan/moderation"
)

var (
	at    = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	place = moderation.Binding{Site: "desa", Page: "https://desa.id/berita/1"}
)

func testKeys() Keys {
	secrets := map[string][]byte{"k1": []byte("the older secret of the instance"), "k2": []byte("the newer secret of the instance")}
	return Keys{Current: named("k2"), Secret: func(kid string) ([]byte, bool) { s, ok := secrets[kid]; return s, ok }}
}

func named(kid string) func() string { return func() string { return kid } }

func testChallenges() Challenges { return Challenges{Keys: testKeys(), Marks: &Memory{}} }

func TestRedeem(t *testing.T) {
	for name, tc := range map[string]struct {
		change func(b *moderation.Binding, token, answer *string, at *time.Time)
		want   moderation.Code
	}{
		"the right answer in time":          {func(*moderation.Binding, *string, *string, *time.Time) {}, ""},
		"good at 10m":                       {func(_ *moderation.Binding, _, _ *string, at *time.Time) { *at = at.Add(10 * time.Minute) }, ""},
		"expired at 10m+1ns":                {func(_ *moderation.Binding, _, _ *string, at *time.Time) { *at = at.Add(10*time.Minute + 1) }, moderation.CaptchaExpired},
		"another page":                      {func(b *moderation.Binding, _, _ *string, _ *time.Time) { b.Page += "0" }, moderation.CaptchaInvalid},
		"another site":                      {func(b *moderation.Binding, _, _ *string, _ *time.Time) { b.Site = "kota" }, moderation.CaptchaInvalid},
		"site and page do not run together": {func(b *moderation.Binding, _, _ *string, _ *time.Time) { b.Site, b.Page = "desah", b.Page[1:] }, moderation.CaptchaInvalid},
		"no token":                          {func(_ *moderation.Binding, token, _ *string, _ *time.Time) { *token = "" }, moderation.CaptchaRequired},
		"no answer":                         {func(_ *moderation.Binding, _, a *string, _ *time.Time) { *a = "" }, moderation.CaptchaRequired},
		"five digits":                       {func(_ *moderation.Binding, _, a *string, _ *time.Time) { *a = (*a)[1:] }, moderation.CaptchaRequired},
		"an unknown id and no answer":       {func(_ *moderation.Binding, token, a *string, _ *time.Time) { *token, *a = strings.Repeat("A", 66), "" }, moderation.CaptchaInvalid},
		"a wrong answer":                    {func(_ *moderation.Binding, _, a *string, _ *time.Time) { *a = wrongAnswer(*a) }, moderation.CaptchaWrong},
		"spaces and separators do not count": {func(_ *moderation.Binding, _, a *string, _ *time.Time) {
			*a = " " + (*a)[:3] + "-" + (*a)[3:] + "\u200b\n"
		}, ""},
		"full-width digits":       {func(_ *moderation.Binding, _, a *string, _ *time.Time) { *a = inScript(*a, '０') }, ""},
		"Arabic-Indic digits":     {func(_ *moderation.Binding, _, a *string, _ *time.Time) { *a = inScript(*a, '٠') }, ""},
		"Javanese digits":         {func(_ *moderation.Binding, _, a *string, _ *time.Time) { *a = inScript(*a, '꧐') }, ""},
		"a token with a line end": {func(_ *moderation.Binding, token, _ *string, _ *time.Time) { *token += "\n" }, moderation.CaptchaInvalid},
	} {
		t.Run(name, func(t *testing.T) {
			c, b, at := testChallenges(), place, at
			token := c.Issue(b, at).Token
			answer, err := c.Keys.Answer(token)
			if err != nil {
				t.Fatal(err)
			}
			tc.change(&b, &token, &answer, &at)
			if err := c.Redeem(t.Context(), b, token, answer, "", at); codeOf(err) != tc.want {
				t.Errorf("got %v, want %q", err, tc.want)
			}
		})
	}
}

func TestAnEmptyAnswerBurnsNothing(t *testing.T) {
	c := testChallenges()
	token := c.Issue(place, at).Token
	for range 5 {
		c.Redeem(t.Context(), place, token, " ", "a", at)
	}
	answer, _ := c.Keys.Answer(token)
	if err := c.Redeem(t.Context(), place, token, answer, "a", at); err != nil {
		t.Error(err)
	}
	if err := c.Redeem(t.Context(), place, token, answer, "a", at); err != nil {
		t.Errorf("a retry of the same spender: %v", err)
	}
	if err := c.Redeem(t.Context(), place, token, answer, "b", at); codeOf(err) != moderation.CaptchaReused {
		t.Errorf("another spender: %v", err)
	}
}

func TestRotationKeepsOldTokensGood(t *testing.T) {
	c := testChallenges()
	c.Keys.Current = named("k1")
	token := c.Issue(place, at).Token
	c.Keys.Current = named("k2")
	answer, _ := c.Keys.Answer(token)
	if err := c.Redeem(t.Context(), place, token, answer, "", at); err != nil {
		t.Error(err)
	}
	c.Keys.Secret = func(string) ([]byte, bool) { return nil, false }
	if err := c.Redeem(t.Context(), place, token, answer, "", at); codeOf(err) != moderation.CaptchaInvalid {
		t.Errorf("a token of a key that is gone: %v", err)
	}
}

func TestAnyChangeOfATokenIsFound(t *testing.T) {
	c := testChallenges()
	token := c.Issue(place, at).Token
	for i := range token {
		for _, b := range []byte("Aw_-9=\n") {
			changed := token[:i] + string(b) + token[i+1:]
			if _, err := c.Keys.Answer(changed); err == nil && changed != token {
				t.Fatalf("byte %d as %q still verifies", i, b)
			}
		}
		if _, err := c.Keys.Answer(token[:i]); err == nil {
			t.Fatalf("cut at %d it still verifies", i)
		}
	}
}

func FuzzToken(f *testing.F) {
	c := testChallenges()
	secret, _ := c.Keys.Secret("k2")
	good := token{kind: KindDigits, kid: c.Keys.Current(), expires: at}.seal(secret) // the same in every process of the fuzzer
	f.Add(good[:20])
	f.Add(good + "A")
	f.Add("")
	f.Add("AQECazI")
	f.Add(strings.Repeat("_", 90))
	f.Fuzz(func(t *testing.T, text string) {
		if _, err := c.Keys.Answer(text); err == nil && text != good {
			t.Errorf("%q verifies", text)
		}
	})
}

func TestDigitsAreEven(t *testing.T) {
	var seen [10]int
	for i := range 10_000 {
		for _, d := range (ID{byte(i), byte(i >> 8)}).digits([]byte("secret")) {
			seen[d]++
		}
	}
	for d, n := range seen {
		if n < 5600 || n > 6400 { // five standard deviations are 367
			t.Errorf("digit %d came %d times of 60000", d, n)
		}
	}
}

func wrongAnswer(right string) string {
	if right[0] == '9' {
		return "0" + right[1:]
	}
	return string(right[0]+1) + right[1:]
}

func inScript(ascii string, zero rune) string {
	return strings.Map(func(r rune) rune { return zero + r - '0' }, ascii)
}

func codeOf(err error) moderation.Code {
	if err == nil {
		return ""
	}
	return moderation.CodeOf(err)
}
