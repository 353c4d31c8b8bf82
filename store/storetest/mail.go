package storetest

import (
	"context"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"balasan/moderation"
)

// Mails is what letters need of a store.
type Mails interface {
	Backend
	Subscribe(ctx context.Context, comment string, at time.Time) (moderation.Subscription, error)
	Subscription(ctx context.Context, id string) (moderation.Subscription, error)
	SubscriptionBy(ctx context.Context, token string) (moderation.Subscription, error)
	MayAsk(ctx context.Context, id, event string, at time.Time) (bool, error)
	Subscribers(ctx context.Context, reply string) ([]string, error)
	Informed(ctx context.Context, id, reply string, at time.Time) error
	Confirm(ctx context.Context, token string, at time.Time) error
	Unsubscribe(ctx context.Context, token string, all bool, at time.Time) error
	DropSubscription(ctx context.Context, id string) error

	AskData(ctx context.Context, site string, email moderation.Email, language string, at time.Time) error
	DataLetter(ctx context.Context, id string, at time.Time) (moderation.DataRequest, error)
	DataRequestBy(ctx context.Context, token string) (moderation.DataRequest, error)
	ExportData(ctx context.Context, token string, at time.Time) (moderation.OwnData, error)
	EraseData(ctx context.Context, token string, at time.Time) (moderation.DataRequest, error)
	CarryOut(ctx context.Context, id string, at time.Time) (moderation.DataRequest, error)
	Verify(ctx context.Context, progress func(done, total int)) ([]string, error)

	Digest(ctx context.Context, editor string) (moderation.Digest, error)
	DigestBy(ctx context.Context, token string) (moderation.Digest, error)
	SetDigest(ctx context.Context, d moderation.Digest, at time.Time) error
	ConfirmDigest(ctx context.Context, token string, at time.Time) error
	EndDigest(ctx context.Context, token string) error
	DropDigest(ctx context.Context, editor string) error
	RefuseDigest(ctx context.Context, editor string, at time.Time) error
	DueDigests(ctx context.Context, at time.Time, limit int) ([]moderation.Digest, error)
	LeaveDigest(ctx context.Context, d moderation.Digest, due time.Time, left []moderation.Delivery, at time.Time) error

	Follow(ctx context.Context, follower string, at time.Time) (int64, error)
	Facts(ctx context.Context, after int64, limit int) ([]moderation.Fact, error)
	Leave(ctx context.Context, follower string, from, to int64, left []moderation.Delivery, at time.Time) error
	Claim(ctx context.Context, target string, limit int, at, until time.Time) ([]moderation.Delivery, error)
	Delivered(ctx context.Context, all []moderation.Delivery, at time.Time) error
	Postpone(ctx context.Context, all []moderation.Delivery, alone bool, at time.Time) error
	TurnOff(ctx context.Context, target, reason string, at time.Time) error
	Again(ctx context.Context, target string, id int64, at time.Time) (int, error)
	Reaches(context.Context) ([]moderation.Reach, error)
	DeadLetters(ctx context.Context, limit int) ([]moderation.Delivery, error)
}

// RunMails holds a backend to the contract of letters.
func RunMails(t *testing.T, open func(t *testing.T) Mails) {
	all := map[string]func(*testing.T, Mails, *bench){
		"a subscription goes from the question to the end": subscription,
		"what wants no letters gets no subscription":       unwanted,
		"of questions at once those that are due are put":  questions,
		"a digest keeps what its editor wants":             digest,
		"a digest is left once":                            digestOnce,
		"a delivery is put off, given up and tried again":  deliveries,
	}
	maps.Copy(all, dataRequests)
	for name, test := range all {
		t.Run(name, func(t *testing.T) {
			b := open(t)
			test(t, b, newBench(t, b))
		})
	}
}

// asking keeps an approved comment whose sender asks to hear of replies.
func (b *bench) asking(n int) moderation.Comment {
	b.t.Helper()
	c := Comment(n)
	c.Consent = "id 1"
	b.keep(c)
	b.rule(moderation.Approved, c.ID)
	return c
}

