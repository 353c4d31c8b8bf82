package storetest

import (
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"balasan/moderation"
)

// dataRequests are what visitors may ask for by mail.
var dataRequests = map[string]func(*testing.T, Mails, *bench){
	"an address gets a letter in 15 minutes and five a day":  letters,
	"a letter goes where something is kept alone":            nothingKept,
	"an export holds what its holder may see, once":          export,
	"of all who press one exports and one erases":            spentOnce,
	"a link ends after an hour":                              linkEnds,
	"what is erased leaves no word, and replies their place": erasure,
	"of many comments each is erased once":                   erasesMany,
}

// ask asks for the data under an address and returns the IDs of the letters that this left.
func ask(t *testing.T, b Mails, email moderation.Email, at time.Time) (ids []string) {
	t.Helper()
	must(t, b.AskData(t.Context(), "desa", email, "id", at))
	all, err := b.Claim(t.Context(), moderation.MailTarget, 100, at, at.Add(time.Hour))
	must(t, err)
	for _, d := range all {
		if kind, id, _ := strings.Cut(d.Ref, " "); kind == string(moderation.LetterData) {
			ids = append(ids, id)
		}
	}
	if len(all) > 0 {
		must(t, b.Delivered(t.Context(), all, at))
	}
	return ids
}

// linked is the request of a letter that was just written.
func linked(t *testing.T, b Mails, email moderation.Email, at time.Time) moderation.DataRequest {
	t.Helper()
	ids := ask(t, b, email, at)
	if len(ids) != 1 {
		t.Fatalf("%d letters", len(ids))
	}
	r, err := b.DataLetter(t.Context(), ids[0], at)
	must(t, err)
	return r
}

func letters(t *testing.T, b Mails, desk *bench) {
	c := Comment(1)
	desk.keep(c)
	shouted, err := moderation.ParseEmail(strings.ToUpper(c.Email.Reveal()))
	must(t, err)
	at, got := Start, 0
	if n := len(ask(t, b, c.Email, at)); n != 1 {
		t.Fatalf("%d letters", n)
	}
	for _, soon := range []time.Duration{0, time.Minute, moderation.DataAskGap - time.Microsecond} {
		if n := len(ask(t, b, shouted, at.Add(soon))); n != 0 {
			t.Errorf("%d more letters after %s", n, soon)
		}
	}
	if n := len(ask(t, b, Comment(2).Email, at)); n != 1 {
		t.Errorf("another address gets %d letters", n)
	}
	for range 20 {
		at = at.Add(moderation.DataAskGap)
		got += len(ask(t, b, c.Email, at))
	}
	if got != moderation.DataAsksPerDay-1 {
		t.Errorf("%d more letters in the same day", got)
	}
	if n := len(ask(t, b, c.Email, Start.Add(24*time.Hour))); n != 1 {
		t.Errorf("%d letters the day after", n)
	}
	wantCode(t, b.AskData(t.Context(), "nirgends", c.Email, "id", Start), moderation.NotFound)
}

func nothingKept(t *testing.T, b Mails, desk *bench) {
	written, elsewhere, refused := Comment(1), Comment(2), desk.asking(3)
	elsewhere.Site, elsewhere.Page = "kota", "https://kota.id/1"
	desk.keep(written, elsewhere)
	s, err := b.Subscribe(t.Context(), refused.ID, Start)
	must(t, err)
	must(t, b.Unsubscribe(t.Context(), s.Token, true, Start))
	for _, test := range []struct {
		who  string
		mail moderation.Email
		want bool
	}{
		{"who wrote", written.Email, true},
		{"who wrote and wants no mail", refused.Email, true},
		{"who wrote on another site", elsewhere.Email, false},
		{"a stranger", Comment(9).Email, false},
	} {
		ids := ask(t, b, test.mail, Start)
		if len(ids) != 1 {
			t.Fatalf("%s: %d deliveries: what is asked is looked up before", test.who, len(ids))
		}
		r, err := b.DataLetter(t.Context(), ids[0], Start.Add(time.Minute))
		if (err == nil) != test.want || err != nil && moderation.CodeOf(err) != moderation.NotFound {
			t.Errorf("%s: %v", test.who, err)
		}
		if test.want && (r.Email != test.mail || r.Site != "desa" || r.Language != "id" || len(r.Token) < 26 || !r.ExpiresAt.Equal(Start.Add(time.Minute+moderation.DataLinkLife))) {
			t.Errorf("%s: %+v", test.who, r)
		}
	}
	ids := ask(t, b, written.Email, Start.Add(time.Hour))
	_, err = b.DataLetter(t.Context(), ids[0], Start.Add(time.Hour+moderation.DataAskLife))
	wantCode(t, err, moderation.NotFound) // the mail server was away for too long
}

