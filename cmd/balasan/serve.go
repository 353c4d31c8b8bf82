package main

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"runtime/debug"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/fsnotify/fsnotify"
	"github.com/gofiber/fiber/v2"
	"github.com/redis/go-redis/v9"
	"golang.org/x/sync/errgroup"

	"balasan/captcha"
	"balasan/configs"
	"balasan/fanout"
	"balasan/internal/keys"
	"balasan/limits"
	"balasan/moderation"
	"balasan/moderation/campaign"
	"balasan/moderation/fold"
	"balasan/moderation/learn"
	"balasan/moderation/rules"
	"balasan/store"
	"balasan/web"
)

type serveCmd struct {
	Listen string `placeholder:"HOST:PORT" help:"Where to listen, 127.0.0.1:8080 unless configured; port 0 lets the kernel choose. Also BALASAN_LISTEN."`
}

// Run serves until it is told to stop, and lets requests that have begun finish.
func (cmd serveCmd) Run(ctx context.Context, p *program, c console) (err error) {
	flags := "listen=" + cmd.Listen
	hangup := make(chan os.Signal, 1)
	signal.Notify(hangup, syscall.SIGHUP)
	files, err := watch(p.Config)
	if err != nil {
		return err
	}
	cfg, err := p.load(c, flags)
	if err == nil {
		err = watchRules(files, cfg.Rules.Dir)
	}
	if err != nil {
		return err
	}
	level := new(slog.LevelVar)
	log := newLog(c.err, cfg.Log, level)
	listener, err := net.Listen("tcp", cfg.Listen)
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	defer listener.Close()
	configured := cfg.Listen
	cfg.Listen = listener.Addr().String()
	h, err := enter(ctx, cfg)
	if err != nil {
		return err
	}
	place := &seat{path: filepath.Join(cfg.Data, seatFile), address: cfg.Listen, shared: cfg.Database.URL != ""}
	defer func() { err = errors.Join(err, place.leave(), h.close()) }()
	if note := place.take(); place.beingCopied { // before anybody is told where; the first probe tells who else serves
		return fmt.Errorf("nothing was started: the data folder %s; set database.url when that has ended", note)
	}
	s, err := h.wire(log)
	if err != nil {
		return err
	}
	s.seat, s.listen = place, configured
	s.files, s.hangup, s.level, s.load = files, hangup, level, func() (configs.Config, error) { return p.load(c, flags) }
	if err := h.welcome(ctx, c); err != nil {
		return err
	}
	debug.FreeOSMemory() // what starting took, a password hash above all, is not needed at rest
	return s.run(ctx, listener, p.Config)
}

// service is the program while it runs: what requests meet and what can be changed meanwhile.
type service struct {
	log    *slog.Logger
	level  *slog.LevelVar
	files  *fsnotify.Watcher
	hangup chan os.Signal
	asked  chan chan error // for a reload at once
	cfg    configs.Config
	listen string // as it was configured, perhaps for the kernel to choose a port
	load   func() (configs.Config, error)
	db     *store.DB
	ring   *keys.Live
	limits *limits.Limits
	marks  *captcha.Fallback // nil without Redis
	rules  *rules.Live
	shared *ruleShare
	ties   *campaign.Ties
	taught *learn.Sites
	reads  *web.Reads
	health *health
	seat   *seat
	told   *tellers
	meter  *meter
	keep   atomic.Pointer[moderation.Retention]
	asks   atomic.Pointer[moderation.Askings]
	live   *web.Live
	fanout *fanout.Fanout
	app    *fiber.App
}