func subscription(t *testing.T, b Mails, desk *bench) {
	c := desk.asking(1)
	s, err := b.Subscribe(t.Context(), c.ID, Start)
	must(t, err)
	if s.Email != c.Email || s.Site != "desa" || s.Page != Page || s.PageTitle != c.PageTitle || s.Language != "id" || !s.ConfirmedAt.IsZero() || len(s.Token) < 26 {
		t.Fatalf("got %+v", s)
	}
	for _, again := range []func() (moderation.Subscription, error){
		func() (moderation.Subscription, error) { return b.Subscribe(t.Context(), c.ID, Start) },
		func() (moderation.Subscription, error) { return b.Subscription(t.Context(), s.ID) },
		func() (moderation.Subscription, error) { return b.SubscriptionBy(t.Context(), s.Token) },
	} {
		if got, err := again(); err != nil || got != s {
			t.Errorf("got %+v %v", got, err)
		}
	}
	first, second := Below(c, Comment(2)), Comment(3)
	second = Below(first, second)
	own := Below(c, Comment(4))
	own.Email = c.Email
	desk.keep(first)
	desk.rule(moderation.Approved, first.ID)
	desk.keep(second, own)
	desk.rule(moderation.Approved, second.ID, own.ID)
	told := func(reply string) bool {
		t.Helper()
		ids, err := b.Subscribers(t.Context(), reply)
		must(t, err)
		return slices.Equal(ids, []string{s.ID})
	}
	if told(first.ID) {
		t.Error("told before it was confirmed")
	}
	must(t, b.Confirm(t.Context(), s.Token, Start.Add(time.Hour)))
	if !told(first.ID) || !told(second.ID) || told(own.ID) || told(c.ID) {
		t.Errorf("told of %v %v %v %v", told(first.ID), told(second.ID), told(own.ID), told(c.ID))
	}
	must(t, b.Informed(t.Context(), s.ID, first.ID, Start))
	must(t, b.Informed(t.Context(), s.ID, first.ID, Start))
	if told(first.ID) || !told(second.ID) {
		t.Error("told twice, or not of the other one")
	}
	must(t, b.Unsubscribe(t.Context(), s.Token, false, Start))
	if told(second.ID) {
		t.Error("told after the end")
	}
	for _, err := range []error{b.Unsubscribe(t.Context(), s.Token, false, Start), b.Confirm(t.Context(), s.Token, Start)} {
		wantCode(t, err, moderation.NotFound)
	}
	must(t, b.Informed(t.Context(), s.ID, second.ID, Start)) // its letter was on the way
}

func unwanted(t *testing.T, b Mails, desk *bench) {
	silent, waiting := Comment(1), Comment(2)
	waiting.Consent = "id 1"
	desk.keep(silent, waiting)
	desk.rule(moderation.Approved, silent.ID)
	for _, c := range []moderation.Comment{silent, waiting} {
		_, err := b.Subscribe(t.Context(), c.ID, Start)
		wantCode(t, err, moderation.NotFound)
	}
	elsewhere := func(n int, page string) moderation.Comment {
		c := Comment(n)
		c.Consent, c.Page, c.Email = "id 1", page, Comment(9).Email
		desk.keep(c)
		desk.rule(moderation.Approved, c.ID)
		return c
	}
	s, err := b.Subscribe(t.Context(), elsewhere(3, "a").ID, Start)
	must(t, err)
	other, err := b.Subscribe(t.Context(), elsewhere(4, "b").ID, Start)
	must(t, err)
	must(t, b.Unsubscribe(t.Context(), s.Token, false, Start))
	_, err = b.Subscribe(t.Context(), elsewhere(5, "a").ID, Start)
	wantCode(t, err, moderation.NotFound)
	_, err = b.Subscribe(t.Context(), elsewhere(6, "c").ID, Start)
	must(t, err)
	must(t, b.Unsubscribe(t.Context(), other.Token, true, Start))
	_, err = b.Subscribe(t.Context(), elsewhere(7, "d").ID, Start)
	wantCode(t, err, moderation.NotFound)
	s, err = b.Subscribe(t.Context(), desk.asking(8).ID, Start)
	must(t, err)
	must(t, b.DropSubscription(t.Context(), s.ID))
	_, err = b.Subscription(t.Context(), s.ID)
	wantCode(t, err, moderation.NotFound)
}

