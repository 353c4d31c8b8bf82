package main

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"balasan/moderation"
	"balasan/moderation/rules"
)

// Save writes a rule beside the others and has it taken over. Why is the word of somebody who
// means it although approved comments would be stopped; seen names the file that they looked at.
// The error is a [moderation.RuleRefused] when nothing was written.
func (b *rulebook) Save(ctx context.Context, by moderation.Editor, d moderation.RuleDraft, status moderation.RuleStatus, why, seen string) (moderation.RuleSaved, error) {
	if status != moderation.RuleShadow && status != moderation.RuleLive {
		return moderation.RuleSaved{}, invalid("status", moderation.FaultUnknown)
	}
	return b.change(ctx, seen, func(p *bookPage) (revision, error) {
		if err := b.allowed(ctx, by, moderation.RuleActFor(moderation.RuleOff, status), d, p); err != nil {
			return revision{}, err
		}
		n := p.named(d, by, time.Now())
		n.Status = status
		override, err := overrideBy(by, status, why)
		if err != nil {
			return revision{}, err
		}
		n.Override = override
		file, set, err := p.with(n)
		if err != nil {
			return revision{}, err
		}
		if missed(set, n.ID) {
			return revision{}, invalid("example", moderation.FaultUnknown)
		}
		if !n.StandsIn(set) { // no spelling may smuggle anything past the one who reads the page
			return revision{}, &moderation.RuleRefused{Broken: "the rule cannot be written so that it is read as it was meant"}
		}
		return revision{n.ID, file, set}, nil
	})
}

// revision is the desk's file as it should become.
type revision struct {
	id   string
	file []byte
	set  *rules.Set
}

// Change turns a rule of the desk live, into a shadow, or off; the rest is as with Save.
func (b *rulebook) Change(ctx context.Context, by moderation.Editor, id string, status moderation.RuleStatus, why, seen string) (moderation.RuleSaved, error) {
	if !status.Valid() {
		return moderation.RuleSaved{}, invalid("status", moderation.FaultUnknown)
	}
	return b.change(ctx, seen, func(p *bookPage) (revision, error) {
		list := p.set.List()
		at := slices.IndexFunc(list, func(r rules.RuleInfo) bool { return r.ID == id && r.File == deskFile })
		if at < 0 {
			return revision{}, &moderation.Problem{Code: moderation.NotFound}
		}
		if !by.MayRule(moderation.RuleActFor(moderation.RuleStatus(list[at].Status), status), list[at].Sites) {
			return revision{}, &moderation.Problem{Code: moderation.Forbidden}
		}
		override, err := overrideBy(by, status, why)
		if err != nil {
			return revision{}, err
		}
		made := string(status) + " by " + by.Name + ", " + time.Now().Format(time.DateOnly)
		file, err := rules.SetStatus(p.file, id, rules.Status(status), override, made)
		if err != nil {
			return revision{}, &moderation.RuleRefused{Broken: p.path() + ": " + err.Error()}
		}
		set, err := p.load(file)
		return revision{id, file, set}, refusedFor(err)
	})
}

// overrideBy is somebody's word beside a live rule; empty without one.
func overrideBy(by moderation.Editor, status moderation.RuleStatus, why string) (string, error) {
	if why = strings.TrimSpace(why); why == "" || status != moderation.RuleLive {
		return "", nil
	}
	if f := moderation.NoteFault(why); f != "" {
		return "", invalid("override", f)
	}
	name := strings.TrimSpace(strings.ReplaceAll(by.Name, ",", " ")) // commas part name, day and reason
	return name + ", " + time.Now().Format(time.DateOnly) + ", " + why, nil
}