// wire builds all rooms. This screen is the whole of it.
func (h *house) wire(log *slog.Logger) (*service, error) {
	cfg, challengeKeys := h.cfg, challengeKeys(h.ring)
	shared, err := dial(cfg.Redis)
	if err != nil {
		return nil, err
	}
	rulesOfAll := h.shareRules(context.Background(), log)
	set, err := h.firstRules(log)
	if err != nil {
		return nil, err
	}
	prior, err := learn.Prior()
	if err != nil {
		return nil, err
	}
	s := &service{log: log, cfg: cfg, db: h.db, ring: h.ring, rules: &rules.Live{}, ties: newTies(h.db), taught: &learn.Sites{}, reads: &web.Reads{}, health: &health{}, meter: newMeter(), asked: make(chan chan error)}
	s.rules.Swap(set)
	s.retain(cfg)
	s.ask(context.Background(), cfg)
	s.shared = rulesOfAll
	s.offerRules()
	s.told = newTellers(cfg, h.db, log)
	s.limits = limits.New(limits.Options{Allowances: allowances(cfg.Limits), Secret: h.ring.Ring().Steady("limits"),
		Redis: shared, Replicas: cfg.Redis.Replicas, Log: log})

	var marks captcha.Marks = h.db
	if shared != nil {
		s.marks = &captcha.Fallback{First: captcha.Redis{Client: shared}, Then: h.db, Life: cfg.Challenge.Life, Log: log}
		marks = s.marks
	}
	challenges := captcha.Challenges{Keys: challengeKeys, Marks: marks, Life: cfg.Challenge.Life}
	studio := captcha.NewStudio(captcha.StudioOptions{Keys: challengeKeys, Workers: cfg.Challenge.Drawings})

	desk := moderation.Desk{Ledger: h.db, NewID: newID, Tying: s.ties, Reads: fold.Reading}
	s.live = &web.Live{Tail: h.db, Counts: desk.LaneCounts, Leases: h.db.Leases, Log: log}
	hints := web.NewHints()
	s.fanout = &fanout.Fanout{Client: shared, Channel: hintChannel(h.ring.Ring()), Log: log, Hear: func(all []moderation.Hint) { hints.Hear(all); s.live.Hint() }}
	h.db.OnChange(s.fanout.Tell)
	server := &web.Server{
		Intake: moderation.Intake{Limits: s.limits, Challenges: challenges, Store: h.db, NewID: newID, Digest: digest, Ties: s.ties.Lookup,
			Blind:    blindChecks(h),
			Judge:    moderation.Judge{Rules: s.rules, Model: learn.Taught{Prior: prior, Site: s.taught.Site}},
			Standing: moderation.Doorkeeper{Register: h.db, Tying: s.ties, Zone: cfg.Zone()}, Asks: s.asksOf},
		Sites:      h.db,
		Challenges: opener{challenges, studio},
		Limits:     s.limits,
		Threads:    h.db,
		Reads:      s.reads,
		Hints:      hints,
		Mail:       s.mailBook(),
		Asks:       s.asksOf,
		Queue: web.Queue{
			Desk:     desk,
			Accounts: h.accounts,
			Sites:    h.db.Sites,
			Undo:     fold.Reading,
			Live:     s.live,
			Rules:    newRulebook(s),
			Feed:     web.Feed{Keys: h.accounts, Newest: h.db.Newest},
			Told:     h.db,
			Lookout:  moderation.Lookout{Tallies: h.db, Tallying: tallying(cfg), Lanes: h.db.LaneCounts},
			Bits:     s.ties.Bits,
		},
		FormKey:    h.ring.Ring().Steady("form"),
		PublicURLs: publicURLs(cfg),
		Proxies:    cfg.Proxies(),
		InFlight:   cfg.InFlight,
		Deadline:   cfg.Deadlines.Request,
		Ready:      s.ready,
		Observe:    s.meter.observe,
		Log:        log,
	}
	if server.PublicURLs == nil {
		log.Warn("every host name is answered; set public_url to the address that visitors see")
	}
	if openToOthers(cfg.Data) {
		log.Warn("others may change files in the data folder; run chmod go-w on it", "folder", cfg.Data)
	}
	s.app = server.App()
	s.meter.watch(s)
	return s, nil
}

// opener is what the front door needs of challenges: issuing and rendering.
type opener struct {
	captcha.Challenges
	*captcha.Studio
}

