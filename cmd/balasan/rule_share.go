package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"sync"
	"time"

	"balasan/moderation"
	"balasan/store"
)

// shareEvery is how soon a rule that was saved on one replica is taken over by the others.
const shareEvery = 500 * time.Millisecond

// ruleShare keeps the desk's rule file the same on all replicas: PostgreSQL holds its versions, and each
// replica writes the newest one into its own folder, where every command finds it. On SQLite there is
// one process, and the file is the truth.
type ruleShare struct {
	db  *store.DB // nil on SQLite
	own string    // folder
	log *slog.Logger

	one     sync.Mutex
	version int64 // that the file here is
}

// shareRules brings the file here up to date before rules are read. A folder that cannot be written
// does not keep the program from starting.
func (h *house) shareRules(ctx context.Context, log *slog.Logger) *ruleShare {
	r := &ruleShare{own: h.cfg.Rules.Dir, log: log}
	if h.cfg.Database.URL != "" {
		r.db = h.db
	}
	if _, err := r.fetch(ctx); err != nil {
		log.Error("the desk's rules of the other replicas", "error", err)
	}
	return r
}

// fetch writes the newest version here and tells whether there was one. What stood here before stays
// beside it.
func (r *ruleShare) fetch(ctx context.Context) (bool, error) {
	if r.db == nil {
		return false, nil
	}
	r.one.Lock()
	defer r.one.Unlock()
	if version, err := r.db.DeskRulesVersion(ctx); err != nil || version == r.version {
		return false, err
	}
	version, newest, err := r.db.DeskRules(ctx)
	if err != nil {
		return false, err
	}
	p := &bookPage{own: r.own}
	if p.file, err = here(p.path()); err == nil && !bytes.Equal(p.file, newest) {
		err = r.replace(p, newest)
	}
	if err != nil {
		return false, fmt.Errorf("take over the desk's rules from another replica: %w", err)
	}
	r.version = version
	return true, nil
}

// here is the file as it stands; nil when it is not there.
func here(path string) ([]byte, error) {
	file, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return file, err
}

func (r *ruleShare) replace(p *bookPage, newest []byte) error {
	if p.file != nil {
		if err := os.WriteFile(p.path()+".before", p.file, 0o600); err != nil {
			return err
		}
	}
	r.log.Info("the desk's rules were changed on another replica", "file", p.path())
	return p.write(newest, func() error { return nil })
}

// write makes file the newest version everywhere, and here at once; a RuleRefused when somebody else
// changed it meanwhile, in this folder or on another replica.
func (r *ruleShare) write(ctx context.Context, p *bookPage, file []byte) error {
	r.one.Lock()
	defer r.one.Unlock()
	return p.write(file, func() error { return r.keep(ctx, file) })
}

func (r *ruleShare) keep(ctx context.Context, file []byte) error {
	if r.db == nil {
		return nil
	}
	kept, err := r.db.KeepDeskRules(ctx, r.version, file, time.Now())
	if err == nil && !kept {
		return &moderation.RuleRefused{Stale: true}
	}
	if err == nil {
		r.version++
	}
	return err
}

// offer gives the others what somebody wrote into the file here and what is in force by now. When
// another replica was first, that one's version is fetched instead.
func (r *ruleShare) offer(ctx context.Context) error {
	if r.db == nil {
		return nil
	}
	r.one.Lock()
	defer r.one.Unlock()
	file, err := here((&bookPage{own: r.own}).path())
	if err != nil || file == nil {
		return err
	}
	version, newest, err := r.db.DeskRules(ctx)
	if err != nil || version != r.version || version > 0 && bytes.Equal(newest, file) {
		return err
	}
	if err = r.keep(ctx, file); errors.As(err, new(*moderation.RuleRefused)) {
		return nil
	}
	return err
}

// takeShared takes over what other replicas made of the desk's rules.
func (s *service) takeShared(ctx context.Context) {
	newer, err := s.shared.fetch(ctx)
	if ctx.Err() != nil {
		return
	}
	note := ""
	if err != nil {
		note = "what other replicas make of the desk's rules is not taken over here; the log says why"
	}
	switch news := s.health.set("rules", note); {
	case news && err != nil:
		s.log.Error("what other replicas make of the desk's rules is not taken over", "error", err)
	case news:
		s.log.Info("the desk's rules of other replicas are taken over again")
	}
	if newer {
		if err := watchRules(s.files, s.shared.own); err != nil {
			s.log.Warn("watch the folder of rules", "error", err)
		}
		_ = s.takeOver() // it has told
	}
}

// offerRules shares what is in force here.
func (s *service) offerRules() {
	ctx, cancel := context.WithTimeout(context.Background(), probeLimit)
	defer cancel()
	if err := s.shared.offer(ctx); err != nil {
		s.log.Warn("the desk's rules are not shared with other replicas yet", "error", err)
	}
}
