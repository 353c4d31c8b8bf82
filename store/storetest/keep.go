package storetest

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"balasan/moderation"
)

var contract = map[string]func(*testing.T, *bench){
	"what is kept is what was sent":                          keptAsSent,
	"counting in steps is counting anew":                     tallyReplays,
	"each fact is counted once, whoever counts":              tallyOnce,
	"days begin where the editors are":                       tallyDays,
	"what waits is counted, and since when":                  backlog,
	"a blind check stays one":                                blindKept,
	"a comment remembers what its sender agreed to":          agreed,
	"50 posts with one key are one comment":                  oneKeyOneComment,
	"another submission under a key is refused":              keyReused,
	"a site of its own has keys of its own":                  keysPerSite,
	"an unknown site is not found":                           unknownSite,
	"NUL and invalid UTF-8 are refused":                      badText,
	"history counts what editors decided":                    history,
	"history stops at its cap":                               historyCap,
	"a sender's network is counted in three windows":         network,
	"a parent is known only while it is public":              parent,
	"a thread has its first comment's time":                  firstComment,
	"two editors on one comment: one wins, one is told":      twoEditors,
	"a ruling outside of the editor's sites is unknown":      outside,
	"undo restores a whole batch":                            undoRestores,
	"undo leaves what others changed since":                  undoSpares,
	"undo can be undone":                                     undoUndone,
	"an editor's batches are listed":                         batches,
	"a reply is kept, approved, and approves its parent":     answer,
	"a reply to what was refused is not kept":                answerLost,
	"nothing pending is in a thread":                         nothingPending,
	"each public change makes a new version":                 versions,
	"pages of a thread are complete and without doubles":     threadPages,
	"a malformed cursor is told":                             badCursor,
	"the queue is oldest first and its cursor stands":        queueCursor,
	"the queue is bounded, filtered and counted":             queueFilter,
	"an entry tells its whole story":                         wholeStory,
	"sites are added, changed and listed":                    sites,
	"a thread's mode overrides and is taken back":            threadMode,
	"people have names, roles and passwords":                 people,
	"passes open until they end":                             passes,
	"a sign-in link is good once":                            linkOnce,
	"a new password ends sessions and links":                 newPassword,
	"a dismissed editor keeps nothing but the name":          dismiss,
	"64 spenders of one challenge: one succeeds":             spendOnce,
	"three wrong answers lock a challenge":                   spendLocked,
	"comments that tie are one campaign":                     campaignOne,
	"campaigns merge under the oldest":                       campaignMerge,
	"decisions and undo count in a campaign":                 campaignDecided,
	"an editor sees their part of a campaign":                campaignSites,
	"members least like others come first":                   campaignStrangers,
	"who settled a campaign last is told":                    campaignSettled,
	"pages of campaigns are complete and without doubles":    campaignPages,
	"a submission's campaign is recalled":                    campaignRecall,
	"what is gathered is gathered once":                      campaignOnce,
	"a text teaches once, by what stands of decisions":       lessonOnce,
	"undo takes lessons back and brings them back":           lessonUndo,
	"the machine, the bin and the staff teach nothing":       lessonNone,
	"a keystroke on many teaches a bounded share":            lessonShare,
	"lessons are read on from any place":                     lessonPlaces,
	"any sequence of decisions replays to the model's state": replays,
}

var sameEmail = cmp.Comparer(func(a, b moderation.Email) bool { return a.Reveal() == b.Reveal() })

func keptAsSent(t *testing.T, b *bench) {
	c := Comment(1)
	c.Key, c.Unsolved = "kunci", true
	receipt, err := b.Keep(b.ctx, c)
	must(t, err)
	if receipt.ID != c.ID || !receipt.ReceivedAt.Equal(c.At) {
		t.Errorf("receipt %+v", receipt)
	}
	e, err := b.Entry(b.ctx, c.ID, []string{"desa"})
	must(t, err)
	if diff := cmp.Diff(c, e.Comment, sameEmail, cmpopts.EquateComparable(c.Addr)); diff != "" {
		t.Errorf("kept otherwise than sent: %s", diff)
	}
	if e.PageTitle != c.PageTitle || e.Level != moderation.Doubtful || e.ParentName != "" || e.Decided != nil {
		t.Errorf("entry %+v", e)
	}
}

func agreed(t *testing.T, b *bench) {
	first, second, silent := Comment(1), Comment(2), Comment(3)
	first.Key = "kunci"
	first.Agreed = moderation.Agreement{Wording: moderation.NewWording("id", "Saya setuju."), Ticked: true, At: first.At}
	second.Agreed = moderation.Agreement{Wording: moderation.NewWording("en", "By sending you agree."), At: second.At}
	b.keep(first, second, silent)
	again := first
	again.ID = NewID(9)
	again.Root, again.Agreed = again.ID, second.Agreed
	receipt, err := b.Keep(b.ctx, again)
	if err != nil || receipt.ID != first.ID {
		t.Errorf("the retry under another wording: %+v %v", receipt, err)
	}
	for _, c := range []moderation.Comment{first, second, silent} {
		e, err := b.Entry(b.ctx, c.ID, nil)
		if err != nil || e.Agreed != c.Agreed {
			t.Errorf("%s agreed to %+v %v, want %+v", c.ID, e.Agreed, err, c.Agreed)
		}
	}
}

