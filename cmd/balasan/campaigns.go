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

// gather follows what is received into campaigns.
func (s *service) gather(ctx context.Context) {
	s.follow(ctx, "gather campaigns", time.Second, func(ctx context.Context) (int, error) { return s.db.Gather(ctx, s.ties) })
}
