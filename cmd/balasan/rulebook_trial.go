package main

import (
	"context"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"balasan/moderation"
	"balasan/moderation/learn"
	"balasan/moderation/rules"
)

const (
	trialMost = 1000            // comments of each state that one look at the past replays
	trialTime = 2 * time.Second // and how long it may take; less when the request has less
)

// Try tells what a rule would have done to what is stored, were it live. It changes nothing.
func (b *rulebook) Try(ctx context.Context, by moderation.Editor, d moderation.RuleDraft) (moderation.RuleTrial, error) {
	done, err := b.turn(ctx)
	if err != nil {
		return moderation.RuleTrial{}, err
	}
	defer done()
	p, err := b.open()
	if err != nil {
		return moderation.RuleTrial{}, err
	}
	if err := b.allowed(ctx, by, moderation.ToShadow, d, p); err != nil {
		return moderation.RuleTrial{}, err
	}
	n := p.named(d, by, time.Now())
	shown := n.YAML()
	n.Status = moderation.RuleLive
	_, set, err := p.with(n)
	if err != nil {
		return moderation.RuleTrial{}, err
	}
	model, err := learn.Prior()
	if err != nil {
		return moderation.RuleTrial{}, err
	}
	var trial moderation.RuleTrial
	cut, err := b.look(ctx, d.Sites, func(ctx context.Context, past *past) { trial = set.Trial(n.ID, model, past.all(ctx)) })
	trial.ID, trial.YAML, trial.Days, trial.Cut, trial.Missed = n.ID, shown, guardDays, cut, missed(set, n.ID)
	trial.Seen, trial.Groups = p.seen(), slices.Sorted(maps.Keys(set.Caps()))
	return trial, err
}

// missed tells whether a rule of the set does not notice its own example.
func missed(set *rules.Set, id string) bool {
	return slices.ContainsFunc(set.Test(), func(r rules.TestResult) bool { return r.Rule == id && !r.Pass })
}

// look replays part of the past. Cut tells that there was more.
func (b *rulebook) look(ctx context.Context, sites []string, at func(context.Context, *past)) (cut bool, err error) {
	limit := trialTime
	if end, bounded := ctx.Deadline(); bounded {
		limit = min(limit, time.Until(end)/2)
	}
	brief, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	p := &past{db: b.s.db, since: time.Now().AddDate(0, 0, -guardDays), states: everyState, sites: sites, most: trialMost, step: func() {}}
	at(brief, p)
	if errors.Is(p.err, context.DeadlineExceeded) && ctx.Err() == nil {
		return true, nil
	}
	return p.more, p.err
}

// List tells all rules that concern an editor's sites, with what they noticed there.
func (b *rulebook) List(ctx context.Context, by moderation.Editor) (moderation.RuleList, error) {
	sites, all := by.Sites(moderation.ToRead)
	if !all && len(sites) == 0 {
		return moderation.RuleList{}, &moderation.Problem{Code: moderation.Forbidden}
	}
	done, err := b.turn(ctx)
	if err != nil {
		return moderation.RuleList{}, err
	}
	defer done()
	p, err := b.open()
	if err != nil {
		return moderation.RuleList{}, err
	}
	out := moderation.RuleList{File: p.path(), Seen: p.seen(), Runs: b.s.rules.Set().Fingerprint(), Days: guardDays}
	var tallies []rules.Tally
	out.Cut, err = b.look(ctx, sites, func(ctx context.Context, past *past) {
		past.step = func() { out.Looked++ }
		tallies = rules.Hits(p.set, past.all(ctx))
	})
	counted := map[string]rules.Tally{}
	for _, t := range tallies {
		counted[t.Rule] = t
	}
	otherwise := b.s.rules.Set().Differs(p.set)
	for _, r := range p.set.List() {
		if all || len(r.Sites) == 0 || slices.ContainsFunc(r.Sites, func(site string) bool { return slices.Contains(sites, site) }) {
			out.Rules = append(out.Rules, p.entry(r, counted[r.ID], !slices.Contains(otherwise, r.ID)))
		}
	}
	return out, err
}

func (p *bookPage) entry(r rules.RuleInfo, t rules.Tally, inForce bool) moderation.RuleEntry {
	e := moderation.RuleEntry{ID: r.ID, Status: moderation.RuleStatus(r.Status), Score: r.Score, Group: r.Group, Action: r.Action,
		Reason: r.Reason, Sites: r.Sites, Until: r.Until, Override: r.Override, Where: r.File + ":" + strconv.Itoa(r.Line),
		Desk: r.File == deskFile, InForce: inForce,
		Hits: map[moderation.State]int{moderation.Approved: t.Approved, moderation.IsSpam: t.Refused, moderation.Pending: t.Pending}}
	_, missing := os.Stat(filepath.Join(p.own, filepath.FromSlash(r.File)))
	e.Shipped = missing != nil
	for _, look := range r.Looks {
		e.Looks = append(e.Looks, look.Key+": "+strings.Join(look.Values, ", "))
	}
	if r.If != "" {
		e.Looks = append(e.Looks, r.If)
	}
	if e.Desk {
		e.Made = rules.MadeOf(p.file, r.Line)
	}
	return e
}
