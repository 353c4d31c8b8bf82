//go:build lab

package learn

import (
	"math"
	"testing"

	"balasan/moderation"
)

// TestLabSite teaches a site one half of the dev file and measures the other half with the
// shipped model alone and with the site's layer added.
func TestLabSite(t *testing.T) {
	rows, sites := load(t, "comments-dev.tsv"), &Sites{}
	var steps []moderation.Lesson
	for i, row := range rows {
		if i%2 == 0 {
			steps = append(steps, moderation.Lesson{ID: int64(i + 1), Site: "desa", Text: row.Text, Spam: row.Spam, Share: 1})
		}
	}
	sites.Follow(steps)
	ham, spam := sites.Site("desa").Lessons()
	t.Logf("%.0f ham and %.0f spam lessons", ham, spam)
	m := prior(t)
	r := m.reader()
	var alone, added []Judged
	for i, row := range rows {
		if i%2 == 1 {
			l := m.logOdds(r, row.Text)
			more, _, _, _ := sites.Site("desa").voice(r, row.Text)
			alone = append(alone, Judged{row.Spam, 1 / (1 + math.Exp(-l)), row})
			added = append(added, Judged{row.Spam, 1 / (1 + math.Exp(-l-more)), row})
		}
	}
	for name, judged := range map[string][]Judged{"the prior alone": alone, "with the site's layer": added} {
		f, c := Measure(judged, 0.73), Calibrated(judged)
		t.Logf("%-22s recall %.4f, false positives %.3f %%, recall at 0.1 %% %.4f, Brier %.4f, ECE %.4f",
			name, f.Recall, 100*f.FalsePositives, f.At[0].Recall, c.Brier, c.ECE)
	}
}