// change makes one revision at a time: what is written was seen, loads without faults, alters one
// rule and no other, and stops no approved comment without somebody's word.
func (b *rulebook) change(ctx context.Context, seen string, revise func(*bookPage) (revision, error)) (moderation.RuleSaved, error) {
	done, err := b.turn(ctx)
	if err != nil {
		return moderation.RuleSaved{}, err
	}
	defer done()
	p, err := b.open()
	if err != nil {
		return moderation.RuleSaved{}, err
	}
	next, err := revise(p)
	if err != nil {
		return moderation.RuleSaved{}, err
	}
	if seen != p.seen() {
		return moderation.RuleSaved{}, &moderation.RuleRefused{Stale: true}
	}
	if changed := p.set.Differs(next.set); len(changed) > 1 || len(changed) == 1 && changed[0] != next.id {
		return moderation.RuleSaved{}, &moderation.RuleRefused{Broken: p.path() + ": this change would alter other rules as well: " + strings.Join(changed, ", ")}
	}
	if err := b.guarded(ctx, next); err != nil {
		return moderation.RuleSaved{}, err
	}
	if err := b.s.shared.write(ctx, p, next.file); err != nil {
		b.s.log.Error("a rule from the queue could not be written", "error", err)
		return moderation.RuleSaved{}, err
	}
	return b.takenOver(ctx, p, next), nil
}

// guarded asks what editors approved, as a reload will do. What else is sterner than what runs is
// for the reload to tell.
func (b *rulebook) guarded(ctx context.Context, next revision) error {
	found, err := guard(ctx, b.s.db, next.set, b.s.rules.Set().InForce())
	if errors.Is(err, context.DeadlineExceeded) {
		return &moderation.RuleRefused{Late: true}
	}
	if err != nil {
		return err
	}
	for _, g := range found {
		if g.Rule != next.id {
			continue
		}
		refused := &moderation.RuleRefused{Total: g.Total}
		for _, s := range g.Stopped {
			refused.Stopped = append(refused.Stopped, moderation.RuleHit{ID: s.ID, At: s.At, Body: s.Body, From: moderation.Approve, To: s.Outcome})
		}
		return refused
	}
	return nil
}

// takenOver has the change taken over and looks whether it runs.
func (b *rulebook) takenOver(ctx context.Context, p *bookPage, next revision) moderation.RuleSaved {
	if b.s.files != nil {
		if err := watchRules(b.s.files, p.own); err != nil {
			b.s.log.Warn("watch the folder of rules", "error", err)
		}
	}
	saved := moderation.RuleSaved{ID: next.id}
	if err := b.s.askReload(ctx); err != nil {
		saved.Why = firstLine(err)
	}
	saved.InForce = !slices.Contains(b.s.rules.Set().Differs(next.set), next.id)
	return saved
}

// write replaces the file at once and durably, unless somebody else has changed it meanwhile or agreed
// does not agree.
func (p *bookPage) write(file []byte, agreed func() error) error {
	path := p.path()
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real // a link stays one
	}
	dir := filepath.Dir(path)
	locked := func(err error) error {
		return &moderation.RuleRefused{Locked: err.Error()}
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return locked(err)
	}
	mode := fs.FileMode(0o640)
	if info, err := os.Stat(path); err == nil {
		mode = info.Mode().Perm()
	}
	draft, err := os.CreateTemp(dir, ".desk-*.new")
	if err != nil {
		return locked(err)
	}
	defer os.Remove(draft.Name()) // gone already when all went well
	_, err = draft.Write(file)
	if err = errors.Join(err, draft.Chmod(mode), draft.Sync(), draft.Close()); err != nil {
		return locked(err)
	}
	now, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return locked(err)
	}
	if !bytes.Equal(now, p.file) {
		return &moderation.RuleRefused{Stale: true}
	}
	if err := agreed(); err != nil {
		return err
	}
	if err := os.Rename(draft.Name(), path); err != nil {
		return locked(err)
	}
	return syncFolder(dir)
}

// syncFolder makes what was renamed in a folder survive a power cut.
func syncFolder(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

func firstLine(err error) string {
	line, _, _ := strings.Cut(err.Error(), "\n")
	return line
}
