package editors

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"balasan/moderation"
)

func newAccounts(t *testing.T) (*Accounts, *fakeStore) {
	t.Helper()
	store := newFakeStore()
	var ids atomic.Int64
	a, err := New(store, func() string { return fmt.Sprintf("editor-%d", ids.Add(1)) })
	if err != nil {
		t.Fatal(err)
	}
	return a, store
}

// sari is an editor with a password and the session that set it.
func sari(t *testing.T, a *Accounts) (moderation.Editor, string) {
	t.Helper()
	ctx := t.Context()
	link, err := a.Add(ctx, "Sari", moderation.Redact, "warta")
	if err != nil {
		t.Fatal(err)
	}
	session, err := a.Follow(ctx, link, "Firefox")
	if err != nil {
		t.Fatal(err)
	}
	editor, err := a.Known(ctx, moderation.Session, session)
	if err != nil {
		t.Fatal(err)
	}
	session, err = a.SetPassword(ctx, editor, "", "kopi hangat pagi", "Firefox")
	if err != nil {
		t.Fatal(err)
	}
	return editor, session
}

func TestALinkLetsInOnce(t *testing.T) {
	a, _ := newAccounts(t)
	link, err := a.Add(t.Context(), " Sari  Wulandari ", moderation.Owner, moderation.AllSites)
	if err != nil {
		t.Fatal(err)
	}
	var in atomic.Int64
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			if _, err := a.Follow(t.Context(), link, ""); err == nil {
				in.Add(1)
			}
		})
	}
	wg.Wait()
	if in.Load() != 1 {
		t.Errorf("a link let %d in, want 1", in.Load())
	}
}

func TestLives(t *testing.T) {
	tests := map[string]struct {
		after time.Duration
		kind  moderation.PassKind
		good  bool
	}{
		"a link lives a day":                    {LinkLife - 1, moderation.SignInLink, true},
		"a link is gone after a day":            {LinkLife, moderation.SignInLink, false},
		"a session may rest":                    {SessionIdle, moderation.Session, true},
		"a session that rests too long is over": {SessionIdle + 1, moderation.Session, false},
		"a token lives as long as was asked":    {48*time.Hour - 1, moderation.Token, true},
		"a token ends when it was told to":      {48 * time.Hour, moderation.Token, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				a, _ := newAccounts(t)
				ctx := t.Context()
				link, err := a.Add(ctx, "Sari", moderation.Redact, "warta")
				if err != nil {
					t.Fatal(err)
				}
				secret := link
				switch tt.kind {
				case moderation.Token:
					secret, err = a.NewToken(ctx, "Sari", "skrip", moderation.Scope{}, 48*time.Hour)
				case moderation.Session:
					secret, err = a.Follow(ctx, link, "")
				}
				if err != nil {
					t.Fatal(err)
				}
				time.Sleep(tt.after)
				if tt.kind == moderation.SignInLink {
					_, err = a.Follow(ctx, secret, "")
				} else {
					_, err = a.Known(ctx, tt.kind, secret)
				}
				if tt.good != (err == nil) {
					t.Errorf("after %s: %v", tt.after, err)
				}
			})
		})
	}
}

func TestABusySessionEndsToo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, _ := newAccounts(t)
		_, session := sari(t, a)
		for day := time.Duration(0); day < SessionLife-24*time.Hour; day += 24 * time.Hour {
			time.Sleep(24 * time.Hour)
			if _, err := a.Known(t.Context(), moderation.Session, session); err != nil {
				t.Fatalf("after %s: %v", day, err)
			}
		}
		time.Sleep(24 * time.Hour)
		if _, err := a.Known(t.Context(), moderation.Session, session); moderation.CodeOf(err) != moderation.Unauthorized {
			t.Errorf("after %s: %v, want unauthorized", SessionLife, err)
		}
	})
}

