package storetest

import (
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"balasan/moderation"
)

func sites(t *testing.T, b *bench) {
	wantCode(t, b.AddSite(b.ctx, moderation.Site{ID: "desa"}), moderation.Invalid)
	wantCode(t, b.UpdateSite(b.ctx, moderation.Site{ID: "entah"}), moderation.NotFound)
	changed := moderation.Site{ID: "kota", Name: "Portal Kota", Language: "en", Origins: []string{"https://kota.id", "https://www.kota.id"},
		Policy: moderation.Policy{Mode: moderation.Publish, Approve: 1.5, Spam: 8, Challenge: moderation.ChallengeSuspicious, Depth: 2, CloseAfter: 24 * time.Hour, MaxBody: 900}}
	must(t, b.UpdateSite(b.ctx, changed))
	got, err := b.Site(b.ctx, "kota")
	must(t, err)
	if diff := cmp.Diff(changed, got); diff != "" {
		t.Error(diff)
	}
	all, err := b.Sites(b.ctx)
	if err != nil || len(all) != 2 || all[0].ID != "desa" || all[1].ID != "kota" {
		t.Errorf("sites %+v %v", all, err)
	}
}

func threadMode(t *testing.T, b *bench) {
	b.keep(Comment(1))
	for _, mode := range []moderation.Mode{moderation.Closed, ""} {
		must(t, b.SetThread(b.ctx, "desa", Page, mode, sari, Start))
		if got := b.recall(Comment(2), Start).Thread.Mode; got != mode {
			t.Errorf("mode %q, want %q", got, mode)
		}
	}
}

func people(t *testing.T, b *bench) {
	must(t, b.AddEditor(b.ctx, sari))
	must(t, b.AddEditor(b.ctx, budi))
	wantCode(t, b.AddEditor(b.ctx, moderation.Editor{ID: "e3", Name: "Sari"}), moderation.Invalid)
	_, _, err := b.EditorByName(b.ctx, "Entah")
	wantCode(t, err, moderation.NotFound)
	must(t, b.SetPassword(b.ctx, "e1", "$argon2id$…"))
	wantCode(t, b.SetPassword(b.ctx, "e9", "x"), moderation.NotFound)
	wantCode(t, b.Grant(b.ctx, "e9", "desa", moderation.Viewer, true), moderation.NotFound)
	must(t, b.Grant(b.ctx, "e2", "kota", moderation.Viewer, true))
	must(t, b.Grant(b.ctx, "e2", "desa", moderation.Owner, true))
	must(t, b.Grant(b.ctx, "e1", moderation.AllSites, "", true))
	must(t, b.Grant(b.ctx, "e1", moderation.AllSites, moderation.Owner, false))
	wantCode(t, b.Grant(b.ctx, "e1", moderation.AllSites, moderation.Viewer, false), moderation.Invalid)
	wantCode(t, b.Grant(b.ctx, "e1", moderation.AllSites, "", false), moderation.Invalid)
	wantCode(t, b.Dismiss(b.ctx, "e1", false), moderation.Invalid)
	must(t, b.Grant(b.ctx, "e1", moderation.AllSites, "", true))
	got, password, err := b.EditorByName(b.ctx, "Sari")
	must(t, err)
	if password != "$argon2id$…" || got.ID != "e1" || len(got.Roles) != 0 {
		t.Errorf("%+v %q", got, password)
	}
	all, err := b.Editors(b.ctx)
	must(t, err)
	want := []moderation.Editor{
		{ID: "e2", Name: "Budi", Roles: map[string]moderation.Role{"desa": moderation.Owner, "kota": moderation.Viewer}},
		{ID: "e1", Name: "Sari", Roles: map[string]moderation.Role{}}}
	if diff := cmp.Diff(want, all); diff != "" {
		t.Error(diff)
	}
}

func dismiss(t *testing.T, b *bench) {
	must(t, b.AddEditor(b.ctx, sari))
	must(t, b.AddEditor(b.ctx, budi))
	must(t, b.SetPassword(b.ctx, "e1", "$argon2id$…"))
	for i, kind := range []moderation.PassKind{moderation.SignInLink, moderation.Session, moderation.Token} {
		must(t, b.AddPass(b.ctx, pass(kind, byte(i))))
	}
	wantCode(t, b.Dismiss(b.ctx, "e9", true), moderation.NotFound)
	must(t, b.Dismiss(b.ctx, "e1", true))
	got, password, err := b.EditorByName(b.ctx, "Sari")
	if err != nil || got.ID != "e1" || len(got.Roles) != 0 || password != "" {
		t.Errorf("%+v %q %v", got, password, err)
	}
	if left, err := b.Passes(b.ctx, "e1", Start); err != nil || len(left) != 0 {
		t.Errorf("left %+v %v", left, err)
	}
	if other, _, err := b.EditorByName(b.ctx, "Budi"); err != nil || len(other.Roles) == 0 {
		t.Errorf("a neighbour lost roles: %+v %v", other, err)
	}
}

func pass(kind moderation.PassKind, n byte) moderation.Pass {
	return moderation.Pass{Hash: [32]byte{n}, Kind: kind, Editor: "e1", Label: "ponsel", CreatedAt: Start.Add(time.Duration(n)),
		SeenAt: Start, ExpiresAt: Start.Add(time.Hour)}
}

