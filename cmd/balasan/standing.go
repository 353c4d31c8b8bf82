package main

import (
	"context"
	"time"
)

// stand takes over, each second, what other processes did to the standing decisions. While the
// database is away, what was in force stays so until its own end.
func (s *service) stand(ctx context.Context) {
	every := time.NewTicker(time.Second)
	defer every.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-every.C:
		}
		if err := s.db.RefreshStanding(ctx, time.Now()); err != nil && ctx.Err() == nil {
			s.log.Warn("standing decisions may be old", "error", err)
		}
	}
}
