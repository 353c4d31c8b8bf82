package main

import (
	"context"
	"maps"
	"slices"

	"balasan/configs"
	"balasan/moderation"
)

// ask takes over what visitors must agree to, and warns of sites that nobody knows: a slip in a name
// means that the site asks for nothing.
func (s *service) ask(ctx context.Context, cfg configs.Config) {
	all := cfg.Askings()
	s.asks.Store(all)
	for _, site := range slices.Sorted(maps.Keys(all.Own)) {
		if _, err := s.db.Site(ctx, site); moderation.CodeOf(err) == moderation.NotFound {
			s.log.Warn("consent names a site that does not exist", "site", site)
		}
	}
}

// asksOf is what one site asks now.
func (s *service) asksOf(site string) moderation.Asking { return s.asks.Load().Of(site) }
