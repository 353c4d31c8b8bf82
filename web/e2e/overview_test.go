package e2e

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/google/uuid"

	"balasan/internal/keys"
	"balasan/moderation"
	"balasan/store"
)

// history puts a month of comments and decisions into the database of a running instance.
func (in *instance) history(days, each int) {
	in.t.Helper()
	ring, err := keys.Open(in.dir, false)
	if err != nil {
		in.t.Fatal(err)
	}
	db, err := store.Open(in.t.Context(), store.Options{Path: filepath.Join(in.dir, "balasan.db"), Keys: store.Keys{Current: ring.Newest, Master: ring.Of("store"), Wrapping: ring.Wrapping}})
	if err != nil {
		in.t.Fatal(err)
	}
	defer db.Close()
	random := rand.New(rand.NewPCG(4, 2))
	var all sync.WaitGroup
	for day := range days {
		n := each/2 + random.IntN(each)
		all.Go(func() { in.aDay(db, rand.New(rand.NewPCG(uint64(day), 1)), time.Now().AddDate(0, 0, -day), n) })
	}
	all.Wait()
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		if behind, err := db.Behind(in.t.Context()); err == nil && behind == 0 {
			return
		}
	}
	in.t.Fatal("not everything was counted after 30 s")
}

var rulesMet = []string{"links.many", "judol.brand", "judol.words", "names.odd", "form.fast", "repeat.same", "seo.praise", "contact.phone"}

func (in *instance) aDay(db *store.DB, random *rand.Rand, noon time.Time, n int) {
	decided := map[moderation.State][]string{}
	for range n {
		spam := random.IntN(10) < 6
		said := 1.0 + 2.2*random.NormFloat64() - 2
		if spam {
			said = 4 + 2.2*random.NormFloat64()
		}
		v := moderation.Verdict{Outcome: moderation.Hold, Score: said, Approve: 2, Spam: 10,
			Signals: []moderation.Signal{{Rule: "learn.prior", Score: min(max(said, -2.5), 8)}}}
		for i, rule := range rulesMet {
			if spam && random.IntN(3) == 0 || random.IntN(9+2*i) == 0 {
				v.Signals = append(v.Signals, moderation.Signal{Rule: rule, Score: 4, Shadow: i > 5})
			}
		}
		c := moderation.Comment{ID: uuid.Must(uuid.NewV7()).String(), State: moderation.Pending, Verdict: v,
			Submission: moderation.Submission{Site: "demo", Page: in.Base + "/demo", PageTitle: "Jembatan baru", Name: "Pembaca", Body: uuid.NewString(),
				At: noon.Add(-time.Duration(random.IntN(600)) * time.Minute)}}
		switch c.Root = c.ID; {
		case spam && said > 5:
			c.State, c.Verdict.Outcome = moderation.IsSpam, moderation.Spam
			if random.IntN(12) == 0 {
				c.State, c.Blind = moderation.Pending, true
			}
		case said < 0:
			c.Verdict.Outcome = moderation.Approve
		}
		if _, err := db.Keep(in.t.Context(), c); err != nil {
			in.t.Error(err)
			return
		}
		switch {
		case c.State != moderation.Pending, random.IntN(12) == 0:
		case spam != (random.IntN(15) == 0):
			decided[moderation.IsSpam] = append(decided[moderation.IsSpam], c.ID)
		case random.IntN(15) == 0:
			decided[moderation.Trashed] = append(decided[moderation.Trashed], c.ID)
		default:
			decided[moderation.Approved] = append(decided[moderation.Approved], c.ID)
		}
	}
	for to, ids := range decided {
		by := moderation.Editor{ID: "e", Name: []string{"Sari", "Budi Santoso", "Ni Luh Ayu"}[random.IntN(3)]}
		at := noon.Add(time.Duration(random.IntN(8)) * time.Hour)
		batch := uuid.NewString()
		_, err := db.Rule(in.t.Context(), moderation.Ruling{IDs: ids, To: to}, by, batch, nil, at)
		if err == nil && random.IntN(12) == 0 {
			_, err = db.Undo(in.t.Context(), batch, by, uuid.NewString(), nil, at.Add(time.Minute))
		}
		if err != nil {
			in.t.Error(err)
		}
	}
}

func TestTheOverviewInEveryLook(t *testing.T) {
	in, ctx := start(t), browser(t)
	signIn(t, in, ctx)
	look := func(state string, widths ...int) {
		for _, scheme := range []string{"light", "dark"} {
			for _, width := range widths {
				name := fmt.Sprintf("overview %s %s %d", state, scheme, width)
				do(t, ctx, window(width, scheme), chromedp.Navigate(in.Base+"/queue/overview"))
				fits(t, ctx, name)
				accessible(t, ctx, name)
				picture(ctx, name)
			}
		}
	}
	look("empty", 390)
	in.history(30, 40)
	look("full", 320, 390, 1280)
	do(t, ctx, window(390, "light"), chromedp.Evaluate[chromedp.Void](`document.querySelectorAll('details').forEach(d => d.open = true)`))
	fits(t, ctx, "overview tables 390")
	accessible(t, ctx, "overview tables 390")
	do(t, ctx, withScripts(false), chromedp.Navigate(in.Base+"/queue/overview?days=7&lang=en"), shows("svg.chart"))
}
