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
	return moderation.BlindChecks{Key: h.ring.Ring().Steady("blind"), Share: h.cfg.BlindChecks / 100}
}

// tallying counts by the days of the configured zone.
func tallying(cfg configs.Config) moderation.Tallying {
	return moderation.Tallying{Zone: cfg.Zone(), Chance: learn.Chance}
}

// tally follows the outbox into the counts of the overview.
func (s *service) tally(ctx context.Context) {
	how := tallying(s.cfg)
	s.follow(ctx, "count for the overview", 2*time.Second, func(ctx context.Context) (int, error) { return s.db.Tally(ctx, how) })
}
