package editors

import (
	"context"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pquerna/otp/totp"

	"balasan/moderation"
)

// enrolled is Sari with an app: its secret and her recovery codes.
func enrolled(t *testing.T, a *Accounts) (editor moderation.Editor, secret string, recovery []string) {
	t.Helper()
	editor, _ = sari(t, a)
	begun, err := a.BeginCodes(editor, "balasan (desa.id)")
	if err != nil {
		t.Fatal(err)
	}
	if recovery, err = a.FinishCodes(t.Context(), editor, begun.Ticket, codeAt(t, begun.Secret, time.Now())); err != nil {
		t.Fatal(err)
	}
	return editor, begun.Secret, recovery
}

func codeAt(t *testing.T, secret string, at time.Time) string {
	t.Helper()
	code, err := totp.GenerateCode(secret, at)
	if err != nil {
		t.Fatal(err)
	}
	return code
}

// half is the ticket of a right password.
func half(t *testing.T, a *Accounts) string {
	t.Helper()
	session, ticket, err := a.SignIn(t.Context(), "Sari", "kopi hangat pagi", "")
	if err != nil || session != "" || ticket == "" {
		t.Fatalf("the password alone opens %q, ticket %q, %v", session, ticket, err)
	}
	return ticket
}

func TestACodeIsAskedForOnlyAfterOneWasRight(t *testing.T) {
	a, _ := newAccounts(t)
	editor, _ := sari(t, a)
	begun, err := a.BeginCodes(editor, "balasan")
	if err != nil {
		t.Fatal(err)
	}
	if session, _, err := a.SignIn(t.Context(), "Sari", "kopi hangat pagi", ""); err != nil || session == "" {
		t.Errorf("an app that never showed a code keeps her out: %v", err)
	}
	if _, err := a.FinishCodes(t.Context(), editor, begun.Ticket, "000000"); moderation.CodeOf(err) != moderation.Invalid {
		t.Errorf("a wrong first code: %v", err)
	}
	again, err := a.ResumeCodes(editor, "balasan", begun.Ticket)
	if err != nil || again.Secret != begun.Secret || again.URL != begun.URL {
		t.Errorf("after a wrong code the secret is another: %v", err)
	}
	if _, err := a.FinishCodes(t.Context(), moderation.Editor{ID: "someone else"}, begun.Ticket, codeAt(t, begun.Secret, time.Now())); err == nil {
		t.Error("a ticket served somebody else")
	}
}

func TestCodesAndTheClock(t *testing.T) {
	const step = codeStep * time.Second
	tests := map[string]struct {
		app time.Duration // how far off the app's clock is
		in  bool
	}{
		"the same time":     {0, true},
		"one step behind":   {-step, true},
		"one step ahead":    {step, true},
		"two steps behind":  {-2 * step, false},
		"two steps ahead":   {2 * step, false},
		"an hour off":       {time.Hour, false},
		"the day before it": {-24 * time.Hour, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				a, _ := newAccounts(t)
				_, secret, _ := enrolled(t, a)
				time.Sleep(time.Hour) // away from the code that confirmed the app
				_, err := a.SignInByCode(t.Context(), half(t, a), codeAt(t, secret, time.Now().Add(tt.app)), "")
				if tt.in != (err == nil) {
					t.Errorf("SignInByCode: %v", err)
				}
			})
		})
	}
}

func TestACodeIsGoodOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, _ := newAccounts(t)
		_, secret, _ := enrolled(t, a)
		ctx := t.Context()
		if _, err := a.SignInByCode(ctx, half(t, a), codeAt(t, secret, time.Now()), ""); moderation.CodeOf(err) != moderation.Invalid {
			t.Errorf("the code that confirmed the app: %v", err)
		}
		time.Sleep(time.Hour)
		code := codeAt(t, secret, time.Now().Add(codeStep*time.Second))
		var in atomic.Int64
		var all sync.WaitGroup
		for range 8 {
			ticket := half(t, a)
			all.Go(func() {
				if _, err := a.SignInByCode(ctx, ticket, code, ""); err == nil {
					in.Add(1)
				}
			})
		}
		all.Wait()
		if in.Load() != 1 {
			t.Errorf("one code let in %d", in.Load())
		}
		time.Sleep(codeStep * time.Second)
		if _, err := a.SignInByCode(ctx, half(t, a), code, ""); err == nil {
			t.Error("a code was replayed while its step lasts")
		}
		if _, err := a.SignInByCode(ctx, half(t, a), codeAt(t, secret, time.Now().Add(-codeStep*time.Second)), ""); err == nil {
			t.Error("a code older than the last one was taken")
		}
	})
}

func TestTicketsOfSigningInEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, _ := newAccounts(t)
		editor, secret, _ := enrolled(t, a)
		ctx := t.Context()
		time.Sleep(time.Hour)
		late := half(t, a)
		time.Sleep(ticketLife)
		if _, err := a.SignInByCode(ctx, late, codeAt(t, secret, time.Now()), ""); moderation.CodeOf(err) != moderation.Unauthorized {
			t.Errorf("after %s: %v", ticketLife, err)
		}
		old := half(t, a)
		if _, err := a.SetPassword(ctx, editor, "kopi hangat pagi", "teh manis sore", ""); err != nil {
			t.Fatal(err)
		}
		if _, err := a.SignInByCode(ctx, old, codeAt(t, secret, time.Now()), ""); moderation.CodeOf(err) != moderation.Unauthorized {
			t.Errorf("after another password was set: %v", err)
		}
		if _, err := a.SignInByCode(ctx, "nonsense", codeAt(t, secret, time.Now()), ""); moderation.CodeOf(err) != moderation.Unauthorized {
			t.Errorf("nonsense: %v", err)
		}
	})
}

func TestWrongCodesAreCounted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, _ := newAccounts(t)
		_, secret, recovery := enrolled(t, a)
		time.Sleep(2 * time.Hour)
		try := func(code string) moderation.Code {
			_, err := a.SignInByCode(t.Context(), half(t, a), code, "")
			if err == nil {
				return ""
			}
			return moderation.CodeOf(err)
		}
		for i := range codeTries {
			if got := try("000000"); got != moderation.Invalid {
				t.Fatalf("wrong code %d: %s", i+1, got)
			}
		}
		if got := try(codeAt(t, secret, time.Now())); got != moderation.Limited {
			t.Errorf("a right code after ten wrong ones: %q, want limited", got)
		}
		if got := try(recovery[0]); got != "" {
			t.Errorf("a recovery code meanwhile: %s", got)
		}
		time.Sleep(codePause)
		if got := try(codeAt(t, secret, time.Now())); got != "" {
			t.Errorf("after the pause: %s", got)
		}
	})
}

func TestRecoveryCodesAreGoodOnceEach(t *testing.T) {
	a, store := newAccounts(t)
	editor, _, codes := enrolled(t, a)
	ctx := t.Context()
	if len(codes) != recoveryCodes {
		t.Fatalf("%d recovery codes", len(codes))
	}
	if _, err := a.SignInByCode(ctx, half(t, a), " "+strings.ToUpper(codes[0])+" ", ""); err != nil {
		t.Errorf("typed in capitals: %v", err)
	}
	if _, err := a.SignInByCode(ctx, half(t, a), codes[0], ""); err == nil {
		t.Error("a recovery code was good twice")
	}
	fresh, err := a.NewRecovery(ctx, editor)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.SignInByCode(ctx, half(t, a), codes[1], ""); err == nil {
		t.Error("an old recovery code outlived new ones")
	}
	if _, err := a.SignInByCode(ctx, half(t, a), fresh[9], ""); err != nil {
		t.Errorf("a new one: %v", err)
	}
	for _, hash := range store.recovery[editor.ID] {
		if strings.Contains(string(hash[:]), fresh[0]) {
			t.Error("a recovery code reached the store")
		}
	}
	if err := a.EndCodes(ctx, editor); err != nil {
		t.Fatal(err)
	}
	if session, _, err := a.SignIn(ctx, "Sari", "kopi hangat pagi", ""); err != nil || session == "" {
		t.Errorf("after codes ended: %v", err)
	}
	if _, err := a.NewRecovery(ctx, editor); moderation.CodeOf(err) != moderation.NotFound {
		t.Errorf("recovery codes without codes: %v", err)
	}
}

func TestAWrongPasswordTellsNothingOfCodes(t *testing.T) {
	a, _ := newAccounts(t)
	enrolled(t, a)
	for _, name := range []string{"Sari", "Tono"} {
		session, ticket, err := a.SignIn(context.Background(), name, "salah sekali ini", "")
		if session != "" || ticket != "" || moderation.CodeOf(err) != moderation.Unauthorized {
			t.Errorf("%s: %q %q %v", name, session, ticket, err)
		}
	}
}
