package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/pprof"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// meter counts for Prometheus. No label carries anything that a visitor chose.
type meter struct {
	registry *prometheus.Registry
	answers  *prometheus.HistogramVec
	reloads  *prometheus.CounterVec
	letGo    *prometheus.CounterVec
}

func newMeter() *meter {
	m := &meter{
		registry: prometheus.NewRegistry(),
		answers: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "balasan_http_seconds", Help: "Time to answer, by route and status class.",
			Buckets: []float64{.0005, .001, .005, .02, .1, .5, 2}}, []string{"route", "class"}),
		reloads: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "balasan_reloads_total", Help: "Configurations that were read again, by result."}, []string{"result"}),
		letGo: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "balasan_retention_removed_total", Help: "Personal data that this process let go because its time was over, by class."}, []string{"class"}),
	}
	for _, result := range []string{reloadGood, reloadBroken} { // there from the start: what appears as 1 has not increased
		m.reloads.WithLabelValues(result)
	}
	m.registry.MustRegister(m.answers, m.reloads, m.letGo, collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

func (m *meter) observe(route string, status int, took time.Duration) {
	m.answers.WithLabelValues(route, strconv.Itoa(status/100)+"xx").Observe(took.Seconds())
}

const reloadGood, reloadBroken = "good", "broken"

func (m *meter) reloaded(err error) {
	result := reloadGood
	if err != nil {
		result = reloadBroken
	}
	m.reloads.WithLabelValues(result).Inc()
}

// watch reads what the rooms count themselves, whenever it is asked for.
func (m *meter) watch(s *service) {
	count := func(name, help string, read func() float64) {
		m.registry.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{Name: "balasan_" + name, Help: help}, read))
	}
	gauge := func(name, help string, read func() float64) {
		m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "balasan_" + name, Help: help}, read))
	}
	count("limits_asked_total", "Allowances that were asked for.", func() float64 { return float64(s.limits.Stats().Spent) })
	count("limits_refused_total", "Allowances that were spent.", func() float64 { return float64(s.limits.Stats().Refused) })
	count("limits_degraded_total", "Allowances counted in this process because Redis did not answer.",
		func() float64 { return float64(s.limits.Stats().Degraded) })
	count("standby_pages_total", "Pages of threads that were read from the standby.", func() float64 { return float64(s.db.StandbyPages()) })
	gauge("limits_keys", "Senders remembered in this process.", func() float64 { return float64(s.limits.Stats().Keys) })
	gauge("listeners", "Editors' pages that are told what happens.", func() float64 { return float64(s.live.Listening()) })
	gauge("announcements_waiting", "Announcements that are not delivered yet.", func() float64 { n, _ := s.undelivered(); return n })
	gauge("announcements_dead", "Announcements that were given up; balasan announce dead lists them.", func() float64 { _, n := s.undelivered(); return n })
	m.registry.MustRegister(partFigures{s.health}, s.queueFigures())
	if s.marks != nil {
		count("hints_sent_total", "Messages to other replicas that something may have changed.", func() float64 { return float64(s.fanout.Stats().Sent) })
		count("hints_lost_total", "Messages to other replicas that Redis did not take; they look for themselves.", func() float64 { return float64(s.fanout.Stats().Lost) })
		count("hints_heard_total", "Messages from other replicas.", func() float64 { return float64(s.fanout.Stats().Heard) })
		count("challenges_fallback_total", "Challenges marked as used in the database because Redis did not answer.",
			func() float64 { return float64(s.marks.FellBack()) })
	}
}

// serveMetrics answers on the operators' own listener until ctx ends.
func (s *service) serveMetrics(ctx context.Context) error {
	if s.cfg.Metrics.Listen == "off" {
		return nil
	}
	listener, err := net.Listen("tcp", s.cfg.Metrics.Listen)
	if err != nil {
		return fmt.Errorf("metrics.listen: %w", err)
	}
	s.log.Info("metrics", "url", "http://"+listener.Addr().String()+"/metrics")
	here := listener.Addr().(*net.TCPAddr).IP.IsLoopback()
	server := &http.Server{Handler: s.meter.routes(here), ReadHeaderTimeout: 5 * time.Second}
	stop := context.AfterFunc(ctx, func() { _ = server.Close() })
	defer stop()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// routes are the figures, and the profiles where only this machine can ask.
func (m *meter) routes(profiles bool) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{}))
	if !profiles {
		return mux
	}
	mux.HandleFunc("GET /debug/pprof/", pprof.Index)
	mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	mux.HandleFunc("GET /debug/pprof/symbol", pprof.Symbol)
	return mux
}
