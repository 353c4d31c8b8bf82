package main

import "strings"

// watchKeys takes a changed secret.keys over. One that cannot be read, or lacks the key that seals,
// leaves the keys as they were.
func (s *service) watchKeys() {
	changed, err := s.ring.Refresh()
	note := ""
	if err != nil {
		note = "the changed file is not taken over; the log says why"
	}
	switch news := s.health.set("keys", note); {
	case news && err != nil:
		s.log.Error("secret.keys "+note, "error", err)
	case changed:
		s.log.Info("secret.keys has changed and is in force", "keys", strings.Join(s.ring.Ring().Kids(), " "))
	}
}