// questions races for those of one address.
func questions(t *testing.T, b Mails, desk *bench) {
	var ids []string
	for n := range 8 {
		c := Comment(n)
		c.Consent, c.Page, c.Email = "id 1", NewID(n), Comment(9).Email
		desk.keep(c)
		desk.rule(moderation.Approved, c.ID)
		s, err := b.Subscribe(t.Context(), c.ID, Start)
		must(t, err)
		ids = append(ids, s.ID)
	}
	var asked atomic.Int32
	var all sync.WaitGroup
	for _, id := range ids {
		for range 3 {
			all.Go(func() {
				event := uuid.NewString()
				may, err := b.MayAsk(t.Context(), id, event, Start)
				if err != nil {
					t.Error(err)
				}
				if again, _ := b.MayAsk(t.Context(), id, event, Start.Add(time.Minute)); again != may {
					t.Errorf("tried again: %v, first %v", again, may)
				}
				if may {
					asked.Add(1)
				}
			})
		}
	}
	all.Wait()
	if got := asked.Load(); got != moderation.AsksPerDay {
		t.Errorf("asked %d times", got)
	}
	if may, err := b.MayAsk(t.Context(), ids[0], "tomorrow", Start.Add(25*time.Hour)); !may || err != nil {
		t.Errorf("the day after: %v %v", may, err)
	}
}

func wanted() moderation.Digest {
	return moderation.Digest{Editor: "e1", Email: Comment(1).Email, Language: "id", Cadence: moderation.Daily, At: 390,
		Quiet: moderation.Quiet{From: 1260, To: 330}, Zone: "Asia/Jayapura", Sites: []string{"desa"}}
}

func digest(t *testing.T, b Mails, _ *bench) {
	_, err := b.Digest(t.Context(), "e1")
	wantCode(t, err, moderation.NotFound)
	want := wanted()
	must(t, b.SetDigest(t.Context(), want, Start))
	got, err := b.Digest(t.Context(), "e1")
	must(t, err)
	want.Token, want.NextAt = got.Token, want.Next(Start).UTC()
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(moderation.Email{})); diff != "" || len(got.Token) < 26 {
		t.Fatal(diff)
	}
	letters, err := b.Claim(t.Context(), moderation.MailTarget, 5, Start, Start.Add(time.Minute))
	if err != nil || len(letters) != 1 || letters[0].Ref != "address e1" {
		t.Fatalf("%+v %v", letters, err)
	}
	must(t, b.ConfirmDigest(t.Context(), got.Token, Start))
	want.At = 400
	must(t, b.SetDigest(t.Context(), want, Start)) // the same address stays confirmed
	same, err := b.DigestBy(t.Context(), got.Token)
	if err != nil || same.At != 400 || same.ConfirmedAt.IsZero() {
		t.Errorf("%+v %v", same, err)
	}
	want.Email = Comment(2).Email
	must(t, b.SetDigest(t.Context(), want, Start))
	_, err = b.DigestBy(t.Context(), got.Token)
	wantCode(t, err, moderation.NotFound)
	other, err := b.Digest(t.Context(), "e1")
	if err != nil || !other.ConfirmedAt.IsZero() || other.Email != want.Email {
		t.Errorf("%+v %v", other, err)
	}
	must(t, b.EndDigest(t.Context(), other.Token))
	must(t, b.RefuseDigest(t.Context(), "e1", Start))
	if other, err = b.Digest(t.Context(), "e1"); err != nil || other.Cadence != moderation.NoDigest || other.RefusedAt.IsZero() {
		t.Errorf("%+v %v", other, err)
	}
	must(t, b.DropDigest(t.Context(), "e1"))
	wantCode(t, b.EndDigest(t.Context(), other.Token), moderation.NotFound)
}

func digestOnce(t *testing.T, b Mails, _ *bench) {
	must(t, b.SetDigest(t.Context(), wanted(), Start))
	d, err := b.Digest(t.Context(), "e1")
	must(t, err)
	due := d.NextAt
	list := func(at time.Time) int {
		t.Helper()
		all, err := b.DueDigests(t.Context(), at, 10)
		must(t, err)
		return len(all)
	}
	if list(due) != 0 {
		t.Error("due before it is confirmed")
	}
	must(t, b.ConfirmDigest(t.Context(), d.Token, Start))
	if list(due.Add(-time.Microsecond)) != 0 || list(due) != 1 {
		t.Error("not due at its time alone")
	}
	d.NextAt, d.SentAt, d.Newest = d.Next(due), due, NewID(7)
	left := []moderation.Delivery{{Target: "letters", Ref: "digest e1", Event: "x"}}
	must(t, b.LeaveDigest(t.Context(), d, due, left, due))
	must(t, b.LeaveDigest(t.Context(), d, due, left, due)) // another process, too late
	letters, err := b.Claim(t.Context(), "letters", 5, due, due.Add(time.Minute))
	if err != nil || len(letters) != 1 || list(due) != 0 {
		t.Errorf("%d letters, %d due, %v", len(letters), list(due), err)
	}
	if got, err := b.Digest(t.Context(), "e1"); err != nil || got.Newest != NewID(7) || !got.SentAt.Equal(due) {
		t.Errorf("%+v %v", got, err)
	}
}

