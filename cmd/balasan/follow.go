package main

import (
	"context"
	"time"
)

// follow takes step after step along a log until ctx ends. It rests as long as a step took, much
// longer while visitors' writes wait for their turn, and for idle when there was nothing to do. A
// step tells how many entries it followed; when it fails it is tried again, and the log says what.
func (s *service) follow(ctx context.Context, what string, idle time.Duration, step func(context.Context) (int, error)) {
	for {
		start := time.Now()
		n, err := step(ctx)
		pause := time.Since(start)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			s.log.Error(what, "error", err)
			pause = 10 * time.Second
		case n == 0:
			pause = idle
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
