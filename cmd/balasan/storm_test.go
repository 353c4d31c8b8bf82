package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"balasan/configs"
	"balasan/moderation"
)

const clients = 64

// attempt is what a client knows of one submission: acknowledged with an id, or unknown.
type attempt struct{ key, id string }

// TestFaultKillInAStorm kills the program while 64 clients submit, starts it again and lets the
// clients retry with their keys: what was acknowledged is stored, and every key exactly once.
func TestFaultKillInAStorm(t *testing.T) {
	rounds := 2
	if os.Getenv("BALASAN_FAULTS") == "long" {
		rounds = 12
	}
	if testing.Short() {
		t.Skip("starts processes")
	}
	dir := t.TempDir()
	var all []attempt
	for round := range rounds {
		s := serveStorm(t, dir)
		attempts := storm(t, s, round)
		s = serveStorm(t, dir)
		for i, a := range attempts {
			again := submit(s.base, a.key)
			switch {
			case again == "":
				t.Fatalf("round %d: the retry of %s is refused", round, a.key)
			case a.id != "" && a.id != again:
				t.Errorf("round %d: %s was acknowledged as %s and is now %s", round, a.key, a.id, again)
			}
			attempts[i].id = again
		}
		if err := s.stop(); err != nil {
			t.Fatal(err)
		}
		all = append(all, attempts...)
	}
	for _, fault := range misfits(all, stored(t, dir)) {
		t.Error(fault)
	}
	t.Logf("%d submissions over %d kills", len(all), rounds)
}

func TestTheStormsCheckFindsLossAndDoubles(t *testing.T) {
	attempts := []attempt{{"k1", "a"}, {"k2", "b"}}
	for name, tc := range map[string]struct {
		stored []string
		faults int
	}{
		"all once": {[]string{"a", "b"}, 0},
		"one lost": {[]string{"a"}, 1},
		"a double": {[]string{"a", "b", "c"}, 1},
	} {
		if got := misfits(attempts, tc.stored); len(got) != tc.faults {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// misfits holds what the clients know against what is stored.
func misfits(attempts []attempt, stored []string) []string {
	var faults []string
	left := map[string]bool{}
	for _, id := range stored {
		left[id] = true
	}
	for _, a := range attempts {
		if !left[a.id] {
			faults = append(faults, a.key+" is lost or shares its comment with another key")
		}
		delete(left, a.id)
	}
	for id := range left {
		faults = append(faults, id+" is stored and nobody sent it")
	}
	return faults
}

func serveStorm(t *testing.T, dir string) *server {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	s := &server{}
	env := []string{"BALASAN_DATA=" + dir, "BALASAN_LISTEN=127.0.0.1:0", "BALASAN_POLICY_CHALLENGE=never",
		"BALASAN_LIMITS_SUBMIT_NARROW=1000000/1s", "BALASAN_LIMITS_SUBMIT_WIDE=1000000/1s", "BALASAN_LOG_LEVEL=warn"}
	if err := s.start(self, filepath.Join(t.TempDir(), "log"), dir, env); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.kill)
	return s
}

// storm submits from 64 clients and kills the server once some hundred are acknowledged.
func storm(t *testing.T, s *server, round int) []attempt {
	t.Helper()
	var acked atomic.Int64
	var killed sync.Once
	var wait sync.WaitGroup
	lists := make([][]attempt, clients)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for client := range clients {
		wait.Go(func() {
			for n := 0; ctx.Err() == nil; n++ {
				key := fmt.Sprintf("r%d-c%d-n%d", round, client, n)
				id := submit(s.base, key)
				lists[client] = append(lists[client], attempt{key, id})
				if id == "" {
					return // the server is gone
				}
				if acked.Add(1) >= 400 {
					killed.Do(s.kill)
				}
			}
		})
	}
	wait.Wait()
	var all []attempt
	for _, list := range lists {
		all = append(all, list...)
	}
	if acked.Load() < 400 {
		t.Fatalf("only %d submissions were acknowledged", acked.Load())
	}
	return all
}

// browser keeps its connections, as browsers do.
var browser = &http.Client{Timeout: patience, Transport: &http.Transport{MaxIdleConnsPerHost: clients}}

// submit sends one submission; the id is empty when it is unknown whether it was kept.
func submit(base, key string) string {
	body := fmt.Sprintf(`{"page":"badai","name":"Badai","email":"badai@contoh.id","body":"Kiriman %s di tengah badai","key":%q}`, key, key)
	resp, err := browser.Post(base+"/v1/sites/demo/comments", "application/json", strings.NewReader(body))
	if err != nil {
		return ""
	}
	defer resp.Body.Close()
	var receipt struct{ ID string }
	text, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusAccepted || json.Unmarshal(text, &receipt) != nil {
		return ""
	}
	return receipt.ID
}

// stored reads the ids of all comments, whatever became of them.
func stored(t *testing.T, dir string) []string {
	t.Helper()
	cfg, err := configs.Load("", nil, "data="+dir)
	if err != nil {
		t.Fatal(err)
	}
	h, err := enter(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer h.close()
	var ids []string
	for _, state := range []moderation.State{moderation.Pending, moderation.Approved, moderation.IsSpam, moderation.Trashed} {
		for cursor := ""; ; {
			page, err := h.db.List(t.Context(), moderation.Filter{State: state, Limit: 100, Cursor: cursor})
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range page.Entries {
				ids = append(ids, e.ID)
			}
			if cursor = page.Next; cursor == "" {
				break
			}
		}
	}
	return ids
}