func deliveries(t *testing.T, b Mails, desk *bench) {
	from, err := b.Follow(t.Context(), "f", Start)
	must(t, err)
	desk.keep(Comment(1))
	facts, err := b.Facts(t.Context(), from, 10)
	if err != nil || len(facts) != 1 {
		t.Fatalf("%+v %v", facts, err)
	}
	left := []moderation.Delivery{{Target: "x", Ref: "a", Event: "1", Fact: facts[0]}, {Target: "x", Ref: "b", Event: "2", Fact: facts[0]}}
	must(t, b.Leave(t.Context(), "f", from, facts[0].ID, left, Start))
	must(t, b.Leave(t.Context(), "f", from, facts[0].ID, left, Start)) // another process, too late
	claim := func(at time.Time) []moderation.Delivery {
		t.Helper()
		all, err := b.Claim(t.Context(), "x", 10, at, at.Add(time.Minute))
		must(t, err)
		return all
	}
	reach := func() moderation.Reach {
		t.Helper()
		all, err := b.Reaches(t.Context())
		if err != nil || len(all) != 1 {
			t.Fatalf("%+v %v", all, err)
		}
		return all[0]
	}
	all := claim(Start)
	if len(all) != 2 || all[0].Fact.Comment != facts[0].Comment || len(claim(Start)) != 0 {
		t.Fatalf("handed out %+v", all)
	}
	all[0].Tries, all[0].NextAt, all[0].Error = 1, Start.Add(time.Hour), "full"
	must(t, b.Postpone(t.Context(), all[:1], true, Start))
	if r := reach(); r.Error != "" || r.Waiting != 2 {
		t.Errorf("the fault of one is the target's: %+v", r)
	}
	all[1].Tries, all[1].NextAt, all[1].DeadAt, all[1].Error = 9, Start, Start, "down"
	must(t, b.Postpone(t.Context(), all[1:], false, Start))
	if r := reach(); r.Error != "down" || r.Waiting != 1 || r.Dead != 1 {
		t.Errorf("got %+v", r)
	}
	late := Start.Add(time.Minute)
	if n, err := b.Again(t.Context(), "x", all[0].ID, late); n != 1 || err != nil {
		t.Errorf("again %d %v", n, err)
	}
	hurried := claim(late)
	if len(hurried) != 1 || hurried[0].ID != all[0].ID || hurried[0].Tries != 1 {
		t.Errorf("handed out %+v", hurried)
	}
	if n, err := b.Again(t.Context(), "x", all[0].ID, late); n != 0 || err != nil {
		t.Errorf("again of what is in hand: %d %v", n, err)
	}
	must(t, b.Postpone(t.Context(), all[:1], true, Start))
	if n, err := b.Again(t.Context(), "x", all[1].ID, Start); n != 1 || err != nil {
		t.Errorf("again %d %v", n, err)
	}
	again := claim(Start)
	if len(again) != 1 || again[0].ID != all[1].ID || again[0].Tries != 0 {
		t.Fatalf("handed out %+v", again)
	}
	must(t, b.Delivered(t.Context(), again, Start)) // the target works: what waited is due
	if rest := claim(Start); len(rest) != 1 || rest[0].Tries != 1 {
		t.Errorf("handed out %+v", rest)
	}
	must(t, b.TurnOff(t.Context(), "x", "gone", Start))
	if r := reach(); r.OffAt.IsZero() || r.Dead != 1 || len(claim(Start.Add(time.Hour))) != 0 {
		t.Errorf("got %+v", r)
	}
	dead, err := b.DeadLetters(t.Context(), 5)
	if err != nil || len(dead) != 1 || dead[0].Error != "gone" || dead[0].Tries != 2 {
		t.Errorf("%+v %v", dead, err)
	}
	if n, err := b.Again(t.Context(), "", 0, Start); n != 1 || err != nil || len(claim(Start)) != 1 {
		t.Errorf("again %d %v", n, err)
	}
}