func passes(t *testing.T, b *bench) {
	must(t, b.AddEditor(b.ctx, sari))
	session, token := pass(moderation.Session, 1), pass(moderation.Token, 2)
	session.CreatedAt, token.CreatedAt = Start, Start.Add(time.Minute)
	must(t, b.AddPass(b.ctx, session))
	must(t, b.AddPass(b.ctx, token))
	use := func(at time.Time) (moderation.Pass, error) {
		p, e, err := b.UsePass(b.ctx, moderation.Session, session.Hash, at)
		if err == nil && (e.ID != "e1" || e.Roles[moderation.AllSites] != moderation.Owner) {
			t.Errorf("editor %+v", e)
		}
		return p, err
	}
	for _, step := range []struct {
		what     string
		at, seen time.Duration
	}{{"at once", 0, 0}, {"within a minute", 59 * time.Second, 0}, {"later", 5 * time.Minute, 0}, {"after that", 6*time.Minute - 1, 5 * time.Minute}} {
		p, err := use(Start.Add(step.at))
		must(t, err)
		if want := Start.Add(step.seen); !p.SeenAt.Equal(want) {
			t.Errorf("%s: seen at %v, want %v", step.what, p.SeenAt, want)
		}
	}
	_, err := use(Start.Add(time.Hour))
	wantCode(t, err, moderation.Unauthorized)
	_, _, err = b.UsePass(b.ctx, moderation.Token, session.Hash, Start)
	wantCode(t, err, moderation.Unauthorized)
	all, err := b.Passes(b.ctx, "e1", Start)
	if err != nil || len(all) != 2 || all[0].Hash != token.Hash {
		t.Errorf("passes %+v %v", all, err)
	}
	wantCode(t, b.DropPass(b.ctx, "e2", token.Hash), moderation.NotFound)
	must(t, b.DropPass(b.ctx, "e1", token.Hash))
	wantCode(t, b.DropPass(b.ctx, "e1", token.Hash), moderation.NotFound)
}

func linkOnce(t *testing.T, b *bench) {
	must(t, b.AddEditor(b.ctx, sari))
	must(t, b.AddPass(b.ctx, pass(moderation.SignInLink, 1)))
	faults := make([]error, 16)
	var all sync.WaitGroup
	for i := range faults {
		all.Go(func() { _, _, faults[i] = b.UsePass(b.ctx, moderation.SignInLink, [32]byte{1}, Start) })
	}
	all.Wait()
	in := 0
	for _, err := range faults {
		if err == nil {
			in++
			continue
		}
		wantCode(t, err, moderation.Unauthorized)
	}
	if in != 1 {
		t.Errorf("%d came in", in)
	}
}

func newPassword(t *testing.T, b *bench) {
	must(t, b.AddEditor(b.ctx, sari))
	for i, kind := range []moderation.PassKind{moderation.SignInLink, moderation.Session, moderation.Token} {
		must(t, b.AddPass(b.ctx, pass(kind, byte(i))))
	}
	must(t, b.SetPassword(b.ctx, "e1", ""))
	left, err := b.Passes(b.ctx, "e1", Start)
	if err != nil || len(left) != 1 || left[0].Kind != moderation.Token {
		t.Errorf("left %+v %v", left, err)
	}
}

func spendOnce(t *testing.T, b *bench) {
	id, codes := [12]byte{1}, make([]moderation.Code, 64)
	spender := func(i int) string {
		return moderation.Submission{Site: "desa", Key: strconv.Itoa(i)}.Spender()
	}
	var all sync.WaitGroup
	for i := range codes {
		all.Go(func() {
			var err error
			if codes[i], err = b.Spend(b.ctx, id, spender(i), true, Start); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	winner := slices.Index(codes, "")
	for i, code := range codes {
		if i != winner && code != moderation.CaptchaReused {
			t.Errorf("spender %d hears %q", i, code)
		}
	}
	for _, tc := range []struct {
		spender string
		right   bool
		want    moderation.Code
	}{{spender(winner), true, ""}, {spender(winner), false, moderation.CaptchaReused}, {"", true, moderation.CaptchaReused}, {"lain", true, moderation.CaptchaReused}} {
		if code, err := b.Spend(b.ctx, id, tc.spender, tc.right, Start); err != nil || code != tc.want {
			t.Errorf("again by %q: %q %v, want %q", tc.spender, code, err, tc.want)
		}
	}
	anonymous := [12]byte{2}
	for i, want := range []moderation.Code{"", moderation.CaptchaReused} {
		if code, err := b.Spend(b.ctx, anonymous, "", true, Start); err != nil || code != want {
			t.Errorf("without a key, try %d: %q %v", i, code, err)
		}
	}
}

func spendLocked(t *testing.T, b *bench) {
	for i, want := range []moderation.Code{moderation.CaptchaWrong, moderation.CaptchaWrong, moderation.CaptchaLocked, moderation.CaptchaLocked} {
		if code, err := b.Spend(b.ctx, [12]byte{1}, "s", i == 3, Start); err != nil || code != want {
			t.Errorf("try %d: %q %v, want %q", i, code, err, want)
		}
	}
	for i, want := range []moderation.Code{moderation.CaptchaWrong, moderation.CaptchaWrong, ""} {
		if code, err := b.Spend(b.ctx, [12]byte{2}, "s", i == 2, Start); err != nil || code != want {
			t.Errorf("right at last, try %d: %q %v", i, code, err)
		}
	}
}
