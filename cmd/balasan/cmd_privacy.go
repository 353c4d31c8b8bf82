package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"balasan/moderation"
	"balasan/store"
)

type privacyCmd struct {
	Report  privacyReportCmd  `cmd:"" help:"Tell what personal data is held, since when, what the next purge lets go, who looked at addresses, and what visitors agreed to."`
	Wording privacyWordingCmd `cmd:"" help:"Print a wording that visitors agreed to."`
}

type privacyReportCmd struct {
	JSON bool `help:"For machines."`
}

// looksSpan is how far back the report tells who looked at addresses.
const looksSpan = 30 * 24 * time.Hour

// privacyReport is everything at once, as machines read it.
type privacyReport struct {
	At        time.Time         `json:"at"`
	Retention map[string]string `json:"retention"`
	Sites     []privacySite     `json:"sites"`
	Digests   int               `json:"digest_addresses"`
	Looks     []privacyLook     `json:"looks_30d"`
	Wordings  []privacyWording  `json:"wordings"`
}

type privacySite struct {
	Site     string        `json:"site"`
	Erased   bool          `json:"erased"`
	Comments int           `json:"comments"`
	Blank    int           `json:"blank"`
	NoAddr   int           `json:"without_address"`
	Held     []privacyHeld `json:"held"`
	Unwanted int           `json:"unwanted_hashes"`
	Requests privacyAsked  `json:"data_requests"`
}

type privacyAsked struct {
	Links   int `json:"links"`
	Erasing int `json:"erasing"`
	Erased  int `json:"erased_365d"`
	Gone    int `json:"comments_erased_365d"`
}

type privacyHeld struct {
	Class  string     `json:"class"`
	Count  int        `json:"count"`
	Oldest *time.Time `json:"oldest,omitempty"`
	Due    int        `json:"due"`
}

type privacyLook struct {
	Site   string    `json:"site"`
	Editor string    `json:"editor"`
	Count  int       `json:"count"`
	Last   time.Time `json:"last"`
}

func (cmd privacyReportCmd) Run(ctx context.Context, p *program, c console) error {
	return p.inHouse(ctx, c, func(h *house) error {
		r, err := h.privacyReport(ctx, time.Now())
		if err != nil {
			return err
		}
		if cmd.JSON {
			return c.json(r)
		}
		return r.tell(c)
	})
}

func (h *house) privacyReport(ctx context.Context, now time.Time) (privacyReport, error) {
	keep := h.cfg.Retention.Domain()
	r := privacyReport{At: now.UTC().Truncate(time.Second), Sites: []privacySite{}, Looks: []privacyLook{}, Wordings: []privacyWording{}, Retention: map[string]string{
		"address": days(keep.Address), "network": days(keep.Network), "refused": days(keep.Refused), "email": days(keep.Email),
		"unconfirmed": days(keep.Unconfirmed), "subscription": days(moderation.SubscriptionLife)}}
	holdings, err := h.db.Holdings(ctx, keep, now)
	if err != nil {
		return r, err
	}
	for _, one := range holdings {
		r.Sites = append(r.Sites, newPrivacySite(one))
	}
	if r.Digests, err = h.db.DigestAddresses(ctx); err != nil {
		return r, err
	}
	looks, err := h.db.LooksSince(ctx, now.Add(-looksSpan))
	for _, l := range looks {
		r.Looks = append(r.Looks, privacyLook(l))
	}
	if err != nil {
		return r, err
	}
	wordings, err := h.db.Wordings(ctx, "")
	for _, k := range wordings {
		r.Wordings = append(r.Wordings, newPrivacyWording(k))
	}
	return r, err
}

func newPrivacySite(h store.Holding) privacySite {
	s := privacySite{Site: h.Site, Erased: h.Erased, Comments: h.Comments, Blank: h.Blank, Unwanted: h.Unwanted,
		NoAddr: h.Comments - h.Addresses.Count - h.Networks.Count, Requests: privacyAsked(h.Requests)}
	for _, class := range []struct {
		name string
		held store.Held
	}{
		{"address", h.Addresses}, {"network", h.Networks}, {"refused", h.Refused}, {"email", h.Emails},
		{"subscription", h.Confirmed}, {"unconfirmed", h.Asked},
	} {
		held := privacyHeld{Class: class.name, Count: class.held.Count, Due: class.held.Due}
		if !class.held.Oldest.IsZero() {
			held.Oldest = &class.held.Oldest
		}
		s.Held = append(s.Held, held)
	}
	return s
}

func days(d time.Duration) string {
	if d%(24*time.Hour) != 0 {
		return d.String()
	}
	return fmt.Sprintf("%dd", d/(24*time.Hour))
}

// tell prints the report for people.
func (r privacyReport) tell(c console) error {
	err := c.table(func(row func(...string)) {
		row("SITE", "CLASS", "HELD", "OLDEST", "NEXT PURGE", "KEPT FOR")
		for _, s := range r.Sites {
			name := s.Site
			if s.Erased {
				name += " (erased)"
			}
			for _, held := range s.Held {
				oldest := "-"
				if held.Oldest != nil {
					oldest = held.Oldest.Format(time.DateOnly)
				}
				row(name, held.Class, fmt.Sprint(held.Count), oldest, fmt.Sprint(held.Due), r.Retention[held.Class])
			}
			row(name, "comments", fmt.Sprint(s.Comments), "", "", fmt.Sprintf("%d without an address, %d blank", s.NoAddr, s.Blank))
			row(name, "data requests", fmt.Sprint(s.Requests.Links+s.Requests.Erasing), "", "",
				fmt.Sprintf("%d being erased; in a year %d erased, %d comments", s.Requests.Erasing, s.Requests.Erased, s.Requests.Gone))
		}
	})
	if err != nil {
		return err
	}
	fmt.Fprintf(c.out, "\nEditors left %d addresses for digests.\n", r.Digests)
	return errors.Join(r.tellLooks(c), r.tellWordings(c))
}

func (r privacyReport) tellLooks(c console) error {
	if len(r.Looks) == 0 {
		fmt.Fprintln(c.out, "Nobody looked at an address in the last 30 days.")
		return nil
	}
	fmt.Fprintln(c.out, "Who looked at addresses in the last 30 days:")
	return c.table(func(row func(...string)) {
		row("SITE", "EDITOR", "LOOKS", "LAST")
		for _, l := range r.Looks {
			row(l.Site, l.Editor, fmt.Sprint(l.Count), l.Last.Format(time.DateOnly))
		}
	})
}
