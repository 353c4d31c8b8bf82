package moderation_test

import (
	"bytes"
	"context"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"

	"balasan/moderation"
	"balasan/moderation/campaign"
	"balasan/moderation/rules"
	"balasan/store"
)

// town is an intake and a desk on one store, with the sites desa and kota; all is doubted.
type town struct {
	moderation.Desk
	t  *testing.T
	db *store.DB
	in moderation.Intake
}

type free struct{}

func (free) Spend(context.Context, moderation.Allowance, netip.Addr) moderation.Spent {
	return moderation.Spent{}
}

type doubts struct{ score *float64 }

func (d doubts) Weigh(moderation.Case) moderation.Opinion {
	return moderation.Opinion{Signals: []moderation.Signal{{Rule: "test", Score: *d.score}}}
}

func newTown(t *testing.T) (*town, *float64) {
	score := new(float64)
	*score = 5
	db, err := store.Open(t.Context(), store.Options{Path: filepath.Join(t.TempDir(), "balasan.db"),
		Keys: store.Keys{Current: store.Named("k"), Master: func(string) ([]byte, bool) { return bytes.Repeat([]byte{7}, 32), true }}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	policy := moderation.DefaultPolicy()
	policy.Challenge = moderation.ChallengeNever
	for _, id := range []string{"desa", "kota"} {
		if err := db.AddSite(t.Context(), moderation.Site{ID: id, Policy: policy}); err != nil {
			t.Fatal(err)
		}
	}
	ties := &campaign.Ties{Links: func(folded string) ([]string, []string) {
		l := rules.FindLinks(folded)
		return l.Hosts, l.Handles
	}}
	newID := func() string { return uuid.Must(uuid.NewV7()).String() }
	w := &town{t: t, db: db, Desk: moderation.Desk{Ledger: db, NewID: newID, Tying: ties}}
	w.in = moderation.Intake{Limits: free{}, Store: db, NewID: newID, Judge: moderation.Judge{Rules: doubts{score}},
		Digest: func(string) uint64 { return 0 }, Standing: moderation.Doorkeeper{Register: db, Tying: ties}}
	return w, score
}

// send submits and returns what was kept.
func (w *town) send(site, body string, change func(*moderation.Submission)) moderation.Entry {
	w.t.Helper()
	s := moderation.Submission{Site: site, Page: "https://" + site + ".id/1", Name: "Bos", EmailText: "bos@contoh.id", Body: body,
		Addr: netip.MustParseAddr("192.0.2.7"), At: time.Now()}
	if change != nil {
		change(&s)
	}
	receipt, err := w.in.Receive(w.t.Context(), s)
	if err != nil {
		w.t.Fatal(err)
	}
	e, err := w.db.Entry(w.t.Context(), receipt.ID, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	return e
}

func (w *town) want(e moderation.Entry, state moderation.State, rules ...string) {
	w.t.Helper()
	var found []string
	for _, s := range e.Verdict.Signals {
		if strings.HasPrefix(s.Rule, "standing.") {
			found = append(found, s.Rule)
		}
	}
	if e.State != state || !slices.Equal(found, rules) {
		w.t.Errorf("%q is %s by %q, want %s by %q", e.Body, e.State, found, state, rules)
	}
}

func editor(name string, role moderation.Role, sites ...string) moderation.Editor {
	e := moderation.Editor{ID: name, Name: name, Roles: map[string]moderation.Role{}}
	for _, site := range sites {
		e.Roles[site] = role
	}
	return e
}

var (
	sari = editor("Sari", moderation.Owner, moderation.AllSites)
	budi = editor("Budi", moderation.Redact, "desa")
	wati = editor("Wati", moderation.Viewer, "desa")
)

const spam = "udah seminggu main di 𝐏𝐔𝐋𝐀𝐔𝟕𝟕𝟕 dan hasilnya lumayan banget, daftar di pulaucuan.xyz sekarang"

// other is somebody else.
func other(s *moderation.Submission) {
	s.EmailText, s.Addr = "lain@contoh.id", netip.MustParseAddr("198.51.100.9")
}

// sure is what a call that must not fail returns.
func sure[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// refuse calls comments spam and returns the batch.
func (w *town) refuse(by moderation.Editor, all ...moderation.Entry) string {
	var ids []string
	for _, e := range all {
		ids = append(ids, e.ID)
	}
	return sure(w.Decide(w.t.Context(), by, moderation.Ruling{IDs: ids, To: moderation.IsSpam})).Batch
}

func TestLookAlikesOfARefusedBatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, score := newTown(t)
		ctx := t.Context()
		first := w.send("desa", spam, nil)
		batch := w.refuse(budi, first)
		s, err := w.RefuseAlike(ctx, budi, batch, moderation.AlikeHours)
		if err != nil || s.About != spam || !slices.Equal(s.Sites, []string{"desa"}) || s.Until.Sub(s.At) != 24*time.Hour {
			t.Fatalf("%+v, %v", s, err)
		}
		stopped := w.send("desa", strings.Replace(spam, "𝐏𝐔𝐋𝐀𝐔𝟕𝟕𝟕", "A L E X I S 1 7", 1), other)
		w.want(stopped, moderation.IsSpam, moderation.RuleAlike)
		signal := stopped.Verdict.Signals[1]
		if signal.Term != s.ID || signal.Reason.ID != "Budi menolak yang mirip sampai 2 Jan 00.00 UTC" || signal.Reason.EN != "Budi refuses look-alikes until 2 Jan 00:00 UTC" {
			t.Errorf("signal %+v", signal)
		}
		w.want(w.send("kota", spam, other), moderation.Pending)
		w.want(w.send("desa", "kok ada yang tulis “"+spam+"” di berita duka", other), moderation.Pending)
		*score = 1
		w.want(w.send("desa", "kata berita, pulaucuan.xyz sudah diblokir", other), moderation.Pending)
		*score = 50
		w.want(w.send("desa", spam, other), moderation.IsSpam) // the judge did it
		*score = 5
		time.Sleep(24*time.Hour - 1)
		w.want(w.send("desa", spam, other), moderation.IsSpam, moderation.RuleAlike)
		time.Sleep(1)
		w.want(w.send("desa", spam, other), moderation.Pending)
		if l := sure(w.Stopped(ctx, budi, s.ID, "")); l.Total != 2 {
			t.Errorf("%d stopped", l.Total)
		}
	})
}

func TestABanHasAnEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, score := newTown(t)
		first := w.send("desa", "mana janji bapak, jalan belum juga diperbaiki", nil)
		if _, err := w.Ban(t.Context(), budi, first.ID, moderation.ByBoth, 3, "mengancam"); err != nil {
			t.Fatal(err)
		}
		*score = 1 // the judge likes all of it
		sameNetwork := func(s *moderation.Submission) { s.EmailText = "lain@contoh.id" }
		sameEmail := func(s *moderation.Submission) {
			s.EmailText, s.Addr = "BOS@contoh.id", netip.MustParseAddr("198.51.100.9")
		}
		w.want(w.send("desa", "halo lagi", sameNetwork), moderation.IsSpam, moderation.RuleBan)
		w.want(w.send("desa", "halo lagi", sameEmail), moderation.IsSpam, moderation.RuleBan)
		w.want(w.send("desa", "halo semua", other), moderation.Pending)
		w.want(w.send("kota", "halo lagi", nil), moderation.Pending)
		time.Sleep(72*time.Hour - 1)
		w.want(w.send("desa", "halo lagi", nil), moderation.IsSpam, moderation.RuleBan)
		time.Sleep(1)
		w.want(w.send("desa", "halo lagi", nil), moderation.Pending)
	})
}

