package main

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"balasan/moderation"
)

// queueFigures reads, when it is asked, what waits and what came today. What is unknown is left out.
type queueFigures struct{ *service }

func (s *service) queueFigures() prometheus.Collector { return queueFigures{s} }

var (
	pendingNow = prometheus.NewDesc("balasan_pending", "Comments that wait for an editor, counted up to 1000.", nil, nil)
	oldestNow  = prometheus.NewDesc("balasan_pending_oldest_seconds", "How long the oldest of them has waited; 0 when none does.", nil, nil)
	todayNow   = prometheus.NewDesc("balasan_received_today", "Comments of this day in the configured time zone, by how they began.", []string{"as"}, nil)
	behindNow  = prometheus.NewDesc("balasan_tally_behind", "Facts that the overview has not counted yet.", nil, nil)
)

// Describe names the figures.
func (d queueFigures) Describe(all chan<- *prometheus.Desc) {
	for _, one := range []*prometheus.Desc{pendingNow, oldestNow, todayNow, behindNow} {
		all <- one
	}
}

// Collect costs a few indexed reads.
func (d queueFigures) Collect(all chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	gauge := func(desc *prometheus.Desc, value float64, labels ...string) {
		all <- prometheus.MustNewConstMetric(desc, prometheus.GaugeValue, value, labels...)
	}
	if backlog, err := d.db.Backlog(ctx, nil); err == nil {
		age := 0.0
		if !backlog.Oldest.IsZero() {
			age = time.Since(backlog.Oldest).Seconds()
		}
		gauge(pendingNow, float64(backlog.Pending))
		gauge(oldestNow, age)
	}
	today := tallying(d.cfg).Day(time.Now())
	if counts, err := d.db.Tallies(ctx, nil, today, today); err == nil {
		for _, as := range []string{moderation.PartHeld, moderation.PartRefused, moderation.PartPassed} {
			gauge(todayNow, float64(counts[moderation.Cell{Day: today, What: moderation.CountCame, Part: as}]), as)
		}
	}
	if behind, err := d.db.Behind(ctx); err == nil {
		gauge(behindNow, float64(behind))
	}
}
