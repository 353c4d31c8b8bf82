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
	for failed := false; ; {
		select {
		case <-ctx.Done():
			return
		case <-every.C:
		}
		err := s.db.RefreshStanding(ctx, time.Now())
		if err != nil && !failed && ctx.Err() == nil {
			s.log.Warn("standing decisions may be old", "error", err)
		}
		failed = err != nil
	}
}
