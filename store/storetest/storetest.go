// Package storetest is the contract of a store: every backend passes the same tests.
package storetest

import (
	"context"
	"fmt"
	"net/netip"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"balasan/moderation"
)

// Backend is all that the rooms may ask of a store.
type Backend interface {
	Model
	moderation.Floor
	standing
	besides
}

// Model is what the model in memory has of a store, too: the rules of keeping and deciding, but
// nothing that only serves the desk.
type Model interface {
	moderation.Store
	moderation.Gatherings
	moderation.Decisions

	moderation.Tallies

	Gather(context.Context, moderation.Tying) (int, error)
	Tally(context.Context, moderation.Tallying) (int, error)
	Study(context.Context) (int, error)
	Lessons(ctx context.Context, after int64, limit int) ([]moderation.Lesson, error)
	ThreadVersion(ctx context.Context, site, page string) (int64, error)
	ThreadPage(ctx context.Context, site, page string, order moderation.Order, cursor string, limit int) (moderation.ThreadPage, error)
	Counts(ctx context.Context, site string, pages []string) (map[string]int, error)
	Pending(ctx context.Context, sites []string) (int, error)

	AddSite(context.Context, moderation.Site) error
	UpdateSite(context.Context, moderation.Site) error
	Sites(context.Context) ([]moderation.Site, error)

	AddEditor(context.Context, moderation.Editor) error
	EditorByName(ctx context.Context, name string) (moderation.Editor, string, error)
	Editors(context.Context) ([]moderation.Editor, error)
	SetPassword(ctx context.Context, editor, encoded string) error
	Grant(ctx context.Context, editor, site string, role moderation.Role, forced bool) error
	Dismiss(ctx context.Context, editor string, forced bool) error
	AddPass(context.Context, moderation.Pass) error
	UsePass(ctx context.Context, kind moderation.PassKind, hash [32]byte, at time.Time) (moderation.Pass, moderation.Editor, error)
	Passes(ctx context.Context, editor string, at time.Time) ([]moderation.Pass, error)
	DropPass(ctx context.Context, editor string, hash [32]byte) error

	Spend(ctx context.Context, id [12]byte, spender string, right bool, expires time.Time) (moderation.Code, error)
}

// Run holds a backend to the contract; open gives each test an empty one.
func Run(t *testing.T, open func(t *testing.T) Backend) {
	for _, part := range []map[string]func(*testing.T, *bench){contract, deskContract} {
		for name, test := range part {
			t.Run(name, func(t *testing.T) { test(t, newBench(t, open(t))) })
		}
	}
}

// RunModel holds a model to its part of the contract.
func RunModel(t *testing.T, open func(t *testing.T) Model) {
	for name, test := range contract {
		t.Run(name, func(t *testing.T) { test(t, newBench(t, onlyModel{Model: open(t)})) })
	}
}

// onlyModel is a backend as long as nobody asks it for what serves the desk.
type onlyModel struct {
	Model
	moderation.Floor
	standing
	besides
}

type standing interface {
	moderation.Stands
	moderation.Register
	RefreshStanding(context.Context, time.Time) error
}

// besides is what other parts of the program ask.
type besides interface {
	Facts(ctx context.Context, after int64, limit int) ([]moderation.Fact, error)
	LastFact(context.Context) (int64, error)
	CountReads(ctx context.Context, reads []moderation.PageReads, at time.Time) error
}

// Page is where comments go unless a test says otherwise.
const Page = "https://desa.id/berita/1"

// Start is when the tests begin.
var Start = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

var (
	sari = moderation.Editor{ID: "e1", Name: "Sari", Roles: map[string]moderation.Role{moderation.AllSites: moderation.Owner}}
	budi = moderation.Editor{ID: "e2", Name: "Budi", Roles: map[string]moderation.Role{"desa": moderation.Redact}}
)

// bench is a backend with two sites and short words for what most tests do.
type bench struct {
	Backend
	t   *testing.T
	ctx context.Context
}

func newBench(t *testing.T, b Backend) *bench {
	t.Helper()
	for _, id := range []string{"desa", "kota"} {
		must(t, b.AddSite(t.Context(), moderation.Site{ID: id, Name: id, Language: "id",
			Origins: []string{"https://" + id + ".id"}, Policy: moderation.DefaultPolicy()}))
	}
	return &bench{Backend: b, t: t, ctx: t.Context()}
}

