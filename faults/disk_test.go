package faults

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"balasan/faults/checker"
	"balasan/internal/program"
	"balasan/internal/reliability"
)

const (
	ext4Shutdown = 0x8004587d // EXT4_IOC_SHUTDOWN, fs/ext4/ext4.h
	noLogFlush   = 2          // EXT4_GOING_FLAGS_NOLOGFLUSH: what is not on disk by now never gets there
)

// disk is a file system of its own.
type disk struct {
	dir  string // where it is mounted
	args []string
}

// mount puts a disk somewhere; what the machine refuses skips the test.
func mount(t *testing.T, fault, promises string, args ...string) disk {
	t.Helper()
	d := disk{dir: t.TempDir(), args: args}
	if os.Geteuid() != 0 {
		reliability.Skip(t, reliability.SQLite, fault, promises, "mounting needs root")
	}
	if err := d.on(); err != nil {
		reliability.Skip(t, reliability.SQLite, fault, promises, err.Error())
	}
	t.Cleanup(func() { _ = d.off() }) // fails where the test has done it
	return d
}

// ext4 is a disk in a file.
func ext4(t *testing.T, fault, promises string) disk {
	t.Helper()
	image := filepath.Join(t.TempDir(), "disk")
	if out, err := exec.Command("mkfs.ext4", "-q", image, "128M").CombinedOutput(); err != nil {
		reliability.Skip(t, reliability.SQLite, fault, promises, fmt.Sprintf("mkfs.ext4: %v %s", err, out))
	}
	return mount(t, fault, promises, "-o", "loop", image)
}

func (d disk) on() error {
	if out, err := exec.Command("mount", append(d.args, d.dir)...).CombinedOutput(); err != nil {
		return fmt.Errorf("mount: %w: %s", err, strings.TrimSpace(string(out)))
	}
	return nil
}

// off waits until the last process has let go of the disk.
func (d disk) off() (err error) {
	for end := time.Now().Add(program.Patience); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if err = syscall.Unmount(d.dir, 0); !errors.Is(err, syscall.EBUSY) {
			return err
		}
	}
	return err
}

// cut takes the power away: nothing is written from here on.
func (d disk) cut(t *testing.T) {
	t.Helper()
	root, err := os.Open(d.dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	flags := uint32(noLogFlush)
	if _, _, errno := syscall.Syscall(syscall.SYS_IOCTL, root.Fd(), ext4Shutdown, uintptr(unsafe.Pointer(&flags))); errno != 0 {
		t.Fatalf("EXT4_IOC_SHUTDOWN: %v", errno)
	}
}

// back is the disk after the power has come back.
func (d disk) back(t *testing.T) {
	t.Helper()
	if err := errors.Join(d.off(), d.on()); err != nil {
		t.Fatal(err)
	}
}

// TestFaultPowerLoss cuts the power of the disk while clients submit, decide and read.
func TestFaultPowerLoss(t *testing.T) {
	const fault, promises = "power loss (ext4 shut down without its journal) while 32 clients submit, retry, decide and read", "P1 P2 P3 P4"
	rounds := 1
	if reliability.Long() {
		rounds = 8
	}
	d := ext4(t, fault, promises)
	settings := checked(t)
	settings["DATA"] = filepath.Join(d.dir, "data")
	if err := os.Mkdir(settings["DATA"], 0o700); err != nil {
		t.Fatal(err)
	}
	p := program.Serve(t, settings)
	acked, unknown := 0, 0
	for round := range rounds {
		r := crowd(t, p, fmt.Sprintf("daya%d", round), 32, checker.Everything)
		during(t, r, 300, func() {
			if err := p.Hang(); err != nil { // a machine without power answers nobody
				t.Fatal(err)
			}
			d.cut(t)
			p.Kill()
			d.back(t)
			if err := p.Start(); err != nil {
				t.Fatal(err)
			}
		})
		judge(t, r)
		acked += r.Count(checker.Submit, checker.OK)
		unknown += r.Count(checker.Submit, checker.Unknown)
	}
	p.Kill() // before its disk goes
	lost, of := looseCommits(t, ext4(t, fault, promises))
	if lost == 0 {
		t.Error("the control: with synchronous=NORMAL nothing is lost")
	}
	reliability.Tell(t, reliability.Line{Area: reliability.SQLite, Fault: fault, Promises: promises,
		Seen:    fmt.Sprintf("%d cuts, %d acknowledged and %d unknown: 0 lost, 0 twice", rounds, acked, unknown),
		Control: fmt.Sprintf("synchronous=NORMAL lost %d of %d commits", lost, of)})
}

// looseCommits is the control: commits that are not synced, and how many of them a power loss takes.
func looseCommits(t *testing.T, d disk) (lost, of int) {
	t.Helper()
	of = 2_000
	path := "file:" + filepath.Join(d.dir, "loose.db") + "?_pragma=journal_mode(WAL)&_pragma=synchronous(NORMAL)"
	db := openedFile(t, path)
	run := func(query string, args ...any) {
		if _, err := db.ExecContext(t.Context(), query, args...); err != nil {
			t.Fatal(err)
		}
	}
	run(`CREATE TABLE comment (id INTEGER PRIMARY KEY)`)
	run(`PRAGMA wal_checkpoint(TRUNCATE)`)
	for n := range of {
		run(`INSERT INTO comment (id) VALUES ($1)`, n)
	}
	d.cut(t)
	_ = db.Close() // its last checkpoint cannot be written
	d.back(t)
	kept := 0
	again := openedFile(t, path)
	if err := again.QueryRowContext(t.Context(), `SELECT count(*) FROM comment`).Scan(&kept); err != nil {
		t.Fatal(err)
	}
	_ = again.Close()
	return of - kept, of
}

func openedFile(t *testing.T, path string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	return db
}

// TestFaultDiskFull lets the data folder's disk run full and makes room again.
func TestFaultDiskFull(t *testing.T) {
	const fault, promises = "the disk is full, and has room again", "P1 P5"
	d := mount(t, fault, promises, "-t", "tmpfs", "-o", "size=24m", "tmpfs")
	p := program.Serve(t, program.Open().With(program.Settings{"DATA": d.dir}))
	kept := map[string]string{} // key to id
	submit := func(key string) (program.Answer, bool) {
		a, err := p.Post("/v1/sites/demo/comments", program.Submission("penuh", "Kiriman "+key, key))
		if err != nil {
			t.Fatal(err)
		}
		var receipt struct{ ID string }
		if a.Status == http.StatusAccepted && a.Into(&receipt) == nil {
			kept[key] = receipt.ID
		}
		return a, a.Status == http.StatusAccepted
	}
	for n := range 20 {
		if a, taken := submit(fmt.Sprintf("longgar-%d", n)); !taken {
			t.Fatalf("the control: with room it is not taken in: %d %s", a.Status, a.Body)
		}
	}
	fill(t, filepath.Join(d.dir, "filler"))
	refused := 0
	for n := 0; refused < 20; n++ {
		a, taken := submit(fmt.Sprintf("sesak-%d", n))
		if n > 20_000 {
			t.Fatal("it never notices that the disk is full")
		}
		if taken {
			continue // there was room left in what SQLite holds already
		}
		if refused++; a.Status != http.StatusServiceUnavailable || a.Header.Get("Retry-After") == "" {
			t.Fatalf("refused as %d %s", a.Status, a.Body)
		}
		if a, err := p.Get(program.Thread("penuh")); err != nil || a.Status != http.StatusOK {
			t.Fatalf("reading: %v %d %s", err, a.Status, a.Body)
		}
	}
	if err := os.Remove(filepath.Join(d.dir, "filler")); err != nil {
		t.Fatal(err)
	}
	await(t, "submissions are taken in again", func() bool { _, taken := submit("lagi"); return taken })
	p.Kill()
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	for key, id := range kept {
		if again := p.Submit("penuh", "Kiriman "+key, key); again != id {
			t.Fatalf("%s was %s and is %q", key, id, again)
		}
	}
	lines := strings.Count(string(p.Log()), "\n")
	p.Kill()
	reliability.Tell(t, reliability.Line{Area: reliability.SQLite, Fault: fault, Promises: promises,
		Seen: fmt.Sprintf("%d refused with 503 and Retry-After, each reading beside them answered; %d acknowledged before and after are kept; %d lines in the log",
			refused, len(kept), lines),
		Control: "with room the same are taken in"})
}

// fill writes until the disk has no room.
func fill(t *testing.T, path string) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for _, size := range []int{1 << 16, 1 << 12, 1} {
		for err = nil; err == nil; {
			_, err = f.Write(make([]byte, size))
		}
	}
	if !errors.Is(err, syscall.ENOSPC) {
		t.Fatal(err)
	}
}

