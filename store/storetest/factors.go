package storetest

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"balasan/moderation"
)

// SignIns is a backend that also keeps what people sign in with.
type SignIns interface {
	Backend
	Lock(ctx context.Context, editor string) error
	Withdraw(ctx context.Context, editor string) error
	People(ctx context.Context, at time.Time) ([]moderation.Person, error)
	DropSessions(ctx context.Context, editor string, keep [32]byte) error
	AddPasskey(context.Context, moderation.Passkey) error
	Passkeys(ctx context.Context, editor string) ([]moderation.Passkey, error)
	Passkey(ctx context.Context, id []byte) (moderation.Passkey, moderation.Editor, error)
	UsePasskey(context.Context, moderation.Passkey) error
	DropPasskey(ctx context.Context, editor string, id []byte) error
	SetCodes(ctx context.Context, editor string, f moderation.CodeFactor, recovery [][32]byte) error
	SetRecovery(ctx context.Context, editor string, hashes [][32]byte) error
	HasCodes(ctx context.Context, editor string) (on bool, recovery int, err error)
	TryCode(ctx context.Context, editor string, at time.Time, limit int, pause time.Duration) (moderation.CodeFactor, error)
	UseStep(ctx context.Context, editor string, step int64) error
	UseRecovery(ctx context.Context, editor string, hash [32]byte) error
}

// RunSignIns holds a backend to the contract of what people sign in with.
func RunSignIns(t *testing.T, open func(t *testing.T) SignIns) {
	for name, test := range map[string]func(*testing.T, SignIns){
		"a passkey counts up":                             passkeys,
		"a code and a recovery code are good once":        codes,
		"tries at once are all counted":                   tries,
		"a lock ends all that signs in, and roles stay":   locked,
		"an invitation is withdrawn while nobody came":    withdrawn,
		"people are listed with what they sign in with":   everyone,
		"a pass keeps its scope and when it was proved":   scopes,
		"of an editor's sessions all but one are ended":   sessions,
		"who is dismissed signs in with nothing any more": dismissed,
	} {
		t.Run(name, func(t *testing.T) {
			b := open(t)
			must(t, b.AddEditor(t.Context(), sari))
			must(t, b.AddEditor(t.Context(), budi))
			test(t, b)
		})
	}
}

func phone() moderation.Passkey {
	return moderation.Passkey{ID: []byte{1, 2, 0, 255}, Editor: "e1", Host: "desa.id", Name: "Ponsel", Record: []byte(`{"k":1}`), Uses: 3, CreatedAt: Start}
}

func passkeys(t *testing.T, b SignIns) {
	ctx, key := t.Context(), phone()
	must(t, b.AddPasskey(ctx, key))
	wantCode(t, b.AddPasskey(ctx, key), moderation.Invalid)
	got, editor, err := b.Passkey(ctx, key.ID)
	must(t, err)
	if diff := cmp.Diff(key, got); diff != "" || editor.Roles[moderation.AllSites] != moderation.Owner || editor.Name != "Sari" {
		t.Error(diff, editor)
	}
	for _, step := range []struct {
		uses uint32
		good bool
	}{{4, true}, {4, false}, {2, false}, {0, false}, {9, true}} {
		key.Uses, key.UsedAt, key.Record = step.uses, Start.Add(time.Hour), []byte(`{"k":2}`)
		if err := b.UsePasskey(ctx, key); (err == nil) != step.good {
			t.Errorf("count %d: %v", step.uses, err)
		}
	}
	all, err := b.Passkeys(ctx, "e1")
	must(t, err)
	if len(all) != 1 || !all[0].Cloned || all[0].Uses != 9 || !all[0].UsedAt.Equal(Start.Add(time.Hour)) || string(all[0].Record) != `{"k":2}` {
		t.Errorf("%+v", all)
	}
	silent := moderation.Passkey{ID: []byte{9}, Editor: "e1", Host: "desa.id", Record: []byte("{}"), CreatedAt: Start}
	must(t, b.AddPasskey(ctx, silent))
	for range 3 {
		must(t, b.UsePasskey(ctx, silent)) // synced ones do not count
	}
	wantCode(t, b.DropPasskey(ctx, "e2", key.ID), moderation.NotFound)
	must(t, b.DropPasskey(ctx, "e1", key.ID))
	_, _, err = b.Passkey(ctx, key.ID)
	wantCode(t, err, moderation.NotFound)
}

