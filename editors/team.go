package editors

import (
	"context"
	"maps"
	"slices"
	"time"

	"balasan/moderation"
)

// People lists whom an owner looks after: everyone for an owner of all sites, else whoever has a
// role on one of their sites or on all. Of an owner of some sites' people only the roles there are
// told, and links only where the owner may end the whole account.
func (a *Accounts) People(ctx context.Context, by moderation.Editor) ([]moderation.Person, error) {
	all, err := a.store.People(ctx, time.Now())
	if err != nil {
		return nil, err
	}
	if _, everywhere := by.Sites(moderation.ToManage); !everywhere {
		all = slices.DeleteFunc(all, func(p moderation.Person) bool { return len(seenBy(by, p.Roles)) == 0 })
	}
	for i := range all {
		all[i].Managed = governs(by, all[i].Editor)
		if all[i].Roles = seenBy(by, all[i].Roles); !all[i].Managed {
			all[i].Links = nil
		}
	}
	return all, nil
}

// seenBy keeps the roles that an owner may know of.
func seenBy(by moderation.Editor, roles map[string]moderation.Role) map[string]moderation.Role {
	seen := maps.Clone(roles)
	maps.DeleteFunc(seen, func(site string, _ moderation.Role) bool {
		return site != moderation.AllSites && !by.May(moderation.ToManage, site)
	})
	return seen
}

// governs tells whether an owner looks after every role of the editor: only then may the account as
// a whole be ended, or a link to it be made, which opens all that its roles open.
func governs(by, editor moderation.Editor) bool {
	for site := range editor.Roles {
		if !by.May(moderation.ToManage, site) {
			return false
		}
	}
	return len(editor.Roles) > 0 || by.May(moderation.ToManage, moderation.AllSites)
}

// person finds somebody whom the owner sees; NotFound.
func (a *Accounts) person(ctx context.Context, by moderation.Editor, id string) (moderation.Person, error) {
	all, err := a.People(ctx, by)
	for _, p := range all {
		if p.ID == id {
			return p, nil
		}
	}
	if err == nil {
		err = &moderation.Problem{Code: moderation.NotFound}
	}
	return moderation.Person{}, err
}

// governed finds somebody whose account the owner may end; Forbidden where others look after it
// too, or it is the owner's own.
func (a *Accounts) governed(ctx context.Context, by moderation.Editor, id string) (moderation.Person, error) {
	p, err := a.person(ctx, by, id)
	if err == nil && (!p.Managed || p.ID == by.ID) {
		err = &moderation.Problem{Code: moderation.Forbidden}
	}
	return p, err
}

// Invite adds an editor with one role and returns the secret of the link that lets them in.
// Forbidden where the owner may not give that role; Invalid for a name that is taken.
func (a *Accounts) Invite(ctx context.Context, by moderation.Editor, name string, role moderation.Role, site string) (string, error) {
	if role.Valid() && site != "" && !by.MayGive(role, site) {
		return "", &moderation.Problem{Code: moderation.Forbidden}
	}
	return a.add(ctx, name, role, site, by.Name)
}

// SetRole gives somebody whom the owner sees one role on one site in place of the present one, or
// takes that back when the role is empty. Forbidden; [moderation.ErrLastOwner].
func (a *Accounts) SetRole(ctx context.Context, by moderation.Editor, id, site string, role moderation.Role) error {
	switch {
	case role != "" && !role.Valid():
		return fault("role", moderation.FaultUnknown, 0)
	case !by.MayGive(role, site):
		return &moderation.Problem{Code: moderation.Forbidden}
	}
	p, err := a.person(ctx, by, id)
	if err != nil {
		return err
	}
	return a.store.Grant(ctx, p.ID, site, role, false)
}

// ResetPerson ends all that somebody signs in with, and returns the secret of a new link.
func (a *Accounts) ResetPerson(ctx context.Context, by moderation.Editor, id string) (string, error) {
	p, err := a.governed(ctx, by, id)
	if err != nil {
		return "", err
	}
	return a.reset(ctx, p.ID, by.Name)
}

// DismissPerson locks somebody out for good. [moderation.ErrLastOwner].
func (a *Accounts) DismissPerson(ctx context.Context, by moderation.Editor, id string) error {
	p, err := a.governed(ctx, by, id)
	if err != nil {
		return err
	}
	return a.store.Dismiss(ctx, p.ID, false)
}

// Withdraw takes an invitation back: of somebody who never came the name is free again, of somebody
// who did the link alone ends.
func (a *Accounts) Withdraw(ctx context.Context, by moderation.Editor, id string) error {
	p, err := a.governed(ctx, by, id)
	if err != nil {
		return err
	}
	if err := a.store.Withdraw(ctx, p.ID); moderation.CodeOf(err) != moderation.NotFound {
		return err
	}
	for _, link := range p.Links {
		if err := a.store.DropPass(ctx, p.ID, link.Hash); err != nil && moderation.CodeOf(err) != moderation.NotFound {
			return err
		}
	}
	return nil
}
