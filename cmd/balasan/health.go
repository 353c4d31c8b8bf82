package main

import (
	"context"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"balasan/web"
)

// health remembers since when something does not work.
type health struct {
	mu   sync.Mutex
	down map[string]web.Degraded
}

// set notes that a part does not work, or does again when note is empty. It tells whether that
// is news.
func (h *health) set(part, note string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	before, known := h.down[part]
	if note == "" {
		delete(h.down, part)
		return known
	}
	d := web.Degraded{Part: part, Note: note, Since: time.Now(), Fatal: part == database}
	if known {
		d.Since = before.Since
	}
	if h.down == nil {
		h.down = map[string]web.Degraded{}
	}
	h.down[part] = d
	return !known
}

// list is what does not work, by part.
func (h *health) list() []web.Degraded {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.SortedFunc(maps.Values(h.down), func(a, b web.Degraded) int { return strings.Compare(a.Part, b.Part) })
}

const (
	database   = "database"      // the part without which nothing can be kept
	probeEvery = time.Second     // how old an answer of /readyz may be
	probeLimit = 3 * time.Second // longer than SQLite waits for a lock
)

// watchHealth asks the parts again and again, so that /readyz and the figures answer at once and
// know of an outage that no visitor has met.
func (s *service) watchHealth(ctx context.Context) {
	for every := time.NewTicker(probeEvery); ; s.probe(ctx) {
		select {
		case <-ctx.Done():
			every.Stop()
			return
		case <-every.C:
		}
	}
}

// probe asks each part for what it is needed for. The limits say themselves when Redis leaves
// and comes back.
func (s *service) probe(ctx context.Context) {
	limit, cancel := context.WithTimeout(ctx, probeLimit)
	defer cancel()
	note := ""
	if s.limits.Probe(limit); s.limits.Stats().Down {
		note = "does not answer: limits are counted in this process and every comment is held"
	}
	s.health.set("redis", note)
	note = ""
	if s.fanout.Cut() {
		note = "hears nothing from other replicas: what they change shows here within a second instead of at once"
	}
	s.health.set("fan-out", note)
	if note = s.seat.take(); s.health.set("data folder", note) && note != "" {
		s.log.Warn("the data folder " + note)
	}

	s.health.set("mail", s.mailNote())
	s.watchKeys()
	note, why := s.db.Standby(limit)
	if s.health.set("standby", note) && why != nil {
		s.log.Warn("the standby "+note, "error", why)
	}

	note = ""
	err := s.db.Readable(limit)
	if err != nil {
		note = "cannot be read"
	} else if err = s.db.Writable(limit); err != nil {
		note = "cannot be written: comments and decisions are refused, reading goes on"
	}
	switch changed := ctx.Err() == nil && s.health.set(database, note); {
	case changed && err != nil:
		s.log.Error("the database "+note, "error", err)
	case changed:
		s.log.Info("the database works again")
	}
}

// partFigures tells Prometheus what does not work fully, a part each.
type partFigures struct{ *health }

var degradedNow = prometheus.NewDesc("balasan_degraded", "1 for a part that does not work fully now; /readyz says more.", []string{"part"}, nil)

// Describe names the figure.
func (p partFigures) Describe(all chan<- *prometheus.Desc) { all <- degradedNow }

// Collect leaves out what works, but for the database: a figure that is always there can be watched.
func (p partFigures) Collect(all chan<- prometheus.Metric) {
	down := p.list()
	if !slices.ContainsFunc(down, func(d web.Degraded) bool { return d.Part == database }) {
		all <- prometheus.MustNewConstMetric(degradedNow, prometheus.GaugeValue, 0, database)
	}
	for _, d := range down {
		all <- prometheus.MustNewConstMetric(degradedNow, prometheus.GaugeValue, 1, d.Part)
	}
}

// ready tells what does not work.
func (s *service) ready(context.Context) []web.Degraded { return s.health.list() }
