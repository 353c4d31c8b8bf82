package keys

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

func TestAFreshFolderGetsAKeyThatStays(t *testing.T) {
	dir := t.TempDir()
	first, err := Open(dir, true)
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(filepath.Join(dir, File))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("mode %v, %v", info.Mode(), err)
	}
	again, err := Open(dir, false)
	if err != nil || again.Newest() != first.Newest() || !bytes.Equal(again.Derive("x"), first.Derive("x")) {
		t.Errorf("another key: %v, %v", again.Kids(), err)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "*")); len(left) != 1 {
		t.Errorf("left behind: %v", left)
	}
}

func TestManyWhoStartAtOnceAgreeOnOneKey(t *testing.T) {
	dir := t.TempDir()
	var kids [16]string
	var wait sync.WaitGroup
	for i := range kids {
		wait.Go(func() {
			if r, err := Open(dir, true); err == nil {
				kids[i] = r.Newest()
			}
		})
	}
	wait.Wait()
	for _, kid := range kids {
		if kid == "" || kid != kids[0] {
			t.Fatalf("kids %v", kids)
		}
	}
}

func TestWhatIsRefused(t *testing.T) {
	line := "a1:" + strings.Repeat("0f", 32)
	for name, tc := range map[string]struct {
		text string
		mode os.FileMode
		want string
	}{
		"a file that others may read":  {line, 0o644, "chmod 600"},
		"a file that the group reads":  {line, 0o640, "chmod 600"},
		"a key that is too short":      {"a1:0f0f", 0o600, File + ":1: must be a key id"},
		"a line without an id":         {line + "\n:" + line, 0o600, File + ":2: must be a key id"},
		"an empty file":                {"", 0o600, File + ":1: must be a key id"},
		"the same id twice":            {line + "\n" + line, 0o600, File + ":2: the key id stands there twice"},
		"no file beside a database":    {"", 0, "bring it back from a backup"},
		"letters that are not numbers": {"a1:" + strings.Repeat("zz", 32), 0o600, "must be a key id"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			if tc.mode != 0 {
				if err := os.WriteFile(filepath.Join(dir, File), []byte(tc.text), tc.mode); err != nil {
					t.Fatal(err)
				}
			}
			_, err := Open(dir, false)
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("got %v, want %q", err, tc.want)
			}
			if err != nil && strings.Contains(err.Error(), "0f0f") {
				t.Errorf("the error repeats a secret: %v", err)
			}
		})
	}
}

func TestLabelsAndKeysAreApart(t *testing.T) {
	dir := t.TempDir()
	text := "new:" + strings.Repeat("01", 32) + "\nold:" + strings.Repeat("02", 32) + "\n"
	if err := os.WriteFile(filepath.Join(dir, File), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	r, err := Open(dir, false)
	if err != nil {
		t.Fatal(err)
	}
	find := r.Of("seal")
	of := func(kid string) []byte { key, _ := find(kid); return key }
	switch {
	case !bytes.Equal(of("new"), r.Derive("seal")), !bytes.Equal(of("old"), r.Steady("seal")):
		t.Error("a key is not the one of its id")
	case bytes.Equal(of("new"), of("old")), bytes.Equal(r.Derive("seal"), r.Derive("find")):
		t.Error("two keys are the same")
	case of("none") != nil || len(of("new")) != 32:
		t.Error("a key that is none")
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
		if said := fmt.Sprintf(verb, r); strings.Contains(said, "0101") || strings.Contains(said, "1, 1") {
			t.Errorf("%s prints %s", verb, said)
		}
	}
}
