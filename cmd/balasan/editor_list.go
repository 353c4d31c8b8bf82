package main

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"balasan/moderation"
)

type editorListCmd struct {
	JSON bool `help:"For machines."`
}

type editorView struct {
	ID       string                     `json:"id"`
	Name     string                     `json:"name"`
	Roles    map[string]moderation.Role `json:"roles"`
	Password bool                       `json:"password"`
	Passkeys int                        `json:"passkeys"`
	Codes    bool                       `json:"codes"`
	Invited  bool                       `json:"invited"` // a sign-in link is still good
	SeenAt   *time.Time                 `json:"seen_at"` // null: never came
}

func (cmd editorListCmd) Run(ctx context.Context, p *program, c console) error {
	return p.inHouse(ctx, c, func(h *house) error {
		all, err := h.accounts.List(ctx)
		if err != nil {
			return err
		}
		views := make([]editorView, len(all))
		for i, e := range all {
			views[i] = editorView{e.ID, e.Name, e.Roles, e.Password, e.Passkeys, e.Codes, len(e.Links) > 0, nil}
			if !e.SeenAt.IsZero() {
				views[i].SeenAt = &all[i].SeenAt
			}
		}
		if cmd.JSON {
			return c.json(views)
		}
		return c.table(func(row func(...string)) {
			row("NAME", "ROLES", "SIGNS IN WITH", "LAST SEEN")
			for _, v := range views {
				row(v.Name, inWordsOf(v.Roles), v.factors(), v.seen())
			}
		})
	})
}

// inWordsOf is "owner everywhere, editor on desa".
func inWordsOf(roles map[string]moderation.Role) string {
	var words []string
	for _, site := range slices.Sorted(maps.Keys(roles)) {
		where := " on " + site
		if site == moderation.AllSites {
			where = " everywhere"
		}
		words = append(words, string(roles[site])+where)
	}
	return cmp.Or(strings.Join(words, ", "), "none")
}

// factors is "password + codes, 2 passkeys".
func (v editorView) factors() string {
	var words []string
	switch {
	case v.Password && v.Codes:
		words = append(words, "password + codes")
	case v.Password:
		words = append(words, "password")
	}
	if v.Passkeys > 0 {
		words = append(words, fmt.Sprintf("%d passkeys", v.Passkeys))
	}
	if v.Invited {
		words = append(words, "a link")
	}
	return cmp.Or(strings.Join(words, ", "), "nothing")
}

func (v editorView) seen() string {
	if v.SeenAt == nil {
		return "never"
	}
	return v.SeenAt.Format(time.DateOnly)
}