func export(t *testing.T, b Mails, desk *bench) {
	public, changed, spam := desk.asking(1), Comment(2), Comment(3)
	other := Below(public, Comment(4))
	for _, c := range []*moderation.Comment{&changed, &spam} {
		c.Email, c.Name = public.Email, "Nama lain"
	}
	changed.Agreed = moderation.Agreement{Wording: moderation.NewWording("id", "Saya setuju."), Ticked: true, At: changed.At}
	desk.keep(changed, spam, other)
	desk.rule(moderation.IsSpam, spam.ID)
	_, err := b.Edit(t.Context(), changed.ID, "Diperhalus", 0, sari, uuid.NewString(), nil, Start)
	must(t, err)
	_, err = b.Remark(t.Context(), spam.ID, "orang ini lagi", sari, uuid.NewString(), nil, Start)
	must(t, err)
	s, err := b.Subscribe(t.Context(), public.ID, Start)
	must(t, err)
	must(t, b.Confirm(t.Context(), s.Token, Start.Add(time.Second)))
	at := Start.Add(time.Hour)
	r := linked(t, b, public.Email, at)
	got, err := b.ExportData(t.Context(), r.Token, at)
	must(t, err)
	own := func(c moderation.Comment, change func(*moderation.OwnComment)) moderation.OwnComment {
		o := moderation.OwnComment{ID: c.ID, Page: Page, PageTitle: c.PageTitle, Name: c.Name, Website: c.Website, Body: c.Body, Language: "id",
			Address: moderation.AddressWhole, Agreed: c.Agreed, At: c.At}
		change(&o)
		return o
	}
	want := moderation.OwnData{Site: "desa", Email: public.Email, Comments: []moderation.OwnComment{
		own(public, func(o *moderation.OwnComment) { o.Published, o.Notify = true, true }),
		own(changed, func(o *moderation.OwnComment) { o.Body, o.Sent = "Diperhalus", changed.Body }),
		own(spam, func(*moderation.OwnComment) {}),
	}, Subscriptions: []moderation.OwnSubscription{{Page: Page, PageTitle: public.PageTitle, Language: "id", ConfirmedAt: Start.Add(time.Second)}}}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(moderation.Email{})); diff != "" {
		t.Error(diff)
	}
	_, err = b.ExportData(t.Context(), r.Token, at)
	wantCode(t, err, moderation.NotFound)
	if r, err = b.DataRequestBy(t.Context(), r.Token); err != nil || !r.ExportedAt.Equal(at) || !r.Open(at) {
		t.Errorf("after an export: %+v %v", r, err)
	}
	must(t, b.Unsubscribe(t.Context(), s.Token, false, at))
	later := linked(t, b, public.Email, at.Add(time.Hour))
	got, err = b.ExportData(t.Context(), later.Token, at.Add(time.Hour))
	if err != nil || len(got.Subscriptions) != 0 || !cmp.Equal(got.Unwanted, []moderation.OwnUnwanted{{Page: Page, At: at}}) {
		t.Errorf("after the subscription: %+v %+v %v", got.Subscriptions, got.Unwanted, err)
	}
}

