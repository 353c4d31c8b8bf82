package main

import (
	"context"
	"log/slog"
	"maps"
	"slices"
	"time"

	"balasan/configs"
	"balasan/moderation/learn"
)

// retain takes over how long personal data is kept.
func (s *service) retain(cfg configs.Config) {
	keep := cfg.Retention.Domain()
	s.keep.Store(&keep)
}

// letGo lets go of personal data whose time is over, and tells how much it was.
func (s *service) letGo(ctx context.Context) {
	gone, err := s.db.Retain(ctx, *s.keep.Load(), learn.Words, time.Now())
	counts := gone.ByClass()
	var told []any
	for _, class := range slices.Sorted(maps.Keys(counts)) {
		s.meter.letGo.WithLabelValues(class).Add(float64(counts[class]))
		if counts[class] > 0 {
			told = append(told, slog.Int64(class, counts[class]))
		}
	}
	switch {
	case ctx.Err() != nil:
	case err != nil:
		s.log.Error("let go of personal data", "error", err)
	case len(told) > 0:
		s.log.Info("personal data was let go", told...)
	}
}
