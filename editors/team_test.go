package editors

import (
	"maps"
	"testing"
	"testing/synctest"
	"time"

	"balasan/moderation"
)

// staff is a house with two sites: who they are by name.
func staff(t *testing.T, a *Accounts) map[string]moderation.Editor {
	t.Helper()
	for name, roles := range map[string]map[string]moderation.Role{
		"Ibu Pemilik": {moderation.AllSites: moderation.Owner},
		"Warta Owner": {"warta": moderation.Owner},
		"Sari":        {"warta": moderation.Redact},
		"Budi":        {"warta": moderation.Viewer, "kampung": moderation.Owner},
		"Kampung":     {"kampung": moderation.Redact},
	} {
		for site, role := range roles {
			if _, err := a.Add(t.Context(), name, role, site); err != nil {
				if err = a.Grant(t.Context(), name, site, role, false); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	return byName(t, a)
}

func byName(t *testing.T, a *Accounts) map[string]moderation.Editor {
	t.Helper()
	all, err := a.List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	people := map[string]moderation.Editor{}
	for _, p := range all {
		p.Roles = maps.Clone(p.Roles) // as they are now
		people[p.Name] = p.Editor
	}
	return people
}

func TestAnOwnerOfOneSiteSeesItsPeopleAlone(t *testing.T) {
	a, _ := newAccounts(t)
	who := staff(t, a)
	seen, err := a.People(t.Context(), who["Warta Owner"])
	if err != nil {
		t.Fatal(err)
	}
	managed := map[string]bool{}
	for _, p := range seen {
		managed[p.Name] = p.Managed
		if _, told := p.Roles["kampung"]; told || !p.Managed && len(p.Links) > 0 {
			t.Errorf("of %s too much is told: %v, %d links", p.Name, p.Roles, len(p.Links))
		}
	}
	want := map[string]bool{"Ibu Pemilik": false, "Warta Owner": true, "Sari": true, "Budi": false}
	if len(managed) != len(want) {
		t.Errorf("seen: %v", managed)
	}
	for name, yes := range want {
		if got, ok := managed[name]; !ok || got != yes {
			t.Errorf("%s: seen %v, managed %v, want %v", name, ok, got, yes)
		}
	}
}

func TestNobodyReachesBeyondTheirSites(t *testing.T) {
	a, _ := newAccounts(t)
	who := staff(t, a)
	ctx, owner := t.Context(), who["Warta Owner"]
	link := func(_ string, err error) error { return err }
	for name, tt := range map[string]struct {
		err  error
		want moderation.Code
	}{
		"a role on another site":              {a.SetRole(ctx, owner, who["Sari"].ID, "kampung", moderation.Viewer), moderation.Forbidden},
		"a role everywhere":                   {a.SetRole(ctx, owner, who["Sari"].ID, moderation.AllSites, moderation.Viewer), moderation.Forbidden},
		"a role there taken back":             {a.SetRole(ctx, owner, who["Budi"].ID, "kampung", ""), moderation.Forbidden},
		"the owner of all, demoted":           {a.SetRole(ctx, owner, who["Ibu Pemilik"].ID, moderation.AllSites, ""), moderation.Forbidden},
		"a role here for a stranger":          {a.SetRole(ctx, owner, who["Kampung"].ID, "warta", moderation.Viewer), moderation.NotFound},
		"an invitation to another site":       {link(a.Invite(ctx, owner, "Dewi", moderation.Viewer, "kampung")), moderation.Forbidden},
		"an invitation everywhere":            {link(a.Invite(ctx, owner, "Dewi", moderation.Viewer, moderation.AllSites)), moderation.Forbidden},
		"a link to someone of two sites":      {link(a.ResetPerson(ctx, owner, who["Budi"].ID)), moderation.Forbidden},
		"a link to the owner of all":          {link(a.ResetPerson(ctx, owner, who["Ibu Pemilik"].ID)), moderation.Forbidden},
		"someone of two sites, locked out":    {a.DismissPerson(ctx, owner, who["Budi"].ID), moderation.Forbidden},
		"a stranger, locked out":              {a.DismissPerson(ctx, owner, who["Kampung"].ID), moderation.NotFound},
		"a stranger's invitation":             {a.Withdraw(ctx, owner, who["Kampung"].ID), moderation.NotFound},
		"oneself, locked out":                 {a.DismissPerson(ctx, owner, owner.ID), moderation.Forbidden},
		"an editor invites":                   {link(a.Invite(ctx, who["Sari"], "Dewi", moderation.Viewer, "warta")), moderation.Forbidden},
		"an editor gives roles":               {a.SetRole(ctx, who["Sari"], who["Budi"].ID, "warta", moderation.Redact), moderation.Forbidden},
		"an owner whose token may only read":  {a.SetRole(ctx, owner.Within(moderation.Scope{Acts: []moderation.Act{moderation.ToManage}}), who["Sari"].ID, "warta", moderation.Owner), moderation.Forbidden},
		"a name that is taken":                {link(a.Invite(ctx, owner, "Kampung", moderation.Viewer, "warta")), moderation.Invalid},
		"a role that is none":                 {a.SetRole(ctx, owner, who["Sari"].ID, "warta", "raja"), moderation.Invalid},
		"the last owner of everything leaves": {a.SetRole(ctx, who["Ibu Pemilik"], who["Ibu Pemilik"].ID, moderation.AllSites, moderation.Redact), moderation.Invalid},
	} {
		if moderation.CodeOf(tt.err) != tt.want || tt.err == nil {
			t.Errorf("%s: %v, want %s", name, tt.err, tt.want)
		}
	}
	if err := a.SetRole(ctx, owner, who["Budi"].ID, "warta", moderation.Redact); err != nil {
		t.Errorf("a role on the own site for someone of two sites: %v", err)
	}
}

func TestAnInvitationIsTakenBack(t *testing.T) {
	a, _ := newAccounts(t)
	who := staff(t, a)
	ctx, owner := t.Context(), who["Warta Owner"]
	link, err := a.Invite(ctx, owner, "Dewi", moderation.Viewer, "warta")
	if err != nil {
		t.Fatal(err)
	}
	dewi := byName(t, a)["Dewi"]
	if err := a.Withdraw(ctx, owner, dewi.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Follow(ctx, link, ""); moderation.CodeOf(err) != moderation.Unauthorized {
		t.Errorf("a withdrawn link: %v", err)
	}
	if link, err = a.Invite(ctx, owner, "Dewi", moderation.Redact, "warta"); err != nil {
		t.Fatalf("the name is not free again: %v", err)
	}
	if _, err := a.Follow(ctx, link, ""); err != nil {
		t.Fatal(err)
	}
	dewi = byName(t, a)["Dewi"]
	if _, err = a.ResetPerson(ctx, owner, dewi.ID); err != nil {
		t.Fatal(err)
	}
	if err := a.SetRole(ctx, owner, dewi.ID, "warta", ""); err != nil {
		t.Fatal(err)
	}
	if seen := byName(t, a)["Dewi"]; len(seen.Roles) != 0 {
		t.Errorf("roles left: %v", seen.Roles)
	}
	if _, err := a.ResetPerson(ctx, owner, dewi.ID); moderation.CodeOf(err) != moderation.NotFound {
		t.Errorf("who has no role here any more: %v", err)
	}
}

func TestWhoProvedItLongAgoIsNotFresh(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, _ := newAccounts(t)
		editor, session := sari(t, a)
		ctx := t.Context()
		fresh := func(session string) bool {
			yes, err := a.Fresh(ctx, editor, session)
			if err != nil {
				t.Fatal(err)
			}
			return yes
		}
		time.Sleep(FreshFor)
		if !fresh(session) {
			t.Errorf("not fresh after %s", FreshFor)
		}
		time.Sleep(1)
		if fresh(session) {
			t.Error("still fresh after that")
		}
		renewed, err := a.Renew(ctx, editor, session)
		if err != nil || fresh(renewed) {
			t.Errorf("renewing made it fresh: %v", err)
		}
		if _, err := a.Known(ctx, moderation.Session, session); err == nil {
			t.Error("the session before still opens")
		}
		if _, err := a.Prove(ctx, editor, renewed, "salah sekali", ""); moderation.CodeOf(err) != moderation.Invalid {
			t.Errorf("a wrong password: %v", err)
		}
		proved, err := a.Prove(ctx, editor, renewed, "kopi hangat pagi", "")
		if err != nil || proved == renewed || !fresh(proved) {
			t.Errorf("proving: %v", err)
		}
		if _, err := a.Known(ctx, moderation.Session, renewed); err == nil {
			t.Error("proving did not rotate the session")
		}
		other, _, err := a.SignIn(ctx, "Sari", "kopi hangat pagi", "")
		if err != nil {
			t.Fatal(err)
		}
		if err := a.EndOthers(ctx, editor, proved); err != nil {
			t.Fatal(err)
		}
		if _, err := a.Known(ctx, moderation.Session, other); err == nil {
			t.Error("another session outlived the end of all others")
		}
		if !fresh(proved) {
			t.Error("the own session ended with the others")
		}
	})
}

func TestATokenMayNoMoreThanItsScopeAndItsEditor(t *testing.T) {
	a, _ := newAccounts(t)
	who := staff(t, a)
	ctx := t.Context()
	all := moderation.Acts()
	for name, tt := range map[string]struct {
		editor string
		scope  moderation.Scope
		may    map[string][]moderation.Act // by site
	}{
		"no scope":              {"Sari", moderation.Scope{}, map[string][]moderation.Act{"warta": all[:4]}},
		"reading":               {"Sari", moderation.Scope{Acts: all[:1]}, map[string][]moderation.Act{"warta": all[:1]}},
		"an owner, one site":    {"Ibu Pemilik", moderation.Scope{Acts: all, Site: "warta"}, map[string][]moderation.Act{"warta": all}},
		"an owner, deciding":    {"Ibu Pemilik", moderation.Scope{Acts: all[1:2]}, map[string][]moderation.Act{"warta": all[1:2], "kampung": all[1:2]}},
		"two roles, the lesser": {"Budi", moderation.Scope{Acts: all[:1], Site: "warta"}, map[string][]moderation.Act{"warta": all[:1]}},
	} {
		token, err := a.NewToken(ctx, tt.editor, name, tt.scope, 0)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		e, err := a.Known(ctx, moderation.Token, token)
		if err != nil {
			t.Fatal(err)
		}
		for _, site := range []string{"warta", "kampung"} {
			for _, act := range all {
				want := false
				for _, yes := range tt.may[site] {
					want = want || yes == act
				}
				if got := e.May(act, site); got != want {
					t.Errorf("%s: may %s on %s: %v", name, act, site, got)
				}
			}
		}
	}
	for name, scope := range map[string]moderation.Scope{
		"what the editor may not do":       {Acts: []moderation.Act{moderation.ToManage}},
		"where the editor may not":         {Acts: []moderation.Act{moderation.ToRead}, Site: "kampung"},
		"an act that is none":              {Acts: []moderation.Act{"rule the world"}},
		"one allowed act among forbidden ": {Acts: []moderation.Act{moderation.ToRead, moderation.ToManage}},
	} {
		if _, err := a.NewToken(ctx, "Sari", name, scope, 0); moderation.CodeOf(err) != moderation.Invalid {
			t.Errorf("a token for %s: %v", name, err)
		}
	}
	token, err := a.NewToken(ctx, "Sari", "skrip", moderation.Scope{Acts: all[:2]}, 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := a.SetRole(ctx, who["Ibu Pemilik"], who["Sari"].ID, "warta", moderation.Viewer); err != nil {
		t.Fatal(err)
	}
	if e, err := a.Known(ctx, moderation.Token, token); err != nil || e.May(moderation.ToDecide, "warta") {
		t.Errorf("a token outlives a role: %v", err)
	}
}
