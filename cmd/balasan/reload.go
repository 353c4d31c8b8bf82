package main

import (
	"context"
	"errors"
	"io/fs"
	"os/signal"
	"path/filepath"
	"strings"
	"time"

	"github.com/fsnotify/fsnotify"

	"balasan/configs"
)

// settle is how long a changed file must rest before it is read: editors write in several steps.
const settle = 200 * time.Millisecond

// reload takes changes over, on SIGHUP and when a file changes, until ctx ends.
func (s *service) reload(ctx context.Context, file string) {
	defer signal.Stop(s.hangup)
	defer s.files.Close()
	rest := time.NewTimer(time.Hour)
	rest.Stop()
	others := time.NewTicker(shareEvery)
	defer others.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.hangup:
			rest.Reset(0)
		case change := <-s.files.Events:
			if s.concerns(change.Name, file) {
				rest.Reset(settle)
			}
		case err := <-s.files.Errors:
			s.log.Warn("watch files", "error", err)
		case <-rest.C:
			_ = s.takeOver() // it has told
		case <-others.C:
			s.takeShared(ctx)
		case done := <-s.asked:
			done <- s.takeOver()
		}
	}
}

// askReload takes changes over at once and returns how it went, or ends with ctx.
func (s *service) askReload(ctx context.Context) error {
	done := make(chan error, 1)
	select {
	case s.asked <- done:
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// watch looks at the folder of a configuration file, if there is one: a watch on the file itself
// dies when an editor replaces it. It begins before the file is read, so that no change is missed.
func watch(file string) (*fsnotify.Watcher, error) {
	watcher, err := fsnotify.NewWatcher()
	if err != nil || file == "" {
		return watcher, err
	}
	if err := watcher.Add(filepath.Dir(file)); err != nil {
		return nil, errors.Join(misused{err}, watcher.Close())
	}
	return watcher, nil
}

// watchRules looks at the folders of the operator's own rules as well.
func watchRules(watcher *fsnotify.Watcher, own string) error {
	if own == "" {
		return nil
	}
	for _, dir := range []string{own, filepath.Join(own, "rules"), filepath.Join(own, "lists")} {
		if err := watcher.Add(dir); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// concerns tells whether a change may be one of ours. Orchestrators swap whole folders by a
// link ("..data"), so everything counts but what editors leave behind.
func (s *service) concerns(changed, file string) bool {
	base := filepath.Base(changed)
	own := s.cfg.Rules.Dir
	ours := changed == file || own != "" && strings.HasPrefix(changed, filepath.Clean(own))
	return (ours || base == "..data") && !strings.HasSuffix(base, "~") && !strings.HasPrefix(base, ".#")
}

// takeOver reads everything again. Either the whole is good and counts from now on, or nothing
// of it does.
func (s *service) takeOver() error {
	next, err := s.load()
	if err == nil {
		err = s.adopt(next)
	}
	s.meter.reloaded(err)
	if err != nil {
		s.health.set("configuration", "the changed files are broken; the settings before are in force, and the log says what is wrong")
		s.log.Error("the changed configuration is broken; the one before stays in force", "faults", err)
		return err
	}
	s.health.set("configuration", "")
	s.log.Info("the configuration is in force", "rules", s.rules.Set().Fingerprint())
	s.offerRules()
	return nil
}

// adopt changes what may change while running.
func (s *service) adopt(next configs.Config) error {
	set, err := loadRules(next.Rules)
	if err != nil {
		return err
	}
	if next.Listen == s.listen {
		next.Listen = s.cfg.Listen
	}
	if waiting := configs.Restart(s.cfg, next); len(waiting) > 0 {
		s.log.Warn("these settings need a restart", "settings", waiting)
	}
	if err := s.nextRules(next.Rules.Dir, set); err != nil {
		return err
	}
	s.limits.Set(allowances(next.Limits))
	s.retain(next)
	s.ask(context.Background(), next)
	setLevel(s.level, next.Log)
	return nil
}