func TestRevokingEndsAtOnceAndRestoringIsOneBatch(t *testing.T) {
	w, _ := newTown(t)
	ctx := t.Context()
	batch := w.refuse(sari, w.send("desa", spam, nil))
	s := sure(w.RefuseAlike(ctx, sari, batch, 24))
	for n := range 3 {
		w.want(w.send([]string{"desa", "kota"}[n%2], spam, other), moderation.IsSpam, moderation.RuleAlike)
	}
	sure(w.Revoke(ctx, sari, s.ID))
	w.want(w.send("desa", spam, other), moderation.Pending)
	list := sure(w.Stopped(ctx, sari, s.ID, ""))
	settled, more, err := w.Restore(ctx, budi, s.ID)
	if err != nil || more || len(settled.Changed) != 2 || settled.Changed[0].To != moderation.Pending {
		t.Fatalf("Budi restores %+v, %v", settled, err)
	}
	if sure(w.Undo(ctx, sari, settled.Batch)); sure(w.Stopped(ctx, sari, s.ID, "")).Entries[0].State != moderation.IsSpam {
		t.Error("the batch cannot be undone")
	}
	if settled, _, err = w.Restore(ctx, sari, s.ID); err != nil || len(settled.Changed) != 1 || settled.Changed[0].Comment != list.Entries[1].ID {
		t.Errorf("what Budi decided on is restored over his head: %+v, %v", settled, err)
	}
	if _, _, err = w.Restore(ctx, sari, s.ID); moderation.CodeOf(err) != moderation.NotFound {
		t.Errorf("nothing is left, and it says %v", err)
	}
}