func spentOnce(t *testing.T, b Mails, desk *bench) {
	c := Comment(1)
	desk.keep(c)
	r := linked(t, b, c.Email, Start)
	for what, press := range map[string]func() error{
		"export": func() error { _, err := b.ExportData(t.Context(), r.Token, Start); return err },
		"erase":  func() error { _, err := b.EraseData(t.Context(), r.Token, Start); return err },
	} {
		if what == "export" {
			r = linked(t, b, c.Email, Start.Add(time.Hour))
		}
		var done atomic.Int32
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				switch err := press(); {
				case err == nil:
					done.Add(1)
				case moderation.CodeOf(err) != moderation.NotFound:
					t.Error(err)
				}
			})
		}
		all.Wait()
		if done.Load() != 1 {
			t.Errorf("%s: %d times", what, done.Load())
		}
	}
	_, err := b.ExportData(t.Context(), "TIDAKADA", Start)
	wantCode(t, err, moderation.NotFound)
}

func linkEnds(t *testing.T, b Mails, desk *bench) {
	c := Comment(1)
	desk.keep(c)
	r := linked(t, b, c.Email, Start)
	for after, want := range map[time.Duration]bool{0: true, moderation.DataLinkLife - time.Microsecond: true, moderation.DataLinkLife: false} {
		if got := r.Open(Start.Add(after)); got != want {
			t.Errorf("after %s: %v", after, got)
		}
	}
	end := Start.Add(moderation.DataLinkLife)
	_, err := b.ExportData(t.Context(), r.Token, end)
	wantCode(t, err, moderation.NotFound)
	_, err = b.EraseData(t.Context(), r.Token, end)
	wantCode(t, err, moderation.NotFound)
	if done, err := b.CarryOut(t.Context(), r.ID, end); err != nil || done.Erased != 0 || desk.state(c.ID) != moderation.Pending {
		t.Errorf("erased without being asked: %+v %v", done, err)
	}
	_, err = b.EraseData(t.Context(), r.Token, end.Add(-time.Microsecond))
	must(t, err)
}

// erasing presses the button of a link that an address has just got.
func erasing(t *testing.T, b Mails, email moderation.Email, at time.Time) moderation.DataRequest {
	t.Helper()
	r, err := b.EraseData(t.Context(), linked(t, b, email, at).Token, at)
	must(t, err)
	return r
}

// carried carries an erasure out.
func carried(t *testing.T, b Mails, r moderation.DataRequest) moderation.DataRequest {
	t.Helper()
	r, err := b.CarryOut(t.Context(), r.ID, r.EraseAt)
	must(t, err)
	if !r.DoneAt.Equal(r.EraseAt) || !r.Email.IsZero() {
		t.Errorf("after the end: %+v", r)
	}
	return r
}

