package fanout

import (
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"balasan/internal/redistest"
	"balasan/limits"
	"balasan/moderation"
)

// replica is one process's fanout and what it heard.
type replica struct {
	*Fanout
	mu    sync.Mutex
	heard []moderation.Hint
}

func newReplica(t *testing.T, address, channel string) *replica {
	t.Helper()
	client, err := limits.Dial(address)
	if err != nil {
		t.Fatal(err)
	}
	r := &replica{}
	r.Fanout = &Fanout{Client: client, Channel: channel, Log: slog.New(slog.DiscardHandler), Hear: r.hear}
	done := make(chan struct{})
	go func() { r.Run(t.Context()); close(done) }()
	t.Cleanup(func() {
		<-done
		client.Close()
	})
	r.await(t, moderation.Anything) // it is connected
	return r
}

func (r *replica) hear(hints []moderation.Hint) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.heard = append(r.heard, hints...)
}

func (r *replica) times(h moderation.Hint) (n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, one := range r.heard {
		if one == h {
			n++
		}
	}
	return n
}

func (r *replica) await(t *testing.T, h moderation.Hint) {
	t.Helper()
	until(t, fmt.Sprint("it hears of ", h), func() bool { return r.times(h) > 0 })
}

func until(t *testing.T, what string, done func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); !done(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("never: " + what)
		}
	}
}

func thread(n int) moderation.Hint {
	return moderation.Hint{Site: "desa", Page: fmt.Sprintf("https://desa.example/%d", n)}
}

func TestWhatOneTellsAllOthersHearAndItselfOnce(t *testing.T) {
	server := redistest.Start(t)
	a, b, c := newReplica(t, server.URL(), "x"), newReplica(t, server.URL(), "x"), newReplica(t, server.URL(), "x")
	other := newReplica(t, server.URL(), "y")
	a.Tell([]moderation.Hint{thread(1)})
	if a.times(thread(1)) != 1 {
		t.Error("this process does not hear at once what it changed itself")
	}
	b.await(t, thread(1))
	c.await(t, thread(1))
	other.Tell([]moderation.Hint{thread(2)})
	b.Tell([]moderation.Hint{thread(3)})
	a.await(t, thread(3))
	if n := a.times(thread(1)); n != 1 {
		t.Errorf("it hears what it told itself %d times", n)
	}
	if a.times(thread(2)) != 0 {
		t.Error("another installation on the same Redis is heard")
	}
	if s := b.Stats(); s.Heard != 1 || s.Sent != 1 || s.Lost != 0 {
		t.Errorf("%+v", s)
	}
}

func TestMoreThanAMessageHoldsBecomesOneHintOfAnything(t *testing.T) {
	client, err := limits.Dial("redis://127.0.0.1:1") // nobody is there
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	f := &Fanout{Client: client, Hear: func([]moderation.Hint) {}}
	for n := range most {
		f.Tell([]moderation.Hint{thread(n), thread(n)})
	}
	if got := f.take(); len(got) != most {
		t.Errorf("%d threads wait", len(got))
	}
	for n := range 100 * most {
		f.Tell([]moderation.Hint{thread(n)})
		if len(f.waiting) > most {
			t.Fatalf("%d wait", len(f.waiting))
		}
	}
	if got := f.take(); !slices.Contains(got, moderation.Anything) {
		t.Errorf("of too many %d are left and nothing says that there were more", len(got))
	}
}

func TestWhatDoesNotReadIsOfNobodyHere(t *testing.T) {
	heard := 0
	f := &Fanout{Hear: func([]moderation.Hint) { heard++ }}
	for _, text := range []string{"", "{", `[]`, `{"hints":3}`, `{"from":"x","hints":[` + string(make([]byte, longest)) + `]}`} {
		f.heard(text)
	}
	if heard != 0 || f.Stats().Heard != 0 {
		t.Errorf("%d of them were believed", heard)
	}
	f.heard(`{"from":"x","hints":[{"Site":"desa","Page":"p"}]}`)
	if heard != 1 {
		t.Error("what reads is not heard")
	}
}

func TestRedisGoesAndComesBack(t *testing.T) {
	server := redistest.Start(t)
	a, b := newReplica(t, server.URL(), "x"), newReplica(t, server.URL(), "x")
	for name, away := range map[string][2]func(){"killed": {server.Kill, server.Run}, "hanging": {server.Hang, server.Resume}} {
		before, lost := b.times(moderation.Anything), a.Stats().Lost
		away[0]()
		until(t, name+": both know that they are cut off", func() bool { return a.Cut() && b.Cut() })
		a.Tell([]moderation.Hint{{Site: name, Page: "lost"}})
		until(t, name+": the message is lost", func() bool { return a.Stats().Lost > lost })
		away[1]()
		until(t, name+": they hear again", func() bool { return !a.Cut() && !b.Cut() })
		if b.times(moderation.Anything) == before {
			t.Errorf("%s: nobody says that anything may have changed meanwhile", name)
		}
		until(t, name+": a hint arrives", func() bool {
			a.Tell([]moderation.Hint{{Site: name, Page: "back"}})
			return b.times(moderation.Hint{Site: name, Page: "back"}) > 0
		})
		if b.times(moderation.Hint{Site: name, Page: "lost"}) > 0 && name == "killed" {
			t.Errorf("%s: a message that was lost is heard", name)
		}
	}
}

func TestHintsPassThroughAClusterAndPastASentinelsFailover(t *testing.T) {
	t.Run("cluster", func(t *testing.T) {
		cluster := redistest.StartCluster(t)
		a, b := newReplica(t, cluster.URL(), "x"), newReplica(t, cluster.URL(), "x")
		a.Tell([]moderation.Hint{thread(1)})
		b.await(t, thread(1))
	})
	t.Run("sentinels", func(t *testing.T) {
		set := redistest.StartSentinels(t)
		a, b := newReplica(t, set.URL(), "x"), newReplica(t, set.URL(), "x")
		a.Tell([]moderation.Hint{thread(1)})
		b.await(t, thread(1))
		set.Master.Kill()
		until(t, "hints pass over the new master", func() bool {
			a.Tell([]moderation.Hint{thread(2)})
			return b.times(thread(2)) > 0
		})
	})
}
