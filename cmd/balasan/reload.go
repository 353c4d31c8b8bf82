package main

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/fsnotify/fsnotify"

	"balasan/configs"
)

// settle is how long a changed file must rest before it is read: editors write in several steps.
const settle = 200 * time.Millisecond

// reload takes changes over, on SIGHUP and when a file changes, until ctx ends.
func (s *service) reload(ctx context.Context, file string) {
	hup := make(chan os.Signal, 1)
	signal.Notify(hup, syscall.SIGHUP)
	defer signal.Stop(hup)
	watcher, err := s.watch(file)
	if err != nil {
		s.log.Warn("files are not watched; SIGHUP reloads", "error", err)
		watcher = &fsnotify.Watcher{}
	} else {
		defer watcher.Close()
	}
	rest := time.NewTimer(time.Hour)
	rest.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-hup:
			rest.Reset(0)
		case change := <-watcher.Events:
			if s.concerns(change.Name, file) {
				rest.Reset(settle)
			}
		case <-watcher.Errors:
		case <-rest.C:
			s.takeOver()
		}
	}
}

// watch looks at folders: a watch on a file dies when an editor replaces it.
func (s *service) watch(file string) (*fsnotify.Watcher, error) {
	watcher, err := fsnotify.NewWatcher()
	if err != nil {
		return nil, err
	}
	for _, dir := range s.folders(file) {
		if err := watcher.Add(dir); err != nil {
			return nil, errors.Join(err, watcher.Close())
		}
	}
	return watcher, nil
}

func (s *service) folders(file string) []string {
	var dirs []string
	if file != "" {
		dirs = append(dirs, filepath.Dir(file))
	}
	if own := s.cfg.Rules.Dir; own != "" {
		dirs = append(dirs, own)
		for _, below := range []string{"rules", "lists"} {
			if info, err := os.Stat(filepath.Join(own, below)); err == nil && info.IsDir() {
				dirs = append(dirs, filepath.Join(own, below))
			}
		}
	}
	return dirs
}

// concerns tells whether a change may be one of ours. Orchestrators swap whole folders by a
// link ("..data"), so everything counts but what editors leave behind.
func (s *service) concerns(changed, file string) bool {
	base := filepath.Base(changed)
	ours := changed == file || s.cfg.Rules.Dir != "" && strings.HasPrefix(changed, s.cfg.Rules.Dir)
	return (ours || base == "..data") && !strings.HasSuffix(base, "~") && !strings.HasPrefix(base, ".#")
}

// takeOver reads everything again. Either the whole is good and counts from now on, or nothing
// of it does.
func (s *service) takeOver() {
	next, err := s.load()
	if err == nil {
		err = s.adopt(next)
	}
	s.meter.reloaded(err)
	if err != nil {
		s.health.set("configuration", "the changed files are broken; the settings before are in force: "+firstLine(err))
		s.log.Error("the changed configuration is broken; the one before stays in force", "faults", err)
		return
	}
	s.health.set("configuration", "")
}

// adopt changes what may change while running.
func (s *service) adopt(next configs.Config) error {
	set, err := loadRules(next.Rules)
	if err != nil {
		return err
	}
	next.Listen = s.cfg.Listen // with the port that the kernel chose
	if waiting := configs.Restart(s.cfg, next); len(waiting) > 0 {
		s.log.Warn("these settings need a restart", "settings", waiting)
	}
	s.rules.Swap(set)
	s.limits.Set(allowances(next.Limits))
	setLevel(s.level, next.Log)
	s.log.Info("the configuration is in force", "rules", set.Fingerprint())
	return nil
}

func firstLine(err error) string {
	line, _, _ := strings.Cut(err.Error(), "\n")
	return line
}
