package main

import (
	"context"
	"time"

	"balasan/moderation/campaign"
	"balasan/moderation/rules"
	"balasan/store"
)

// newTies reads what ties submissions into campaigns; it finds links as the rules do.
func newTies(db *store.DB) *campaign.Ties {
	return &campaign.Ties{
		Links: func(folded string) (hosts, handles []string) {
			l := rules.FindLinks(folded)
			return l.Hosts, l.Handles
		},
		Own: func(id string) []string {
			site, _ := db.Site(context.Background(), id) // from its cache; an unknown site has none
			return site.Origins
		},
	}
}

// gather follows what is received into campaigns. It rests as long as it has worked, and much
// longer while visitors' writes wait for their turn.
func (s *service) gather(ctx context.Context) {
	for {
		start := time.Now()
		n, err := s.db.Gather(ctx, s.ties)
		pause := time.Since(start)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			s.log.Error("gather campaigns", "error", err)
			pause = 10 * time.Second
		case n == 0:
			pause = time.Second
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