func codes(t *testing.T, b SignIns) {
	ctx := t.Context()
	must(t, b.SetCodes(ctx, "e1", moderation.CodeFactor{Sealed: []byte{1}, Step: 100}, [][32]byte{{1}, {2}}))
	on, left, err := b.HasCodes(ctx, "e1")
	if err != nil || !on || left != 2 {
		t.Errorf("on %v, %d left, %v", on, left, err)
	}
	wantCode(t, b.UseStep(ctx, "e1", 100), moderation.Unauthorized)
	faults := make([]error, 8)
	var all sync.WaitGroup
	for i := range faults {
		all.Go(func() { faults[i] = b.UseStep(ctx, "e1", 101) })
	}
	all.Wait()
	in := 0
	for _, err := range faults {
		if err == nil {
			in++
		}
	}
	if in != 1 {
		t.Errorf("one step let in %d", in)
	}
	must(t, b.UseRecovery(ctx, "e1", [32]byte{1}))
	wantCode(t, b.UseRecovery(ctx, "e1", [32]byte{1}), moderation.Unauthorized)
	wantCode(t, b.UseRecovery(ctx, "e2", [32]byte{2}), moderation.Unauthorized)
	must(t, b.SetRecovery(ctx, "e1", [][32]byte{{3}}))
	wantCode(t, b.UseRecovery(ctx, "e1", [32]byte{2}), moderation.Unauthorized)
	must(t, b.SetCodes(ctx, "e1", moderation.CodeFactor{}, nil))
	if on, left, err := b.HasCodes(ctx, "e1"); err != nil || on || left != 0 {
		t.Errorf("after the end: on %v, %d left, %v", on, left, err)
	}
	_, err = b.TryCode(ctx, "e1", Start, 3, time.Hour)
	wantCode(t, err, moderation.NotFound)
}

func tries(t *testing.T, b SignIns) {
	ctx := t.Context()
	must(t, b.SetCodes(ctx, "e1", moderation.CodeFactor{Sealed: []byte{1}, Step: 7}, nil))
	faults := make([]error, 12)
	var all sync.WaitGroup
	for i := range faults {
		all.Go(func() { _, faults[i] = b.TryCode(ctx, "e1", Start, 5, time.Hour) })
	}
	all.Wait()
	in := 0
	for _, err := range faults {
		if err == nil {
			in++
			continue
		}
		wantCode(t, err, moderation.Limited)
	}
	if in != 5 {
		t.Errorf("%d tries went through, want 5", in)
	}
	f, err := b.TryCode(ctx, "e1", Start.Add(time.Hour), 5, time.Hour)
	if err != nil || f.Step != 7 || len(f.Sealed) != 1 {
		t.Errorf("after the pause: %+v %v", f, err)
	}
	must(t, b.UseStep(ctx, "e1", 8))
	for range 5 {
		_, err := b.TryCode(ctx, "e1", Start.Add(time.Hour), 5, time.Hour)
		must(t, err)
	}
}

// signsIn gives Sari one of everything.
func signsIn(t *testing.T, b SignIns) {
	t.Helper()
	ctx := t.Context()
	must(t, b.SetPassword(ctx, "e1", "$argon2id$…"))
	must(t, b.AddPasskey(ctx, phone()))
	must(t, b.SetCodes(ctx, "e1", moderation.CodeFactor{Sealed: []byte{1}}, [][32]byte{{1}}))
	for i, kind := range []moderation.PassKind{moderation.SignInLink, moderation.Session, moderation.Token} {
		must(t, b.AddPass(ctx, pass(kind, byte(i))))
	}
}

func nothingLeft(t *testing.T, b SignIns) moderation.Person {
	t.Helper()
	people, err := b.People(t.Context(), Start)
	must(t, err)
	p := people[1]
	held, err := b.Passes(t.Context(), "e1", Start)
	must(t, err)
	if _, left, err := b.HasCodes(t.Context(), "e1"); err != nil || left != 0 || p.Password || p.Passkeys > 0 || p.Codes || len(held) > 0 || len(p.Links) > 0 {
		t.Errorf("left: %+v, %d passes, %d recovery codes, %v", p, len(held), left, err)
	}
	return p
}

