package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"balasan/configs"
	"balasan/moderation"
	"balasan/moderation/fold"
	"balasan/moderation/rules"
)

// deskFile, in the operator's folder, holds the rules that editors make from the queue.
const deskFile = "rules/desk.yaml"

// rulebook makes rules of what editors see. It writes one file and puts nothing in force itself:
// that is for the reload, which knows one way for all changes.
type rulebook struct {
	s    *service
	desk moderation.Desk
	one  chan struct{} // replays and changes take turns, so that editors cannot slow the intake
}

func newRulebook(s *service) *rulebook {
	return &rulebook{s: s, desk: moderation.Desk{Ledger: s.db, NewID: newID}, one: make(chan struct{}, 1)}
}

// turn waits for the caller's turn, which done ends; Overloaded when ctx ends before.
func (b *rulebook) turn(ctx context.Context) (done func(), err error) {
	select {
	case b.one <- struct{}{}:
		return func() { <-b.one }, nil
	case <-ctx.Done():
		return nil, &moderation.Problem{Code: moderation.Overloaded, Err: ctx.Err()}
	}
}

// bookPage is the operator's rules as they stand in their files.
type bookPage struct {
	own  string // folder
	file []byte // deskFile; nil when it is not there
	set  *rules.Set
}

// open reads all rules. Faults of theirs are a [moderation.RuleRefused].
func (b *rulebook) open() (*bookPage, error) {
	cfg, err := b.s.load()
	if err != nil {
		return nil, refusedFor(err)
	}
	p := &bookPage{own: cfg.Rules.Dir}
	p.file, err = os.ReadFile(p.path())
	if errors.Is(err, fs.ErrNotExist) {
		p.set, err = loadRules(cfg.Rules)
	} else if err == nil {
		p.set, err = p.load(p.file)
	}
	return p, refusedFor(err)
}

func refusedFor(err error) error {
	if err == nil {
		return nil
	}
	return &moderation.RuleRefused{Broken: err.Error()}
}

func (p *bookPage) path() string { return filepath.Join(p.own, filepath.FromSlash(deskFile)) }

// seen names the file as it stands.
func (p *bookPage) seen() string { return digestOf(p.file) }

func digestOf(file []byte) string {
	sum := sha256.Sum256(file)
	return hex.EncodeToString(sum[:8])
}

// load reads all rules with the desk's file as given.
func (p *bookPage) load(file []byte) (*rules.Set, error) {
	return readRules(revised{configs.RuleFiles(p.own), deskFile, file}, p.own)
}

// Propose fills in a rule for something that an editor saw in a comment.
func (b *rulebook) Propose(ctx context.Context, by moderation.Editor, comment string, kind moderation.RuleKind, value string) (moderation.RuleDraft, error) {
	entry, err := b.desk.Entry(ctx, by, comment)
	if err != nil {
		return moderation.RuleDraft{}, err
	}
	if !by.May(moderation.ToShadow, entry.Site) {
		return moderation.RuleDraft{}, &moderation.Problem{Code: moderation.Forbidden}
	}
	d, known := proposals[kind]
	if !known {
		return d, invalid("kind", moderation.FaultUnknown)
	}
	if kind == moderation.RuleName && value == "" {
		value = entry.Name
	}
	d.Comment, d.Sites = entry.ID, []string{entry.Site}
	fill(&d, value)
	return d, nil
}

// proposals are what a rule of each kind begins with. A host or a handle is spam's own address; a
// phrase or a name may be anybody's.
var proposals = map[moderation.RuleKind]moderation.RuleDraft{
	moderation.RuleDomain: {Way: moderation.ByDomain, In: []moderation.Field{moderation.FieldBody, moderation.FieldWebsite}, Score: 6,
		Reason: moderation.Text{ID: "Menautkan ke {{match}}", EN: "Links to {{match}}"}},
	moderation.RuleHandle: {Way: moderation.ByHandle, In: []moderation.Field{moderation.FieldBody}, Score: 6,
		Reason: moderation.Text{ID: "Mengarahkan ke kontak yang dikenal", EN: "Leads to a known contact"}},
	moderation.RulePhrase: {Way: moderation.ByPhrase, In: []moderation.Field{moderation.FieldBody}, Score: 4,
		Reason: moderation.Text{ID: "Menyebut “{{match}}”", EN: "Says “{{match}}”"}},
	moderation.RuleName: {Way: moderation.ByPhrase, In: []moderation.Field{moderation.FieldName}, Score: 3,
		Reason: moderation.Text{ID: "Nama pengirim “{{match}}”", EN: "The sender's name is “{{match}}”"}},
}

