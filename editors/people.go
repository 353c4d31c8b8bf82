package editors

import (
	"context"
	"errors"
	"slices"
	"time"

	"balasan/moderation"
)

// ErrLastOwner refuses what would leave nobody who owns all sites.
var ErrLastOwner error = &moderation.Problem{Code: moderation.Invalid,
	Fields: []moderation.FieldFault{{Field: "owner", Fault: moderation.FaultRequired}}, Err: errors.New("this is the last owner everywhere")}

// Grant gives an editor one role on one site in place of the present one, or takes that back when
// the role is empty. ErrLastOwner, unless forced.
func (a *Accounts) Grant(ctx context.Context, name, site string, role moderation.Role, forced bool) error {
	if role != "" && !role.Valid() {
		return fault("role", moderation.FaultUnknown, 0)
	}
	editor, _, err := a.store.EditorByName(ctx, tidyName(name))
	if err != nil {
		return err
	}
	return a.grant(ctx, editor, site, role, forced)
}

func (a *Accounts) grant(ctx context.Context, editor moderation.Editor, site string, role moderation.Role, forced bool) error {
	a.roles.Lock()
	defer a.roles.Unlock()
	if site == moderation.AllSites && role != moderation.Owner && !forced {
		if err := a.needless(ctx, editor.ID); err != nil {
			return err
		}
	}
	return a.store.Grant(ctx, editor.ID, site, role)
}

// Dismiss locks an editor out for good: roles and all that signs in end. The name stays in the
// decision log. ErrLastOwner, unless forced.
func (a *Accounts) Dismiss(ctx context.Context, name string, forced bool) error {
	editor, _, err := a.store.EditorByName(ctx, tidyName(name))
	if err != nil {
		return err
	}
	return a.dismiss(ctx, editor.ID, forced)
}

func (a *Accounts) dismiss(ctx context.Context, editor string, forced bool) error {
	a.roles.Lock()
	defer a.roles.Unlock()
	if !forced {
		if err := a.needless(ctx, editor); err != nil {
			return err
		}
	}
	return a.store.Dismiss(ctx, editor)
}

// needless is nil when another editor owns all sites, or when this one does not.
func (a *Accounts) needless(ctx context.Context, editor string) error {
	all, err := a.store.Editors(ctx)
	if err != nil {
		return err
	}
	owners := slices.DeleteFunc(all, func(e moderation.Editor) bool { return e.Roles[moderation.AllSites] != moderation.Owner })
	if len(owners) == 1 && owners[0].ID == editor {
		return ErrLastOwner
	}
	return nil
}

// List returns everyone, by name.
func (a *Accounts) List(ctx context.Context) ([]moderation.Person, error) {
	return a.store.People(ctx, time.Now())
}
