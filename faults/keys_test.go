package faults

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"balasan/internal/keys"
	"balasan/internal/program"
	"balasan/internal/reliability"
	"balasan/moderation"
	"balasan/store"
)

// opened is a database with the keys of a folder, as the program opens them.
func opened(t *testing.T, database, dir string) *store.DB {
	t.Helper()
	ring, err := keys.Open(dir, false)
	if err != nil {
		t.Fatal(err)
	}
	db, err := store.Open(context.Background(), store.Options{Path: database, Keys: store.Keys{Current: ring.Newest, Master: ring.Of("store"),
		Wrapping: func(kid, name string) ([]byte, error) {
			key, err := ring.Wrapping(kid, name)
			if errors.Is(err, keys.ErrDestroyed) {
				err = store.ErrErased
			}
			return key, err
		}}})
	if err != nil {
		t.Fatal(err)
	}
	return db
}

// emailOf is the address that a database gives away with the keys of a folder; empty when it does not.
func emailOf(t *testing.T, database, dir, comment string) string {
	t.Helper()
	db := opened(t, database, dir)
	defer db.Close()
	e, err := db.Entry(t.Context(), comment, nil)
	if err != nil {
		t.Fatal(err)
	}
	return e.Email.Reveal()
}

// TestFaultRotationKilled kills balasan keys rotate at any moment beside a running server.
func TestFaultRotationKilled(t *testing.T) {
	p := program.Serve(t, program.Open())
	database := filepath.Join(p.Dir, "balasan.db")
	id := p.Submit("kunci", "Terima kasih beritanya", "kunci-0")
	manySites(t, p, 400)
	kills, rounds := 0, 2
	if reliability.Long() {
		rounds = 12
	}
	for round := range rounds {
		for range 6 {
			kills += interrupted(t, p)
			if ring, err := keys.Open(p.Dir, false); err != nil || len(ring.Kids()) < 1 {
				t.Fatal("secret.keys is broken:", err)
			}
			if p.Submit("kunci", "Masih jalan", fmt.Sprint("kunci-", round, kills)) == "" {
				t.Fatalf("the server refuses: %s", p.Log())
			}
		}
		if _, err := p.Command("keys", "rotate"); err != nil {
			t.Fatal(err)
		}
		dropOlder(t, p)
		if got := emailOf(t, database, p.Dir, id); got != "wati@contoh.id" {
			t.Fatalf("the address is %q after the rotation", got)
		}
	}
	if out, err := p.Command("verify"); err != nil {
		t.Error(out, err)
	}
	if p.Submit("kunci", "Masih jalan", "kunci-akhir") == "" {
		t.Error("the server refuses at the end")
	}
	reliability.Tell(t, reliability.Line{Area: reliability.Privacy, Promises: "P1 P6",
		Fault:   "balasan keys rotate killed -9 at any moment, 400 sites, beside a running server",
		Seen:    fmt.Sprintf("%d kills, %d rotations finished and older keys dropped; every address opens, every submission meanwhile was taken", kills, rounds),
		Control: tornFile(t, p.Dir)})
}

// manySites gives a rotation something to do.
func manySites(t *testing.T, p *program.Program, n int) {
	t.Helper()
	db := opened(t, filepath.Join(p.Dir, "balasan.db"), p.Dir)
	defer db.Close()
	for i := range n {
		if err := db.AddSite(t.Context(), moderation.Site{ID: fmt.Sprintf("situs-%d", i), Language: "id", Policy: moderation.DefaultPolicy()}); err != nil {
			t.Fatal(err)
		}
	}
}

// interrupted starts a rotation and kills it; 0 when it was done before.
func interrupted(t *testing.T, p *program.Program) int {
	t.Helper()
	cmd := exec.Command(program.Binary(t), "--data", p.Dir, "keys", "rotate")
	cmd.Env = []string{}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	kill := time.AfterFunc(time.Duration(30+rand.IntN(200))*time.Millisecond, func() { _ = cmd.Process.Kill() })
	defer kill.Stop()
	if err := cmd.Wait(); err != nil {
		return 1
	}
	return 0
}

