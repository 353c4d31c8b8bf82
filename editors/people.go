package editors

import (
	"context"
	"time"

	"balasan/moderation"
)

// Grant gives an editor one role on one site in place of the present one, or takes that back when
// the role is empty. [moderation.ErrLastOwner], unless forced.
func (a *Accounts) Grant(ctx context.Context, name, site string, role moderation.Role, forced bool) error {
	if role != "" && !role.Valid() {
		return fault("role", moderation.FaultUnknown, 0)
	}
	editor, _, err := a.store.EditorByName(ctx, tidyName(name))
	if err != nil {
		return err
	}
	return a.store.Grant(ctx, editor.ID, site, role, forced)
}

// Dismiss locks an editor out for good: roles and all that signs in end. The name stays in the
// decision log. [moderation.ErrLastOwner], unless forced.
func (a *Accounts) Dismiss(ctx context.Context, name string, forced bool) error {
	editor, _, err := a.store.EditorByName(ctx, tidyName(name))
	if err != nil {
		return err
	}
	return a.store.Dismiss(ctx, editor.ID, forced)
}

// List returns everyone, by name.
func (a *Accounts) List(ctx context.Context) ([]moderation.Person, error) {
	return a.store.People(ctx, time.Now())
}
