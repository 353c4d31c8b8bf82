package editors

import (
	"context"
	"errors"
	"slices"
	"strings"

	"balasan/moderation"
)

// ErrLastOwner refuses what would leave nobody who owns all sites.
var ErrLastOwner = errors.New("this is the last owner everywhere")

// Grant gives an editor one role on one site in place of the present one, or takes that back when
// the role is empty. ErrLastOwner, unless forced.
func (a *Accounts) Grant(ctx context.Context, name, site string, role moderation.Role, forced bool) error {
	if role != "" && !role.Valid() {
		return fault("role", moderation.FaultUnknown, 0)
	}
	editor, _, err := a.store.EditorByName(ctx, tidyName(name))
	if err == nil && site == moderation.AllSites && role != moderation.Owner && !forced {
		err = a.needless(ctx, editor)
	}
	if err != nil {
		return err
	}
	return a.store.Grant(ctx, editor.ID, site, role)
}

// Dismiss locks an editor out for good: roles, password, sessions, links and tokens end. The name
// stays in the decision log. ErrLastOwner, unless forced.
func (a *Accounts) Dismiss(ctx context.Context, name string, forced bool) error {
	editor, _, err := a.store.EditorByName(ctx, tidyName(name))
	if err == nil && !forced {
		err = a.needless(ctx, editor)
	}
	if err != nil {
		return err
	}
	return a.store.Dismiss(ctx, editor.ID)
}

// needless is nil when another editor owns all sites, or when this one does not.
func (a *Accounts) needless(ctx context.Context, editor moderation.Editor) error {
	if editor.Roles[moderation.AllSites] != moderation.Owner {
		return nil
	}
	all, err := a.store.Editors(ctx)
	another := slices.ContainsFunc(all, func(e moderation.Editor) bool {
		return e.ID != editor.ID && e.Roles[moderation.AllSites] == moderation.Owner
	})
	if err == nil && !another {
		err = ErrLastOwner
	}
	return err
}

// List returns everyone, by name.
func (a *Accounts) List(ctx context.Context) ([]moderation.Editor, error) {
	all, err := a.store.Editors(ctx)
	slices.SortFunc(all, func(x, y moderation.Editor) int { return strings.Compare(x.Name, y.Name) })
	return all, err
}