func TestSignIn(t *testing.T) {
	a, _ := newAccounts(t)
	sari(t, a)
	if _, err := a.Add(t.Context(), "Budi", moderation.Viewer, "warta"); err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct {
		name, password string
		in             bool
	}{
		"the right password":                {"Sari", "kopi hangat pagi", true},
		"a name with space around it":       {" Sari ", "kopi hangat pagi", true},
		"the same letters in another form":  {"Sari", "ｋｏｐｉ hangat pagi", true},
		"a wrong password":                  {"Sari", "kopi dingin pagi", false},
		"no password":                       {"Sari", "", false},
		"a very long password":              {"Sari", strings.Repeat("kopi", 10_000), false},
		"someone without a password":        {"Budi", "", false},
		"someone without one, any password": {"Budi", "kopi hangat pagi", false},
		"an unknown name":                   {"Tono", "kopi hangat pagi", false},
	}
	refusals := map[string]bool{}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			session, _, err := a.SignIn(t.Context(), tt.name, tt.password, "Firefox")
			if tt.in != (err == nil) {
				t.Fatalf("SignIn: %v", err)
			}
			if err != nil {
				refusals[err.Error()] = true
			} else if _, err := a.Known(t.Context(), moderation.Session, session); err != nil {
				t.Errorf("the session is unknown: %v", err)
			}
		})
	}
	if len(refusals) != 1 {
		t.Errorf("refusals differ: %v", refusals)
	}
}