func oneKeyOneComment(t *testing.T, b *bench) {
	receipts, faults := make([]moderation.Receipt, 50), make([]error, 50)
	var all sync.WaitGroup
	for i := range receipts {
		all.Go(func() {
			c := Comment(1)
			c.ID = NewID(i)
			c.Root, c.Key = c.ID, "kunci"
			receipts[i], faults[i] = b.Keep(b.ctx, c)
		})
	}
	all.Wait()
	for i, r := range receipts {
		if faults[i] != nil || r != receipts[0] {
			t.Errorf("receipt %d: %+v %v, want %+v", i, r, faults[i], receipts[0])
		}
	}
	l, err := b.List(b.ctx, moderation.Filter{State: moderation.Pending, Limit: 100})
	must(t, err)
	if l.Total != 1 || len(l.Entries) != 1 {
		t.Errorf("%d comments kept", l.Total)
	}
	again, err := b.Replay(b.ctx, "desa", "kunci", Comment(1).Digest())
	if err != nil || again != receipts[0] {
		t.Errorf("replay %+v %v", again, err)
	}
}

func keyReused(t *testing.T, b *bench) {
	first, other := Comment(1), Comment(2)
	first.Key, other.Key = "kunci", "kunci"
	b.keep(first)
	_, err := b.Keep(b.ctx, other)
	wantCode(t, err, moderation.KeyReused)
	_, err = b.Replay(b.ctx, "desa", "kunci", other.Digest())
	wantCode(t, err, moderation.KeyReused)
	_, err = b.Replay(b.ctx, "desa", "lain", first.Digest())
	wantCode(t, err, moderation.NotFound)
	other.Site = "kota"
	b.keep(other)
}

func keysPerSite(t *testing.T, b *bench) {
	here, there := Comment(1), Comment(2)
	there.Site, there.Email, there.Name = "kota", here.Email, here.Name
	here.State, there.State = moderation.Approved, moderation.Approved
	b.keep(here, there)
	var avatars [2]string
	for i, c := range []moderation.Comment{here, there} {
		tp, err := b.ThreadPage(b.ctx, c.Site, c.Page, moderation.NewestFirst, "", 10)
		must(t, err)
		avatars[i] = string(tp.Comments[0].Avatar)
	}
	if avatars[0] == avatars[1] || len(avatars[0]) != 8 {
		t.Errorf("avatars %x", avatars)
	}
}

func unknownSite(t *testing.T, b *bench) {
	c := Comment(1)
	c.Site = "entah"
	_, err := b.Keep(b.ctx, c)
	wantCode(t, err, moderation.NotFound)
	_, err = b.Site(b.ctx, "entah")
	wantCode(t, err, moderation.NotFound)
	_, err = b.Recall(b.ctx, moderation.Query{Site: "entah"})
	wantCode(t, err, moderation.NotFound)
	wantCode(t, b.SetThread(b.ctx, "entah", Page, moderation.Closed, sari, Start), moderation.NotFound)
}

func badText(t *testing.T, b *bench) {
	for _, bad := range []string{"a\x00b", "a\xffb"} {
		c := Comment(1)
		c.Body = bad
		_, err := b.Keep(b.ctx, c)
		wantCode(t, err, moderation.Malformed)
		c = Comment(1)
		c.Key = bad
		_, err = b.Keep(b.ctx, c)
		wantCode(t, err, moderation.Malformed)
		_, err = b.Rule(b.ctx, moderation.Ruling{IDs: []string{c.ID}, To: moderation.Approved, Note: bad}, sari, "b", nil, Start)
		wantCode(t, err, moderation.Malformed)
		known, err := b.Recall(b.ctx, moderation.Query{Site: "desa", Page: bad, Parent: bad})
		if err != nil || known.Parent != nil || !known.Thread.FirstAt.IsZero() {
			t.Errorf("recall of %q: %+v %v", bad, known, err)
		}
	}
}

func (b *bench) recall(c moderation.Comment, at time.Time) moderation.Recollection {
	b.t.Helper()
	known, err := b.Recall(b.ctx, moderation.Query{Site: c.Site, Page: c.Page, Parent: c.Parent, Email: c.Email, Addr: c.Addr, Text: c.Text, At: at})
	must(b.t, err)
	return known
}

