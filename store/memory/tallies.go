package memory

import (
	"context"
	"time"

	"balasan/moderation"
)

// Tally remembers how to count; there is nothing to follow, as everything is counted when it is
// asked for.
func (s *Store) Tally(_ context.Context, tallying moderation.Tallying) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tallying = tallying
	return 0, nil
}

// Tallies counts every comment anew.
func (s *Store) Tallies(_ context.Context, sites []string, from, to string) (moderation.Tally, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := moderation.Tally{}
	for _, c := range s.comments {
		born, log := c.State, s.logOf(c.ID)
		if len(log) > 0 {
			born = log[0].From
		}
		for cell, n := range s.tallying.Of(*c, born, log) {
			if cell.Day < from || cell.Day > to || !within(cell.Site, sites) {
				continue
			}
			cell.Site = ""
			if cell.What != moderation.CountCame && cell.What != moderation.CountNow {
				cell.Day = ""
			}
			all.Add(moderation.Tally{cell: n}, 1)
		}
	}
	return all, nil
}

// Backlog counts what waits and since when.
func (s *Store) Backlog(_ context.Context, sites []string) (b moderation.Backlog, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var oldest time.Time
	for _, c := range s.ordered(moderation.Pending) {
		if !within(c.Site, sites) {
			continue
		}
		if b.Pending++; oldest.IsZero() {
			oldest = c.At
		}
	}
	return moderation.Backlog{Pending: min(b.Pending, moderation.CountCap), Oldest: oldest}, nil
}

// logOf is what was decided on a comment, oldest first.
func (s *Store) logOf(comment string) (log []moderation.Decision) {
	for _, d := range s.log {
		if d.Comment == comment {
			log = append(log, d)
		}
	}
	return log
}
