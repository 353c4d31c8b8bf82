package captcha

import (
	"context"
	"errors"
	"sync"
	"time"

	"balasan/moderation"
)

// Tries is how many wrong answers lock a token.
const Tries = 3

// Marks remembers what was redeemed.
type Marks interface {
	// Spend notes one try, in one atomic step, and tells what it leads to: empty is success,
	// CaptchaWrong, CaptchaLocked from the third wrong answer on, CaptchaReused when it is
	// spent. A right answer spends the token for good; only the same non-empty spender
	// succeeds again with it. Neither a lock nor a spent mark counts any further. The mark
	// lasts until expires at least, and a minute longer for clocks that differ. An error
	// means that nothing is known to be kept.
	Spend(ctx context.Context, id [12]byte, spender string, right bool, expires time.Time) (moderation.Code, error)
}

const grace = time.Minute

// mark is what became of one token.
type mark struct {
	spender string
	spent   bool
	wrong   int
	until   time.Time
}

// try is the rule that every implementation of Marks follows.
func (m *mark) try(spender string, right bool) moderation.Code {
	switch {
	case m.spent && right && spender != "" && spender == m.spender:
		return ""
	case m.spent:
		return moderation.CaptchaReused
	case m.wrong >= Tries:
		return moderation.CaptchaLocked
	case right:
		m.spent, m.spender = true, spender
		return ""
	}
	if m.wrong++; m.wrong == Tries {
		return moderation.CaptchaLocked
	}
	return moderation.CaptchaWrong
}

// DefaultMarks is how many marks a process keeps at most; about 120 bytes each.
const DefaultMarks = 1 << 18

// ErrFull is Memory's answer when it can hold no more: forgetting a mark would let its token
// be used twice.
var ErrFull = errors.New("too many challenges were redeemed within their lives")

// Memory keeps marks in this process, for an instance without replicas. The zero value is
// ready. Marks past their time are swept out once a minute, while others are put in.
type Memory struct {
	Cap int // 0 is DefaultMarks

	mu    sync.Mutex
	marks map[ID]mark
	sweep time.Time
}

var _ Marks = (*Memory)(nil)

func (m *Memory) Spend(_ context.Context, id [12]byte, spender string, right bool, expires time.Time) (moderation.Code, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := time.Now()
	old, known := m.marks[id]
	if !known && !m.room(now) {
		return "", ErrFull
	}
	old.until = now.Add(keep(now, expires))
	code := old.try(spender, right)
	m.marks[id] = old
	return code, nil
}

// room sweeps when it is time to and tells whether one more fits.
func (m *Memory) room(now time.Time) bool {
	if m.marks == nil {
		m.marks = map[ID]mark{}
	}
	if now.After(m.sweep) {
		m.sweep = now.Add(time.Minute)
		for id, mark := range m.marks {
			if now.After(mark.until) {
				delete(m.marks, id)
			}
		}
	}
	limit := m.Cap
	if limit == 0 {
		limit = DefaultMarks
	}
	return len(m.marks) < limit
}

// keep is how long a mark must last.
func keep(now, expires time.Time) time.Duration { return max(0, expires.Sub(now)) + grace }
