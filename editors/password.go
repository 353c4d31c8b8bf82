package editors

import (
	"context"
	_ "embed"
	"errors"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/alexedwards/argon2id"
	"golang.org/x/text/unicode/norm"

	"balasan/moderation"
)

// MinPassword and MaxPassword bound a password, in runes. Nothing else is asked of it but that it
// is not among the first that anybody tries.
const (
	MinPassword = 10
	MaxPassword = 200
)

// hashers is how many passwords are hashed at once: each takes 19 MiB.
const hashers = 4

// params are OWASP's second choice for Argon2id: 19 MiB, two passes, one lane.
var params = &argon2id.Params{Memory: 19 * 1024, Iterations: 2, Parallelism: 1, SaltLength: 16, KeyLength: 32}

// hasher hashes and compares passwords, a few at a time.
type hasher struct {
	turns chan struct{}
	decoy string // hash of what nobody knows, compared with where there is no password
}

func newHasher() (hasher, error) {
	secret, _ := draw(moderation.Session)
	decoy, err := argon2id.CreateHash(secret, params)
	return hasher{turns: make(chan struct{}, hashers), decoy: decoy}, err
}

func (h hasher) hash(ctx context.Context, password string) (string, error) {
	if err := h.enter(ctx); err != nil {
		return "", err
	}
	defer h.leave()
	return argon2id.CreateHash(norm.NFKC.String(password), params)
}

// match compares in the same time whether encoded is empty or not.
func (h hasher) match(ctx context.Context, password, encoded string) (bool, error) {
	if err := h.enter(ctx); err != nil {
		return false, err
	}
	defer h.leave()
	against := encoded
	if against == "" {
		against = h.decoy
	}
	if len(password) > MaxPassword*utf8.UTFMax {
		password = "" // nobody has such a long one
	}
	ok, err := argon2id.ComparePasswordAndHash(norm.NFKC.String(password), against)
	return ok && encoded != "", err
}

func (h hasher) enter(ctx context.Context) error {
	select {
	case h.turns <- struct{}{}:
		return nil
	case <-ctx.Done():
		return &moderation.Problem{Code: moderation.Overloaded, After: time.Second, Err: errors.New("too many passwords at once")}
	}
}

func (h hasher) leave() { <-h.turns }

//go:embed common.txt
var commonText string

// common holds passwords of ten characters and more that head every list of leaked ones, and
// their Indonesian relatives.
var common = sync.OnceValue(func() map[string]bool {
	set := map[string]bool{}
	for word := range strings.FieldsSeq(commonText) {
		set[word] = true
	}
	return set
})

// weakness says why a password is refused: too short, too long, or one that is tried first.
func weakness(password, name string) error {
	password = norm.NFKC.String(password)
	plain := strings.ToLower(strings.Join(strings.Fields(password), ""))
	name = strings.ToLower(strings.Join(strings.Fields(name), ""))
	runes := utf8.RuneCountInString(password)
	switch {
	case password == "":
		return fault("password", moderation.FaultRequired, 0)
	case runes < MinPassword:
		return fault("password", moderation.FaultTooShort, MinPassword)
	case runes > MaxPassword:
		return fault("password", moderation.FaultTooLong, MaxPassword)
	case !utf8.ValidString(password), common()[plain], isMonotone(plain), isNumbered(plain, name):
		return fault("password", moderation.FaultForbidden, 0)
	}
	return nil
}

// isNumbered finds digits alone and the editor's own name with digits around it.
func isNumbered(s, name string) bool {
	return strings.Trim(strings.ReplaceAll(s, name, ""), "0123456789!.") == ""
}

// isMonotone finds one character or one pair repeated, and runs such as 1234567890 or
// abcdefghij, up or down.
func isMonotone(s string) bool {
	r := []rune(s)
	if len(r) < 3 {
		return true
	}
	pair, step := true, true
	for i := 2; i < len(r); i++ {
		pair = pair && r[i] == r[i-2]
		step = step && r[i]-r[i-1] == r[1]-r[0] && max(r[1]-r[0], r[0]-r[1]) <= 1
	}
	return pair || step
}