func TestWhoMayStand(t *testing.T) {
	w, _ := newTown(t)
	ctx := t.Context()
	desa, kota := w.send("desa", spam, nil), w.send("kota", spam, nil)
	batch := w.refuse(sari, desa, kota)
	everywhere := sure(w.RefuseAlike(ctx, sari, batch, 1))
	there := sure(w.Ban(ctx, sari, kota.ID, moderation.ByEmail, 1, ""))
	here := sure(w.RefuseAlike(ctx, budi, batch, 1))
	foreign := editor("Ayu", moderation.Redact, "pulau")
	code := func(_ any, err error) moderation.Code {
		if err == nil {
			return "ok"
		}
		return moderation.CodeOf(err)
	}
	for name, tc := range map[string]struct{ got, want moderation.Code }{
		"a viewer refuses nothing":                {code(w.RefuseAlike(ctx, wati, batch, 1)), moderation.Forbidden},
		"a viewer bans nobody":                    {code(w.Ban(ctx, wati, desa.ID, moderation.ByEmail, 1, "")), moderation.Forbidden},
		"a viewer revokes nothing":                {code(w.Revoke(ctx, wati, here.ID)), moderation.Forbidden},
		"a viewer reads":                          {code(w.Standing(ctx, wati, here.ID)), "ok"},
		"another site's comment is unknown":       {code(w.Ban(ctx, budi, kota.ID, moderation.ByEmail, 1, "")), moderation.NotFound},
		"another site's batch is unknown":         {code(w.RefuseAlike(ctx, foreign, batch, 1)), moderation.NotFound},
		"another site's ban is unknown":           {code(w.Revoke(ctx, budi, there.ID)), moderation.NotFound},
		"what holds elsewhere as well must stand": {code(w.Revoke(ctx, budi, everywhere.ID)), moderation.Forbidden},
		"one may revoke a colleague's":            {code(w.Revoke(ctx, sari, here.ID)), "ok"},
		"an hour at least":                        {code(w.RefuseAlike(ctx, sari, batch, 0)), moderation.Invalid},
		"a week at most":                          {code(w.RefuseAlike(ctx, sari, batch, 169)), moderation.Invalid},
		"a day at least":                          {code(w.Ban(ctx, sari, desa.ID, moderation.ByEmail, 0, "")), moderation.Invalid},
		"three months at most":                    {code(w.Ban(ctx, sari, desa.ID, moderation.ByEmail, 91, "")), moderation.Invalid},
		"no sender is known by a whim":            {code(w.Ban(ctx, sari, desa.ID, "whim", 1, "")), moderation.Invalid},
		"a note has an end":                       {code(w.Ban(ctx, sari, desa.ID, moderation.ByEmail, 1, strings.Repeat("x", 501))), moderation.Invalid},
		"nobody's batch":                          {code(w.RefuseAlike(ctx, sari, "none", 1)), moderation.NotFound},
	} {
		if tc.got != tc.want {
			t.Errorf("%s: %s, want %s", name, tc.got, tc.want)
		}
	}
	if page := sure(w.Standings(ctx, wati, "")); len(page.Standing) != 2 {
		t.Errorf("Wati reads %+v", page.Standing)
	}
}

func TestTakingABatchBackEndsWhatWasMadeOfIt(t *testing.T) {
	w, _ := newTown(t)
	ctx := t.Context()
	desa := w.send("desa", spam, nil)
	batch := w.refuse(budi, desa)
	here, everywhere := sure(w.RefuseAlike(ctx, budi, batch, 1)), sure(w.RefuseAlike(ctx, sari, batch, 1))
	sure(w.Undo(ctx, budi, batch))
	if s := sure(w.Standing(ctx, sari, here.ID)); s.RevokedBy != "Budi" {
		t.Errorf("what Budi made of it: %+v", s)
	}
	if s := sure(w.Standing(ctx, sari, everywhere.ID)); s.RevokedBy != "" {
		t.Errorf("Budi ended what holds where he decides nothing: %+v", s)
	}
}

func TestATextThatTiesNothingCannotBeRefused(t *testing.T) {
	w, _ := newTown(t)
	thanks := w.send("desa", "mantap min", nil)
	_, err := w.RefuseAlike(t.Context(), sari, w.refuse(sari, thanks), 1)
	if moderation.CodeOf(err) != moderation.Invalid {
		t.Errorf("answered %v", err)
	}
}
