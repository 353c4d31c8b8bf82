package web

import (
	"log/slog"
	"sync/atomic"
	"time"

	"balasan/moderation"
)

// shed counts who is sent away for one reason: too many are in the house, or what they need is away. That may be
// thousands a second: a line for each would cost more than the refusal and bury what else the log says.
type shed struct {
	told  atomic.Int64 // the second of the last line
	since atomic.Int64 // refusals that no line has counted
}

// tell writes one line a second at most, with the number of refusals since the last.
func (s *shed) tell(log *slog.Logger, p *moderation.Problem) {
	s.since.Add(1)
	if now := time.Now().Unix(); s.told.Swap(now) != now {
		log.Error(string(p.Code)+": some are sent away, and told when to come back", "refused", s.since.Swap(0), "err", p.Err)
	}
}