func TestAnUnknownNameIsHashedToo(t *testing.T) {
	a, _ := newAccounts(t)
	for range hashers {
		a.hasher.turns <- struct{}{} // all turns taken: whoever hashes must wait
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := a.SignIn(ctx, "Tono", "kopi hangat pagi", ""); moderation.CodeOf(err) != moderation.Overloaded {
		t.Errorf("SignIn of an unknown name did not hash: %v", err)
	}
}

func TestANewPasswordEndsEverySession(t *testing.T) {
	a, _ := newAccounts(t)
	ctx := t.Context()
	editor, first := sari(t, a)
	other, _, err := a.SignIn(ctx, "Sari", "kopi hangat pagi", "ponsel")
	if err != nil {
		t.Fatal(err)
	}
	token, err := a.NewToken(ctx, "Sari", "skrip", moderation.Scope{}, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.SetPassword(ctx, editor, "salah", "teh manis sore", ""); moderation.CodeOf(err) != moderation.Invalid {
		t.Errorf("a wrong present password: %v, want invalid", err)
	}
	fresh, err := a.SetPassword(ctx, editor, "kopi hangat pagi", "teh manis sore", "")
	if err != nil {
		t.Fatal(err)
	}
	for _, session := range []string{first, other} {
		if _, err := a.Known(ctx, moderation.Session, session); moderation.CodeOf(err) != moderation.Unauthorized {
			t.Errorf("an old session still opens: %v", err)
		}
	}
	if _, err := a.Known(ctx, moderation.Session, fresh); err != nil {
		t.Errorf("the fresh session: %v", err)
	}
	if _, err := a.Known(ctx, moderation.Token, token); err != nil {
		t.Errorf("scripts keep working: %v", err)
	}
}

func TestAResetLocksEverything(t *testing.T) {
	a, _ := newAccounts(t)
	ctx := t.Context()
	_, session := sari(t, a)
	token, err := a.NewToken(ctx, "Sari", "skrip", moderation.Scope{}, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	link, err := a.Reset(ctx, "Sari")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.Known(ctx, moderation.Session, session); err == nil {
		t.Error("the session still opens")
	}
	if _, err := a.Known(ctx, moderation.Token, token); err == nil {
		t.Error("the token still opens")
	}
	if _, _, err := a.SignIn(ctx, "Sari", "kopi hangat pagi", ""); err == nil {
		t.Error("the password still opens")
	}
	if _, err := a.Follow(ctx, link, ""); err != nil {
		t.Errorf("the new link: %v", err)
	}
}

func TestAPassOpensOnlyWhatItIsFor(t *testing.T) {
	a, store := newAccounts(t)
	ctx := t.Context()
	link, err := a.Add(ctx, "Sari", moderation.Redact, "warta")
	if err != nil {
		t.Fatal(err)
	}
	token, err := a.NewToken(ctx, "Sari", "skrip", moderation.Scope{}, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range []moderation.PassKind{moderation.Session, moderation.SignInLink} {
		if _, err := a.Known(ctx, kind, token); err == nil {
			t.Errorf("a token opened as %s", kind)
		}
	}
	if _, err := a.Known(ctx, moderation.SignInLink, link); err == nil {
		t.Error("a link opened without being followed")
	}
	if _, err := a.Follow(ctx, token, ""); err == nil {
		t.Error("a token opened as a link")
	}
	for _, p := range store.passes {
		if strings.Contains(fmt.Sprintf("%+v", p), token) || strings.Contains(fmt.Sprintf("%+v", p), link) {
			t.Error("a secret reached the store")
		}
	}
}

func TestOwnPassesAreListedAndRevoked(t *testing.T) {
	a, _ := newAccounts(t)
	ctx := t.Context()
	editor, session := sari(t, a)
	if _, err := a.NewToken(ctx, "Sari", "cadangan malam", moderation.Scope{}, time.Hour); err != nil {
		t.Fatal(err)
	}
	account, err := a.Account(ctx, editor, session)
	passes, own := account.Passes, account.Own
	if err != nil || len(passes) != 2 || own != 1 || passes[0].Label != "cadangan malam" {
		t.Fatalf("Passes = %d, own %d, %v", len(passes), own, err)
	}
	if err := a.Revoke(ctx, moderation.Editor{ID: "someone else"}, passes[own].Hash); moderation.CodeOf(err) != moderation.NotFound {
		t.Errorf("someone else revoked it: %v", err)
	}
	if err := a.Revoke(ctx, editor, passes[own].Hash); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Known(ctx, moderation.Session, session); err == nil {
		t.Error("a revoked session still opens")
	}
	if err := a.SignOut(ctx, editor, session); err != nil {
		t.Errorf("signing out of what is over: %v", err)
	}
}

func TestWeakness(t *testing.T) {
	tests := map[string]struct {
		password string
		fault    moderation.Fault
	}{
		"empty":                          {"", moderation.FaultRequired},
		"nine characters":                {"kopi pagi", moderation.FaultTooShort},
		"ten characters":                 {"kopi pagi!", ""},
		"ten runes beyond ASCII":         {"ꦏꦺꦴꦥꦶꦥꦒꦶꦱꦺꦴꦫꦺ", ""},
		"too long":                       {strings.Repeat("kopi ", 41), moderation.FaultTooLong},
		"a common one":                   {"password123", moderation.FaultForbidden},
		"a common one, dressed up":       {"Bismillah 123", moderation.FaultForbidden},
		"one character":                  {"zzzzzzzzzzzz", moderation.FaultForbidden},
		"one pair":                       {"abababababab", moderation.FaultForbidden},
		"a run":                          {"abcdefghijkl", moderation.FaultForbidden},
		"digits alone":                   {"602314159265", moderation.FaultForbidden},
		"the editor's name and a number": {"Sari Wulan 1999", moderation.FaultForbidden},
		"four random words":              {"kuda benar baterai steples", ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			var got moderation.Fault
			if p, ok := weakness(tt.password, "Sari Wulan").(*moderation.Problem); ok {
				got = p.Fields[0].Fault
			}
			if got != tt.fault {
				t.Errorf("weakness = %q, want %q", got, tt.fault)
			}
		})
	}
}

func TestAddRefuses(t *testing.T) {
	tests := map[string]struct {
		name, site string
		role       moderation.Role
	}{
		"no name":         {"  ", "warta", moderation.Owner},
		"a long name":     {strings.Repeat("s", MaxName+1), "warta", moderation.Owner},
		"an unknown role": {"Sari", "warta", "raja"},
		"no site":         {"Sari", "", moderation.Owner},
		"a taken name":    {"Budi", "warta", moderation.Owner},
	}
	a, _ := newAccounts(t)
	if _, err := a.Add(t.Context(), "Budi", moderation.Owner, "warta"); err != nil {
		t.Fatal(err)
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if _, err := a.Add(t.Context(), tt.name, tt.role, tt.site); moderation.CodeOf(err) != moderation.Invalid {
				t.Errorf("Add: %v, want invalid", err)
			}
		})
	}
}
