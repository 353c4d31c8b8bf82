package moderation

import (
	"cmp"
	"context"
	"errors"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// room is every port of an Intake at once; it writes down in which order it was asked.
type room struct {
	asked     []string
	spent     map[Allowance]Spent
	site      Site
	known     Recollection
	recallErr error
	redeem    error
	kept      []Comment
	keepErr   error
	replay    Receipt
	replayErr error
}

func (r *room) Spend(_ context.Context, what Allowance, _ netip.Addr) Spent {
	r.asked = append(r.asked, "limit "+string(what))
	return r.spent[what]
}

func (r *room) Issue(Binding, time.Time) Challenge { return Challenge{} }

func (r *room) Redeem(_ context.Context, b Binding, _, _, _ string, _ time.Time) error {
	r.asked = append(r.asked, "redeem "+b.Site+" "+b.Page)
	return r.redeem
}

func (r *room) Site(context.Context, string) (Site, error) { return r.site, nil }

func (r *room) Recall(context.Context, Query) (Recollection, error) {
	r.asked = append(r.asked, "recall")
	return r.known, r.recallErr
}

func (r *room) Keep(_ context.Context, c Comment) (Receipt, error) {
	r.asked = append(r.asked, "keep")
	r.kept = append(r.kept, c)
	return Receipt{ID: c.ID, ReceivedAt: c.At}, r.keepErr
}

func (r *room) Replay(context.Context, string, string, [32]byte) (Receipt, error) {
	r.asked = append(r.asked, "replay")
	return r.replay, r.replayErr
}

func (r *room) Weigh(Case) Opinion {
	r.asked = append(r.asked, "judge")
	return Opinion{Signals: []Signal{{Score: 1}}}
}

func newRoom() *room {
	return &room{spent: map[Allowance]Spent{}, site: Site{ID: "desa", Policy: DefaultPolicy()},
		replayErr: Refuse(NotFound, nil)}
}

func (r *room) intake() Intake {
	return Intake{Limits: r, Challenges: r, Judge: Judge{Rules: r}, Store: r,
		Digest: func(string) uint64 { return 7 }, NewID: func() string { return "c1" }}
}

func TestTheOneStraightWay(t *testing.T) {
	r := newRoom()
	receipt, err := r.intake().Receive(t.Context(), good())
	if err != nil || receipt.ID != "c1" {
		t.Fatalf("receipt %+v, %v", receipt, err)
	}
	want := []string{"limit submit", "recall", "redeem desa https://desa.id/berita/1", "judge", "keep"}
	if !slices.Equal(r.asked, want) {
		t.Errorf("asked %v, want %v", r.asked, want)
	}
	if c := r.kept[0]; c.State != Pending || c.Root != "c1" || c.Text != 7 || c.Email.Reveal() != "sari@contoh.id" {
		t.Errorf("kept %+v", c)
	}
}

func TestWhereAWayEnds(t *testing.T) {
	for name, tc := range map[string]struct {
		set  func(*room, *Submission)
		code Code
		last string
	}{
		"a spent allowance ends it first": {func(r *room, s *Submission) {
			r.spent[ToSubmit] = Spent{After: time.Minute}
			s.Name = ""
		}, Limited, "limit submit"},
		"a forgotten field costs no challenge": {func(_ *room, s *Submission) { s.Name = "" }, Invalid, "recall"},
		"an unknown parent is a field fault":   {func(_ *room, s *Submission) { s.Parent = "c0" }, Invalid, "recall"},
		"a closed site takes nothing":          {func(r *room, _ *Submission) { r.site.Policy.Mode = Closed }, ThreadShut, "recall"},
		"a closed page takes nothing":          {func(r *room, _ *Submission) { r.known.Thread.Mode = Closed }, ThreadShut, "recall"},
		"an old thread is closed": {func(r *room, s *Submission) {
			r.site.Policy.CloseAfter = time.Hour
			s.At = time.Unix(10_000, 0)
			r.known.Thread.FirstAt = s.At.Add(-time.Hour)
		}, ThreadShut, "recall"},
		"a wrong answer is not weighed": {func(r *room, _ *Submission) { r.redeem = Refuse(CaptchaWrong, nil) }, CaptchaWrong, "redeem desa https://desa.id/berita/1"},
		"a spent challenge without a key ends it": {func(r *room, _ *Submission) { r.redeem = Refuse(CaptchaReused, nil) },
			CaptchaReused, "redeem desa https://desa.id/berita/1"},
		"a spent challenge with an unknown key ends it": {func(r *room, s *Submission) {
			r.redeem = Refuse(CaptchaReused, nil)
			s.Key = "k"
		}, CaptchaReused, "replay"},
		"a known key with another body is told so": {func(r *room, s *Submission) {
			r.redeem, r.replayErr = Refuse(CaptchaReused, nil), Refuse(KeyReused, nil)
			s.Key = "k"
		}, KeyReused, "replay"},
		"a database that is away uses up nothing of who cannot solve it": {func(r *room, s *Submission) {
			r.recallErr, s.Unsolved, s.Key = Refuse(Unavailable, nil), true, "k"
		}, Unavailable, "recall"},
		"who cannot solve it and sends too much ends there": {func(r *room, s *Submission) {
			r.spent[ToSkip], s.Unsolved, s.Key = Spent{After: time.Hour}, true, "k"
		}, Limited, "limit unsolved"},
		"a store that cannot keep is said": {func(r *room, _ *Submission) { r.keepErr = Refuse(Unavailable, errors.New("disk full")) }, Unavailable, "keep"},
	} {
		t.Run(name, func(t *testing.T) {
			r, s := newRoom(), good()
			tc.set(r, &s)
			_, err := r.intake().Receive(t.Context(), s)
			if CodeOf(err) != tc.code {
				t.Errorf("got %v, want %s", err, tc.code)
			}
			if last := r.asked[len(r.asked)-1]; last != tc.last {
				t.Errorf("ended at %q of %v, want %q", last, r.asked, tc.last)
			}
		})
	}
}

func TestARetryOfAKeptSubmissionGetsItsReceiptAgain(t *testing.T) {
	for name, set := range map[string]func(*room, *Submission){
		"its challenge is spent":               func(r *room, _ *Submission) { r.redeem = Refuse(CaptchaReused, nil) },
		"its sender may skip no challenge now": func(r *room, s *Submission) { s.Unsolved, r.spent[ToSkip] = true, Spent{After: time.Hour} },
	} {
		r, s := newRoom(), good()
		r.replay, r.replayErr, s.Key = Receipt{ID: "first"}, nil, "k"
		set(r, &s)
		receipt, err := r.intake().Receive(t.Context(), s)
		if err != nil || receipt.ID != "first" || len(r.kept) != 0 {
			t.Errorf("%s: receipt %+v, %v, kept %d", name, receipt, err, len(r.kept))
		}
	}
}

func TestTheSpenderIsOneSubmissionUnderOneKey(t *testing.T) {
	base := good()
	if base.Spender() != "" {
		t.Error("a submission without a key has a spender")
	}
	base.Key = "k"
	if !regexp.MustCompile(`^[0-9a-f]{32}$`).MatchString(base.Spender()) {
		t.Errorf("%q is no text that every store takes", base.Spender())
	}
	other := base
	other.Token, other.Answer = "fresh", "123456"
	if base.Spender() != other.Spender() {
		t.Error("a fresh challenge makes another spender")
	}
	for name, change := range map[string]func(*Submission){
		"text": func(s *Submission) { s.Body += "!" }, "key": func(s *Submission) { s.Key = "l" },
		"name": func(s *Submission) { s.Name = "Dewi" }, "site": func(s *Submission) { s.Site = "kota" },
	} {
		other := base
		change(&other)
		if base.Spender() == other.Spender() {
			t.Errorf("another %s keeps the spender", name)
		}
	}
}

func TestTheLadder(t *testing.T) {
	calm := Form{Signed: true, Age: time.Minute}
	for name, tc := range map[string]struct {
		ladder Ladder
		set    func(*Submission, *Spent)
		want   bool
	}{
		"always asks":                        {ChallengeAlways, nil, true},
		"never does not":                     {ChallengeNever, nil, false},
		"a calm visitor is not suspicious":   {ChallengeSuspicious, nil, false},
		"a fast one is":                      {ChallengeSuspicious, func(s *Submission, _ *Spent) { s.Form.Age = time.Second }, true},
		"one without our form is":            {ChallengeSuspicious, func(s *Submission, _ *Spent) { s.Form = Form{} }, true},
		"one in a trap is":                   {ChallengeSuspicious, func(s *Submission, _ *Spent) { s.Form.Traps = 1 }, true},
		"one with a link is":                 {ChallengeSuspicious, func(s *Submission, _ *Spent) { s.Body += " https://x.id" }, true},
		"a busy network is":                  {ChallengeSuspicious, func(_ *Submission, p *Spent) { p.Low = true }, true},
		"everyone is while limits are blind": {ChallengeSuspicious, func(_ *Submission, p *Spent) { p.Degraded = true }, true},
	} {
		t.Run(name, func(t *testing.T) {
			r, s, spent := newRoom(), good(), Spent{}
			r.site.Policy.Challenge, s.Form = tc.ladder, calm
			if tc.set != nil {
				tc.set(&s, &spent)
			}
			r.spent[ToSubmit] = spent
			if _, err := r.intake().Receive(t.Context(), s); err != nil {
				t.Fatal(err)
			}
			asked := slices.ContainsFunc(r.asked, func(a string) bool { return strings.HasPrefix(a, "redeem") })
			if asked != tc.want {
				t.Errorf("asked for an answer: %v, want %v", asked, tc.want)
			}
		})
	}
}

func TestWhereACommentBegins(t *testing.T) {
	for name, tc := range map[string]struct {
		mode     Mode
		score    float64
		degraded bool
		unsolved bool
		want     State
	}{
		"likely good waits when all is held":      {HoldAll, 1, false, false, Pending},
		"spam is put aside when all is held":      {HoldAll, 10, false, false, IsSpam},
		"likely good appears when doubt is held":  {HoldDoubtful, 1, false, false, Approved},
		"doubtful waits when doubt is held":       {HoldDoubtful, 5, false, false, Pending},
		"doubtful appears when all is published":  {Publish, 5, false, false, Approved},
		"spam never appears":                      {Publish, 10, false, false, IsSpam},
		"nothing appears while limits are blind":  {Publish, 1, true, false, Pending},
		"nothing good appears blind either":       {HoldDoubtful, 1, true, false, Pending},
		"what was not solved waits for an editor": {Publish, 1, false, true, Pending},
	} {
		t.Run(name, func(t *testing.T) {
			r, s := newRoom(), good()
			r.site.Policy.Mode, s.Unsolved = tc.mode, tc.unsolved
			r.spent[ToSubmit] = Spent{Degraded: tc.degraded}
			in := r.intake()
			in.Judge.Rules = says{Signals: []Signal{{Score: tc.score}}}
			if _, err := in.Receive(t.Context(), s); err != nil {
				t.Fatal(err)
			}
			if got := r.kept[0].State; got != tc.want {
				t.Errorf("state %s, want %s", got, tc.want)
			}
		})
	}
}

func TestWhereAReplyHangs(t *testing.T) {
	top := &Parent{ID: "t", Root: "t", Depth: 0}
	deep := &Parent{ID: "d", Root: "t", Depth: 2, Above: "m"}
	for name, tc := range map[string]struct {
		parent *Parent
		depth  int
		want   string // parent root depth
	}{
		"nothing above is a top of its own":        {nil, 3, " c1 0"},
		"below its parent":                         {top, 3, "t t 1"},
		"beside its parent where the depth ends":   {deep, 2, "m t 2"},
		"a flat thread has only tops":              {top, 0, " c1 0"},
		"below a parent at the last but one depth": {deep, 3, "d t 3"},
	} {
		t.Run(name, func(t *testing.T) {
			c := Comment{ID: "c1", Root: "c1"}
			c.Parent = cmp.Or(map[bool]string{true: "asked"}[tc.parent != nil], "")
			c.hang(tc.parent, tc.depth)
			got := c.Parent + " " + c.Root + " " + string(rune('0'+c.Depth))
			if got != tc.want {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}
