package keys

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"
)

func TestATreeLosesOneNameAndKeepsAllOthers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		names := rapid.SliceOfNDistinct(rapid.StringN(1, 20, -1), 2, 20, rapid.ID).Draw(t, "names")
		lost := rapid.IntRange(1, len(names)-1).Draw(t, "lost")
		whole := newTree()
		left := whole
		for _, name := range names[:lost] {
			left, _ = left.without(name)
		}
		again, err := readTree(left.String())
		if err != nil {
			t.Fatal(err)
		}
		for i, name := range names {
			before, _ := whole.leaf(name)
			after, kept := again.leaf(name)
			if kept != (i >= lost) || kept && !bytes.Equal(before, after) {
				t.Fatalf("%q: kept %v", name, kept)
			}
		}
		if len(left) > lost*leafDepth {
			t.Fatalf("%d nodes after %d losses", len(left), lost)
		}
	})
}

// TestWhatIsLostCannotBeMadeFromWhatIsLeft looks for any kept node on the way to the lost leaf.
func TestWhatIsLostCannotBeMadeFromWhatIsLeft(t *testing.T) {
	left, _ := newTree().without("desa|K1")
	path := way("desa|K1")
	for kept := range left {
		if strings.HasPrefix(path, kept) {
			t.Errorf("the node %q leads there", kept)
		}
	}
	if _, again := left.without("desa|K1"); again {
		t.Error("it was lost twice")
	}
}

func TestRotationStepByStep(t *testing.T) {
	dir := t.TempDir()
	first, err := Open(dir, true)
	if err != nil {
		t.Fatal(err)
	}
	steady, old := first.Steady("limits"), first.Newest()
	step := func(change func(Ring) Ring) Ring {
		t.Helper()
		if _, err := Change(dir, func(r Ring) (Ring, error) { return change(r), nil }); err != nil {
			t.Fatal(err)
		}
		r, err := Open(dir, false)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(r.Steady("limits"), steady) {
			t.Error("senders are counted anew")
		}
		return r
	}
	r := step(Ring.Add)
	waiting := r.Waiting()
	if r.Newest() != old || waiting == "" || len(r.Kids()) != 2 {
		t.Fatalf("added: %v, waits %s", r.Kids(), waiting)
	}
	if again := step(Ring.Add); again.Waiting() != waiting || len(again.Kids()) != 2 {
		t.Error("a second one was added")
	}
	if _, known := r.Of("challenge")(waiting); !known {
		t.Error("a key that waits does not open")
	}
	r = step(Ring.Promote)
	if r.Newest() != waiting || r.Waiting() != "" {
		t.Fatalf("promoted: %v", r.Kids())
	}
	if _, err := r.Drop(r.Newest()); err == nil {
		t.Error("the key that seals was dropped")
	}
	if _, err := r.Drop("none"); err == nil {
		t.Error("a key that is none was dropped")
	}
	r = step(func(r Ring) Ring { left, _ := r.Drop(old, "limits"); return left })
	if slices.Contains(r.Kids(), old) {
		t.Error("it is still there")
	}
	if without, _ := first.Add().Promote().Drop(old); bytes.Equal(without.Steady("limits"), steady) {
		t.Error("control: nothing was kept and yet nothing changed")
	}
}

func TestAKeyFromBeforeTreesWrapsAsItDid(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, File), []byte("a1:"+strings.Repeat("0f", 32)+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	r, err := Open(dir, false)
	if err != nil {
		t.Fatal(err)
	}
	store, _ := r.Of("store")("a1")
	if key, err := r.Wrapping("a1", "desa|K1"); err != nil || !bytes.Equal(key, store) {
		t.Errorf("%v", err)
	}
	left, whole := r.Add().Promote().Destroy("desa|K1")
	if !slices.Equal(whole, []string{"a1"}) {
		t.Errorf("whole are %v", whole)
	}
	if _, err := left.Wrapping(left.Newest(), "desa|K1"); !errors.Is(err, ErrDestroyed) {
		t.Errorf("%v", err)
	}
	if _, err := left.Wrapping(left.Newest(), "desa|K2"); err != nil {
		t.Error(err)
	}
}

func TestManyWhoChangeAtOnceLoseNothing(t *testing.T) {
	dir := t.TempDir()
	r, err := Open(dir, true)
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for i := range 12 {
		all.Go(func() {
			_, err := Change(dir, func(r Ring) (Ring, error) {
				left, _ := r.Destroy(fmt.Sprint("site ", i))
				return left, nil
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	after, err := Open(dir, false)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 12 {
		if _, err := after.Wrapping(r.Newest(), fmt.Sprint("site ", i)); !errors.Is(err, ErrDestroyed) {
			t.Errorf("site %d came back", i)
		}
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "*")); len(left) != 1 {
		t.Errorf("left behind: %v", left)
	}
}

func TestARunningProgramFollowsTheFile(t *testing.T) {
	dir := t.TempDir()
	l, err := Follow(dir, true)
	if err != nil {
		t.Fatal(err)
	}
	of := l.Of("store")
	next, err := Change(dir, func(r Ring) (Ring, error) { return r.Add(), nil })
	if err != nil {
		t.Fatal(err)
	}
	if _, known := of(next.Waiting()); !known {
		t.Error("a key that another program has just added is not known")
	}
	if changed, err := l.Refresh(); changed || err != nil {
		t.Errorf("read twice: %v %v", changed, err)
	}
	good := l.Ring().text()
	for name, broken := range map[string]string{"nonsense": "nonsense\n", "other keys": newMaster().line(), "nothing": ""} {
		if err := replace(filepath.Join(dir, File), broken); err != nil {
			t.Fatal(err)
		}
		if changed, err := l.Refresh(); changed || err == nil || l.Ring().text() != good {
			t.Errorf("%s replaced good keys: %v", name, err)
		}
	}
	if err := replace(filepath.Join(dir, File), "nonsense\n"); err != nil {
		t.Fatal(err)
	}
	if _, err := Change(dir, func(r Ring) (Ring, error) { return r.Add(), nil }); err == nil {
		t.Error("a broken file was changed")
	}
	if err := replace(filepath.Join(dir, File), next.Promote().text()); err != nil {
		t.Fatal(err)
	}
	if changed, err := l.Refresh(); !changed || err != nil || l.Newest() == next.Newest() {
		t.Errorf("the new key does not seal: %v %v", changed, err)
	}
}
