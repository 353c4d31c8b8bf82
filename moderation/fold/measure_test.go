package fold_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"balasan/moderation/fold"
)

// TestMeasure prints how often each disguise occurs in labelled comments; FOLD_DATA names the
// files (label, language, text, divided by tabs).
func TestMeasure(t *testing.T) {
	files := strings.Fields(os.Getenv("FOLD_DATA"))
	if len(files) == 0 {
		t.Skip("FOLD_DATA names no files")
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		measure(string(data))
	}
}

func measure(data string) {
	var text fold.Text
	rows := map[string]int{}
	hits := map[string]map[string]int{}
	hit := func(name, label string) {
		if hits[name] == nil {
			hits[name] = map[string]int{}
		}
		hits[name][label]++
	}
	for line := range strings.Lines(data) {
		f := strings.SplitN(line, "\t", 3)
		text.Reset(strings.TrimSpace(f[2]))
		rows[f[0]]++
		d := text.Disguise()
		for k := fold.Styled; k <= fold.LostPlane; k++ {
			if d.Has(k) {
				hit(k.String(), f[0])
			}
		}
		if d.Whole {
			hit("whole", f[0])
		}
		if d.Inside() {
			hit("inside", f[0])
			if f[0] == "ham" && os.Getenv("FOLD_SHOW") != "" {
				fmt.Println(d.Spans(), text.Original())
			}
		}
		if text.Channel(fold.Squash) != "" {
			hit("squash", f[0])
		}
		if f[0] == "spam" && !d.Inside() && os.Getenv("FOLD_SHOW") == "spam" {
			fmt.Println(text.Original())
		}
	}
	for name, h := range hits {
		fmt.Printf("%-10s spam %5d %6.2f %%   ham %5d %6.3f %%\n", name, h["spam"], 100*float64(h["spam"])/float64(max(rows["spam"], 1)), h["ham"], 100*float64(h["ham"])/float64(rows["ham"]))
	}
}