// run serves until ctx ends. What has begun then has deadlines.shutdown to finish.
func (s *service) run(ctx context.Context, listener net.Listener, file string) error {
	s.probe(ctx)
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return s.app.Listener(listener) })
	group.Go(func() error { return s.serveMetrics(ctx) })
	group.Go(func() error { s.watchHealth(ctx); return nil })
	group.Go(func() error { s.purge(ctx); return nil })
	group.Go(func() error { s.gather(ctx); return nil })
	group.Go(func() error { s.live.Run(ctx); return nil })
	group.Go(func() error { s.fanout.Run(ctx); return nil })
	group.Go(func() error { s.study(ctx); return nil })
	group.Go(func() error { s.announce(ctx); return nil })
	group.Go(func() error { s.tally(ctx); return nil })
	group.Go(func() error { s.stand(ctx); return nil })
	group.Go(func() error { s.countReads(ctx); return nil })
	group.Go(func() error { s.reload(ctx, file); return nil })
	group.Go(func() error {
		<-ctx.Done()
		s.log.Info("stopping")
		return s.app.ShutdownWithTimeout(max(time.Millisecond, s.cfg.Deadlines.Shutdown))
	})
	return group.Wait()
}

func dial(r configs.Redis) (redis.UniversalClient, error) {
	if r.URL == "" {
		return nil, nil
	}
	return limits.Dial(r.URL)
}

// hintChannel is where the replicas of this installation tell each other, and of no other that shares their Redis.
func hintChannel(ring keys.Ring) string {
	return "balasan:hints:" + hex.EncodeToString(ring.Steady("hints")[:8])
}

func allowances(l configs.Limits) limits.Allowances {
	all := limits.Allowances{}
	for what, a := range l.ByName() {
		all[what] = limits.Pair{Narrow: rate(a.Narrow), Wide: rate(a.Wide)}
	}
	return all
}

func rate(r configs.Rate) limits.Rate {
	return limits.Rate{Limit: int64(r.Count), Period: r.Per, Formatted: r.String()}
}

// publicURLs lists the addresses that this instance answers to; nil is any.
func publicURLs(cfg configs.Config) []string {
	host, port, _ := net.SplitHostPort(cfg.Listen)
	switch ip := net.ParseIP(host); {
	case cfg.PublicURL != "":
		return []string{cfg.Origin()}
	case ip.IsLoopback():
		return []string{"http://127.0.0.1:" + port, "http://[::1]:" + port, "http://localhost:" + port}
	default:
		return nil
	}
}

// purge drops what has no use any more, once an hour: last of all, since it takes away what the others left in the file.
func (s *service) purge(ctx context.Context) {
	for every := time.NewTicker(time.Hour); ; {
		s.letGo(ctx)
		gone, err := s.db.Purge(ctx, time.Now())
		switch {
		case ctx.Err() != nil:
		case err != nil:
			s.log.Error("purge", "error", err)
		default:
			s.log.Debug("purged", "passes", gone.Passes, "marks", gone.Marks, "outbox", gone.Outbox, "members", gone.Members, "standing", gone.Standing, "tallies", gone.Tallies)
		}
		select {
		case <-ctx.Done():
			every.Stop()
			return
		case <-every.C:
		}
	}
}

// welcome makes what an empty installation lacks and says where to look.
func (h *house) welcome(ctx context.Context, c console) error {
	link, err := h.firstRun(ctx)
	if err != nil {
		return fmt.Errorf("first run: %w", err)
	}
	base := h.cfg.Origin()
	text := fmt.Sprintf("Demo page: %s/demo\nQueue:     %s/queue\n", base, base)
	if link != "" {
		text += fmt.Sprintf("Sign in:   %s%s\n           (as the owner, once, within 24 hours; later: balasan editor reset owner)\n", base, link)
	}
	_, err = io.WriteString(c.out, text) // at once, for whoever waits for these lines
	return err
}

// firstRun adds the demo and its owner where there is no site and nobody yet; it returns the
// path of the owner's sign-in link.
func (h *house) firstRun(ctx context.Context) (string, error) {
	sites, err := h.db.Sites(ctx)
	if err == nil && len(sites) == 0 {
		if err = notCopied(h.cfg); err == nil {
			err = h.db.AddSite(ctx, moderation.Site{ID: "demo", Name: "Demo", Language: "id", Policy: h.cfg.Policy.Domain()})
		}
		if moderation.CodeOf(err) == moderation.Invalid { // it was erased
			err = nil
		}
	}
	people, listErr := h.accounts.List(ctx)
	if err = errors.Join(err, listErr); err != nil || len(people) > 0 {
		return "", err
	}
	secret, err := h.accounts.Add(ctx, "owner", moderation.Owner, moderation.AllSites)
	return web.SignInPath(secret), err
}