// TestFaultWriteLockHeld lets another program hold SQLite's write lock for three seconds.
func TestFaultWriteLockHeld(t *testing.T) {
	dir := t.TempDir()
	p := program.Serve(t, program.Open().With(program.Settings{"DATA": dir}))
	db := openedFile(t, "file:"+filepath.Join(dir, "balasan.db")+"?_txlock=immediate")
	defer db.Close()
	tx, err := db.BeginTx(context.Background(), nil)
	if err != nil {
		t.Fatal(err)
	}
	type heard struct {
		program.Answer
		after time.Duration
	}
	first := make(chan heard, 1)
	go func() {
		began := time.Now()
		a, _ := p.Post("/v1/sites/demo/comments", program.Submission("kunci", "Kiriman yang menunggu", "menunggu"))
		first <- heard{a, time.Since(began)}
	}()
	reads := 0
	for end := time.Now().Add(3 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if a, err := p.Get(program.Thread(fmt.Sprintf("kunci-%d", reads))); err != nil || a.Status != http.StatusOK {
			t.Fatalf("reading: %v %d %s", err, a.Status, a.Body)
		}
		reads++
	}
	if err := tx.Rollback(); err != nil {
		t.Fatal(err)
	}
	waited := <-first
	if waited.Status == http.StatusServiceUnavailable && waited.Header.Get("Retry-After") == "" || waited.Status != http.StatusServiceUnavailable && waited.Status != http.StatusAccepted {
		t.Errorf("answered %d %s", waited.Status, waited.Body)
	}
	var receipt struct{ ID string }
	_ = waited.Into(&receipt) // a refusal has no id
	id := ""
	await(t, "its retry is taken in", func() bool { id = p.Submit("kunci", "Kiriman yang menunggu", "menunggu"); return id != "" })
	if receipt.ID != "" && receipt.ID != id {
		t.Errorf("kept twice: %s and %s", receipt.ID, id)
	}
	reliability.Tell(t, reliability.Line{Area: reliability.SQLite, Fault: "another program holds the write lock for 3 s", Promises: "P2 P5",
		Seen: fmt.Sprintf("a submission hears %d after %v, its retry is the same comment; %d pages read meanwhile, 0 of 5xx", waited.Status, waited.after.Round(100*time.Millisecond), reads)})
}