func history(t *testing.T, b *bench) {
	var all []moderation.Comment
	for i := range 5 {
		c := Comment(i)
		c.Email, c.Addr, c.Text = Comment(1).Email, Comment(1).Addr, 7
		all = append(all, c)
	}
	all[4].State = moderation.IsSpam // the machine's word does not count
	b.keep(all...)
	b.rule(moderation.Approved, all[0].ID)
	b.rule(moderation.IsSpam, all[1].ID, all[2].ID)
	want := moderation.History{Approved: 1, Spam: 2, Repeats: 5, Refused: 2, Network: moderation.Recent{Minutes10: 5, Hour: 5, Day: 5}}
	if got := b.recall(all[0], Start.Add(5*time.Minute)).History; got != want {
		t.Errorf("history %+v, want %+v", got, want)
	}
	elsewhere := all[0]
	elsewhere.Addr = Comment(300).Addr
	if got := b.recall(elsewhere, Start.Add(5*time.Minute)).History.Approved; got != 0 {
		t.Errorf("a typed e-mail alone counts %d approved", got)
	}
	if got := b.recall(all[0], Start.Add(moderation.HistorySpan+time.Hour)).History; got.Spam != 0 || got.Repeats != 0 || got.Approved != 1 {
		t.Errorf("after its span: %+v", got)
	}
	stranger := Comment(900)
	stranger.Text = 0
	if got := b.recall(stranger, Start).History; got != (moderation.History{}) {
		t.Errorf("a stranger has %+v", got)
	}
}

func historyCap(t *testing.T, b *bench) {
	for i := range moderation.HistoryCap + 5 {
		c := Comment(i)
		c.Email, c.Text, c.At = Comment(0).Email, 7, Start
		b.keep(c)
	}
	if got := b.recall(moderation.Comment{Text: 7, Submission: Comment(0).Submission}, Start.Add(time.Second)).History; got.Repeats != moderation.HistoryCap || got.Network.Day != moderation.HistoryCap {
		t.Errorf("history %+v", got)
	}
}

func network(t *testing.T, b *bench) {
	for i, ago := range []time.Duration{time.Minute, 30 * time.Minute, 5 * time.Hour, 30 * time.Hour} {
		c := Comment(i)
		c.At = Start.Add(-ago)
		b.keep(c)
	}
	neighbour := Comment(100)
	if got, want := b.recall(neighbour, Start).History.Network, (moderation.Recent{Minutes10: 1, Hour: 2, Day: 3}); got != want {
		t.Errorf("network %+v, want %+v", got, want)
	}
	neighbour.Site = "kota"
	if got := b.recall(neighbour, Start).History.Network; got != (moderation.Recent{}) {
		t.Errorf("another site sees %+v", got)
	}
}

func parent(t *testing.T, b *bench) {
	top := Comment(1)
	reply := Below(top, Comment(2))
	b.keep(top, reply)
	if known := b.recall(reply, Start); known.Parent != nil {
		t.Errorf("a pending parent is known: %+v", known.Parent)
	}
	b.rule(moderation.Approved, top.ID, reply.ID)
	deeper := Below(reply, Comment(3))
	want := &moderation.Parent{ID: reply.ID, Root: top.ID, Depth: 1, Above: top.ID}
	if diff := cmp.Diff(want, b.recall(deeper, Start).Parent); diff != "" {
		t.Error(diff)
	}
	deeper.Page = "https://desa.id/lain"
	if known := b.recall(deeper, Start); known.Parent != nil {
		t.Error("a parent on another page is known")
	}
}

func firstComment(t *testing.T, b *bench) {
	if known := b.recall(Comment(1), Start); !known.Thread.FirstAt.IsZero() || known.Site.ID != "desa" {
		t.Errorf("before any: %+v", known)
	}
	must(t, b.SetThread(b.ctx, "desa", Page, moderation.Publish, sari, Start))
	b.keep(Comment(1), Comment(2))
	want := moderation.Thread{Mode: moderation.Publish, FirstAt: Comment(1).At}
	if got := b.recall(Comment(3), Start).Thread; got != want {
		t.Errorf("thread %+v, want %+v", got, want)
	}
	e, err := b.Entry(b.ctx, Comment(1).ID, nil)
	if err != nil || e.PageTitle == "" {
		t.Errorf("title %q %v", e.PageTitle, err)
	}
}

func nothingPending(t *testing.T, b *bench) {
	for i, s := range []moderation.State{moderation.Pending, moderation.Approved, moderation.IsSpam, moderation.Trashed} {
		c := Comment(i)
		c.State = s
		b.keep(c)
	}
	for _, order := range []moderation.Order{moderation.NewestFirst, moderation.OldestFirst} {
		if got := b.public(order); fmt.Sprint(got) != fmt.Sprint([]string{NewID(1)}) {
			t.Errorf("public %v", got)
		}
	}
	counts, err := b.Counts(b.ctx, "desa", []string{Page, "lain"})
	if err != nil || counts[Page] != 1 || len(counts) != 1 {
		t.Errorf("counts %v %v", counts, err)
	}
}