// fill reads what was seen, undoes its disguise and takes an example from it.
func fill(d *moderation.RuleDraft, value string) {
	links := rules.FindLinks(fold.String(value))
	term := clipped(strings.ToLower(strings.TrimSpace(value)))
	switch d.Way {
	case moderation.ByDomain:
		term = firstOr(links.Hosts, term)
		d.Example = "https://" + term
	case moderation.ByHandle:
		term = firstOr(links.Handles, term)
		d.Example = strings.NewReplacer("wa:", "https://wa.me/", "tg:", "https://t.me/").Replace(term)
	default:
		if term = clipped(plain(fold.Reading(value))); term != clipped(plain(fold.String(value))) {
			d.Way = moderation.ByClassWord
		}
		if d.Example = clipped(oneSpaced(value)); len(links.Handles) > 0 || len(links.Hosts) > 0 {
			d.Example = ""
		}
	}
	d.Terms = []string{term}
	if len(d.Check()) > 0 { // an example that nobody may keep
		d.Example = ""
	}
}

// plain takes from a text what the rule language would read as its own.
func plain(s string) string {
	return strings.TrimLeft(oneSpaced(strings.NewReplacer("{", " ", "}", " ", "|", " ", "*", " ").Replace(s)), "@ ")
}

func oneSpaced(s string) string { return strings.Join(strings.Fields(s), " ") }

// clipped keeps as much as a term may hold.
func clipped(s string) string {
	r := []rune(s)
	return string(r[:min(len(r), 200)])
}

func firstOr(all []string, otherwise string) string {
	if len(all) > 0 {
		return all[0]
	}
	return otherwise
}

func invalid(field string, f moderation.Fault) error {
	return &moderation.Problem{Code: moderation.Invalid, Fields: []moderation.FieldFault{{Field: field, Fault: f}}}
}

// allowed tells whether the editor may do it with this draft, and all that is wrong with it.
func (b *rulebook) allowed(ctx context.Context, by moderation.Editor, act moderation.Act, d moderation.RuleDraft, p *bookPage) error {
	if !by.MayRule(act, d.Sites) {
		return &moderation.Problem{Code: moderation.Forbidden}
	}
	faults := d.Check()
	sites, err := b.s.db.Sites(ctx)
	if err != nil {
		return err
	}
	for _, id := range d.Sites {
		if !slices.ContainsFunc(sites, func(s moderation.Site) bool { return s.ID == id }) {
			faults = append(faults, moderation.FieldFault{Field: "sites", Fault: moderation.FaultUnknown})
		}
	}
	if _, known := p.set.Caps()[d.Group]; d.Group != "" && !known {
		faults = append(faults, moderation.FieldFault{Field: "group", Fault: moderation.FaultUnknown})
	}
	if d.Way != moderation.ByHandle && len(rules.FindLinks(fold.String(d.Example)).Handles) > 0 {
		faults = append(faults, moderation.FieldFault{Field: "example", Fault: moderation.FaultForbidden})
	}
	if !d.Until.IsZero() && d.Until.Before(time.Now().AddDate(0, 0, -1)) {
		faults = append(faults, moderation.FieldFault{Field: "until", Fault: moderation.FaultFormat})
	}
	if len(faults) > 0 {
		return &moderation.Problem{Code: moderation.Invalid, Fields: faults}
	}
	return nil
}

// named gives a draft an id of its own and says who made it.
func (p *bookPage) named(d moderation.RuleDraft, by moderation.Editor, at time.Time) rules.Named {
	day := at.Format(time.DateOnly)
	id := "desk." + day + "." + slug(d)
	taken := map[string]bool{}
	for _, r := range p.set.List() {
		taken[r.ID] = true
	}
	for base, n := id, 2; taken[id]; n++ {
		id = fmt.Sprintf("%s-%d", base, n)
	}
	made := "by " + by.Name + ", " + day
	if d.Comment != "" {
		made += ", from comment " + d.Comment
	}
	return rules.Named{RuleDraft: d, ID: id, Status: moderation.RuleShadow, Made: made}
}

// slug is the first term in letters that an id may have.
func slug(d moderation.RuleDraft) string {
	term := d.Terms[0]
	if dot := strings.LastIndexByte(term, '.'); d.Way == moderation.ByDomain && dot > 0 {
		term = term[:dot]
	}
	words := strings.FieldsFunc(fold.Reading(term), func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') })
	short := strings.Join(words, "-")
	if short = strings.Trim(short[:min(len(short), 40)], "-"); short == "" {
		return "rule"
	}
	return short
}

// with is all rules with one more.
func (p *bookPage) with(n rules.Named) (file []byte, set *rules.Set, err error) {
	if file, err = rules.Append(p.file, n.YAML()); err != nil {
		return nil, nil, &moderation.RuleRefused{Broken: p.path() + ": " + err.Error()}
	}
	set, err = p.load(file)
	return file, set, refusedFor(err)
}
