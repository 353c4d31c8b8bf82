package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"balasan/internal/keys"
	"balasan/internal/pgtest"
	running "balasan/internal/program"
)

// TestAnInstallationMovesToPostgres copies what was taken in on SQLite and goes on with it there.
func TestAnInstallationMovesToPostgres(t *testing.T) {
	_, database := pgtest.Own(t)
	settings := running.Open().With(running.Settings{"DATA": t.TempDir()})
	before := serve(t, settings)
	id := before.Submit("pindah", "Kiriman sebelum pindah", "satu")
	in := func(dir, url, command string) (string, error) {
		cmd := exec.Command(self(t), strings.Fields(command)...)
		cmd.Args[0], cmd.Env = "balasan", []string{"BALASAN_DATA=" + dir, "BALASAN_DATABASE_URL=" + url, "BALASAN_LISTEN=127.0.0.1:0"}
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	move := func(url string) (string, error) { return in(before.Dir, url, "db copy") }
	if said, err := move(database); err == nil || !strings.Contains(said, "stop the server first") || strings.Contains(said, "Redis") {
		t.Errorf("beside a running server: %v %s", err, said)
	}
	if err := before.Stop(); err != nil {
		t.Fatal(err)
	}
	if said, err := move(""); err == nil || !strings.Contains(said, "database.url") {
		t.Errorf("without a target: %v %s", err, said)
	}
	if said, err := in(before.Dir, database, "serve --listen "+strings.TrimPrefix(before.Base, "http://")); err == nil || !strings.Contains(said, "was not copied there: run balasan db copy") {
		t.Errorf("served before it was copied: %v %s", err, said)
	}
	copying := &seat{path: filepath.Join(before.Dir, seatFile), address: lastAddress(before.Dir), copying: true}
	if note := copying.take(); note != "" {
		t.Fatal(note)
	}
	for command, url := range map[string]string{"serve": "", "serve --listen 127.0.0.1:0": database, "db copy": database} {
		if said, err := in(before.Dir, url, command); err == nil || !strings.Contains(said, "is being copied by process "+strconv.Itoa(os.Getpid())) {
			t.Errorf("%s beside a copy: %v %s", command, err, said)
		}
	}
	if err := copying.leave(); err != nil {
		t.Fatal(err)
	}
	for range 2 { // the second one finds that all is there
		if said, err := move(database); err != nil || !strings.Contains(said, "Copied and compared") {
			t.Fatalf("%v\n%s", err, said)
		}
	}
	for _, command := range []string{"serve", "site list", "doctor"} {
		if said, err := in(before.Dir, "", command); err == nil || !strings.Contains(said, "Set database.url, where everything is now") || strings.Contains(said, "restore a backup") {
			t.Errorf("%s on what was moved away: %v %s", command, err, said)
		}
	}
	if link, err := in(before.Dir, database, "editor reset owner"); err != nil || !strings.Contains(link, before.Base+"/queue/link/") {
		t.Errorf("the copy forgot where the server listened: %v %s", err, link)
	}
	after := serve(t, settings.With(running.Settings{"DATABASE_URL": database}))
	if again := after.Submit("pindah", "Kiriman sebelum pindah", "satu"); again != id || id == "" {
		t.Errorf("a retry after the move is %q, was %q", again, id)
	}
	if again := after.Submit("pindah", "Kiriman sesudah pindah", "dua"); again == "" {
		t.Error("nothing more is taken in")
	}
	if err := after.Stop(); err != nil {
		t.Fatal(err)
	}
	if said, err := move(database); err == nil || !strings.Contains(said, "in use with these keys and differs") {
		t.Errorf("copied over what has gone on: %v %s", err, said)
	}
	if err := os.Remove(filepath.Join(before.Dir, movedFile)); err != nil {
		t.Fatal(err)
	}
	if said, err := in(before.Dir, "", "site list"); err != nil {
		t.Errorf("who means to go on with SQLite hears %v %s", err, said)
	}
	stranger := t.TempDir()
	if said, err := in(stranger, database, "serve"); err == nil || !strings.Contains(said, "copy secret.keys from the folder of another replica") {
		t.Errorf("a replica without keys: %v %s", err, said)
	}
	if said, err := in(stranger, database, "site list"); err == nil || !strings.Contains(said, "copy it from the folder of another replica") {
		t.Errorf("a command without keys: %v %s", err, said)
	}
	if left, err := filepath.Glob(filepath.Join(stranger, "secret.keys*")); err != nil || len(left) > 0 {
		t.Errorf("it made keys of its own: %v %v", left, err)
	}
	if _, err := keys.Open(stranger, true); err != nil {
		t.Fatal(err)
	}
	for _, command := range []string{"site list", "doctor"} {
		said, err := in(stranger, database, command)
		if err == nil || !strings.Contains(said, "does not belong to the database of database.url: copy the one from the folder of another replica") || strings.Contains(said, "start the server") {
			t.Errorf("%s with keys of another installation: %v %s", command, err, said)
		}
	}
}
