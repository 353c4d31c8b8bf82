package main

import (
	"context"
	"sync"
	"time"

	"balasan/web"
)

// health remembers since when something does not work.
type health struct {
	mu   sync.Mutex
	down map[string]web.Degraded
}

// set notes that a part does not work, or does again when note is empty.
func (h *health) set(part, note string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if note == "" {
		delete(h.down, part)
		return
	}
	d := web.Degraded{Part: part, Note: note, Since: time.Now()}
	if before, known := h.down[part]; known {
		d.Since = before.Since
	}
	if h.down == nil {
		h.down = map[string]web.Degraded{}
	}
	h.down[part] = d
}

func (h *health) list() []web.Degraded {
	h.mu.Lock()
	defer h.mu.Unlock()
	list := make([]web.Degraded, 0, len(h.down))
	for _, d := range h.down {
		list = append(list, d)
	}
	return list
}

// ready asks the parts and tells what does not work.
func (s *service) ready(ctx context.Context) []web.Degraded {
	redis, database := "", ""
	if s.limits.Stats().Down {
		redis = "does not answer: limits are counted in this process and every comment is held"
	}
	_, err := s.db.Sites(ctx)
	if err != nil {
		database = "cannot be read"
	}
	s.health.set("redis", redis)
	s.health.set("database", database)
	list := s.health.list()
	for i := range list {
		list[i].Fatal = list[i].Part == "database"
	}
	return list
}