// Comment is a pending one at the top of [Page], the nth minute after [Start].
func Comment(n int) moderation.Comment {
	id := NewID(n)
	email, err := moderation.ParseEmail(fmt.Sprintf("Pembaca%d@contoh.id", n))
	if err != nil {
		panic(err)
	}
	return moderation.Comment{ID: id, Root: id, State: moderation.Pending, Text: uint64(n) + 1<<63,
		Verdict: moderation.Verdict{Outcome: moderation.Hold, Score: 2.5, Approve: 2, Spam: 10, Rules: "r1",
			History: moderation.History{Approved: 1, Spam: 2, Repeats: 3, Refused: 4, Network: moderation.Recent{Minutes10: 5, Hour: 6, Day: 7}, Campaign: moderation.Kin{Size: 8, Refused: 9, Hour: 10}},
			Signals: []moderation.Signal{{Rule: "links.one", Score: 2.5, Group: "links", Term: "contoh",
				Spans:  []moderation.Span{{Field: moderation.FieldBody, Start: 1, End: 4}},
				Reason: moderation.Text{ID: "ada tautan", EN: "a link"}}}},
		Submission: moderation.Submission{Site: "desa", Page: Page, PageTitle: "Jalan desa diperbaiki", Name: "Pembaca",
			Email: email, Website: "https://contoh.id", Body: fmt.Sprintf("Komentar %d", n), Language: "id",
			Form: moderation.Form{Signed: true, Age: 12 * time.Second, Traps: 1},
			Addr: netip.AddrFrom4([4]byte{192, 0, byte(n / 250), byte(1 + n%250)}), At: Start.Add(time.Duration(n) * time.Minute)}}
}

// NewID is a UUIDv7-shaped ID that sorts by n.
func NewID(n int) string {
	var id uuid.UUID
	ms := uint64(Start.UnixMilli()) + uint64(n)
	for i := range 6 {
		id[i] = byte(ms >> (40 - 8*i))
	}
	id[6], id[8], id[15] = 0x70, 0x80, byte(n)
	return id.String()
}

// Below makes c a reply to parent.
func Below(parent, c moderation.Comment) moderation.Comment {
	c.Parent, c.Root, c.Depth = parent.ID, parent.Root, parent.Depth+1
	return c
}

func (b *bench) keep(all ...moderation.Comment) {
	b.t.Helper()
	for _, c := range all {
		if _, err := b.Keep(b.ctx, c); err != nil {
			b.t.Fatalf("keep %s: %v", c.ID, err)
		}
	}
}

// keepMany keeps n comments at once, in no order.
func (b *bench) keepMany(n int, comment func(n int) moderation.Comment) {
	b.t.Helper()
	var all sync.WaitGroup
	for first := range 64 {
		all.Go(func() {
			for i := first; i < n; i += 64 {
				if _, err := b.Keep(b.ctx, comment(i)); err != nil {
					b.t.Error(err)
				}
			}
		})
	}
	all.Wait()
}

func (b *bench) rule(to moderation.State, ids ...string) moderation.Settled {
	b.t.Helper()
	settled, err := b.Rule(b.ctx, moderation.Ruling{IDs: ids, To: to}, sari, uuid.NewString(), nil, Start.Add(time.Hour))
	must(b.t, err)
	return settled
}

func (b *bench) undo(batch string) moderation.Settled {
	b.t.Helper()
	settled, err := b.Undo(b.ctx, batch, budi, uuid.NewString(), nil, Start.Add(2*time.Hour))
	must(b.t, err)
	return settled
}

func (b *bench) state(id string) moderation.State {
	b.t.Helper()
	e, err := b.Entry(b.ctx, id, nil)
	must(b.t, err)
	return e.State
}

func (b *bench) public(order moderation.Order) []string {
	b.t.Helper()
	tp, err := b.ThreadPage(b.ctx, "desa", Page, order, "", 200)
	must(b.t, err)
	return ids(tp)
}

func ids(tp moderation.ThreadPage) (all []string) {
	for _, c := range tp.Comments {
		all = append(all, c.ID)
	}
	return all
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wantCode(t *testing.T, err error, want moderation.Code) {
	t.Helper()
	if err == nil || moderation.CodeOf(err) != want {
		t.Errorf("got %v, want %s", err, want)
	}
}