func locked(t *testing.T, b SignIns) {
	signsIn(t, b)
	wantCode(t, b.Lock(t.Context(), "e9"), moderation.NotFound)
	must(t, b.Lock(t.Context(), "e1"))
	if p := nothingLeft(t, b); p.Roles[moderation.AllSites] != moderation.Owner {
		t.Errorf("roles %v", p.Roles)
	}
}

func dismissed(t *testing.T, b SignIns) {
	signsIn(t, b)
	must(t, b.Dismiss(t.Context(), "e1", true))
	if p := nothingLeft(t, b); len(p.Roles) > 0 {
		t.Errorf("roles %v", p.Roles)
	}
}

func withdrawn(t *testing.T, b SignIns) {
	ctx := t.Context()
	link := pass(moderation.SignInLink, 1)
	must(t, b.AddPass(ctx, link))
	must(t, b.Withdraw(ctx, "e1"))
	wantCode(t, b.Withdraw(ctx, "e1"), moderation.NotFound)
	_, _, err := b.UsePass(ctx, moderation.SignInLink, link.Hash, Start)
	wantCode(t, err, moderation.Unauthorized)
	must(t, b.AddEditor(ctx, moderation.Editor{ID: "e3", Name: "Sari"})) // the name is free again
	came := pass(moderation.Session, 2)
	came.Editor = "e3"
	must(t, b.AddPass(ctx, came))
	must(t, b.DropPass(ctx, "e3", came.Hash))
	wantCode(t, b.Withdraw(ctx, "e3"), moderation.NotFound)
}

func everyone(t *testing.T, b SignIns) {
	signsIn(t, b)
	people, err := b.People(t.Context(), Start)
	must(t, err)
	if len(people) != 2 || people[0].Name != "Budi" || !people[0].SeenAt.IsZero() || people[0].Password {
		t.Fatalf("people %+v", people)
	}
	p := people[1]
	if !p.Password || p.Passkeys != 1 || !p.Codes || !p.SeenAt.Equal(Start) || len(p.Links) != 1 || p.Links[0].Label != "ponsel" {
		t.Errorf("Sari %+v", p)
	}
	if people, err = b.People(t.Context(), Start.Add(time.Hour)); err != nil || len(people[1].Links) != 0 {
		t.Errorf("a link that is over is listed: %v", err)
	}
	_, _, err = b.UsePass(t.Context(), moderation.Session, [32]byte{1}, Start.Add(10*time.Minute))
	must(t, err)
	must(t, b.DropPass(t.Context(), "e1", [32]byte{1}))
	if people, err = b.People(t.Context(), Start); err != nil || !people[1].SeenAt.Equal(Start.Add(10*time.Minute)) {
		t.Errorf("seen at %v, %v", people[1].SeenAt, err)
	}
}

func scopes(t *testing.T, b SignIns) {
	ctx, token := t.Context(), pass(moderation.Token, 5)
	token.CreatedAt, token.SeenAt, token.ProvedAt = Start, time.Time{}, Start.Add(time.Minute)
	token.Scope = moderation.Scope{Acts: []moderation.Act{moderation.ToRead, moderation.ToDecide}, Site: "desa"}
	must(t, b.AddPass(ctx, token))
	used, _, err := b.UsePass(ctx, moderation.Token, token.Hash, Start)
	must(t, err)
	if diff := cmp.Diff(token, used); diff != "" {
		t.Error(diff)
	}
	held, err := b.Passes(ctx, "e1", Start)
	must(t, err)
	token.SeenAt = Start
	if diff := cmp.Diff([]moderation.Pass{token}, held); diff != "" {
		t.Error(diff)
	}
}

func sessions(t *testing.T, b SignIns) {
	signsIn(t, b)
	ctx := t.Context()
	kept := pass(moderation.Session, 8)
	must(t, b.AddPass(ctx, kept))
	other := pass(moderation.Session, 9)
	other.Editor = "e2"
	must(t, b.AddPass(ctx, other))
	must(t, b.DropSessions(ctx, "e1", kept.Hash))
	held, err := b.Passes(ctx, "e1", Start)
	if err != nil || len(held) != 3 {
		t.Errorf("%d held, want link, token and one session; %v", len(held), err)
	}
	if held, err := b.Passes(ctx, "e2", Start); err != nil || len(held) != 1 {
		t.Errorf("a neighbour's session ended: %v", err)
	}
}
