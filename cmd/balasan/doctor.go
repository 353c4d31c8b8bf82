package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/netip"
	"slices"
	"strings"
	"time"

	"balasan/internal/keys"
	"balasan/moderation"
	"balasan/web"
)

type doctorCmd struct {
	Send      bool       `help:"Really send: a test event to each webhook, a test message to the chat."`
	MailTo    string     `placeholder:"ADDRESS" help:"Send a test letter to this address."`
	JSON      bool       `help:"For machines: ok, and each check with what was found and how to mend it."`
	From      netip.Addr `placeholder:"ADDRESS" help:"Explain instead which client a request from this address is counted under."`
	Forwarded string     `placeholder:"HEADER" help:"With --from: its X-Forwarded-For."`
}

// finding is what came of one check.
type finding struct {
	Check string `json:"check"`
	State state  `json:"state"`
	Found string `json:"found"`
	Fix   string `json:"fix,omitempty"`
}

type state string

const (
	fine    state = "ok"
	problem state = "problem"
	skipped state = "skipped"
)

// exam is one visit of the doctor.
type exam struct {
	*house   // without its database where that cannot be opened
	send     bool
	mailTo   moderation.Email // zero: no test letter is sent
	findings []finding
}

func (e *exam) ok(check, found string, args ...any) {
	e.findings = append(e.findings, finding{check, fine, fmt.Sprintf(found, args...), ""})
}

func (e *exam) skip(check, found string) {
	e.findings = append(e.findings, finding{check, skipped, found, ""})
}

func (e *exam) bad(check, found, fix string) {
	e.findings = append(e.findings, finding{check, problem, inOneLine(found), fix})
}

// inOneLine is for errors that list each try on a line of its own, the same one for each way there.
func inOneLine(found string) string {
	var lines []string
	for line := range strings.SplitSeq(found, "\n") {
		if line = strings.TrimSpace(line); line != "" && !slices.Contains(lines, line) {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, " ")
}

// checks are made in this order. Each tells at least one finding.
var checks = []func(*exam, context.Context){
	(*exam).database, (*exam).standby, (*exam).disk, (*exam).redis, (*exam).sites, (*exam).instance, (*exam).publicAddress, (*exam).webhooks, (*exam).chat, (*exam).mail,
}

const examLimit = 30 * time.Second // of one check

// Run makes every check, whatever the ones before said.
func (cmd doctorCmd) Run(ctx context.Context, p *program, c console) error {
	if cmd.From.IsValid() {
		return cmd.explain(p, c)
	}
	if cmd.Forwarded != "" {
		return misused{fmt.Errorf("--forwarded goes with --from")}
	}
	var to moderation.Email
	if cmd.MailTo != "" {
		var err error
		if to, err = moderation.ParseEmail(cmd.MailTo); err != nil {
			return misused{fmt.Errorf("--mail-to takes an e-mail address")}
		}
	}
	e, err := attend(ctx, p, c)
	if err != nil {
		return err
	}
	if e.db != nil {
		defer e.close()
	}
	e.send, e.mailTo = cmd.Send, to
	for _, check := range checks {
		limit, cancel := context.WithTimeout(ctx, examLimit)
		check(e, limit)
		cancel()
	}
	return e.report(c, cmd.JSON)
}

// attend opens what can be opened: without its database there is still much to look at.
func attend(ctx context.Context, p *program, c console) (*exam, error) {
	cfg, err := p.installed(c)
	if err != nil {
		return nil, err
	}
	h, fault := enter(ctx, cfg)
	if fault == nil {
		return &exam{house: h}, nil
	}
	ring, err := keys.Follow(cfg.Data, false)
	if err != nil {
		return nil, fault
	}
	e := &exam{house: &house{cfg: cfg, ring: ring}}
	fix := "start the server of database.url, or look at the address and at what lies between; nothing is lost meanwhile"
	if cfg.Database.URL == "" {
		fix = "look at the file and its owner; restore a backup if it is damaged"
	}
	if _, unfit := errors.AsType[wrongKeys](fault); unfit || isMisuse(fault) {
		fix = "" // it says so itself
	}
	e.bad("database", "cannot be opened: "+fault.Error(), fix)
	return e, nil
}

func (e *exam) report(c console, machine bool) error {
	problems := 0
	for _, f := range e.findings {
		if f.State == problem {
			problems++
		}
	}
	if machine {
		err := c.json(struct {
			OK     bool      `json:"ok"`
			Checks []finding `json:"checks"`
		}{problems == 0, e.findings})
		if err != nil {
			return err
		}
	} else {
		for _, f := range e.findings {
			f.print(c.out)
		}
	}
	switch problems {
	case 0:
		return nil
	case 1:
		return fmt.Errorf("the doctor found one problem")
	default:
		return fmt.Errorf("the doctor found %d problems", problems)
	}
}

func (f finding) print(w io.Writer) {
	fmt.Fprintf(w, "%-8s %-13s %s\n", f.State, f.Check, f.Found)
	if f.Fix != "" {
		fmt.Fprintf(w, "%22s → %s\n", "", f.Fix)
	}
}

// explain tells how the configuration reads a request that is described by hand.
func (cmd doctorCmd) explain(p *program, c console) error {
	cfg, err := p.load(c)
	if err != nil {
		return err
	}
	e := &exam{house: &house{cfg: cfg}}
	e.seen(web.SeenAs(cmd.From, cmd.Forwarded, cfg.Proxies()))
	return e.report(c, cmd.JSON)
}

// seen says whom a request is counted under and what is wrong with that.
func (e *exam) seen(s web.Seen) {
	const check = "client"
	switch {
	case len(s.Forwarded) > 0 && !s.Trusted:
		e.bad(check, fmt.Sprintf("requests come from %s, which says in X-Forwarded-For that it passes on others, but it is not trusted: all of its visitors are counted as %s and share one allowance", s.Peer, s.Client),
			fmt.Sprintf("if %s is a proxy of yours, set trusted_proxies: [%s]; if not, somebody made the header up and all is well", s.Peer, netip.PrefixFrom(s.Peer, s.Peer.BitLen())))
	case len(s.Forwarded) == 0 && s.Trusted && !e.direct(s.Peer):
		e.bad(check, fmt.Sprintf("the trusted proxy %s sends no X-Forwarded-For: all of its visitors share one allowance", s.Peer),
			"let it send the header (nginx: proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for; Caddy does so by itself)")
	case s.Trusted && trustedAll(s, e.cfg.Proxies()):
		e.bad(check, fmt.Sprintf("every address in X-Forwarded-For is trusted, so that the request is counted under %s, the first of them", s.Client),
			"name only proxies in trusted_proxies, not the networks that visitors come from")
	default:
		e.ok(check, "a request from %s%s is counted under %s", s.Peer, passedOn(s), s.Client)
	}
}

// direct tells a request of this machine, which needs no proxy.
func (e *exam) direct(peer netip.Addr) bool { return peer.IsLoopback() && e.cfg.PublicURL == "" }

func trustedAll(s web.Seen, trusted []netip.Prefix) bool {
	for _, p := range trusted {
		if p.Contains(s.Client) && !s.Client.IsLoopback() {
			return true
		}
	}
	return false
}

func passedOn(s web.Seen) string {
	if !s.Trusted || len(s.Forwarded) == 0 {
		return ""
	}
	return ", a trusted proxy,"
}

// silentLog is for parts that would tell twice what a finding tells.
var silentLog = slog.New(slog.DiscardHandler)
