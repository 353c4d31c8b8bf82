package faults

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"balasan/internal/program"
	"balasan/internal/reliability"
)

const readOnlyFault = "the data folder becomes read-only under the program: its files are locked (chattr +i) and freed, then its disk fails and the kernel remounts it"

// TestFaultReadOnlyFolder takes the right to write away from a running program and gives it back; then the file
// system fails, which the kernel answers by letting nobody write until it is checked.
func TestFaultReadOnlyFolder(t *testing.T) {
	image := filepath.Join(t.TempDir(), "disk")
	if out, err := exec.Command("mkfs.ext4", "-q", image, "128M").CombinedOutput(); err != nil {
		reliability.Skip(t, reliability.SQLite, readOnlyFault, "P1 P2 P5", fmt.Sprintf("mkfs.ext4: %v %s", err, out))
	}
	d := mount(t, readOnlyFault, "P1 P2 P5", "-o", "loop,errors=remount-ro", image)
	data := filepath.Join(d.dir, "data")
	if err := os.Mkdir(data, 0o700); err != nil {
		t.Fatal(err)
	}
	p := program.Serve(t, program.Open().With(program.Settings{"DATA": data}))
	w := &lockedOut{p: p, kept: map[string]string{}}
	w.taken(t, 20)
	locked(t, "+i", data)
	said := w.refused(t, "kunci")
	locked(t, "-i", data)
	await(t, "submissions are taken in again", func() bool { return w.submit("lagi").Status == http.StatusAccepted })
	p.Await(t, "/readyz", "", func(a program.Answer) bool { return a.Status == http.StatusOK })
	breaks(t, d)
	said += ", then " + w.refused(t, "rusak")
	p.Kill()
	err := p.Start()
	if err == nil {
		t.Fatal("it starts in a folder that it cannot write to")
	}
	if !strings.Contains(err.Error(), "read-only") && !strings.Contains(err.Error(), "readonly") {
		t.Errorf("it does not say why it does not start: %v", err)
	}
	t.Log(err)
	if err := d.off(); err != nil {
		t.Fatal(err)
	}
	_ = exec.Command("e2fsck", "-fy", image).Run() // fails when it has mended something
	if err := d.on(); err != nil {
		t.Fatal(err)
	}
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	for key, id := range w.kept {
		if again := p.Submit("terkunci", "Kiriman "+key, key); again != id {
			t.Fatalf("%s was %s and is %q", key, id, again)
		}
	}
	p.Kill()
	reliability.Tell(t, reliability.Line{Area: reliability.SQLite, Fault: readOnlyFault, Promises: "P1 P2 P5",
		Seen: fmt.Sprintf("%d refused with 503 and Retry-After, each reading beside them answered; freed, the same program goes on; started on the read-only disk it says so and ends; the %d acknowledged are kept",
			w.refusals, len(w.kept)),
		Control: "before and after they are taken in; root itself hears: " + said})
}

// lockedOut submits and reads beside it.
type lockedOut struct {
	p        *program.Program
	kept     map[string]string // key to id
	refusals int
}

func (w *lockedOut) submit(key string) program.Answer {
	a, err := w.p.Post("/v1/sites/demo/comments", program.Submission("terkunci", "Kiriman "+key, key))
	var receipt struct{ ID string }
	if err == nil && a.Status == http.StatusAccepted && a.Into(&receipt) == nil {
		w.kept[key] = receipt.ID
	}
	return a
}

func (w *lockedOut) taken(t *testing.T, n int) {
	t.Helper()
	for i := range n {
		if a := w.submit(fmt.Sprintf("bebas-%d", i)); a.Status != http.StatusAccepted {
			t.Fatalf("the control: it is not taken in: %d %s", a.Status, a.Body)
		}
	}
}

// refused wants submissions to be refused, known and unknown threads to be read, and the reason to be told. It
// returns what root hears who writes there.
func (w *lockedOut) refused(t *testing.T, name string) string {
	t.Helper()
	for i := range 20 {
		if a := w.submit(fmt.Sprintf("%s-%d", name, i)); a.Status != http.StatusServiceUnavailable || a.Header.Get("Retry-After") == "" {
			t.Fatalf("%s: a submission hears %d %s", name, a.Status, a.Body)
		}
		w.refusals++
		for _, page := range []string{"terkunci", fmt.Sprintf("%s-%d", name, i)} {
			if a, err := w.p.Get(program.Thread(page)); err != nil || a.Status != http.StatusOK {
				t.Fatalf("%s: reading %s: %v %d %s\n%s", name, page, err, a.Status, a.Body, w.p.Log())
			}
		}
	}
	w.p.Await(t, "/readyz", "", func(a program.Answer) bool {
		return a.Status == http.StatusServiceUnavailable && strings.Contains(string(a.Body), "database")
	})
	if err := os.WriteFile(filepath.Join(w.p.Dir, "tamu"), nil, 0o600); err != nil {
		return err.(*os.PathError).Err.Error()
	}
	t.Errorf("%s: the control: the folder can be written to", name)
	return ""
}

// locked sets the attribute that keeps even root from writing, on a folder and all in it.
func locked(t *testing.T, change, dir string) {
	t.Helper()
	if out, err := exec.Command("chattr", "-R", change, dir).CombinedOutput(); err != nil {
		t.Fatalf("chattr: %v %s", err, out)
	}
	if change == "+i" {
		t.Cleanup(func() { _ = exec.Command("chattr", "-R", "-i", dir).Run() }) // or it cannot be removed
	}
}

// breaks makes the file system find an error in itself.
func breaks(t *testing.T, d disk) {
	t.Helper()
	mounts, err := os.ReadFile("/proc/mounts")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(mounts)) {
		if fields := strings.Fields(line); fields[1] == d.dir {
			err = os.WriteFile(filepath.Join("/sys/fs/ext4", filepath.Base(fields[0]), "trigger_fs_error"), []byte("1"), 0)
		}
	}
	if err != nil {
		t.Fatal(err)
	}
}
