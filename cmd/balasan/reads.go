package main

import (
	"context"
	"time"
)

// countReads tells the store once a minute how often threads were read: the queue puts the most
// read pages first. What was counted since the last time is lost at the end, and may be.
func (s *service) countReads(ctx context.Context) {
	for every := time.NewTicker(time.Minute); ; {
		select {
		case <-ctx.Done():
			every.Stop()
			return
		case <-every.C:
		}
		if err := s.db.CountReads(ctx, s.reads.Take(), time.Now()); err != nil && ctx.Err() == nil {
			s.log.Error("count reads", "error", err)
		}
	}
}
