package limits

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/ulule/limiter/v3"

	"balasan/moderation"
)

// Rate is how much may be spent at once (Limit) and how long an empty bucket takes to fill
// (Period).
type Rate = limiter.Rate

// Pair is one allowance: Narrow for a subscriber (IPv4 /32, IPv6 /64), Wide for the network
// around it (IPv4 /24, IPv6 /48).
type Pair struct{ Narrow, Wide Rate }

// Allowances says how much each kind of act may be done.
type Allowances map[moderation.Allowance]Pair

// Defaults are generous to a family or an office behind one address, since many Indonesian
// subscribers share one (CGNAT), and dear to a script.
func Defaults() Allowances {
	pair := func(narrow, wide int64, period time.Duration) Pair {
		return Pair{Narrow: rate(narrow, period), Wide: rate(wide, period)}
	}
	return Allowances{
		moderation.ToSubmit: pair(20, 120, 10*time.Minute),
		moderation.ToOpen:   pair(60, 360, 10*time.Minute),
		moderation.ToSee:    pair(120, 720, 10*time.Minute),
		moderation.ToHear:   pair(30, 180, 10*time.Minute),
		moderation.ToSignIn: pair(10, 30, 15*time.Minute),
		moderation.ToSkip:   pair(3, 15, time.Hour),
	}
}

func rate(limit int64, period time.Duration) Rate {
	return Rate{Limit: limit, Period: period, Formatted: fmt.Sprintf("%d/%s", limit, period)}
}

const (
	maxLimit  = 1_000_000
	maxPeriod = 24 * time.Hour // names of buckets change each day
)

// ParseRate reads "20/10m": 20 at once, and an empty bucket is full again after ten minutes.
// The period is a time.ParseDuration text, from 1s to 24h; a bare unit ("20/m") stands for one.
func ParseRate(text string) (Rate, error) {
	left, right, found := strings.Cut(strings.TrimSpace(text), "/")
	if !found {
		return Rate{}, fmt.Errorf("rate %q: want an amount and a period, like 20/10m", text)
	}
	limit, err := strconv.ParseInt(strings.TrimSpace(left), 10, 64)
	if err != nil || limit < 1 || limit > maxLimit {
		return Rate{}, fmt.Errorf("rate %q: the amount %q is not a whole number from 1 to %d", text, left, maxLimit)
	}
	right = strings.TrimSpace(right)
	if right != "" && (right[0] < '0' || right[0] > '9') {
		right = "1" + right
	}
	period, err := time.ParseDuration(right)
	if err != nil || period < time.Second || period > maxPeriod {
		return Rate{}, fmt.Errorf("rate %q: the period %q is not a duration from 1s to 24h, like 10m", text, right)
	}
	if period/time.Duration(limit) < time.Microsecond {
		return Rate{}, fmt.Errorf("rate %q is more than a million a second", text)
	}
	r := rate(limit, period)
	r.Formatted = strings.TrimSpace(text)
	return r, nil
}

// step is the time that one unit takes to come back, in microseconds.
func step(r Rate) int64 { return max(1, r.Period.Microseconds()/r.Limit) }

// share is one replica's part of a rate.
func share(r Rate, replicas int) Rate {
	return rate(max(1, r.Limit/int64(max(1, replicas))), r.Period)
}