func erasure(t *testing.T, b Mails, desk *bench) {
	answered, alone, pending, spam := desk.asking(1), Comment(2), Comment(3), Comment(4)
	mine := []*moderation.Comment{&alone, &pending, &spam}
	reply := Below(answered, Comment(5))
	own := Below(alone, Comment(6))
	later, stranger := Comment(300), Comment(7)
	for _, c := range append(mine, &own, &later) {
		c.Email = answered.Email
	}
	desk.keep(alone, pending, spam, reply, own, stranger, later)
	desk.rule(moderation.Approved, alone.ID, reply.ID, own.ID, stranger.ID)
	desk.rule(moderation.IsSpam, spam.ID)
	_, err := b.Edit(t.Context(), alone.ID, "Diubah", 1, sari, uuid.NewString(), nil, Start)
	must(t, err)
	_, err = b.Subscribe(t.Context(), answered.ID, Start)
	must(t, err)
	before, err := b.ThreadVersion(t.Context(), "desa", Page)
	must(t, err)

	r := carried(t, b, erasing(t, b, answered.Email, Start.Add(4*time.Hour))) // a minute before the last comment
	if r.Erased != 5 {
		t.Errorf("%d comments", r.Erased)
	}
	for id, want := range map[string]moderation.State{answered.ID: moderation.Approved, alone.ID: moderation.Trashed, own.ID: moderation.Trashed,
		pending.ID: moderation.Trashed, spam.ID: moderation.IsSpam} {
		e, err := b.Entry(t.Context(), id, nil)
		must(t, err)
		last := e.Decided[0]
		if e.State != want || !e.Removed || !e.Erased() || e.Name+e.Website+e.Body+e.Sent() != "" || !e.Email.IsZero() || e.Addr.IsValid() || e.Consent != "" {
			t.Errorf("%s: %+v", id, e)
		}
		if last.Deed != moderation.Erased || last.Editor+last.By+last.Note != "" || last.To != want {
			t.Errorf("the log says %+v", last)
		}
	}
	for _, id := range []string{reply.ID, stranger.ID, later.ID} {
		if e, err := b.Entry(t.Context(), id, nil); err != nil || e.Removed || e.Body == "" || e.Email.IsZero() {
			t.Errorf("%s of others, or of later: %+v %v", id, e, err)
		}
	}
	tp, err := b.ThreadPage(t.Context(), "desa", Page, moderation.OldestFirst, "", 50)
	must(t, err)
	if got, want := ids(tp), []string{answered.ID, reply.ID, stranger.ID}; !cmp.Equal(got, want) || tp.Count != 3 {
		t.Fatalf("public are %v, want %v, counted %d", got, want, tp.Count)
	}
	if !tp.Comments[0].Removed || tp.Comments[1].Removed || cmp.Equal(tp.Comments[0].Avatar, tp.Comments[1].Avatar) {
		t.Errorf("%+v", tp.Comments)
	}
	if version, err := b.ThreadVersion(t.Context(), "desa", Page); err != nil || version == before {
		t.Errorf("version %d as before, %v", version, err)
	}
	if _, err := b.Subscribe(t.Context(), answered.ID, Start); moderation.CodeOf(err) != moderation.NotFound {
		t.Errorf("an erased comment asks to hear of replies: %v", err)
	}
	settled := desk.rule(moderation.Approved, pending.ID)
	if len(settled.Changed) != 0 || len(settled.Lost) != 1 || settled.Lost[0].By != "" || settled.Lost[0].Batch != r.ID {
		t.Errorf("an editor brings it back: %+v", settled)
	}
	verified(t, b)

	r = carried(t, b, erasing(t, b, reply.Email, Start.Add(5*time.Hour))) // nothing holds the place above it any more
	if got := desk.public(moderation.OldestFirst); r.Erased != 1 || !cmp.Equal(got, []string{stranger.ID}) {
		t.Errorf("public are %v, erased %d", got, r.Erased)
	}
	verified(t, b)
}

// verified wants a store that can tell to find nothing wrong with itself.
func verified(t *testing.T, b Mails) {
	t.Helper()
	if all, err := b.Verify(t.Context(), nil); err != nil || len(all) > 0 {
		t.Errorf("verify: %v %v", all, err)
	}
}

func erasesMany(t *testing.T, b Mails, desk *bench) {
	const n = 450
	desk.keepMany(n, func(i int) moderation.Comment {
		c := Comment(i)
		c.ID = uuid.NewString()
		c.Root, c.Email, c.At = c.ID, Comment(1).Email, Start.Add(time.Duration(i)*time.Second)
		return c
	})
	r := erasing(t, b, Comment(1).Email, Start.Add(time.Hour))
	if done := carried(t, b, r); done.Erased != n {
		t.Errorf("%d of %d erased", done.Erased, n)
	}
	if again, err := b.CarryOut(t.Context(), r.ID, Start.Add(2*time.Hour)); err != nil || again.Erased != n || !again.DoneAt.Equal(r.EraseAt) {
		t.Errorf("once more: %+v %v", again, err)
	}
	verified(t, b)
}
