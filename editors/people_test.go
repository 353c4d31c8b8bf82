package editors

import (
	"errors"
	"testing"

	"balasan/moderation"
)

func TestWhoIsDismissedIsLockedOut(t *testing.T) {
	a, _ := newAccounts(t)
	editor, session := sari(t, a)
	token, err := a.NewToken(t.Context(), "Sari", "skrip", moderation.Scope{}, 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Dismiss(t.Context(), "Sari", false); err != nil {
		t.Fatal(err)
	}
	for kind, secret := range map[moderation.PassKind]string{moderation.Session: session, moderation.Token: token} {
		if _, err := a.Known(t.Context(), kind, secret); moderation.CodeOf(err) != moderation.Unauthorized {
			t.Errorf("the %s still opens: %v", kind, err)
		}
	}
	if _, _, err := a.SignIn(t.Context(), "Sari", "kopi hangat pagi", ""); moderation.CodeOf(err) != moderation.Unauthorized {
		t.Errorf("the password still opens: %v", err)
	}
	all, err := a.List(t.Context())
	if err != nil || len(all) != 1 || all[0].ID != editor.ID || len(all[0].Roles) != 0 {
		t.Errorf("%+v %v", all, err)
	}
}

func TestTheLastOwnerStaysUnlessForced(t *testing.T) {
	a, _ := newAccounts(t)
	add := func(name string) {
		if _, err := a.Add(t.Context(), name, moderation.Owner, moderation.AllSites); err != nil {
			t.Fatal(err)
		}
	}
	add("Sari")
	for what, err := range map[string]error{
		"dismissed":     a.Dismiss(t.Context(), "Sari", false),
		"made a viewer": a.Grant(t.Context(), "Sari", moderation.AllSites, moderation.Viewer, false),
		"without role":  a.Grant(t.Context(), "Sari", moderation.AllSites, "", false),
	} {
		if !errors.Is(err, moderation.ErrLastOwner) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if err := a.Grant(t.Context(), "Sari", "desa", moderation.Viewer, false); err != nil {
		t.Error(err)
	}
	add("Budi")
	if err := a.Dismiss(t.Context(), "Sari", false); err != nil {
		t.Error(err)
	}
	if err := a.Dismiss(t.Context(), "Budi", true); err != nil {
		t.Error(err)
	}
}
