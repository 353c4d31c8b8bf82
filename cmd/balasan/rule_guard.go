package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"balasan/configs"
	"balasan/moderation/learn"
	"balasan/moderation/rules"
	"balasan/store"
)

const (
	guardDays = 30
	guardMost = 5000 // approved comments that the guard replays, the newest
	guardTime = time.Minute
)

// inForceFile, in the data folder, tells which rules were last in force, so that a start and
// `balasan check` know what is new.
const inForceFile = "rules.inforce.json"

func readInForce(data string) (map[string]rules.Standing, error) {
	text, err := os.ReadFile(filepath.Join(data, inForceFile))
	if err != nil {
		return nil, err
	}
	var before map[string]rules.Standing
	if err := json.Unmarshal(text, &before); err != nil {
		return nil, fmt.Errorf("%s: %w", inForceFile, err)
	}
	return before, nil
}

// keepInForce replaces the file at once, so that a crash leaves the old one or the new one.
func keepInForce(data string, set *rules.Set) error {
	text, err := json.MarshalIndent(set.InForce(), "", "  ")
	if err != nil {
		return err
	}
	path := filepath.Join(data, inForceFile)
	if err := os.WriteFile(path+".new", append(text, '\n'), 0o600); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}

// guard replays the newest approved comments against the rules that are sterner than before.
func guard(ctx context.Context, db *store.DB, set *rules.Set, before map[string]rules.Standing) ([]rules.Guarded, error) {
	ctx, cancel := context.WithTimeout(ctx, guardTime)
	defer cancel()
	model, err := learn.Prior()
	if err != nil {
		return nil, err
	}
	p := &past{db: db, since: time.Now().AddDate(0, 0, -guardDays), states: guardedState, most: guardMost, step: func() {}}
	guarded := set.Guard(before, model, p.all(ctx))
	return guarded, p.err
}

// guardFaults says in the operator's words what is guarded and what to do.
func guardFaults(own string, guarded []rules.Guarded) configs.Faults {
	var out configs.Faults
	for _, g := range guarded {
		var text strings.Builder
		fmt.Fprintf(&text, "The rule “%s” would stop comments that editors approved, %d in the last %d days. The newest:", g.Rule, g.Total, guardDays)
		for _, s := range g.Stopped[:min(3, len(g.Stopped))] {
			fmt.Fprintf(&text, "\n    %s, now %s: %.80q", s.ID, s.Outcome, s.Body)
		}
		fmt.Fprintf(&text, "\n  Let it run as a shadow (status: shadow) until it is right; “balasan explain ID” shows one of them whole."+
			"\n  If you mean it, say so beside the rule: override: \"your name, %s, why\"", time.Now().Format(time.DateOnly))
		out = append(out, configs.Fault{File: ruleFile(own, g.File), Line: g.Line, Column: g.Column, Text: text.String()})
	}
	return out
}

// guardRules tells what would be refused if these rules went in force. Without an installation,
// as in CI, there is no past to ask.
func (p *program) guardRules(ctx context.Context, c console, cfg configs.Config, set *rules.Set) error {
	before, err := readInForce(cfg.Data)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if len(set.Sterner(before)) == 0 {
		return nil
	}
	return p.inHouse(ctx, c, func(h *house) error {
		guarded, err := guard(ctx, h.db, set, before)
		if err == nil && len(guarded) > 0 {
			err = guardFaults(cfg.Rules.Dir, guarded)
		}
		return err
	})
}

// firstRules is the set to start with. A rule that the guard would refuse starts as a shadow:
// refusing to start would lose the comments of a whole night.
func (h *house) firstRules(log *slog.Logger) (*rules.Set, error) {
	set, err := loadRules(h.cfg.Rules)
	if err != nil {
		return nil, err
	}
	before, err := readInForce(h.cfg.Data)
	if err == nil {
		set, err = h.calmed(log, set, before)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) { // on the first start nothing was otherwise
		log.Error("the rules could not be held against approved comments; they are in force as they stand", "error", err)
	}
	noteInForce(log, h.cfg.Data, set)
	return set, nil
}

// calmed is the set with what is guarded as shadows. With an error it is the set as it stands.
func (h *house) calmed(log *slog.Logger, set *rules.Set, before map[string]rules.Standing) (*rules.Set, error) {
	guarded, err := guard(context.Background(), h.db, set, before)
	if err != nil || len(guarded) == 0 {
		return set, err
	}
	ids := make([]string, len(guarded))
	for i, g := range guarded {
		ids[i] = g.Rule
	}
	log.Error("these rules run as shadows until an override stands beside them", "rules", ids, "faults", guardFaults(h.cfg.Rules.Dir, guarded))
	return set.InShadow(ids), nil
}

// nextRules puts a changed set in force, unless the guard refuses it.
func (s *service) nextRules(own string, set *rules.Set) error {
	guarded, err := guard(context.Background(), s.db, set, s.rules.Set().InForce())
	if err != nil {
		return fmt.Errorf("hold the rules against approved comments: %w", err)
	}
	if len(guarded) > 0 {
		return guardFaults(own, guarded)
	}
	s.rules.Swap(set)
	noteInForce(s.log, s.cfg.Data, set)
	return nil
}

// noteInForce writes down what is in force; a full disk stops neither a start nor a reload.
func noteInForce(log *slog.Logger, data string, set *rules.Set) {
	if err := keepInForce(data, set); err != nil {
		log.Error("what is in force could not be written down", "error", err)
	}
}
