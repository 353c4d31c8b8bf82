package faults

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"balasan/faults/checker"
	"balasan/internal/program"
)

// checked are settings under which the checker's visitors come from addresses of their own, and every
// comment begins as pending: the machine refuses none.
func checked(t testing.TB) program.Settings {
	return program.Open().With(program.Settings{"LISTEN": program.FreeAddress(t), "TRUSTED_PROXIES": "127.0.0.1/32", "POLICY_SPAM": "1000"})
}

// crowd is a run of clients with two editors at one program.
func crowd(t testing.TB, p *program.Program, name string, clients int, mix checker.Mix) *checker.Run {
	t.Helper()
	r := &checker.Run{History: checker.NewHistory(), Seed: rand.Uint64(), Name: name, Clients: clients, Pages: 2 * clients, Mix: mix,
		Doors: []checker.Door{{Name: p.Base, Base: p.Base, Site: "demo"}}, Editors: twoEditors(t, p)}
	t.Logf("seed %d", r.Seed)
	return r
}

// twoEditors makes people with tokens, as an operator would, beside the running program.
func twoEditors(t testing.TB, p *program.Program) []checker.Editor {
	t.Helper()
	var all []checker.Editor
	for _, name := range []string{"Ani", "Budi"} {
		_, _ = p.Command("editor", "add", name) // known already in a later round
		token, err := p.Command("editor", "token", name)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, checker.Editor{Name: name, Token: strings.TrimSpace(token)})
	}
	return all
}

// during works until the fault has been done, and once more it has acknowledged as many.
func during(t testing.TB, r *checker.Run, acked int64, fault func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	r.Open()
	done := make(chan struct{})
	go func() { r.Work(ctx); close(done) }()
	awaitAcked(t, r, acked)
	fault()
	awaitAcked(t, r, r.Acked.Load()+acked/4)
	cancel()
	<-done
}

func awaitAcked(t testing.TB, r *checker.Run, n int64) {
	t.Helper()
	reaches(t, &r.Acked, n, func() any { return "of submissions that are acknowledged" })
}

// reaches waits until a count has come to n; when it does not, why says what is known.
func reaches(t testing.TB, count *atomic.Int64, n int64, why func() any) {
	t.Helper()
	for end := time.Now().Add(program.Patience); count.Load() < n; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("only %d of %d: %v", count.Load(), n, why())
		}
	}
}

// judge settles what is unknown and holds the run against what is kept.
func judge(t testing.TB, r *checker.Run) checker.Final {
	t.Helper()
	for _, refused := range r.Settle() {
		t.Error(refused)
	}
	time.Sleep(1100 * time.Millisecond) // a thread may be a second old, by its promise
	end, err := checker.ReadFinal(r.Doors[0], r.Editors[0])
	if err != nil {
		t.Fatal(err)
	}
	end = end.Of(r.Name)
	for n, broken := range checker.Check(r.History, end) {
		if n == 10 {
			t.Error("and more")
			break
		}
		t.Error(broken)
	}
	return end
}

// summary tells what was known of a run.
func summary(r *checker.Run) string {
	return fmt.Sprintf("%d submissions acknowledged and %d unknown, %d decisions ok, %d too late and told by whom",
		r.Count(checker.Submit, checker.OK), r.Count(checker.Submit, checker.Unknown),
		r.Count(checker.Decide, checker.OK), r.Count(checker.Decide, checker.Fail))
}