// dropOlder drops every key but the one that seals.
func dropOlder(t *testing.T, p *program.Program) {
	t.Helper()
	ring, err := keys.Open(p.Dir, false)
	if err != nil {
		t.Fatal(err)
	}
	for _, kid := range ring.Kids()[1:] {
		if _, err := p.Command("keys", "drop", kid, "--yes", "--now"); err != nil {
			t.Fatal(err)
		}
	}
}

// tornFile is the control: what a program that writes in place leaves when it is killed.
func tornFile(t *testing.T, from string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(from, keys.File))
	if err != nil {
		t.Fatal(err)
	}
	torn := 0
	for cut := 0; cut < len(text); cut += len(text)/16 + 1 {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, keys.File), text[:cut], 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := keys.Open(dir, false); err != nil {
			torn++
		}
	}
	if torn == 0 {
		t.Error("control: a torn file opens: the test proves nothing")
	}
	return fmt.Sprintf("a file written in place and cut off at 16 points does not open at %d of them", torn)
}

// TestFaultErasedSiteInABackup looks for an address in backups from before its site was erased.
func TestFaultErasedSiteInABackup(t *testing.T) {
	p := program.Serve(t, program.Open())
	if _, err := p.Command("site", "add", "pasar", "https://pasar.example"); err != nil {
		t.Fatal(err)
	}
	id := p.Submit("hapus", "Terima kasih beritanya", "hapus-1")
	p.Await(t, "/v1/sites/pasar/threads?page=hapus", "", func(a program.Answer) bool { return a.Status == 200 })
	sent, err := p.Post("/v1/sites/pasar/comments", program.Submission("hapus", "Harga naik lagi", "hapus-2"))
	var other struct{ ID string }
	if err != nil || sent.Into(&other) != nil || other.ID == "" {
		t.Fatal(err, string(sent.Body))
	}
	backup, old := filepath.Join(t.TempDir(), "backup.db"), t.TempDir()
	if _, err := p.Command("backup", backup); err != nil {
		t.Fatal(err)
	}
	sameKeys(t, p.Dir, old)
	if out, err := p.Command("site", "erase", "demo", "--yes"); err != nil || strings.Contains(out, "keys drop") {
		t.Fatal(out, err)
	}
	p.Await(t, program.Thread("hapus"), "", func(a program.Answer) bool { return a.Status == 404 })
	if got := emailOf(t, backup, p.Dir, id); got != "" {
		t.Errorf("the backup gives %q away", got)
	}
	if got := emailOf(t, backup, p.Dir, other.ID); got != "wati@contoh.id" {
		t.Errorf("the other site's address in the backup is %q", got)
	}
	if n := opens(t, backup, p.Dir); n != 1 {
		t.Errorf("of the two data keys in the backup %d open with all that the file holds, want the other site's", n)
	}
	control := emailOf(t, backup, old, id)
	if control != "wati@contoh.id" {
		t.Errorf("control: with the file from before, the backup gives %q: the test proves nothing", control)
	}
	if p.Submit("hapus", "Sekali lagi", "hapus-3") != "" {
		t.Error("an erased site takes comments")
	}
	if out, err := p.Command("verify"); err != nil {
		t.Error(out, err)
	}
	reliability.Tell(t, reliability.Line{Area: reliability.Privacy, Promises: "P4",
		Fault:   "a site is erased, and a backup from before is opened with the key file from after",
		Seen:    "0 of its addresses open, those of the other site do",
		Control: "with the key file from before the same address opens"})
}

// opens counts the data keys of a backup that anything in a key file unwraps, whatever the program
// would try.
func opens(t *testing.T, database, dir string) (n int) {
	t.Helper()
	ring, err := keys.Open(dir, false)
	if err != nil {
		t.Fatal(err)
	}
	for _, one := range wrappedKeys(t, database) {
		for _, kid := range ring.Kids() {
			tries := [][]byte{}
			if key, err := ring.Wrapping(kid, store.WrapName(one.site, one.kid)); err == nil {
				tries = append(tries, key)
			}
			for _, label := range []string{"store", "challenge", "form", "limits", "blind", "leaf", ""} {
				if key, known := ring.Of(label)(kid); known {
					tries = append(tries, key)
				}
			}
			for _, key := range tries {
				if one.opensWith(key) {
					n++
				}
			}
		}
	}
	return n
}
