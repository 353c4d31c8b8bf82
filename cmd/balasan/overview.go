package main

import (
	"context"
	"time"

	"balasan/configs"
	"balasan/moderation"
	"balasan/moderation/learn"
)

// blindChecks draws with a key of this instance, which stays when newer ones are added.
func blindChecks(h *house) moderation.BlindChecks {
	return moderation.BlindChecks{Key: h.ring.Oldest("blind"), Share: h.cfg.BlindChecks / 100}
}

// tallying counts by the days of the configured zone.
func tallying(cfg configs.Config) moderation.Tallying {
	return moderation.Tallying{Zone: cfg.Zone(), Chance: learn.Chance}
}

// tally follows the outbox into the counts of the overview. It rests as long as it has worked,
// and much longer while visitors' writes wait for their turn.
func (s *service) tally(ctx context.Context) {
	how := tallying(s.cfg)
	for {
		start := time.Now()
		n, err := s.db.Tally(ctx, how)
		pause := time.Since(start)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			s.log.Error("count for the overview", "error", err)
			pause = 10 * time.Second
		case n == 0:
			pause = 2 * time.Second
		case s.db.Busy():
			pause *= 10
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(pause):
		}
	}
}
