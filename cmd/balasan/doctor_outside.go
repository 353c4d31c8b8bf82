package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"balasan/announce"
	"balasan/moderation"
	"balasan/web"
)

// plainClient asks the operator's own addresses: wherever they are, without a proxy of the
// environment and without following redirects.
var plainClient = &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{DisableKeepAlives: true},
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}

// ask tells what an instance saw of a request to base.
func (e *exam) ask(ctx context.Context, base, host string) (seen web.Seen, answer *http.Response, err error) {
	r, err := web.AskSeen(base, e.ring.Ring().Steady("form"), time.Now())
	if err != nil {
		return seen, nil, err
	}
	r.Host = host
	answer, err = plainClient.Do(r.WithContext(ctx))
	if err != nil {
		return seen, nil, err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(io.LimitReader(answer.Body, 64<<10))
	if err == nil && answer.StatusCode == http.StatusOK {
		err = json.Unmarshal(body, &seen)
	}
	return seen, answer, err
}

// instance asks the running program where it listens, past any proxy.
func (e *exam) instance(ctx context.Context) {
	const check = "instance"
	base, err := baseHere(e.cfg.Listen)
	public, _ := url.Parse(e.cfg.Origin())
	var answer *http.Response
	if err == nil {
		_, answer, err = e.ask(ctx, base, public.Host)
	}
	switch {
	case err != nil:
		e.bad(check, "nothing answers at "+e.cfg.Listen, "start balasan serve; a server on another machine is asked there")
	case answer.StatusCode == http.StatusMisdirectedRequest:
		e.bad(check, "the server at "+e.cfg.Listen+" was started with another public_url", "restart it with this configuration")
	case answer.StatusCode != http.StatusOK:
		e.bad(check, fmt.Sprintf("what answers at %s is not the server of this data folder (%d)", e.cfg.Listen, answer.StatusCode),
			"stop the other program, or let this one listen elsewhere")
	default:
		e.ok(check, "answers at %s", e.cfg.Listen)
	}
}

// publicAddress goes the way that visitors go: name, certificate, proxy, client address and clock.
func (e *exam) publicAddress(ctx context.Context) {
	const check = "public_url"
	if e.cfg.PublicURL == "" {
		e.skip(check, "not set: every host name is answered, and which client is seen through a proxy was not tried (--from and --forwarded explain)")
		return
	}
	start := time.Now()
	seen, answer, err := e.ask(ctx, e.cfg.Origin(), "")
	took := time.Since(start)
	if err != nil {
		e.bad(check, e.cfg.Origin()+" does not answer: "+inner(err), whyNoAnswer(err))
		return
	}
	if answer.StatusCode != http.StatusOK {
		e.bad(check, fmt.Sprintf("%s answers %d", e.cfg.Origin(), answer.StatusCode), whyStatus(answer))
		return
	}
	e.ok(check, "%s answers in %s", e.cfg.Origin(), round(took))
	e.seen(seen)
	e.clock(answer.Header.Get("Date"), start.Add(took/2), took)
}

func whyNoAnswer(err error) string {
	_, noName := errors.AsType[*net.DNSError](err)
	switch text := err.Error(); {
	case noName:
		return "add the name to your DNS, or correct public_url"
	case strings.Contains(text, "certificate"), strings.Contains(text, "tls:"):
		return "give the proxy a certificate for this name that browsers trust"
	default:
		return "start the proxy, open the port in the firewall, and let it pass requests on to the address of listen"
	}
}

func whyStatus(answer *http.Response) string {
	switch code := answer.StatusCode; {
	case code >= 300 && code < 400:
		return "set public_url to where it redirects: " + answer.Header.Get("Location")
	case code == http.StatusMisdirectedRequest:
		return "let the proxy pass the Host header on (nginx: proxy_set_header Host $http_host)"
	case code == http.StatusNotFound:
		return "the name leads to another server, or this data folder belongs to another instance"
	case code >= 500:
		return "start balasan serve, and let the proxy pass requests on to where it listens"
	default:
		return "look at the proxy in front"
	}
}

const mostSkew = 5 * time.Second

// clock compares with the Date of the public address, which a proxy on another machine wrote.
func (e *exam) clock(date string, at time.Time, took time.Duration) {
	const check = "clock"
	theirs, err := http.ParseTime(date)
	if err != nil {
		e.skip(check, "the public address tells no time to compare with")
		return
	}
	// The header is cut to the second.
	if skew := at.Sub(theirs.Add(500 * time.Millisecond)); skew.Abs() > mostSkew+took {
		e.bad(check, fmt.Sprintf("this machine and the public address are %s apart", skew.Abs().Round(time.Second)),
			"let both set their clocks by NTP (timedatectl set-ntp true): challenges, sessions and signatures run out by the clock")
		return
	}
	e.ok(check, "agrees with the public address")
}

// inner is an error without the address that a url.Error repeats.
func inner(err error) string {
	if u, ok := errors.AsType[*url.Error](err); ok {
		return u.Err.Error()
	}
	return err.Error()
}

func (e *exam) webhooks(ctx context.Context) {
	const check = "webhook"
	t := newTellers(e.cfg, e.db, silentLog)
	if len(t.webhooks) == 0 {
		e.skip(check, "none configured")
	}
	for _, w := range t.webhooks {
		e.knownSites(ctx, w.Sites)
		if !e.send {
			e.reached(ctx, check, w.Target())
			continue
		}
		if err := w.Test(ctx, time.Now()); err != nil {
			e.bad(check, w.Target()+": "+err.Error(), whyNoWebhook(err))
			continue
		}
		e.ok(check, "%s took a signed test event", w.Target())
	}
}

// knownSites finds sites that a webhook names and nobody made: it would hear nothing of them.
func (e *exam) knownSites(ctx context.Context, ids []string) {
	if e.db == nil {
		return
	}
	for _, id := range ids {
		if _, err := e.db.Site(ctx, id); moderation.CodeOf(err) == moderation.NotFound && err != nil {
			e.bad("webhook", "there is no site "+id, "correct sites of the webhook; balasan site list shows them")
		}
	}
}

// reached tells how deliveries went so far, where nothing is to be sent.
func (e *exam) reached(ctx context.Context, check, target string) {
	if e.db == nil {
		e.skip(check, target+": how deliveries went is not known without the database")
		return
	}
	all, err := e.db.Reaches(ctx)
	if err != nil {
		e.bad(check, err.Error(), "run balasan verify")
		return
	}
	for _, r := range all {
		switch {
		case r.Target != target:
			continue
		case !r.OffAt.IsZero():
			e.bad(check, target+" asked for no more at "+stamp(r.OffAt), "mend the receiver, then run: balasan announce retry "+quote(target))
		case r.Error != "":
			e.bad(check, fmt.Sprintf("%s fails since its last try at %s: %s; %d wait", target, stamp(r.FailedAt), r.Error, r.Waiting), "try it: balasan doctor --send")
		case r.Dead > 0:
			e.bad(check, fmt.Sprintf("%s works, but %d announcements were given up", target, r.Dead), "balasan announce dead lists them, balasan announce retry tries again")
		default:
			e.ok(check, "%s took its last one at %s", target, stamp(r.SentAt))
		}
		return
	}
	if target != moderation.MailTarget {
		e.skip(check, target+" was not tried yet; --send tries it")
	}
}

func quote(s string) string { return "'" + s + "'" }

func whyNoWebhook(err error) string {
	switch text := err.Error(); {
	case strings.Contains(text, announce.ErrNotPublic.Error()):
		return "a receiver in your own network needs announce.networks: [its network]"
	case strings.Contains(text, "without TLS"):
		return "use https, or name the network in announce.networks"
	case strings.Contains(text, "401"), strings.Contains(text, "403"):
		return "the receiver does not accept the signature: give it the same secret, and let it check the body as it came"
	case strings.Contains(text, "answered 3"):
		return "redirects are not followed: configure the address that it leads to"
	case strings.Contains(text, "answered"):
		return "look at the receiver's log"
	case strings.Contains(text, "certificate"):
		return "give the receiver a certificate that is trusted for its name"
	default:
		return "look whether the name and the port are right and the receiver runs"
	}
}

func (e *exam) chat(ctx context.Context) {
	const check = "telegram"
	t := newTellers(e.cfg, e.db, silentLog)
	switch {
	case t.telegram == nil:
		e.skip(check, "not configured")
	case !e.send:
		e.reached(ctx, check, t.telegram.Target())
	default:
		if err := t.telegram.Test(ctx); err != nil {
			e.bad(check, err.Error(), whyNoChat(err))
			return
		}
		e.ok(check, "a test message arrived in %s", e.cfg.Announce.Telegram.Chat)
	}
}

func whyNoChat(err error) string {
	switch text := err.Error(); {
	case strings.Contains(text, "chat not found"):
		return "add the bot to the chat and write there once; announce.telegram.chat takes the chat's number or @name"
	case strings.Contains(text, "401"), strings.Contains(text, "404"):
		return "announce.telegram.token is not one that Telegram knows: ask @BotFather for it"
	case strings.Contains(text, "403"):
		return "the bot was removed from the chat or may not write there: add it again"
	case strings.Contains(text, announce.ErrNotPublic.Error()):
		return "a bot server in your own network needs announce.networks: [its network]"
	default:
		return "let this machine reach announce.telegram.api"
	}
}
